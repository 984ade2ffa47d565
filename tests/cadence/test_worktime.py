"""Working days against a count by hand, day for day."""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Sequence

import pytest

from bot.cadence.worktime import Pause, WorkTime, merged

D = dt.date.fromisoformat
LONDON = zoneinfo.ZoneInfo("Europe/London")
LEAVE = [D("2026-12-30"), D("2027-01-05")]
WEEKS = [frozenset(range(5)), frozenset({0, 1, 2, 3}), frozenset({6, 0, 2})]
FIRST = D("2026-12-21")  # before two Christmas holidays, a New Year and the leave
PAUSES: Sequence[tuple[Pause, ...]] = (
    (),
    ((D("2026-12-23"), D("2026-12-29")),),
    ((D("2026-12-22"), D("2027-01-04")), (D("2026-12-24"), D("2026-12-28"))),  # one within the other
    ((D("2027-01-06"), D("2027-01-11")), (D("2026-12-22"), D("2026-12-24")), (D("2026-12-24"), D("2026-12-31"))),
    ((D("2026-12-01"), D("2026-12-26")), (D("2026-12-26"), D("2026-12-26"))),
)


def a_worktime(weekdays: frozenset[int] = WEEKS[0]) -> WorkTime:
    return WorkTime("GB", LONDON, LEAVE, weekdays)


def by_hand(worktime: WorkTime, begin: dt.date, end: dt.date, pauses: Sequence[Pause] = ()) -> list[dt.date]:
    """The days after `begin`, up to and with `end`, that count."""
    days = (begin + dt.timedelta(i) for i in range(1, (end - begin).days + 1))
    return [d for d in days if worktime.is_working(d) and not any(a < d <= b for a, b in pauses)]


@pytest.mark.parametrize("weekdays", WEEKS)
@pytest.mark.parametrize("pauses", PAUSES)
def test_days_are_added_and_counted_as_by_hand(weekdays: frozenset[int], pauses: Sequence[Pause]) -> None:
    worktime = a_worktime(weekdays)
    for begin in (FIRST + dt.timedelta(i) for i in range(20)):
        counted = by_hand(worktime, begin, begin + dt.timedelta(60), pauses)
        for n in range(1, 12):
            assert worktime.add(begin, n, pauses) == counted[n - 1]
        for end in (begin + dt.timedelta(i) for i in range(-2, 25)):
            assert worktime.count(begin, end, pauses) == len(by_hand(worktime, begin, end, pauses))


@pytest.mark.parametrize("weekdays", WEEKS)
def test_days_are_counted_back_and_the_next_one_found(weekdays: frozenset[int]) -> None:
    worktime = a_worktime(weekdays)
    for day in (FIRST + dt.timedelta(i) for i in range(20)):
        before = by_hand(worktime, day - dt.timedelta(60), day - dt.timedelta(1))
        assert [worktime.back(day, n) for n in range(1, 12)] == before[:-12:-1]
        rest = by_hand(worktime, day, day + dt.timedelta(30))
        assert worktime.after(day) == rest[0]
        assert worktime.at_or_after(day) == (day if worktime.is_working(day) else rest[0])


def test_nothing_to_add_or_to_count() -> None:
    worktime = a_worktime()
    for n in (0, -3):
        assert worktime.add(D("2026-12-26"), n) == D("2026-12-26")
    assert worktime.count(D("2026-12-22"), D("2026-12-22")) == worktime.count(D("2026-12-22"), D("2026-12-01")) == 0


@pytest.mark.parametrize("n", [1, 261, 1500])
def test_far_away_days_are_reached_from_wherever_one_asked_before(n: int) -> None:
    """The list of days grows at either end as it is asked; what was asked before must not change the answer."""
    days = [D("1992-02-28"), D("2026-12-31"), D("2027-01-01"), D("2061-05-05")]
    for order in itertools.permutations(days, 3):
        worktime = a_worktime()
        for day in order:
            fresh = a_worktime()
            there = worktime.add(day, n)
            assert there == fresh.add(day, n)
            assert worktime.count(day, there) == n == len(by_hand(fresh, day, there))
            assert worktime.back(there, n) == fresh.back(day + dt.timedelta(1), 1)


def test_outside_the_years_it_knows_the_nearest_are_taken() -> None:
    worktime = a_worktime()
    assert worktime.at_or_after(D("1700-05-05")) == D("1990-01-02")  # New Year's Day is a holiday
    assert worktime.back(D("1990-01-03"), 5) == D("1990-01-02")


def test_pauses_that_touch_or_overlap_are_one() -> None:
    a, b, c, d = D("2026-06-01"), D("2026-06-04"), D("2026-06-08"), D("2026-06-12")
    assert merged([(c, d), (a, b)]) == [(a, b), (c, d)]
    assert merged([(a, b), (b, c)]) == [(a, c)]
    assert merged([(a, d), (b, c)]) == [(a, d)]
    assert merged([(a, c), (b, d)]) == [(a, d)]
    assert merged([(a, b), (b, c), (b, d)]) == [(a, d)]
    assert merged([]) == []


def test_nobody_works_no_day_and_an_unknown_country_has_no_holidays() -> None:
    assert WorkTime("GB", LONDON, (), frozenset()).weekdays == WEEKS[0]
    assert WorkTime("XX", LONDON).is_working(D("2026-12-25"))  # a Friday
    assert not WorkTime("GB", LONDON).is_working(D("2026-12-25"))
    assert not WorkTime("GB", LONDON).is_working(D("2026-12-26"))
    assert WorkTime("GB", LONDON).at_or_after(D("2026-12-25")) == D("2026-12-29")  # Boxing Day moves to Monday
