"""Arithmetic on calendar days, by the conventions of business mail: a week is its Monday to its Friday, an offset in
months is clamped at the end of a short month, a day without a year is the next one to come."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

from bot.reading.moments.moment import Grain

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
FAR = dt.date(9998, 12, 31)

# Seasons begin with these months in the north; in the south half a year later.
SEASON_MONTHS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
SOUTHERN = frozenset({"AU", "NZ", "ZA", "AR", "CL", "UY", "BR", "PY", "BO", "PE"})


class Marks(TypedDict, total=False):
    """What else is known of a span."""

    free: bool
    exact: bool
    deictic: bool
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A day or some days, before any preposition is heeded.

    `free`: the year was not said but chosen. `tail`: the last day that "after ..." skips, where it is not `last` (after
    Easter begins after Easter Monday). `deictic`: counted from today ("tomorrow", "in two weeks").
    """

    first: dt.date
    last: dt.date
    grain: Grain = Grain.DAY
    free: bool = False
    exact: bool = False
    deictic: bool = False
    ambiguous: bool = False
    tail: dt.date | None = None
    rule: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def day(date: dt.date, **marks: Unpack[Marks]) -> Span:
    """The span of a single day."""
    return Span(date, date, **marks)


def make(year: int, month: int, number: int) -> dt.date | None:
    """A date, or None where the calendar has none."""
    try:
        return dt.date(year, month, number)
    except ValueError:
        return None


def last_of_month(year: int, month: int) -> dt.date:
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def add_months(date: dt.date, months: int) -> dt.date:
    """The same day some months on; clamped where that month is shorter, and to the calendar's own ends."""
    index = date.year * 12 + date.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= FAR.year:
        return FAR if year > 1 else dt.date.min
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def add_days(date: dt.date, days: int) -> dt.date:
    """`days` later or earlier; clamped to the calendar's own ends."""
    ordinal = date.toordinal() + days
    return dt.date.fromordinal(ordinal) if 1 <= ordinal <= FAR.toordinal() else (FAR if days > 0 else dt.date.min)


def add_workdays(date: dt.date, days: int) -> dt.date:
    """`days` Mondays to Fridays later; public holidays are not looked at."""
    step = 1 if days > 0 else -1
    for _ in range(min(abs(days), 1000)):
        date = add_days(date, step)
        while date.weekday() > 4:
            date = add_days(date, step)
    return date


MONTHS_IN = {"month": 1, "quarter": 3, "half": 6, "year": 12, "decade": 120}
DAYS_IN = {"day": 1, "week": 7, "fortnight": 14, "weekend": 7}


def shift(date: dt.date, unit: str, count: int) -> dt.date:
    """`date` moved by `count` units (negative: back)."""
    if unit == "workday":
        return add_workdays(date, count)
    if unit in MONTHS_IN:
        return add_months(date, MONTHS_IN[unit] * count)
    return add_days(date, DAYS_IN[unit] * count)


def month(year: int, number: int, **marks: Unpack[Marks]) -> Span:
    return Span(dt.date(year, number, 1), last_of_month(year, number), Grain.MONTH, **marks)


def months(year: int, first: int, count: int, **marks: Unpack[Marks]) -> Span:
    """`count` whole months from the `first` month of `year` on; it may run over the year's end."""
    begin = dt.date(year, first, 1)
    return Span(begin, add_days(add_months(begin, count), -1), Grain.LONGER, **marks)


def quarter(year: int, number: int, **marks: Unpack[Marks]) -> Span:
    return months(year, 3 * number - 2, 3, **marks)


def half(year: int, number: int, **marks: Unpack[Marks]) -> Span:
    return months(year, 6 * number - 5, 6, **marks)


def year(number: int, **marks: Unpack[Marks]) -> Span:
    return months(number, 1, 12, **marks)


def monday_of(date: dt.date) -> dt.date:
    return add_days(date, -date.weekday())


def week(date: dt.date, **marks: Unpack[Marks]) -> Span:
    """Monday to Friday of the week of `date`."""
    monday = monday_of(date)
    return Span(monday, add_days(monday, 4), Grain.WEEK, **marks)


def weekend(date: dt.date, **marks: Unpack[Marks]) -> Span:
    """The Saturday and Sunday nearest to `date`: before a Monday, Tuesday or Wednesday, else of its week."""
    monday = monday_of(date)
    if date.weekday() < 3:
        monday = add_days(monday, -7)
    return Span(add_days(monday, 5), add_days(monday, 6), Grain.PART, **marks)


def unit_span(date: dt.date, unit: str) -> Span | None:
    """The week, month, quarter, half or year that `date` lies in."""
    match unit:
        case "day" | "workday":
            return day(date)
        case "week":
            return week(date)
        case "weekend":
            return weekend(add_days(monday_of(date), 5))
        case "fortnight":
            return Span(monday_of(date), add_days(monday_of(date), 11), Grain.WEEK)
        case "month":
            return month(date.year, date.month)
        case "quarter":
            return quarter(date.year, (date.month + 2) // 3)
        case "half":
            return half(date.year, 1 if date.month < 7 else 2)
        case "year":
            return year(date.year)
    return None


def next_day_of_year(today: dt.date, number: int, month_number: int) -> dt.date | None:
    """The next such day of a year, today included (29 February may be years away)."""
    for later in range(9):
        date = make(today.year + later, month_number, number)
        if date and date >= today:
            return date
    return None


def next_day_of_month(today: dt.date, number: int) -> dt.date | None:
    """The next day of a month with this number, today included."""
    for later in range(3):
        begin = add_months(today.replace(day=1), later)
        date = make(begin.year, begin.month, number)
        if date and date >= today:
            return date
    return None


def next_weekday(today: dt.date, weekday: int) -> dt.date:
    """The next such weekday; one that is today means a week from today."""
    return add_days(today, (weekday - today.weekday() - 1) % 7 + 1)


def to_come(spans: list[Span], today: dt.date) -> Span:
    """The first of yearly spans, in their order, that is not over."""
    return next((s for s in spans if s.last >= today), spans[-1])


def part_of(span: Span, part: str) -> Span:
    """The early, mid, late part of a span. A month: days 1-10, 11-20, 21-last. A week: Monday to Wednesday, Tuesday to
    Thursday, Thursday and Friday; its end is Friday. A year: its first quarter, its middle months, its last quarter;
    its end is December. Other spans: thirds of whole months. "Later" in a year is its second half, elsewhere its late
    part."""
    first, last = span.first, span.last
    if part == "later":
        if span.days > 360:
            return replace(span, first=add_months(first, 6))
        part = "late"
    if span.grain is Grain.MONTH:
        tenth, twentieth = first.replace(day=10), first.replace(day=20)
        bounds = {"early": (first, tenth), "mid": (tenth + DAY, twentieth)}.get(part, (twentieth + DAY, last))
    elif span.grain is Grain.WEEK:
        bounds = {
            "early": (first, add_days(first, 2)),
            "mid": (add_days(first, 1), add_days(first, 3)),
            "late": (add_days(first, 3), add_days(first, 4)),
        }.get(part, (add_days(first, 4), add_days(first, 4)))
    elif span.grain is Grain.LONGER:
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        third = max(1, count // 4 if count >= 12 else count // 3)
        bounds = {
            "early": (first, add_days(add_months(first, third), -1)),
            "mid": (add_months(first, max(third, count // 2 - 2) if count >= 12 else third), add_months(last, -third)),
            "late": (add_months(first, count - third), last),
        }.get(part, (last.replace(day=1 if count >= 12 else 21), last))
    else:
        size = span.days // 3
        bounds = {"early": (first, add_days(first, size)), "mid": (add_days(first, size), add_days(last, -size))}.get(
            part, (add_days(last, -size), last)
        )
    if bounds[0] > bounds[1]:
        bounds = (bounds[1], bounds[1])
    return replace(
        span, first=bounds[0], last=bounds[1], grain=Grain.DAY if bounds[0] == bounds[1] else Grain.PART, tail=None
    )


def nth_weekday(span: Span, number: int, weekday: int) -> dt.date | None:
    """The n-th such weekday within a span; negative numbers count from its end."""
    if number > 0:
        begin = add_days(span.first, (weekday - span.first.weekday()) % 7)
        found = add_days(begin, 7 * (number - 1))
    else:
        final = add_days(span.last, -((span.last.weekday() - weekday) % 7))
        found = add_days(final, 7 * (number + 1))
    return found if span.first <= found <= span.last else None


def nth_week(span: Span, number: int) -> Span | None:
    """The n-th week of a month, quarter or year. Of a year: its ISO weeks. Of a month: the first is that in which its
    first day lies, without the days before it (and with the week that follows, where the first day is a Saturday or
    Sunday); the last is the last that has most of its working days in the month."""
    if span.days > 360:
        weeks = dt.date(span.first.year, 12, 28).isocalendar().week
        return iso_week(span.first.year, number if number > 0 else weeks + 1 + number)
    if number > 0:
        begin = monday_of(span.first) if span.first.weekday() < 5 else add_days(span.first, 7 - span.first.weekday())
    else:
        begin = monday_of(span.last) if span.last.weekday() > 2 else add_days(monday_of(span.last), -7)
    found = week(add_days(begin, 7 * (number - 1 if number > 0 else number + 1)))
    if number == 1:
        found = replace(found, first=span.first)
    found = replace(found, last=min(found.last, span.last), free=span.free, exact=span.exact)
    return found if span.first <= found.first <= span.last else None


def iso_week(year_number: int, number: int) -> Span | None:
    """Monday to Friday of an ISO 8601 week."""
    try:
        return week(dt.date.fromisocalendar(year_number, number, 1))
    except ValueError:
        return None


def season(name: str, year_number: int, south: bool, **marks: Unpack[Marks]) -> Span:
    """The three months of a season that begins in `year_number`."""
    first = (SEASON_MONTHS[name] + (6 if south else 0) - 1) % 12 + 1
    return months(year_number, first, 3, **marks)
