"""Dates that are written out: in figures, or with a month's name. "3 March", "12/31/2026", "from 3 to 21 August"."""

from __future__ import annotations

from dataclasses import replace

from bot.reading.moments import days
from bot.reading.moments.context import MONTH_FIRST, UNKNOWN_ORDER, Context, Day, dated, figure, full_year, month_named
from bot.reading.moments.days import Span, add_days, add_months, day
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain
from bot.reading.moments.words import Token

DATES = Grammar()


@DATES.rule("numeric", "weekday comma? open? Numeric", "Numeric")
def numeric(context: Context, parts: tuple[str, str, str]) -> Span | None:
    """2026-03-14, 14.03.2026, 3/14/26: the order follows the country where the figures leave a doubt."""
    left, middle, right = parts
    if len(left) == 4:
        date = days.make(int(left), int(middle), int(right)) if len(right) < 3 else None
        return day(date, exact=True) if date else None
    if len(left) > 2 or len(right) not in (2, 4):
        return None
    year = full_year(int(right))
    return ordered(context, int(left), int(middle), year)


def ordered(context: Context, left: int, right: int, year: int | None) -> Span | None:
    """Day and month in figures, in the country's order; where only the other order is possible, in that one."""
    month_first = dated(context, right, left, year) if left <= 12 else None
    day_first = dated(context, left, right, year) if right <= 12 else None
    if context.country in UNKNOWN_ORDER and month_first and day_first and month_first != day_first:
        return replace(day_first, ambiguous=True)
    if context.country in MONTH_FIRST:
        return month_first or day_first
    return day_first or month_first


@DATES.rule("weekday and figures", "Weekday comma? open? the? Pair")
def weekday_pair(context: Context, weekday: int, pair: tuple[int, int, str]) -> Span | None:
    """Friday 7.6, Tuesday 5/12: of two orders the one that falls on the weekday, else the country's."""
    left, right, separator = pair
    readings = [
        span
        for span in (
            dated(context, right, left, None) if left <= 12 else None,
            dated(context, left, right, None) if right <= 12 else None,
        )
        if span
    ]
    fitting = [span for span in readings if span.first.weekday() == weekday]
    if len(fitting) == 1:
        return fitting[0]
    return ordered(context, left, right, None) if separator == "/" else None


@DATES.rule("figures", "Pair")
def pair_alone(context: Context, pair: tuple[int, int, str]) -> Span | None:
    """2/15, 15.2.: what is a fraction, a time or a version has been sorted out before (see figures.py)."""
    return ordered(context, pair[0], pair[1], None)


@DATES.rule("month and year in figures", "behind:in|until|by|from|after|before|through|part|of Monthyear")
def month_year_figures(context: Context, found: tuple[int, int]) -> Span:
    return days.month(found[1], found[0], exact=True)


@DATES.rule(
    "days of a month",
    "opening? weekday? comma? the? Daynumber dot? dash|and weekday? comma? the? Daynumber dot? of? the? Month dot? "
    "comma? of|in? Year|Yearish",
    "opening? weekday? comma? the? Daynumber dot? dash weekday? comma? the? Daynumber dot? of? the? Month",
    "between weekday? comma? the? Daynumber dot? and weekday? comma? the? Daynumber dot? of? the? Month",
)
def days_then_month(context: Context, first: Day, last: Day, month: int, year: int | None = None) -> Span | None:
    """From 3 to 21 August; from the 27th to the 3rd of April runs over a month's end."""
    end = dated(context, figure(last), month, year)
    begin_number = figure(first)
    if end is None or begin_number is None:
        return None
    if begin_number >= end.first.day:
        before = add_months(end.first.replace(day=1), -1)
        begin = days.make(before.year, before.month, begin_number)
    else:
        begin = days.make(end.first.year, month, begin_number)
    return Span(begin, end.last, Grain.RANGE, free=end.free, exact=end.exact) if begin else None


@DATES.rule(
    "days of a month",
    "opening? Range of? the? Month dot? comma? of? Year|Yearish",
    "opening? Range of? the? Month",
)
def range_then_month(context: Context, both: tuple[int, int], month: int, year: int | None = None) -> Span | None:
    return days_then_month(context, both[0], both[1], month, year)


@DATES.rule(
    "days of a month",
    "opening? weekday? comma? Month dot? the? Daynumber dash|and weekday? comma? the? Daynumber comma? of? the? "
    "Year|Yearish",
    "opening? weekday? comma? Month dot? the? Daynumber dash weekday? comma? the? Daynumber not:unit|month|of",
    "between weekday? comma? Month dot? the? Daynumber and weekday? comma? the? Daynumber not:unit|month",
)
def month_then_days(context: Context, month: int, first: Day, last: Day, year: int | None = None) -> Span | None:
    """July 13 to 15; from April 27th to the 3rd runs over the month's end."""
    begin, end_number = dated(context, figure(first), month, year), figure(last)
    if begin is None or end_number is None:
        return None
    following = add_months(begin.first.replace(day=1), 1 if end_number < begin.first.day else 0)
    end = days.make(following.year, following.month, end_number)
    if end is None:
        return None
    span = Span(begin.first, end, Grain.RANGE, free=begin.free, exact=begin.exact)
    # Today within the days: then this year's are meant, though their first day is over.
    earlier = days.make(begin.first.year - 1, month, begin.first.day) if begin.free else None
    if earlier and add_days(earlier, span.days - 1) >= context.today:
        return replace(span, first=earlier, last=add_days(earlier, span.days - 1))
    return span


@DATES.rule(
    "days of a month",
    "opening? Month dot? Range comma? Year|Yearish",
    "opening? Month dot? Range not:unit",
)
def month_then_range(context: Context, month: int, both: tuple[int, int], year: int | None = None) -> Span | None:
    return month_then_days(context, month, both[0], both[1], year)


@DATES.rule(
    "day of a month",
    "weekday comma? open? the? Daynumber dot? of? the? Month dot? comma? of|in? Year|Yearish",
    "the? Daynumber dot? of? the? Month dot? comma? of|in? Year|Yearish",
    "Daynumber slash|to Month slash|to|dot? Year|Yearish",
)
def day_month_year(context: Context, number: Day, month: int, year: int) -> Span | None:
    return dated(context, figure(number), month, year)


@DATES.rule("day of a month", "Year slash|to Month slash|to Daynumber")
def year_month_day(context: Context, year: int, month: int, number: Day) -> Span | None:
    return dated(context, figure(number), month, year)


@DATES.rule(
    "day of a month",
    "weekday comma? open? Month dot? the? Daynumber comma? of? the? Year|Yearish",
    "Month dot? the? Daynumber comma? weekday? comma? of? Year|Yearish",
    "Month slash|to Daynumber slash|to Year",
)
def month_day_year(context: Context, month: int, number: Day, year: int) -> Span | None:
    return dated(context, figure(number), month, year)


@DATES.rule(
    "day of a month",
    "weekday comma? open? the? Daynumber dot? of? the? Month",
    "the? Daynumber dot? of? the? Month comma weekday",
    "the? Daynumber dot? of? the? Month",
    "Daynumber to Month",
)
def day_month(context: Context, number: Day, month: int) -> Span | None:
    return dated(context, figure(number), month, None)


@DATES.rule(
    "day of a month",
    "weekday comma? open? Month dot? the? Daynumber not:unit",
    "Month dot? the? Daynumber comma|open weekday",
    "Month slash|to? the? Daynumber not:unit",
    "Month dot the? Daynumber not:unit",
)
def month_day(context: Context, month: int, number: Day) -> Span | None:
    return dated(context, figure(number), month, None)


@DATES.rule("month", "Month dot? comma|of|slash|to|in? Year", "Month dot? Yearish")
def month_year(context: Context, month: int, year: int) -> Span:
    return month_named(context, month, year)


@DATES.rule("month of next year", "Month of? Relative Unit")
def month_of_year(context: Context, month: int, relative: int, unit: str) -> Span | None:
    return month_named(context, month, context.today.year + relative) if unit == "year" else None


@DATES.rule("month", "Relative Month")
def relative_month(context: Context, relative: int, month: int) -> Span | None:
    """This May, next May (the first that has not begun), last May."""
    today = context.today
    if relative == 0:
        return days.month(today.year + (month < today.month), month, free=True)
    if relative < 0:
        return days.month(today.year - (month >= today.month), month)
    return days.month(today.year + (month <= today.month) + relative - 1, month, free=True)


@DATES.rule("month after next", "Month Afternext")
def month_after_next(context: Context, month: int, _: object) -> Span:
    return relative_month(context, 2, month) or days.month(context.today.year, month)


@DATES.rule("month", "Month")
def month_alone(context: Context, month: int) -> Span:
    return month_named(context, month, None)


def fiscal_start_in(tokens: list[Token], context: Context) -> Context:
    """The context with the first day of the financial year that the text names: "our year end is 31 March", "the new
    financial year (1 July)"."""
    if not any(token.tag == "L" for token in tokens):
        return context
    plain = [Token("_", None, t.start, t.end, "L:" + t.value) if t.tag == "L" else t for t in tokens]
    understood = DATES.rewrite(plain, context)
    for index, token in enumerate(understood):
        if not token.fold.startswith("L:"):
            continue
        ends = token.fold.endswith("end")
        for following in understood[index + 1 : index + 6]:
            if following.tag == "#":
                break
            ends = ends or following.tag == "%"
            if following.tag == "Z" and following.value.grain in (Grain.DAY, Grain.MONTH):
                span: Span = following.value
                begin = add_days(span.last, 1) if ends else span.first
                return replace(context, fiscal=(begin.month, begin.day))
    return context
