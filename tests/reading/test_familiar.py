from __future__ import annotations

import pytest

from bot.reading.familiar import is_familiar


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hallo Peter,\n\nanbei dein Angebot. Sag Bescheid, wenn dir etwas fehlt.", "de"),
        ("Hallo Jana,\n\nhier die Preise für euch. Sie gelten bis Ende Mai.", "de"),
        ("Hola Marta:\n\nte mando el presupuesto de las puertas. Dime qué te parece.", "es"),
    ],
)
def test_a_familiar_letter(text: str, language: str) -> None:
    assert is_familiar(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Guten Tag Frau Vogt,\n\nanbei das Angebot, um das Sie gebeten haben.", "de"),
        ("Hallo Peter,\n\nanbei das Angebot.", "de"),
        ("Hallo Peter,\n\nanbei dein Angebot. Bitte grüßen Sie Frau Vogt.", "de"),
        ("Guten Tag,\n\nwie besprochen unser Angebot. Gern erläutere ich es Ihnen.", "de"),
        ("Buenos días:\n\nle envío el presupuesto.", "es"),
        ("Buenos días:\n\nadjunto el presupuesto.", "es"),
        ("Hi Nora, here is your quote, du lac.", "en"),
        ("", "de"),
    ],
)
def test_in_doubt_a_letter_is_formal(text: str, language: str) -> None:
    assert not is_familiar(text, language)
