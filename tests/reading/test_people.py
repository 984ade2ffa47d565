"""Whom a mail points at, where somebody has left or another looks after it."""

from __future__ import annotations

import pytest

from tests.reading.test_answers import read


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("M. Perrin a quitté la société en mai. C'est désormais Mme Lucie Arnaud qui gère les achats.", "Lucie Arnaud"),
        ("M. Perrin ne travaille plus chez nous. Ses dossiers sont repris par Lucie Arnaud.", "Lucie Arnaud"),
        ("D. Luis Mora ya no trabaja aquí. Las compras las lleva ahora Dña. Ana Prieto.", "Ana Prieto"),
        ("Luis Mora ya no está en la empresa. Ahora se encarga Ana Prieto de las compras.", "Ana Prieto"),
        ("Herr Bothe hat uns zum 1. Mai verlassen. Zuständig ist jetzt Frau Ilse Kern.", "Ilse Kern"),
        ("Herr Bothe ist nicht mehr bei uns tätig. Um den Einkauf kümmert sich nun Ilse Kern.", "Ilse Kern"),
        ("Paul has left the company. It's now Jane Foley who deals with this.", "Jane Foley"),
        ("Paul left us in March. His projects are looked after by Jane Foley.", "Jane Foley"),
    ],
)
def test_who_looks_after_it_now(text: str, contact: str) -> None:
    assert (read(text).contact or "").endswith(contact)


def test_a_pronoun_means_the_full_name_before_it() -> None:
    reading = read("I've moved to Risk & Audit. Jane Foley runs the depots now. Copied in, please speak to her.")
    assert reading.contact == "Jane Foley"


def test_a_word_that_is_written_large_is_nobody() -> None:
    assert read("Not my area. Copied in, please ask her.").contact is None
