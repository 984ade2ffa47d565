from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bot.writing.customs import date_text, joined, money_text, span_text, tables

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "currency", "country", "language", "text"),
    [
        ("65650", "USD", "US", "en", "$65,650.00"),
        ("12.5", "GBP", "GB", "en", "£12.50"),
        ("999.999", "GBP", "GB", "en", "£1,000.00"),
        ("1234567.8", "EUR", "IE", "en", "€1,234,567.80"),
        ("485000", "INR", "IN", "en", "₹4,85,000.00"),
        ("12345678", "INR", "IN", "en", "₹1,23,45,678.00"),
        ("999", "INR", "IN", "en", "₹999.00"),
        ("1234.5", "EUR", "DE", "de", "1.234,50 €"),
        ("1234.5", "EUR", "AT", "de", "€ 1.234,50"),
        ("1234.5", "CHF", "CH", "de", "CHF 1'234.50"),
        ("1234.5", "EUR", "FR", "fr", "1 234,50 €"),
        ("1234.5", "EUR", "ES", "es", "1.234,50 €"),
        ("1234.5", "MXN", "MX", "es", "$1,234.50"),
        ("500", "USD", "CA", "en", "US$500.00"),
        ("500", "CAD", "CA", "en", "$500.00"),
        ("500", "CAD", "US", "en", "CA$500.00"),
        ("500", "EUR", "US", "en", "€500.00"),
        ("500", "PLN", "US", "en", "PLN 500.00"),
        ("500", "PLN", "DE", "de", "500,00 PLN"),
        ("120000", "JPY", "US", "en", "JPY 120,000"),
        ("1.2345", "KWD", "US", "en", "KWD 1.234"),
        ("500", None, "US", "en", "500.00"),
        ("-40", "USD", "US", "en", "$-40.00"),
        ("1234.5", "EUR", "DE", "en", "€1,234.50"),  # to an English reader 1.234,50 is another number
        ("1234.5", "USD", "XX", "de", "1.234,50 US$"),  # an unknown country writes as the language does
        ("0", "USD", "US", "", "$0.00"),
    ],
)
def test_money_is_written_as_the_country_does(
    amount: str, currency: str | None, country: str, language: str, text: str
) -> None:
    assert money_text(Decimal(amount), currency, country, language) == text.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("day", "language", "country", "today", "text"),
    [
        (dt.date(2026, 3, 2), "en", "US", dt.date(2026, 3, 9), "March 2"),
        (dt.date(2026, 3, 2), "en", "GB", dt.date(2026, 3, 9), "2 March"),
        (dt.date(2026, 3, 2), "en", "US", None, "March 2, 2026"),
        (dt.date(2024, 3, 2), "en", "GB", dt.date(2026, 3, 9), "2 March 2024"),
        (dt.date(2026, 3, 2), "de", "DE", dt.date(2026, 3, 9), "2. März"),
        (dt.date(2026, 3, 1), "fr", "FR", dt.date(2026, 3, 9), "1er mars"),
        (dt.date(2026, 3, 2), "es", "ES", None, "2 de marzo de 2026"),
        (dt.date(2026, 3, 2), "xx", "ZZ", dt.date(2026, 3, 9), "2 March"),  # an unknown language is written as English
    ],
)
def test_days_are_written_as_in_a_letter(
    day: dt.date, language: str, country: str, today: dt.date | None, text: str
) -> None:
    assert date_text(day, language, country, today) == text


def test_a_whole_month_goes_by_its_name() -> None:
    assert span_text(dt.date(2026, 6, 1), dt.date(2026, 6, 30), "en", "US") == "June 2026"
    assert span_text(dt.date(2028, 2, 1), dt.date(2028, 2, 29), "es", "ES") == "febrero de 2028"
    near = dt.date(2026, 5, 20)
    assert span_text(dt.date(2026, 6, 1), dt.date(2026, 6, 10), "en", "GB", near) == "1 June to 10 June"
    assert span_text(dt.date(2026, 6, 1), None, "en", "GB", near) == "1 June"
    assert span_text(dt.date(2026, 6, 1), dt.date(2026, 6, 1), "en", "GB", near) == "1 June"


def test_lists_are_joined_in_words() -> None:
    assert joined([], "en") == ""
    assert joined(["Ann"], "de") == "Ann"
    assert joined(["Ann", "Bo"], "de") == "Ann und Bo"
    assert joined(["Ann", "Bo", "Cy"], "fr") == "Ann, Bo et Cy"


def test_every_country_names_a_style_that_exists_and_every_language_has_twelve_months() -> None:
    known = tables()
    assert {row["style"] for row in known["countries"].values()} <= set(known["styles"])
    assert all(len(row["months"]) == 12 and row["style"] in known["styles"] for row in known["languages"].values())
