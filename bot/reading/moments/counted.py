"""A piece counted out of a span ("the first Monday of ..."), and what is told by this, next, last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.reading.moments import days
from bot.reading.moments.context import Context, Count
from bot.reading.moments.days import Marks, Span, add_days, add_months, day, shift
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain
from bot.reading.moments.periods import half_alone, quarter_alone

NTH, RELATIVE = Grammar(), Grammar()


def as_span(value: Span | int) -> Span:
    """A bare year counts as the span of it."""
    return value if isinstance(value, Span) else days.year(value, exact=True)


@NTH.rule(
    "nth weekday",
    "the? Nth Weekday daypart|clock? dash? clock? of|in the? Span|Year",
    "the? Nth Weekday Span",
)
def nth_weekday(context: Context, number: int, weekday: int, of: Span | int) -> Span | None:
    whole = as_span(of)
    if number == 0 or whole.days < 28 or not -2 < number < 6:
        return None
    found = days.nth_weekday(whole, number, weekday)
    if found and found < context.today and whole.free:
        later = replace(
            whole, first=add_months(whole.first, 12), last=add_days(add_months(add_days(whole.last, 1), 12), -1)
        )
        found = days.nth_weekday(later, number, weekday)
    return day(found, free=whole.free, exact=whole.exact) if found else None


@NTH.rule("nth unit", "the? Nth Relative Unit of|in the? Span|Year")
def nth_from_end(context: Context, number: int, relative: int, unit: str, of: Span | int) -> Span | None:
    """The second last week of October."""
    return nth_unit(context, -number, unit, of) if relative == -1 else None


@NTH.rule("nth unit", "the? Nth Unit of|in the? Span|Year", "the? Nth Unit Span")
def nth_unit(context: Context, number: int, unit: str, of: Span | int) -> Span | None:
    """The first week of June, the last day of the quarter, the second half of 2027."""
    whole = as_span(of)
    if number == 0 or (whole.grain is Grain.DAY and unit != "day"):
        return None
    marks: Marks = {"free": whole.free, "exact": whole.exact}
    if unit == "week" and whole.days > 7:
        return days.nth_week(whole, number)
    if unit == "weekend":
        saturday = days.nth_weekday(whole, number, 5)
        return days.weekend(saturday, **marks) if saturday else None
    if unit in ("day", "workday"):
        date = (
            shift(add_days(whole.first, -1), unit, number)
            if number > 0
            else shift(add_days(whole.last, 1), unit, number)
        )
        return day(date, **marks) if whole.first <= date <= whole.last else None
    if unit == "half" and whole.grain is Grain.MONTH:
        middle = add_days(whole.first, 14)
        bounds = (whole.first, middle) if number == 1 else (add_days(middle, 1), whole.last)
        return Span(*bounds, Grain.PART, **marks)
    size = days.MONTHS_IN.get(unit, 99)
    count = ((whole.last.year - whole.first.year) * 12 + whole.last.month - whole.first.month + 1) // size
    index = number - 1 if number > 0 else count + number
    if not 0 <= index < count or count == 1:
        return None
    begin = add_months(whole.first, size * index)
    return replace(
        days.months(begin.year, begin.month, size, **marks), grain=Grain.MONTH if size == 1 else Grain.LONGER
    )


@NTH.rule("nth unit", "Span Ordinal|Ordinalword Unit")
def span_nth_unit(context: Context, of: Span, number: int, unit: str) -> Span | None:
    """April first week, as in Indian English."""
    return nth_unit(context, number, unit, of) if unit == "week" and of.grain is Grain.MONTH else None


@NTH.rule("first weeks", "the? Nth Number Unit of|in the? Span|Year")
def first_units(context: Context, number: int, count: Count, unit: str, of: Span | int) -> Span | None:
    """The first two weeks of 2027, the last three days of May."""
    whole = as_span(of)
    if number not in (1, -1) or unit not in ("day", "week", "month"):
        return None
    if unit == "week":
        edge = days.nth_week(whole, number)
        if edge is None:
            return None
        other = days.week(add_days(edge.first, 7 * (count[0] - 1) * number))
        first, last = sorted((edge, other), key=lambda s: s.first)
        return replace(whole, first=first.first, last=last.last, grain=Grain.PART)
    if number == 1:
        return replace(whole, last=add_days(shift(whole.first, unit, count[0]), -1), grain=Grain.PART)
    return replace(whole, first=add_days(shift(add_days(whole.last, 1), unit, -count[0]), 0), grain=Grain.PART)


@NTH.rule("day of next month", "the? Ordinal of the? Span")
def ordinal_of(context: Context, number: int, of: Span) -> Span | None:
    """The 20th of next month."""
    return nth_unit(context, number, "day", of) if of.grain is Grain.MONTH else None


@NTH.rule(
    "weekday of a week",
    "Weekday daypart? clock? of|in the? Span",
    "Weekday daypart? Span",
    "relative? Weekday daypart? weekof Span",
)
def weekday_of(context: Context, weekday: int, of: Span) -> Span | None:
    """Tuesday of next week, Wednesday week of the 14th."""
    return day(add_days(of.first, weekday), deictic=True) if of.grain is Grain.WEEK and of.days <= 7 else None


@NTH.rule("weekday of a week", "Span comma? other? other? on? Weekday")
def week_weekday(context: Context, of: Span, weekday: int) -> Span | None:
    """Next week, preferably on Tuesday."""
    return weekday_of(context, weekday, of)


# Nothing that the one after could be the one after of may follow: "not next week but the week after Easter".
_ALONE = "not:unit|weekday|month|the|of|holiday|span|number"


@RELATIVE.rule(
    "the one after",
    f"not the? Relative? Weekday|Unit Relative? comma? other? the? unit? number? after|relative number? {_ALONE}",
)
def the_one_after_that(context: Context, before: int | None, what: int | str, behind: int | None) -> Span | None:
    """Not next Tuesday, the one after; not this week but the following."""
    relative = behind if before is None else before
    if isinstance(what, int):
        passed = days.next_weekday(context.today, what)
        if relative == 1 and context.language in ("en", "de", "nl"):  # that of next week
            passed = add_days(days.monday_of(context.today), 7 + what)
        return day(add_days(passed, 7), deictic=True) if relative in (None, 0, 1) else None
    return relative_unit(context, relative + 1, what) if relative in (0, 1) else None


@RELATIVE.rule(
    "the one after",
    f"the? Relative? Weekday|Unit Relative? not comma? other? the? relative|another|after {_ALONE}",
)
def not_that_the_next(context: Context, before: int | None, what: int | str, behind: int | None) -> Span | None:
    """El martes que viene no, el siguiente."""
    return the_one_after_that(context, before, what, behind) if context.language in ("es", "pt", "it") else None


@RELATIVE.rule("quarter of the year", "the? Nth Unit of the? Unit", "the? Nth Unit of|in? Year")
def nth_of_year(context: Context, number: int, unit: str, of: str | int) -> Span | None:
    """The first quarter of the year, the second half of the month: the next one to come."""
    if isinstance(of, int):
        return nth_unit(context, number, unit, of)
    whole = days.unit_span(context.today, of)
    if whole is None or of not in ("year", "month", "quarter"):
        return None
    found = nth_unit(context, number, unit, whole)
    if found and found.last < context.today:
        found = nth_unit(context, number, unit, days.unit_span(shift(context.today, of, 1), of) or whole)
    return found


@RELATIVE.rule("day of the month", "the? Ordinal|Ordinalword of the Unit")
def day_of_the_month(context: Context, number: int, unit: str) -> Span | None:
    """The first of the month."""
    date = days.next_day_of_month(add_days(context.today, 1), number) if unit == "month" and number <= 31 else None
    return day(date, free=True) if date else None


@RELATIVE.rule("quarter", "the? Ordinal|Ordinalword Unit not:of")
def nth_quarter(context: Context, number: int, unit: str) -> Span | None:
    """Third quarter, the second half year."""
    if unit == "quarter" and 1 <= number <= 4:
        return quarter_alone(context, number)
    return half_alone(context, number) if unit == "half" and number in (1, 2) else None


@RELATIVE.rule("after next", "the? Unit Afternext")
def unit_after_next(context: Context, unit: str, _: object) -> Span | None:
    return relative_unit(context, 2, unit)


@RELATIVE.rule("weekday after next", "Weekday Afternext")
def weekday_after_next(context: Context, weekday: int, _: object) -> Span:
    """Friday after next: the second one to come that is not of this week."""
    return day(add_days(days.next_weekday(context.today, weekday), 7), deictic=True)


@RELATIVE.rule("within", "in the? Relative Number|Range Unit")
def within_units(context: Context, relative: int, count: Count, unit: str) -> Span | None:
    """Within the next two weeks: from tomorrow on."""
    last = shift(context.today, unit, count[1])
    return Span(add_days(context.today, 1), last, Grain.RANGE, deictic=True) if relative == 1 else None


@RELATIVE.rule("upcoming", "the? upcoming Number Unit", "Number upcoming Unit", "the? upcoming Unit")
def upcoming(context: Context, *values: Any) -> Span | None:
    """Two upcoming weeks: the second of those to come."""
    count = values[0][1] if len(values) == 2 else 1
    return relative_unit(context, count, values[-1])


@RELATIVE.rule("next few", "the? Relative Number|Range Unit not:of|in", "Number Relative Unit")
def relative_units(context: Context, *values: Any) -> Span | None:
    """The next three weeks, the last few days."""
    relative, count = (values[0], values[1]) if isinstance(values[0], int) else (values[1], values[0])
    unit, today = values[2], context.today
    if relative == 0:
        return None
    whole = days.unit_span(shift(today, unit, 1 if relative > 0 else -1), unit)
    if whole is None:
        return None
    high = count[1]
    if unit in ("day", "workday"):
        ends = (
            (add_days(today, 1), shift(today, unit, high))
            if relative > 0
            else (shift(today, unit, -high), add_days(today, -1))
        )
        return Span(*ends, Grain.RANGE, deictic=True)
    other = days.unit_span(shift(today, unit, high if relative > 0 else -high), unit)
    if other is None:
        return None
    first, last = (whole, other) if relative > 0 else (other, whole)
    return Span(first.first, last.last, Grain.RANGE, deictic=True)


@RELATIVE.rule("this or next", "Relative Unit", "the? Unit Relative")
def relative_or_plain(context: Context, *values: Any) -> Span | None:
    """Next week; and, where a language puts it so, la semaine prochaine."""
    relative, unit = values if isinstance(values[0], int) else (values[1], values[0])
    if isinstance(values[0], str) and context.language == "en":
        return None  # "any day next week"
    return relative_unit(context, relative, unit)


def relative_unit(context: Context, relative: int, unit: str) -> Span | None:
    """This week, next month, last quarter."""
    begin = context.today
    if unit in days.MONTHS_IN:
        begin = begin.replace(day=1)
    found = days.unit_span(shift(begin, unit, relative), unit)
    return replace(found, deictic=True) if found else None
