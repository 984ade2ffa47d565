"""Named days of the year, by country: how a name becomes a date.

A name's rule is data (languages/*.dates.toml, [dates.holidays]):
    "12-25"             a fixed day of the year
    "easter+1"          days from Easter Sunday (Western)
    "thu#4-11"          the fourth Thursday of November; "mon#-1-05" the last Monday of May
    "thu#4-11+1"        the day after that
    "12-24..01-01"      a span
    "mon<05-25"         the last Monday before a day
    "@diwali"           a moveable day that the `holidays` package knows for the countries that keep it
    "@public"           the country's next public holiday on a working day, with the days off that follow it
    "@bridge"           the same with a Friday between it and the weekend
    "A|B"               whichever comes first
Several rules by country are a table: {US = "...", GB = "...", default = "..."}.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from dataclasses import replace

import holidays

from bot.reading.moments.days import FAR, Span, add_days, day, make, month, nth_weekday
from bot.reading.moments.moment import Grain

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PUBLIC = {"@public": 5, "@bridge": 4}  # from which day of the week on a day is off behind a holiday
ENOUGH = 40  # public holidays ahead among which the next one on a working day is looked for
SUBDIVISION = {"GB": "ENG"}  # where a country has days of its own only by its parts
BEFORE = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)<(\d\d)-(\d\d)")
NTH = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)#(-?\d)-(\d\d)([+-]\d+)?")

# Where the `holidays` package lists a moveable day: the countries to ask, and what its name holds there.
MOVEABLE = {
    "diwali": ("IN", "Diwali"),
    "holi": ("IN", "Holi"),
    "eid": ("IN", "Eid al-Fitr"),
    "bakrid": ("IN", "Eid al-Adha"),
    "dussehra": ("IN", "Dussehra"),
    "lunar new year": ("CN", "Spring Festival"),
}


@functools.lru_cache(maxsize=512)
def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (Meeus/Jones/Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap, drift = century // 4, century % 4
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * drift + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month_number, number = divmod(moon + sunday - 7 * late + 114, 31)
    return dt.date(year, month_number, number + 1)


@functools.lru_cache(maxsize=256)
def moveable(name: str, year: int) -> dt.date | None:
    """A day that follows another calendar, as the `holidays` package gives it; None where it does not know the year."""
    country, label = MOVEABLE[name]
    listed = holidays.country_holidays(country, years=year, language="en_US")
    return min((date for date, title in listed.items() if title.startswith(label)), default=None)


@functools.lru_cache(maxsize=64)
def public_days(country: str, year: int) -> frozenset[dt.date]:
    """The public holidays of a country in a year; none where the `holidays` package does not know it."""
    try:
        return frozenset(holidays.country_holidays(country, SUBDIVISION.get(country), years=year))
    except (NotImplementedError, KeyError):
        return frozenset()


def next_public(rule: str, country: str, today: dt.date) -> Span | None:
    """The next public holiday that takes a working day; "after" it begins when no day off follows: Good Friday and the days
    up to Easter Monday are one."""
    off = frozenset(itertools.chain.from_iterable(public_days(country, today.year + n) for n in (0, 1)))
    ahead = sorted(date for date in off if date >= today)[:ENOUGH]
    first = next((date for date in ahead if date.weekday() < 5), None)
    if first is None:
        return None
    last = first
    while (after := add_days(last, 1)) in off or after.weekday() >= PUBLIC[rule]:
        last = after
    return replace(day(first), tail=last)


def _one(rule: str, year: int) -> dt.date | None:
    if rule.startswith("easter"):
        return add_days(easter(year), int(rule[6:] or 0))
    if rule.startswith("@"):
        return moveable(rule[1:], year)
    if found := NTH.fullmatch(rule):
        weekday, number, in_month, more = found.groups()
        date = nth_weekday(month(year, int(in_month)), int(number), WEEKDAYS.index(weekday))
        return add_days(date, int(more or 0)) if date else None
    if found := BEFORE.fullmatch(rule):
        limit = make(year, int(found[2]), int(found[3]))
        return add_days(limit, -((limit.weekday() - WEEKDAYS.index(found[1]) - 1) % 7 + 1)) if limit else None
    return make(year, int(rule[:2]), int(rule[3:5]))


def in_year(rule: str, year: int) -> Span | None:
    """The day or span that a rule gives for a year; of several the last."""
    if not 1 < year < FAR.year or rule in PUBLIC:
        return None
    begin, _, end = rule.rpartition("|")[2].partition("..")
    first = _one(begin, year)
    if first is None:
        return None
    if not end:
        # Easter, in a sentence with "after", includes its Monday; elsewhere it is the Sunday.
        return replace(day(first), tail=add_days(first, 1)) if rule == "easter" else day(first)
    last = _one(end, year)
    if last is not None and last < first:
        last = _one(end, year + 1)
    if last is None:
        return None
    whole_month = first.day == 1 and add_days(last, 1).day == 1
    if whole_month and first.month == 1:  # who waits for the new year waits for its first day
        return Span(first, last, Grain.MONTH, tail=first)
    return Span(first, last, Grain.MONTH if whole_month else Grain.RANGE)


def rule_for(rule: str | dict[str, str], country: str) -> str | None:
    """The rule of a country; None where the country has no such day."""
    if isinstance(rule, str):
        return rule
    return rule.get(country) or rule.get("default")


def to_come(rule: str, today: dt.date, year: int | None) -> Span | None:
    """The next one that is not over, or that of a given year."""
    if year is not None:
        found = in_year(rule, year)
        return replace(found, exact=True) if found else None
    if "|" in rule:
        ahead = [found for one in rule.split("|") if (found := to_come(one, today, None))]
        return min(ahead, key=lambda span: span.first, default=None)
    for candidate in range(today.year - 1, today.year + 3):
        found = in_year(rule, candidate)
        if found and found.last >= today:
            return replace(found, free=True)
    return None
