"""Periods that have a name: quarters, halves, weeks of the calendar, seasons, years, holidays, financial years."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from bot.reading.moments import days, named
from bot.reading.moments.context import Context, figure, full_year
from bot.reading.moments.days import Span, add_days, add_months, day
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain

PERIODS = Grammar()


@PERIODS.rule("quarter", "Quarter of|slash|to|comma|in? Year|Yearish", "Quarter slash|other? Number")
def quarter_year(context: Context, number: int, year: Any) -> Span | None:
    year_number = figure(year)
    if year_number is None or (year_number < 100 and not 20 <= year_number <= 79):
        return None
    return days.quarter(full_year(year_number), number, exact=True)


@PERIODS.rule("quarter", "Year slash|to? Quarter")
def year_quarter(context: Context, year: int, number: int) -> Span:
    return days.quarter(year, number, exact=True)


@PERIODS.rule("quarter", "Quarter of? Relative Unit")
def quarter_relative(context: Context, number: int, relative: int, unit: str) -> Span | None:
    return days.quarter(context.today.year + relative, number) if unit == "year" else None


@PERIODS.rule("quarter", "Quarter")
def quarter_alone(context: Context, number: int) -> Span:
    today = context.today
    return replace(days.to_come([days.quarter(today.year + n, number) for n in (0, 1)], today), free=True)


@PERIODS.rule("half", "Halfyear of|slash|to|in? Year|Yearish")
def half_year(context: Context, number: int, year: int) -> Span:
    return days.half(full_year(year), number, exact=True)


@PERIODS.rule("half", "Year Halfyear")
def year_half(context: Context, year: int, number: int) -> Span:
    return days.half(year, number, exact=True)


@PERIODS.rule("half", "Halfyear of? Relative Unit")
def half_relative(context: Context, number: int, relative: int, unit: str) -> Span | None:
    return days.half(context.today.year + relative, number) if unit == "year" else None


@PERIODS.rule("half", "Halfyear")
def half_alone(context: Context, number: int) -> Span:
    today = context.today
    return replace(days.to_come([days.half(today.year + n, number) for n in (0, 1)], today), free=True)


@PERIODS.rule(
    "calendar week",
    "Calweek Number slash|of|comma? Year",
    "Calweek Number",
    "Ordinal|Number dot Calweek",
    "Unit Number not:of|unit",
)
def calendar_week(context: Context, *values: Any) -> Span | None:
    """KW 33, calendar week 33, week 33: the ISO week, the next one to come."""
    unit = next((v for v in values if isinstance(v, str)), None)
    numbers = [figure(v) for v in values if v is not None and not isinstance(v, str)]
    if unit is not None and unit != "week":
        return None
    number, year = (numbers[0], numbers[1] if len(numbers) > 1 else None) if numbers else (None, None)
    if number is None:
        return None
    if year is not None:
        found = days.iso_week(year, number)
        return replace(found, exact=True) if found else None
    this_year = context.today.isocalendar().year
    spans = [s for s in (days.iso_week(this_year, number), days.iso_week(this_year + 1, number)) if s]
    return replace(days.to_come(spans, context.today), free=True) if spans else None


@PERIODS.rule("season", "Season of|in? Year|Yearish")
def season_year(context: Context, name: str, year: int) -> Span:
    return days.season(name, full_year(year), context.south, exact=True)


@PERIODS.rule("season", "Season of|in? Relative Unit")
def season_of_year(context: Context, name: str, relative: int, unit: str) -> Span | None:
    return days.season(name, context.today.year + relative, context.south) if unit == "year" else None


@PERIODS.rule("season", "Relative Season")
def relative_season(context: Context, relative: int, name: str) -> Span:
    """Next spring is the first that has not begun; last spring the last that is over."""
    today = context.today
    spans = [days.season(name, today.year + n, context.south) for n in range(-2, 4)]
    if relative < 0:
        return [s for s in spans if s.last < today][relative]
    if relative == 0:
        return replace(days.to_come(spans, today), free=True)
    return replace([s for s in spans if s.first > today][relative - 1], free=True)


@PERIODS.rule("season", "Season Relative")
def season_relative(context: Context, name: str, relative: int) -> Span | None:
    """Le printemps prochain."""
    return relative_season(context, relative, name)


@PERIODS.rule("season", "Season")
def season_alone(context: Context, name: str) -> Span:
    spans = [days.season(name, context.today.year + n, context.south) for n in (-1, 0, 1)]
    return replace(days.to_come(spans, context.today), free=True)


@PERIODS.rule("holiday", "Relative? Holiday of|in? Year|Yearish")
def holiday_year(context: Context, _: int | None, rule: Any, year: int) -> Span | None:
    own = named.rule_for(rule, context.country)
    return named.to_come(own, context.today, full_year(year)) if own else None


@PERIODS.rule("holiday", "behind:after|before|until|by|from|through the? relative? Holiday")
def public_holiday(context: Context, rule: Any) -> Span | None:
    """After the bank holiday, before the public holidays: only where something comes before or after it ("enjoy the bank
    holiday" is no time)."""
    own = named.rule_for(rule, context.country)
    return named.next_public(own, context.country, context.today) if own in named.PUBLIC else None


@PERIODS.rule("holiday", "Relative Holiday", "Holiday")
def holiday(context: Context, *values: Any) -> Span | None:
    """A named day: the country's own, the next one to come."""
    relative, rule = values if len(values) == 2 else (0, values[0])
    own = named.rule_for(rule, context.country)
    if own is None:
        return None
    if relative < 0:
        return next(
            (s for n in (0, 1) if (s := named.in_year(own, context.today.year - n)) and s.last < context.today), None
        )
    return named.to_come(own, context.today, None)


@PERIODS.rule("financial year", "part? of? the? Relative? Fiscal open? other? Year", "Relative? Fiscal Number")
def fiscal_numbered(context: Context, relative: int | None, edge: str, number: Any) -> Span | None:
    """FY 2027: the year that ends in 2027."""
    start, year = context.fiscal_start, full_year(figure(number) or 0)
    if start is None or not 2020 <= year < 2080:
        return None
    begin = days.make(year if start == (1, 1) else year - 1, *start)
    return fiscal_span(begin, edge) if begin else None


@PERIODS.rule("financial year", "Relative? Fiscal")
def fiscal(context: Context, relative: int | None, edge: str) -> Span | None:
    """The new (next) financial year, this one, and the year's end, from the day the text names or the country's usual
    one."""
    start = context.fiscal_start
    if edge == "yearend":
        if start is None:
            return day(dt.date(context.today.year, 12, 31), free=True)
        edge = "end"
    if start is None:
        return None
    today = context.today
    begins = [d for n in (-1, 0, 1, 2) if (d := days.make(today.year + n, *start))]
    current = max((d for d in begins if d <= today), default=begins[0])
    ahead = begins[begins.index(current) + 1 :]
    if edge == "new" or (edge == "year" and relative in (1, 2)):
        begin = ahead[(relative or 1) - 1] if relative != 2 else ahead[-1]
        # "In the new financial year": its beginning is what the writer waits for.
        return replace(
            fiscal_span(begin, "year"),
            last=days.last_of_month(begin.year, begin.month),
            grain=Grain.PART,
            free=True,
            tail=add_days(begin, -1),  # "after", "once it has started"
        )
    if relative == -1:
        return None
    return fiscal_span(current, edge)


def fiscal_span(begin: dt.date, edge: str) -> Span:
    """A financial year from its first day, or the last day of it."""
    last = add_days(add_months(begin, 12), -1)
    return day(last, free=True) if edge == "end" else Span(begin, last, Grain.LONGER, free=True)


@PERIODS.rule(
    "year",
    "behind:in|until|by|from|after|before|through|part Year not:unit|number",
    "in the? unit Year",
    "the unit Year",
)
def year_alone(context: Context, year: int) -> Span | None:
    return days.year(year, exact=True) if year >= 2000 else None
