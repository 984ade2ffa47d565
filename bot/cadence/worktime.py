"""Working days: Monday to Friday, or the days that are the rep's own week, less the public holidays of his country and his
own leave.

Holidays are those of the `holidays` package: the US federal ones with their observed days, for GB those of England, else
the national ones.
"""

from __future__ import annotations

import bisect
import datetime as dt
import functools
import zoneinfo
from collections.abc import Iterable

import holidays

Pause = tuple[dt.date, dt.date]  # the days after the first, up to and with the second, do not count

_SUBDIVISION = {"GB": "ENG"}
MONDAY_TO_FRIDAY = frozenset(range(5))
_FIRST_YEAR = 1990
_LAST_YEAR = 2100


@functools.lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """The country's public holidays of a year; none for a country the package does not know."""
    try:
        found = holidays.country_holidays(country, subdiv=_SUBDIVISION.get(country), years=year)
    except NotImplementedError:
        return frozenset()
    return frozenset(day for day in found if day.year == year)


@functools.cache
def common_days(country: str, year: int, weekdays: frozenset[int] = MONDAY_TO_FRIDAY) -> tuple[dt.date, ...]:
    """The days of a year on which people in the country work who work on these days of the week (0: Monday), without its
    public holidays."""
    first = dt.date(year, 1, 1)
    everyday = (first + dt.timedelta(i) for i in range((dt.date(year, 12, 31) - first).days + 1))
    return tuple(d for d in everyday if d.weekday() in weekdays and d not in public_holidays(country, year))


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """The same pauses in order, none overlapping another."""
    out: list[Pause] = []
    for begin, end in sorted(pauses):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out


class WorkTime:
    """The rep's working days and clock. Answers are for days between 1990 and 2100; others are clamped into that range."""

    def __init__(
        self,
        country: str,
        zone: zoneinfo.ZoneInfo,
        leave: Iterable[dt.date] = (),
        weekdays: frozenset[int] = MONDAY_TO_FRIDAY,
    ) -> None:
        self.country = country
        self.zone = zone
        self.leave = frozenset(leave)
        self.weekdays = weekdays or MONDAY_TO_FRIDAY
        self._days: list[dt.date] = []  # every working day between the years below, in order
        self._years = (0, -1)

    def day(self, at: dt.datetime) -> dt.date:
        """The rep's local day of a moment."""
        return at.astimezone(self.zone).date()

    def moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        """A local time of day as an aware datetime."""
        return dt.datetime.combine(day, time, self.zone)

    def is_working(self, day: dt.date) -> bool:
        """Whether the rep works that day."""
        if day.weekday() not in self.weekdays or day in self.leave:
            return False
        return day not in public_holidays(self.country, day.year)

    def at_or_after(self, day: dt.date) -> dt.date:
        """The first working day not before `day`."""
        days = self._around(day)
        return days[bisect.bisect_left(days, day)]

    def after(self, day: dt.date) -> dt.date:
        """The first working day after `day`."""
        return self.add(day, 1)

    def add(self, day: dt.date, n: int, pauses: Iterable[Pause] = ()) -> dt.date:
        """The n-th working day after `day` that lies in no pause; `day` itself for n <= 0."""
        if n <= 0:
            return day
        days = self._around(day, n)
        i = bisect.bisect_right(days, day)
        for begin, end in merged(pauses):
            low, high = max(i, bisect.bisect_right(days, begin)), bisect.bisect_right(days, end)
            if high <= low or low > i + n - 1:
                continue
            n += high - low
            days = self._around(max(day, end), n)
            i = bisect.bisect_right(days, day)
        return days[i + n - 1]

    def back(self, day: dt.date, n: int) -> dt.date:
        """The n-th working day before `day`."""
        self._around(day - dt.timedelta(10 * n // len(self.weekdays) + 30))
        days = self._around(day)
        return days[max(0, bisect.bisect_left(days, day) - n)]

    def count(self, begin: dt.date, end: dt.date, pauses: Iterable[Pause] = ()) -> int:
        """Working days after `begin`, up to and with `end`, that lie in no pause; 0 where `end` is not later."""
        if end <= begin:
            return 0
        self._around(begin)
        days = self._around(end)
        low, high = bisect.bisect_right(days, begin), bisect.bisect_right(days, end)
        for first, last in merged(pauses):
            paused = min(bisect.bisect_right(days, last), bisect.bisect_right(days, end)) - max(
                bisect.bisect_right(days, first), bisect.bisect_right(days, begin)
            )
            high -= max(0, paused)
        return high - low

    def _around(self, day: dt.date, n: int = 0) -> list[dt.date]:
        """The list of working days, reaching far enough to either side of `day`."""
        year = min(max(day.year, _FIRST_YEAR + 1), _LAST_YEAR - 1)
        first, last = year - 1, min(_LAST_YEAR, year + 2 + n // (40 * len(self.weekdays)))
        if self._years[0] <= first and last <= self._years[1]:
            return self._days
        if self._days:
            first, last = min(first, self._years[0]), max(last, self._years[1])
        self._years = (first, last)
        years = (common_days(self.country, year, self.weekdays) for year in range(first, last + 1))
        self._days = [day for days in years for day in days if day not in self.leave]
        return self._days
