"""Amounts of money as people write them, and numbers that are none."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from bot.reading.figures import read_number, value_of_words
from bot.reading.money import bare_numbers, find_money


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("The saw is $3,299.95 plus tax", "US", [("3299.95", "USD")]),
        ("The saw is $3,299.95 plus tax", "CA", [("3299.95", "CAD")]),
        ("ab 1.234,56 € netto", "DE", [("1234.56", "EUR")]),
        ("à 1 234,56 €", "FR", [("1234.56", "EUR")]),
        ("CHF 21'450.-", "CH", [("21450", "CHF")]),
        ("1.200 EUR", "DE", [("1200", "EUR")]),
        ("€1,200 per month", "GB", [("1200", "EUR")]),
        ("$0.125 each", "US", [("0.125", "USD")]),
        ("$1.125 each", "US", [("1.125", "USD")]),
        ("Rs. 4,85,000/- only", "IN", [("485000", "INR")]),
        ("₹3.5 lakh", "IN", [("350000", "INR")]),
        ("2 crore rupees", "IN", [("20000000", "INR")]),
        ("INR 12.75 lakhs", "IN", [("1275000", "INR")]),
        ("£45k all in", "GB", [("45000", "GBP")]),
        ("$1.2M", "US", [("1200000", "USD")]),
        ("3,5 Mio. €", "DE", [("3500000", "EUR")]),
        ("12 Tsd. Euro", "DE", [("12000", "EUR")]),
        ("120 T€ oder 2 M€", "DE", [("120000", "EUR"), ("2000000", "EUR")]),
        ("US$ 400 or A$620", "GB", [("400", "USD"), ("620", "AUD")]),
        ("two hundred and fifty dollars", "US", [("250", "USD")]),
        ("fifty quid", "GB", [("50", "GBP")]),
        ("half a million euros", "DE", [("500000", "EUR")]),
        ("between $4,000 and $5,000", "US", [("4000", "USD"), ("5000", "USD")]),
        ("$4,000-5,000", "US", [("4000", "USD"), ("5000", "USD")]),
        ("4.000 bis 5.000 €", "DE", [("4000", "EUR"), ("5000", "EUR")]),
        ("discount -$250.00", "US", [("-250", "USD")]),
        ("12€50", "FR", [("12.50", "EUR")]),
        ("8 500 kr", "SE", [("8500", "SEK")]),
        ("8 500 kr", "DK", [("8500", "DKK")]),
        ("$20 100 pieces", "US", [("20", "USD")]),
        ("4 $500 vouchers", "US", [("500", "USD")]),
        ("10 rmb 20 usd", "US", [("10", "CNY"), ("20", "USD")]),
        ("a $500 deposit", "US", [("500", "USD")]),
        ("it will cost us $300", "US", [("300", "USD")]),
    ],
)
def test_amounts(text: str, country: str, expected: list[tuple[str, str | None]]) -> None:
    found = [(m.amount, m.currency) for m in find_money(text, country)]
    assert found == [(Decimal(amount), currency) for amount, currency in expected]


@pytest.mark.parametrize(
    "text",
    [
        "on 12.03.2026 at 10:30",
        "call 312-555-0188",
        "drawing 88120-D rev 3",
        "40 pcs, 12 mm, 16A",
        "20 % off",
        "ALL 5 doors",
        "500 pounds of sand",
        "Re: 42",
        "we won 500 times",
        "16.00 ft",
        "version 1.2.3",
    ],
)
def test_no_money(text: str) -> None:
    assert find_money(text, "US") == ()


def test_words_and_place_are_those_of_the_text() -> None:
    text = "so EUR 1.250,00 in all"
    (money,) = find_money(text, "DE")
    assert text[money.start : money.end] == money.words == "EUR 1.250,00"


def test_hundredths_keep_their_number_and_know_their_value() -> None:
    (money,) = find_money("45 cents each", "US")
    assert (money.amount, money.value, money.currency) == (Decimal(45), Decimal("0.45"), "USD")


@pytest.mark.parametrize(
    ("written", "country", "currency", "value"),
    [
        ("1.234", "DE", "EUR", "1234"),
        ("1.234", "US", "USD", "1.234"),
        ("1,234", "DE", "EUR", "1.234"),
        ("1,234", "US", "EUR", "1234"),
        ("1.234", "US", "KWD", "1.234"),
        ("12,34,567.50", "IN", "INR", "1234567.50"),
        ("1.2.3", "US", None, None),
        ("12.03.2026", "DE", None, None),
        ("9" * 40, "US", None, None),
    ],
)
def test_numbers(written: str, country: str, currency: str | None, value: str | None) -> None:
    assert read_number(written, country, currency) == (Decimal(value) if value else None)


def test_numbers_in_words() -> None:
    assert value_of_words("three thousand two hundred and ten") == 3210
    assert value_of_words("a quarter million") == 250_000
    assert value_of_words("blue") == 0


def test_bare_numbers_leave_out_what_is_surely_none() -> None:
    text = "4,850 for 12mm on 3/4 at 10:30, part 88-120, 19% and 3.5 lakh"
    assert [m.amount for m in bare_numbers(text, "IN")] == [Decimal(4850), Decimal(350_000)]


@pytest.mark.parametrize(
    "text", ["$" * 20_000, "1," * 20_000, "1 000" * 10_000, "a million " * 5_000, "US" * 20_000 + "$5"]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    began = time.perf_counter()
    find_money(text, "US")
    tuple(bare_numbers(text, "US"))
    assert time.perf_counter() - began < 2
