"""What every rule of the date grammar needs: the day it counts from, the country, and days and months by their
names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bot.reading.moments import days
from bot.reading.moments.days import Span, day

# Who writes the month first, who the year; in Canada both other orders are in use, so that none is known.
MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "FM", "PW", "MH"})
UNKNOWN_ORDER = frozenset({"CA"})
# The usual first day of a financial year, where a country has a usual one: (month, day).
FISCAL_START = {"GB": (4, 1), "IN": (4, 1), "AU": (7, 1), "NZ": (4, 1), "JP": (4, 1)}

Day = int | tuple[int, int]  # a day of a month: 14th, fourteenth; or a plain 14
Count = tuple[int, int]  # a number, low and high: 2-3


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule needs to know besides its own words. `fiscal` is the first day of the writer's financial year where
    the text names it."""

    today: dt.date
    country: str
    language: str = "en"
    fiscal: tuple[int, int] | None = None

    @property
    def south(self) -> bool:
        return self.country in days.SOUTHERN

    @property
    def fiscal_start(self) -> tuple[int, int] | None:
        return self.fiscal or FISCAL_START.get(self.country)


def figure(value: Any) -> int | None:
    """A day's number out of "14", "14th" or "fourteenth"; None where a range is meant."""
    if isinstance(value, tuple):
        return value[0] if value[0] == value[1] else None
    return int(value) if value is not None else None


def full_year(year: int) -> int:
    return year if year > 99 else 2000 + year


def dated(context: Context, number: int | None, month: int, year: int | None) -> Span | None:
    """A day of a month; without a year, the next one to come."""
    if number is None or not 1 <= number <= 31:
        return None
    if year is not None:
        date = days.make(full_year(year), month, number)
        return day(date, exact=True) if date else None
    date = days.next_day_of_year(context.today, number, month)
    return day(date, free=True) if date else None


def month_named(context: Context, month: int, year: int | None) -> Span:
    """A month; without a year the next one to come. In its last weeks a month's name means next year's: who means the
    rest of this one says so."""
    if year is not None:
        return days.month(full_year(year), month, exact=True)
    today = context.today
    over = month < today.month or (month == today.month and today.day > 20)
    return days.month(today.year + over, month, free=True)
