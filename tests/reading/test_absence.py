"""When somebody is back: the part a day plays in the sentence."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from bot.reading.absence import absence_of, deputy
from bot.reading.notice_rules import flat

TUESDAY = dt.datetime(2026, 3, 10, 9, tzinfo=zoneinfo.ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("I am on leave and back on 14 April.", "2026-04-14"),
        ("I'm away until I return on 14 April.", "2026-04-14"),
        ("I am away and will not return before 14 April.", "2026-04-14"),
        ("I am on leave up to and including Friday 13 March.", "2026-03-16"),
        ("I'm out this week.", "2026-03-16"),
        ("I am on holiday next week.", "2026-03-23"),
        ("I'm away w/c 16 March.", "2026-03-23"),
        ("Ich bin bis zum 20. März im Urlaub und ab dem 23. März wieder im Büro.", "2026-03-23"),
        ("Am 16. März bin ich wieder im Haus, bis dahin bin ich abwesend.", "2026-03-16"),
        ("Je suis absent du 9 au 13 mars, de retour le 16.", "2026-03-16"),
        ("I am on holiday without any signal until Monday, 16 March.", "2026-03-16"),
        ("Ich bin im Urlaub und habe bis zum 16. März kein Netz.", "2026-03-17"),
        ("I am on vacation.", None),
        ("I am away since 2 March.", None),
    ],
)
def test_the_first_day_back(text: str, until: str | None) -> None:
    found = absence_of(text, TUESDAY, "GB")
    assert found is not None
    assert (str(found.until) if found.until else None) == until


def test_only_a_machine_means_an_absence_by_being_busy_until_a_day() -> None:
    text = "I am crewing a ketch until Friday 20 March."
    found = absence_of(text, TUESDAY, "GB", machine=True)
    assert found is not None
    assert found.until == dt.date(2026, 3, 23)
    assert absence_of(text, TUESDAY, "GB") is None


def test_an_absence_to_come_ends_after_its_own_last_day() -> None:
    found = absence_of("I will be on leave from 23 March to 27 March.", TUESDAY, "GB")
    assert found is not None
    assert found.until == dt.date(2026, 3, 30)


def test_the_absence_that_holds_now_comes_before_later_ones() -> None:
    text = "I am on leave from 9 March to 11 March and from 6 April to 10 April."
    found = absence_of(text, TUESDAY, "GB")
    assert found is not None
    assert found.until == dt.date(2026, 3, 12)


@pytest.mark.parametrize(
    "text",
    [
        "We can start as soon as you are back from your holiday.",
        "The price is good, and we would like delivery in May.",
        "Please return the signed copy on Monday.",
        "Our holiday cottages open on 1 April.",
    ],
)
def test_no_absence(text: str) -> None:
    assert absence_of(text, TUESDAY, "GB") is None


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Please contact Ann Hill, ann@customer.example.", "ann@customer.example"),
        ("Please contact my colleague Ann Hill on 555 0100.", "Ann Hill"),
        ("Ann Hill is covering for me.", "Ann Hill"),
        ("Bitte wenden Sie sich an Herrn Brand.", "Brand"),
        ("Please contact our support team.", None),
        ("Write to pat@customer.example or rep@reader.example.", None),
    ],
)
def test_whom_to_turn_to(text: str, contact: str | None) -> None:
    assert deputy(flat(text), ["pat@customer.example", "rep@reader.example"]) == contact
