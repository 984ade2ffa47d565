"""What needs today to be understood: "Friday", "in six months", "the 14th"."""

from __future__ import annotations

from typing import Any

from bot.reading.moments import days
from bot.reading.moments.context import Context, Count, figure
from bot.reading.moments.days import Span, add_days, add_months, day, shift
from bot.reading.moments.grammar import Grammar
from bot.reading.moments.moment import Grain

BARE = Grammar()
# Where weeks are counted in days ("in eight days", "in fifteen"), how many are meant. Both ends are counted.
WEEKS_IN_DAYS = {7: 1, 8: 1, 14: 2, 15: 2}


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


@BARE.rule("week from today", "from? Today in Number Unit")
def today_in_eight_days(context: Context, offset: int, count: Count, unit: str) -> Span | None:
    """Heute in acht Tagen, d'aujourd'hui en quinze jours: the same weekday."""
    weeks = WEEKS_IN_DAYS.get(count[0]) if unit == "day" and context.language != "en" else None
    return day(add_days(context.today, offset + 7 * weeks), deictic=True) if weeks else None


@BARE.rule("week from today", "A|Number Unit from? Today")
def week_today(context: Context, count: Any, unit: str, offset: int) -> Span | None:
    """A fortnight today, three weeks from tomorrow."""
    number = count[0] if isinstance(count, tuple) else 1
    return day(shift(add_days(context.today, offset), unit, number), deictic=True)


@BARE.rule("week from today", "Today Unit not:of")
def tomorrow_week(context: Context, offset: int, unit: str) -> Span | None:
    """Tomorrow week."""
    return week_today(context, (1, 1), unit, offset) if unit in ("week", "fortnight") and offset >= 0 else None


@BARE.rule("week from today", "Length from? Today")
def length_today(context: Context, length: tuple[str, int], offset: int) -> Span:
    """A fortnight tomorrow."""
    return day(shift(add_days(context.today, offset), *length), deictic=True)


@BARE.rule("week on", "Length on? Weekday")
def length_on(context: Context, length: tuple[str, int], weekday: int) -> Span | None:
    """A fortnight on Monday."""
    return day(shift(days.next_weekday(context.today, weekday), *length), deictic=True) if length[0] == "day" else None


@BARE.rule("week from today", "from? Today in A|Number Unit")
def today_week(context: Context, offset: int, count: Any, unit: str) -> Span | None:
    """Heute in einer Woche."""
    return week_today(context, count, unit, offset)


@BARE.rule("today", "Today not:hence")
def today(context: Context, offset: int) -> Span:
    return day(add_days(context.today, offset), deictic=True)


@BARE.rule("weekday week", "Weekday daypart? Unit not:of", "Weekday in A|Number Unit")
def weekday_week(context: Context, weekday: int, *values: Any) -> Span | None:
    """Tuesday week; Dienstag in einer Woche."""
    unit = values[-1]
    count = values[0][0] if len(values) == 2 and isinstance(values[0], tuple) else 1
    if unit == "day" and count in WEEKS_IN_DAYS:
        unit, count = "week", WEEKS_IN_DAYS[count]
    if unit not in ("week", "fortnight"):
        return None
    return day(shift(days.next_weekday(context.today, weekday), unit, count), deictic=True)


@BARE.rule("weekday week", "Weekday in Length")
def weekday_in_length(context: Context, weekday: int, length: tuple[str, int]) -> Span | None:
    """Mardi dans quinze jours."""
    return weekday_week(context, weekday, (length[1], length[1]), "day") if length[0] == "day" else None


@BARE.rule("weekday week", "Weekday in Number not:unit|number|month|of|other")
def weekday_in_eight(context: Context, weekday: int, count: Count) -> Span | None:
    """Mardi en huit, lundi en quinze, el martes en ocho."""
    if context.language == "en" or count[0] not in WEEKS_IN_DAYS:
        return None
    return weekday_week(context, weekday, count, "day")


@BARE.rule("weekdays from now", "Number Weekdays hence", "in Number Weekday|Weekdays hence?")
def weekdays_from_now(context: Context, count: Count, weekday: int) -> Span | None:
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
def relative_weekday(context: Context, relative: int, weekday: int) -> Span | None:
    """This Friday is the coming one, next Friday that of next week, last Friday that before."""
    return weekday_by(context, relative, weekday)


@BARE.rule("weekday", "Weekday Relative")
def weekday_relative(context: Context, weekday: int, relative: int) -> Span | None:
    """Lundi prochain: the coming Monday."""
    return weekday_by(context, relative, weekday) if relative < 0 else weekday_alone(context, weekday)


def weekday_by(context: Context, relative: int, weekday: int) -> Span | None:
    monday = days.monday_of(context.today)
    if relative > 0:
        return day(add_days(monday, 7 * relative + weekday), deictic=True)
    if relative < 0:
        before = (context.today.weekday() - weekday - 1) % 7 + 1
        return day(add_days(context.today, -before), deictic=True)
    return day(add_days(context.today, (weekday - context.today.weekday()) % 7), deictic=True)


@BARE.rule("weekday", "Weekday")
def weekday_alone(context: Context, weekday: int) -> Span | None:
    return day(days.next_weekday(context.today, weekday), deictic=True)


@BARE.rule("offset", "in about? a Unit or Number", "a Unit or Number hence")
def one_or_two(context: Context, unit: str, count: Count) -> Span | None:
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
    "behind:after about? a? Number|A Unit not:of|from|after",
    "until about? Number|A Unit hence",
)
def offset(context: Context, count: Any, unit: str) -> Span | None:
    """In six months, two weeks from now, 2-3 weeks from now, another month."""
    low, high = count if isinstance(count, tuple) else (1, 1)
    first, last = shift(context.today, unit, low), shift(context.today, unit, high)
    return Span(first, last, Grain.DAY if low == high else Grain.RANGE, deictic=True)


@BARE.rule("offset", "in about? Range Unit hence?", "Range Unit hence", "behind:after about? Range Unit")
def range_offset(context: Context, both: tuple[int, int], unit: str) -> Span | None:
    return offset(context, both, unit)


@BARE.rule("offset", "in|another about? Length hence?", "Length hence", "behind:after about? Length")
def length_offset(context: Context, length: tuple[str, int]) -> Span | None:
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
