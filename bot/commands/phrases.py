"""What a few words say by themselves: days and money."""

from __future__ import annotations

import datetime as dt

from bot.reading.dates import when
from bot.reading.money import find_money


def when_row(text: str, at: dt.datetime, country: str) -> dict[str, object]:
    """The day or span a few words mean, counted from `at`."""
    moment = when(text, at, country.upper())
    return {
        "date": moment.first if moment else None,
        "date_to": moment.last if moment else None,
        "words": moment.words if moment else None,
    }


def money_rows(text: str, country: str) -> list[dict[str, object]]:
    """The amounts a text names."""
    return [{"amount": m.amount, "currency": m.currency, "words": m.words} for m in find_money(text, country.upper())]
