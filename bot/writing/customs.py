"""How a country writes money and days, and how a language joins, greets and closes. The knowledge is in
customs.toml."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import importlib.resources
import tomllib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

FALLBACK_LANGUAGE = "en"
SAME_YEAR = dt.timedelta(days=270)  # a day nearer than this is clear without its year


@functools.cache
def tables() -> dict[str, Any]:
    """Everything customs.toml says."""
    file = importlib.resources.files("bot.writing") / "customs.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def custom(language: str, country: str = "") -> Mapping[str, Any]:
    """What a language does in a country: the language's own table, with what that country does otherwise. A language
    we do not know is written as English."""
    languages = tables()["languages"]
    base: dict[str, Any] = languages.get(language) or languages[FALLBACK_LANGUAGE]
    return {**base, **base.get("in", {}).get(country.upper(), {})}


def money_text(amount: Decimal, currency: str | None, country: str, language: str = "") -> str:
    """The sum as people in `country` write it: 65650, USD, US -> "$65,650.00"; 1234.5, EUR, DE -> "1.234,50 €".

    A currency that is not the country's own gets the sign that is clear abroad ("US$"), or its code. Without a
    currency the bare number is written. Where `language` is not one of the country's own, the sum is written as that
    language does. Spaces inside are no-break spaces.
    """
    here = tables()["countries"].get(country.upper(), {})
    own = not language or language in here.get("languages", ())
    style = tables()["styles"][here["style"] if here and own else custom(language)["style"]]
    digits = 2 if currency is None else tables()["minor_units"].get(currency, 2)
    number = _grouped(amount, digits, style)
    if currency is None:
        return number
    signs = tables()["currencies"].get(currency, {})
    symbol = signs.get("home" if here.get("currency") == currency else "abroad", currency)
    pattern = style["pattern"]
    if symbol.isalpha() and len(symbol) == 3:  # a code stands apart from the number: "PLN 1,200.00"
        pattern = pattern.replace("{symbol}{amount}", "{symbol} {amount}")
    return str(pattern.format(symbol=symbol, amount=number)).replace(" ", "\N{NO-BREAK SPACE}")


def _grouped(amount: Decimal, digits: int, style: Mapping[str, str]) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    whole, _, rest = f"{abs(rounded):f}".partition(".")
    step = 2 if style.get("grouping") == "indian" else 3
    head, groups = whole[:-3], [whole[-3:]]
    while head:
        groups.insert(0, head[-step:])
        head = head[:-step]
    text = style["group"].join(groups).replace(" ", "\N{NO-BREAK SPACE}") + (style["point"] + rest if rest else "")
    return ("-" if rounded < 0 else "") + text


def date_text(day: dt.date, language: str, country: str = "", today: dt.date | None = None) -> str:
    """The day in words, as in a letter: "March 2" (US), "2 March" (GB), "2. März". The year is left out where `today`
    is given and so near that nobody could mistake it."""
    words = custom(language, country)
    near = today is not None and abs(day - today) < SAME_YEAR
    number = words["first_day"] if day.day == 1 and "first_day" in words else str(day.day)
    pattern: str = words["date" if near else "date_year"]
    return pattern.format(day=number, month=words["months"][day.month - 1], year=day.year)


def span_text(
    first: dt.date, last: dt.date | None, language: str, country: str = "", today: dt.date | None = None
) -> str:
    """A day, a whole month by its name ("June 2026"), or a span with both its ends ("June 1 to June 10")."""
    words = custom(language, country)
    if last is None or last <= first:
        return date_text(first, language, country, today)
    if first.day == 1 and last == _end_of_month(first):
        return str(words["month_year"]).format(month=words["months"][first.month - 1], year=first.year)
    begin, end = (date_text(day, language, country, today) for day in (first, last))
    return str(words["span"]).format(first=begin, last=end)


def _end_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def joined(parts: Sequence[str], language: str) -> str:
    """A list in words: "Dana, Ray and Stan"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {custom(language)['and']} {parts[-1]}"
