"""The grammar of dates: from tags to spans, in a cascade of small tables. What an earlier table has understood is a single
`span` token to the later ones, so that "the first week of next month" is understood from the inside out.

    DATES      what is written with a month, in figures, or by a name: "3 March", "12/31/2026", "Q3", "Labor Day"
    NTH        a piece counted out of a span: "the first Monday of ...", "Tuesday of ..."
    RELATIVE   "next week", "this quarter"
    BARE       what needs today to be understood: "Friday", "in six months", "the 14th"
    COMPOSED   spans out of spans: "the end of ...", "three weeks after ...", "from ... to ..."
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from bot.reading.moments import days, named
from bot.reading.moments.days import Span, add_days, add_months, day, shift
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain
from bot.reading.moments.words import Token

DATES, NTH, RELATIVE, BARE, COMPOSED = Grammar(), Grammar(), Grammar(), Grammar(), Grammar()

# Who writes the month first, who the year; in Canada both other orders are in use, so that none is known.
MONTH_FIRST = frozenset({"US", "PH", "PR", "GU", "FM", "PW", "MH"})
UNKNOWN_ORDER = frozenset({"CA"})
# The usual first day of a financial year, where a country has a usual one: (month, day).
FISCAL_START = {"GB": (4, 1), "IN": (4, 1), "AU": (7, 1), "NZ": (4, 1), "JP": (4, 1)}

Day = int | tuple[int, int]
Count = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule needs to know besides its own words. `fiscal` is the first day of the writer's financial year where the text
    names it."""

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
    """A month; without a year the next one to come. In its last weeks a month's name means next year's: who means the rest of
    this one says so."""
    if year is not None:
        return days.month(full_year(year), month, exact=True)
    today = context.today
    over = month < today.month or (month == today.month and today.day > 20)
    return days.month(today.year + over, month, free=True)


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


# --- DATES: figures ----------------------------------------------------------------------------------------------


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


# --- DATES: with a month's name ----------------------------------------------------------------------------------


@DATES.rule(
    "days of a month",
    "from|between|of? weekday? comma? the? Daynumber dot? dash|and weekday? comma? the? Daynumber dot? of? the? Month dot? "
    "comma? of|in? Year|Yearish",
    "from|between|of? weekday? comma? the? Daynumber dot? dash weekday? comma? the? Daynumber dot? of? the? Month",
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
    "from|between|of? Range of? the? Month dot? comma? of? Year|Yearish",
    "from|between|of? Range of? the? Month",
)
def range_then_month(context: Context, both: tuple[int, int], month: int, year: int | None = None) -> Span | None:
    return days_then_month(context, both[0], both[1], month, year)


@DATES.rule(
    "days of a month",
    "from|between|of? weekday? comma? Month dot? the? Daynumber dash|and weekday? comma? the? Daynumber comma? of? the? Year|Yearish",
    "from|between|of? weekday? comma? Month dot? the? Daynumber dash weekday? comma? the? Daynumber not:unit|month|of",
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
    "days of a month", "from|between|of? Month dot? Range comma? Year|Yearish", "from|between|of? Month dot? Range not:unit"
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


# --- DATES: quarters, weeks of the calendar, seasons, named days, years ------------------------------------------


@DATES.rule("quarter", "Quarter of|slash|to|comma|in? Year|Yearish", "Quarter slash|other? Number")
def quarter_year(context: Context, number: int, year: Any) -> Span | None:
    year_number = figure(year)
    if year_number is None or (year_number < 100 and not 20 <= year_number <= 79):
        return None
    return days.quarter(full_year(year_number), number, exact=True)


@DATES.rule("quarter", "Year slash|to? Quarter")
def year_quarter(context: Context, year: int, number: int) -> Span:
    return days.quarter(year, number, exact=True)


@DATES.rule("quarter", "Quarter of? Relative Unit")
def quarter_relative(context: Context, number: int, relative: int, unit: str) -> Span | None:
    return days.quarter(context.today.year + relative, number) if unit == "year" else None


@DATES.rule("quarter", "Quarter")
def quarter_alone(context: Context, number: int) -> Span:
    today = context.today
    return replace(days.to_come([days.quarter(today.year + n, number) for n in (0, 1)], today), free=True)


@DATES.rule("half", "Halfyear of|slash|to|in? Year|Yearish")
def half_year(context: Context, number: int, year: int) -> Span:
    return days.half(full_year(year), number, exact=True)


@DATES.rule("half", "Year Halfyear")
def year_half(context: Context, year: int, number: int) -> Span:
    return days.half(year, number, exact=True)


@DATES.rule("half", "Halfyear of? Relative Unit")
def half_relative(context: Context, number: int, relative: int, unit: str) -> Span | None:
    return days.half(context.today.year + relative, number) if unit == "year" else None


@DATES.rule("half", "Halfyear")
def half_alone(context: Context, number: int) -> Span:
    today = context.today
    return replace(days.to_come([days.half(today.year + n, number) for n in (0, 1)], today), free=True)


@DATES.rule(
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


@DATES.rule("season", "Season of|in? Year|Yearish")
def season_year(context: Context, name: str, year: int) -> Span:
    return days.season(name, full_year(year), context.south, exact=True)


@DATES.rule("season", "Season of|in? Relative Unit")
def season_of_year(context: Context, name: str, relative: int, unit: str) -> Span | None:
    return days.season(name, context.today.year + relative, context.south) if unit == "year" else None


@DATES.rule("season", "Relative Season", "Season Relative")
def season_relative(context: Context, *values: Any) -> Span:
    """Next spring is the first that has not begun; last spring the last that is over."""
    name, relative = (values[0], values[1]) if isinstance(values[0], str) else (values[1], values[0])
    today = context.today
    spans = [days.season(name, today.year + n, context.south) for n in range(-2, 4)]
    if relative < 0:
        return [s for s in spans if s.last < today][relative]
    if relative == 0:
        return replace(days.to_come(spans, today), free=True)
    return replace([s for s in spans if s.first > today][relative - 1], free=True)


@DATES.rule("season", "Season")
def season_alone(context: Context, name: str) -> Span:
    spans = [days.season(name, context.today.year + n, context.south) for n in (-1, 0, 1)]
    return replace(days.to_come(spans, context.today), free=True)


@DATES.rule("holiday", "Relative? Holiday of|in? Year|Yearish")
def holiday_year(context: Context, _: int | None, rule: Any, year: int) -> Span | None:
    own = named.rule_for(rule, context.country)
    return named.to_come(own, context.today, full_year(year)) if own else None


@DATES.rule("holiday", "Relative Holiday", "Holiday")
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


@DATES.rule("financial year", "part? of? the? Relative? Fiscal open? other? Year")
def fiscal_numbered(context: Context, relative: int | None, edge: str, year: int) -> Span | None:
    """FY 2027: the year that ends in 2027."""
    start = context.fiscal_start
    if start is None:
        return None
    begin = days.make(year if start == (1, 1) else year - 1, *start)
    return fiscal_span(begin, edge) if begin else None


@DATES.rule("financial year", "Relative? Fiscal")
def fiscal(context: Context, relative: int | None, edge: str) -> Span | None:
    """The new (next) financial year, this one, and the year's end, from the day the text names or the country's usual one."""
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
            fiscal_span(begin, "year"), last=days.last_of_month(begin.year, begin.month), grain=Grain.PART, free=True
        )
    if relative == -1:
        return None
    return fiscal_span(current, edge)


def fiscal_span(begin: dt.date, edge: str) -> Span:
    """A financial year from its first day, or the last day of it."""
    last = add_days(add_months(begin, 12), -1)
    return day(last, free=True) if edge == "end" else Span(begin, last, Grain.LONGER, free=True)


@DATES.rule(
    "year",
    "behind:in|until|by|from|after|before|through|part Year not:unit|number",
    "in the? unit Year",
    "the unit Year",
)
def year_alone(context: Context, year: int) -> Span | None:
    return days.year(year, exact=True) if year >= 2000 else None


# --- NTH: a piece counted out of a span ---------------------------------------------------------------------------


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
    marks = {"free": whole.free, "exact": whole.exact}
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


# --- RELATIVE: this, next, last -----------------------------------------------------------------------------------


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


@RELATIVE.rule("within", "in the? Relative Number Unit")
def within_units(context: Context, relative: int, count: Count, unit: str) -> Span | None:
    """Within the next two weeks: from tomorrow on."""
    last = shift(context.today, unit, count[1])
    return Span(add_days(context.today, 1), last, Grain.RANGE, deictic=True) if relative == 1 else None


@RELATIVE.rule("upcoming", "the? upcoming Number Unit", "Number upcoming Unit", "the? upcoming Unit")
def upcoming(context: Context, *values: Any) -> Span | None:
    """Two upcoming weeks: the second of those to come."""
    count = values[0][1] if len(values) == 2 else 1
    return relative_unit(context, count, values[-1])


@RELATIVE.rule("next few", "the? Relative Number Unit not:of|in", "Number Relative Unit")
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
    relative, unit = values if isinstance(values[0], int) else (values[1], values[0])
    return relative_unit(context, relative, unit)


def relative_unit(context: Context, relative: int, unit: str) -> Span | None:
    """This week, next month, last quarter."""
    begin = context.today
    if unit in days.MONTHS_IN:
        begin = begin.replace(day=1)
    found = days.unit_span(shift(begin, unit, relative), unit)
    return replace(found, deictic=True) if found else None


# --- BARE: counted from today -------------------------------------------------------------------------------------


@BARE.rule("today", "Today not:hence")
def today(context: Context, offset: int) -> Span:
    return day(add_days(context.today, offset), deictic=True)


@BARE.rule("today", "Relative daypart")
def this_morning(context: Context, relative: int) -> Span | None:
    return day(add_days(context.today, relative), deictic=True) if relative in (0, 1) else None


@BARE.rule("week on", "A|Number|Another Unit on? about? Weekday", "the? Unit on Weekday")
def week_on(context: Context, *values: Any) -> Span | None:
    """A week on Tuesday, two weeks Friday: the coming one and that much more."""
    count, unit, weekday = values if len(values) == 3 else ((1, 1), *values)
    if unit not in ("week", "fortnight"):
        return None
    number = count[0] if isinstance(count, tuple) else 1
    return day(shift(days.next_weekday(context.today, weekday), unit, number), deictic=True)


@BARE.rule("week from today", "A|Number Unit from? Today")
def week_today(context: Context, count: Any, unit: str, offset: int) -> Span:
    """A fortnight today, three weeks from tomorrow."""
    number = count[0] if isinstance(count, tuple) else 1
    return day(shift(add_days(context.today, offset), unit, number), deictic=True)


@BARE.rule("week from today", "from? Today in A|Number Unit")
def today_week(context: Context, offset: int, count: Any, unit: str) -> Span:
    """Heute in einer Woche."""
    return week_today(context, count, unit, offset)


@BARE.rule("weekday week", "Weekday daypart? Unit not:of", "Weekday in A|Number Unit")
def weekday_week(context: Context, weekday: int, *values: Any) -> Span | None:
    """Tuesday week; Dienstag in einer Woche."""
    unit = values[-1]
    count = values[0][0] if len(values) == 2 and isinstance(values[0], tuple) else 1
    if unit not in ("week", "fortnight"):
        return None
    return day(shift(days.next_weekday(context.today, weekday), unit, count), deictic=True)


@BARE.rule("weekdays from now", "Number Weekdays hence")
def weekdays_from_now(context: Context, count: Count, weekday: int) -> Span:
    return day(add_days(days.next_weekday(context.today, weekday), 7 * (count[0] - 1)), deictic=True)


@BARE.rule(
    "weekday and day",
    "Weekday comma? the? Ordinal",
    "Weekday comma? the Number|Ordinalword",
    "Weekday Number not:other|unit|month|dash",
)
def weekday_and_day(context: Context, weekday: int, number: Any) -> Span | None:
    """Monday the 16th: the next 16th that is a Monday."""
    figures = figure(number)
    if figures is None or figures > 31 or (isinstance(number, tuple) and figures < 13):
        return None
    begin = context.today.replace(day=1)
    for later in range(30):
        date = add_months(begin, later)
        found = days.make(date.year, date.month, figures)
        if found and found >= context.today and found.weekday() == weekday:
            return day(found, exact=True)
    return None


@BARE.rule("weekday", "Relative Weekday")
def relative_weekday(context: Context, relative: int, weekday: int) -> Span:
    """This Friday is the coming one, next Friday that of next week, last Friday that before."""
    return weekday_by(context, relative, weekday)


@BARE.rule("weekday", "Weekday Relative")
def weekday_relative(context: Context, weekday: int, relative: int) -> Span:
    """Lundi prochain: the coming Monday."""
    return weekday_by(context, relative, weekday) if relative < 0 else weekday_alone(context, weekday)


def weekday_by(context: Context, relative: int, weekday: int) -> Span:
    monday = days.monday_of(context.today)
    if relative > 0:
        return day(add_days(monday, 7 * relative + weekday), deictic=True)
    if relative < 0:
        before = (context.today.weekday() - weekday - 1) % 7 + 1
        return day(add_days(context.today, -before), deictic=True)
    return day(add_days(context.today, (weekday - context.today.weekday()) % 7), deictic=True)


@BARE.rule("weekday", "Weekday")
def weekday_alone(context: Context, weekday: int) -> Span:
    return day(days.next_weekday(context.today, weekday), deictic=True)


@BARE.rule("offset", "In about? A Unit or Number", "A Unit or Number hence")
def one_or_two(context: Context, _: object, unit: str, count: Count) -> Span:
    """In a month or two."""
    return Span(shift(context.today, unit, 1), shift(context.today, unit, count[1]), Grain.RANGE, deictic=True)


@BARE.rule("offset", "in about? Number Unit and? Number Unit hence?", "Number Unit and? Number Unit hence")
def long_offset(context: Context, count: Count, unit: str, more: Count, less: str) -> Span:
    """In one year and three months."""
    return day(shift(shift(context.today, unit, count[0]), less, more[0]), deictic=True)


@BARE.rule(
    "offset",
    "in about? a? other? Number|A Unit hence?",
    "in the? about? another Number|A? Unit hence?",
    "a? Number|A Unit hence",
    "another Number|A? Unit not:of",
    "after about? a? Number|A Unit not:of|from|after",
    "until about? Number|A Unit hence",
)
def offset(context: Context, count: Any, unit: str) -> Span:
    """In six months, two weeks from now, 2-3 weeks from now, another month."""
    low, high = count if isinstance(count, tuple) else (1, 1)
    first, last = shift(context.today, unit, low), shift(context.today, unit, high)
    return Span(first, last, Grain.DAY if low == high else Grain.RANGE, deictic=True)


@BARE.rule("offset", "in about? Range Unit hence?", "Range Unit hence", "after about? Range Unit")
def range_offset(context: Context, both: tuple[int, int], unit: str) -> Span:
    return offset(context, both, unit)


@BARE.rule("offset", "in|after|another about? Length hence?", "Length hence")
def length_offset(context: Context, length: tuple[str, int]) -> Span:
    """In half a year."""
    return day(shift(context.today, length[0], length[1]), deictic=True)


@BARE.rule("ago", "Number|A Unit ago", "ago about? Number|A Unit", "about? Number Unit ago")
def ago(context: Context, count: Any, unit: str) -> Span:
    return day(shift(context.today, unit, -(count[0] if isinstance(count, tuple) else 1)), deictic=True)


@BARE.rule(
    "day",
    "behind:on the Number not:other|unit|month|span",
    "the Ordinal not:unit",
    "behind:on|by|until|through|from|after|before|to|about|from|weekof|of Ordinal",
)
def day_of_month(context: Context, number: Any) -> Span | None:
    """The 14th: the next one to come."""
    figures = figure(number)
    date = days.next_day_of_month(context.today, figures) if figures and figures <= 31 else None
    return day(date, free=True) if date else None


@BARE.rule("day", "the|on Number dot? not:other|unit|month|span")
def foreign_day(context: Context, number: Count) -> Span | None:
    """Am 14., le 14, el 14: only in languages that do not mark the ordinal."""
    return day_of_month(context, number) if context.language != "en" else None


# --- COMPOSED: spans out of spans ----------------------------------------------------------------------------------


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
    return Span(begin.first, end.last, Grain.RANGE, free=begin.free, exact=end.exact)


@COMPOSED.rule("week of", "the? Unit of|begins|from on? the? Span", "weekof on? the? Span")
def week_of(context: Context, *values: Any) -> Span | None:
    """The week of the 14th, week commencing 4 February, the weekend of Thanksgiving."""
    unit, span = values if len(values) == 2 else ("week", values[0])
    if unit not in ("week", "weekend") or span.days > 7:
        return None
    marks = {"free": span.free, "exact": span.exact}
    return days.week(span.first, **marks) if unit == "week" else days.weekend(span.first, **marks)


@COMPOSED.rule("for a time from", "for Number|A Unit comma? from|begins on? Span")
def time_from(context: Context, count: Any, unit: str, begin: Span) -> Span:
    """For ten days from 18 December."""
    return from_for(context, begin, count, unit)


@COMPOSED.rule("for a time from", "from Span for Number|A Unit")
def from_for(context: Context, begin: Span, count: Any, unit: str) -> Span:
    number = count[0] if isinstance(count, tuple) else 1
    return Span(begin.first, add_days(shift(begin.first, unit, number), -1), Grain.RANGE, free=begin.free)


@COMPOSED.rule("counted from", "Number|A Unit from|after|on|begins the? Span", "Number Weekdays after the? Span")
def counted_after(context: Context, count: Any, unit: str | int, begin: Span) -> Span:
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

CASCADE = (DATES, NTH, RELATIVE, NTH, BARE, COMPOSED, COMPOSED)
