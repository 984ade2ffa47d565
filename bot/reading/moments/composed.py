"""Spans out of spans: "the end of ...", "three weeks after ...", "from ... to ..."; and the cascade of all tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.reading.moments import days
from bot.reading.moments.context import Context
from bot.reading.moments.counted import NTH, RELATIVE
from bot.reading.moments.days import Marks, Span, add_days, add_months, day, shift
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain
from bot.reading.moments.periods import PERIODS
from bot.reading.moments.spoken import BARE
from bot.reading.moments.written import DATES

COMPOSED = Grammar()


@COMPOSED.rule("part of", "the? Part to? of? the? about? relative? about? Span")
def part_of_span(context: Context, part: str, whole: Span) -> Span | None:
    """Mid-July, the end of next week. A single day has no parts worth telling: "end of Tuesday" is Tuesday."""
    if whole.grain is Grain.DAY:
        return whole if part != "mid" else None
    if whole.grain is Grain.MONTH and whole.free:
        # "Early March", said in mid March, is next year's, though the month is not over.
        cut = days.part_of(days.month(context.today.year, whole.first.month, free=True), part)
        if cut.last >= context.today:
            return cut
        if whole.first.year == context.today.year and whole.first.month == context.today.month:
            return days.part_of(days.month(whole.first.year + 1, whole.first.month, free=True), part)
    return days.part_of(whole, part)


@COMPOSED.rule("part of", "the? Part of? Year")
def part_of_year(context: Context, part: str, number: int) -> Span | None:
    """The beginning of 2027."""
    return days.part_of(days.year(number, exact=True), part) if number >= 2000 else None


@COMPOSED.rule("part of", "the? Part of|in? the Unit", "the? Part of Unit")
def part_of_unit(context: Context, part: str, unit: str) -> Span | None:
    """The end of the month, later in the year: of the one we are in, or of the next where that part is over."""
    whole = days.unit_span(context.today, unit)
    if whole is None or unit in ("day", "workday", "weekend"):
        return None
    found = days.part_of(whole, part)
    if found.last < context.today:
        found = days.part_of(days.unit_span(shift(context.today.replace(day=1), unit, 1), unit) or whole, part)
    return replace(found, deictic=True)


@RELATIVE.rule("part of", "the? Partunit")
def named_part(context: Context, both: tuple[str, str]) -> Span | None:
    """Month end, EOY."""
    return part_of_unit(context, *both)


@COMPOSED.rule("range", "from|between Span dash|and the? Span", "Span dash the? Span")
def span_range(context: Context, first: Span, last: Span) -> Span | None:
    """From A to B. The end's year is sure to come; the beginning lies before it, even in the past."""
    end, begin = last, first
    if begin.first > end.first:
        if begin.free and not (end.deictic or first.exact):
            begin = replace(begin, first=add_months(begin.first, -12), last=add_months(begin.last, -12))
        elif end.free:
            end = replace(end, first=add_months(end.first, 12), last=add_months(end.last, 12))
        elif end.deictic and end.grain is Grain.DAY and add_days(end.first, 7) >= begin.first:
            end = day(add_days(end.first, 7), deictic=True)
    if begin.first > end.last:
        return None
    if end.exact and begin.free and begin.first.year != end.first.year:
        moved = add_months(begin.first, 12 * (end.first.year - begin.first.year))
        begin = replace(begin, first=moved if moved <= end.first else add_months(moved, -12))
    last_day = end.first if end.rule == "holiday" else end.last  # "between Christmas and New Year"
    return Span(begin.first, last_day, Grain.RANGE, free=begin.free, exact=end.exact)


@COMPOSED.rule("either", "Span or|slash in? the? Span")
def either(context: Context, first: Span, second: Span) -> Span | None:
    """May or June, Monday/Tuesday: from the one to the other, where they follow one another."""
    if first.grain is not second.grain or not 0 < (second.first - first.last).days <= 1 or first.days > 92:
        return None
    return replace(first, last=second.last, grain=Grain.RANGE)


@COMPOSED.rule("week of", "the? Unit of|begins|from on? the? Span", "weekof on? the? Span")
def week_of(context: Context, *values: Any) -> Span | None:
    """The week of the 14th, week commencing 4 February, the weekend of Thanksgiving."""
    unit, span = values if len(values) == 2 else ("week", values[0])
    if unit not in ("week", "weekend") or span.days > 7:
        return None
    marks: Marks = {"free": span.free, "exact": span.exact}
    return days.week(span.first, **marks) if unit == "week" else days.weekend(span.first, **marks)


@COMPOSED.rule("for a time from", "for Number|A Unit comma? from|begins on? Span")
def time_from(context: Context, count: Any, unit: str, begin: Span) -> Span | None:
    """For ten days from 18 December."""
    return from_for(context, begin, count, unit)


@COMPOSED.rule("for a time from", "from Span for Number|A Unit")
def from_for(context: Context, begin: Span, count: Any, unit: str) -> Span:
    number = count[0] if isinstance(count, tuple) else 1
    return Span(begin.first, add_days(shift(begin.first, unit, number), -1), Grain.RANGE, free=begin.free)


@COMPOSED.rule("counted from", "Number|A Unit from|after|on|begins the? Span", "Number Weekdays after the? Span")
def counted_after(context: Context, count: Any, unit: str | int, begin: Span) -> Span | None:
    """Three weeks after Easter, four months from 1 May."""
    number = count[0] if isinstance(count, tuple) else 1
    if isinstance(unit, int):
        return day(add_days(days.next_weekday(begin.last, unit), 7 * (number - 1)), free=begin.free)
    return day(shift(begin.last, unit, number), free=begin.free)


@COMPOSED.rule("counted from", "about? Number|A Unit before the? Span")
def counted_before(context: Context, count: Any, unit: str, end: Span) -> Span:
    """Three months before 31 December."""
    number = count[0] if isinstance(count, tuple) else 1
    return day(shift(end.first, unit, -number), free=end.free)


@COMPOSED.rule("the one after", "the? Ordinalword? Unit|Weekday after the? Span")
def the_one_after(context: Context, number: int | None, unit: str | int, begin: Span) -> Span | None:
    """The week after Easter, the day after Labor Day, the second Tuesday after Christmas."""
    if isinstance(unit, int):
        return counted_after(context, (number or 1, number or 1), unit, begin)
    found = days.unit_span(shift(begin.last, unit, number or 1), unit)
    return replace(found, free=begin.free, exact=begin.exact) if found else None


@COMPOSED.rule("the one before", "the? Unit|Weekday before the? Span")
def the_one_before(context: Context, unit: str | int, end: Span) -> Span | None:
    """The week before Christmas, the Friday before Labor Day."""
    if isinstance(unit, int):
        return day(add_days(end.first, -((end.first.weekday() - unit - 1) % 7 + 1)), free=end.free)
    found = days.unit_span(shift(end.first, unit, -1), unit)
    return replace(found, free=end.free, exact=end.exact) if found else None


# A weekday before or after a named day must be read before the weekday alone is.
NTH.rule("counted from", "Number Weekdays after the? Span")(counted_after)
NTH.rule("the one after", "the? Ordinalword? Weekday after the? Span")(the_one_after)
NTH.rule("the one before", "the? Weekday before the? Span")(the_one_before)

# What an earlier table has understood is a single `span` token to the later ones: "the first week of next month" is
# understood from the inside out. NTH comes twice, because RELATIVE both needs what it leaves and makes what it needs.
CASCADE = (DATES, PERIODS, NTH, RELATIVE, NTH, BARE, COMPOSED, COMPOSED)
