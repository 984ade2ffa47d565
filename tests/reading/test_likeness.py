"""How much of a draft is left in what was sent: on the very bytes that a mailbox gets, and on what people make of them."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Address, Draft, Message
from bot.providers import mime
from bot.providers.compose import compose
from bot.reading.likeness import alike, sketch_of
from bot.writing.facts import Rep
from bot.writing.slots import MAIL_STEPS
from bot.writing.write import write_draft
from tests.writing.situations import COUNTRY, TEMPLATES
from tests.writing.test_golden import usual

AT = dt.datetime(2026, 4, 7, 9, 30, tzinfo=dt.UTC)
REP = Address("tom@northwind.example", "Tom Adler")
BUYER = Address("nora.blake@harbor.example", "Nora Blake")
ORIGINAL = Message(
    "r", "", "q1@n.example", AT, REP, (BUYER,), subject="Doors", plain="Dear Nora,\n\nhere is the quote.\n"
)
SIGNED = Rep(
    "Tom Adler", REP.email, "+1 312 555 0142", "Northwind Doors", "Tom Adler\nNorthwind Doors\n+1 312 555 0142"
)


def sent(text: str, *, only_html: bool = False) -> Message:
    """The text as a draft with the original quoted below, put and read again."""
    draft = Draft("k", REP, (BUYER,), (), "Re: Doors", text, "", "q1@n.example", (), "r", AT)
    mail = mime.parse(compose(draft, ORIGINAL), "seen")
    return dataclasses.replace(mail, plain="") if only_html else mail


@pytest.mark.parametrize("language", sorted(COUNTRY))
@pytest.mark.parametrize("step", MAIL_STEPS)
def test_what_nobody_touched_is_wholly_alike(step: str, language: str) -> None:
    for rep in (SIGNED, dataclasses.replace(SIGNED, signature="")):
        words = write_draft(dataclasses.replace(usual(step, language), rep=rep), TEMPLATES)
        for only_html in (False, True):
            assert alike(sketch_of(words.text), sent(words.text, only_html=only_html)) == 100


TEXT = write_draft(usual("first", "en"), TEMPLATES).text


@pytest.mark.parametrize(
    ("mine", "least", "most"),
    [
        (TEXT.replace("Hi Nora,", "Dear Nora,"), 90, 99),
        (TEXT.replace("Is there anything you'd like me to change or explain?", "Shall I come by on Tuesday?"), 65, 95),
        (
            TEXT.replace(
                "Best regards", "PS: we met your colleague at the fair last week, he sends his best.\n\nBest regards"
            ),
            75,
            95,
        ),
        (
            "Hi Nora,\n\nNew doors, new price: 17,900. Interested?\n\nBest regards,\nTom Adler\nNorthwind Doors\n+1 312 555 0142",
            15,
            55,
        ),
        ("Nora, call me.", 0, 10),
        ("", 0, 10),
    ],
)
def test_an_edit_shows_by_its_size(mine: str, least: int, most: int) -> None:
    assert mine != TEXT
    assert least <= alike(sketch_of(TEXT), sent(mine)) <= most


def test_another_way_to_set_the_same_words_is_no_edit() -> None:
    other = TEXT.replace("'", "’").replace("\n\n", "\n\n\n").replace("  ", " ").replace(", ", ",\N{NO-BREAK SPACE}")
    assert alike(sketch_of(TEXT), sent(other)) == 100


def test_a_text_of_the_wrong_draft_is_hardly_alike() -> None:
    for step in ("value", "decision", "close"):
        assert alike(sketch_of(TEXT), sent(write_draft(usual(step, "en"), TEMPLATES).text)) < 60


def test_a_sketch_is_short_and_holds_no_words() -> None:
    assert len(sketch_of(TEXT)) < 4 * len(TEXT.split())
    assert len(sketch_of("word " * 100_000)) < 2000
    assert sketch_of("") == "" and alike("", sent("")) <= 100


@given(st.text(max_size=300), st.text(max_size=300))
def test_the_measure_is_a_share(one: str, other: str) -> None:
    mail = Message("r", "", "m@n.example", AT, REP, (BUYER,), plain=other)
    assert 0 <= alike(sketch_of(one), mail) <= 100
