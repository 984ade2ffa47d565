"""When a call lies: free, and in the working hours of both."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cadence import hours
from bot.cadence.hours import call_start, zones_of
from bot.cadence.policy import Policy
from bot.cadence.worktime import WorkTime

DAY = dt.date(2026, 7, 1)
CHICAGO = WorkTime("US", zoneinfo.ZoneInfo("America/Chicago"))


def at(text: str, zone: str = "America/Chicago") -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time.fromisoformat(text), zoneinfo.ZoneInfo(zone))


@pytest.mark.parametrize(
    ("email", "start"),
    [
        ("dana@acme.example", "10:00"),  # nothing is known: the usual hour
        ("d@acme.us", "11:00"),  # nine in Los Angeles
        ("d@acme.co.uk", "10:00"),  # four in London
        ("d@acme.de", "09:00"),  # at ten it would be five in Berlin
        ("d@acme.com.au", "10:00"),  # no hour in common: the rep's own
    ],
)
def test_a_call_suits_both(email: str, start: str) -> None:
    assert call_start(DAY, [email], policy=Policy(), worktime=CHICAGO, busy=()) == at(start)


def test_where_the_policy_says_so_the_rep_s_hours_alone_count() -> None:
    policy = Policy(customers_hours=False)
    assert call_start(DAY, ["d@acme.us"], policy=policy, worktime=CHICAGO, busy=()) == at("10:00")


def test_what_is_taken_is_gone_round_later_first() -> None:
    morning = [(at("10:00"), at("16:50"))]
    assert call_start(DAY, [], policy=Policy(), worktime=CHICAGO, busy=morning) == at("09:00")
    assert call_start(DAY, [], policy=Policy(), worktime=CHICAGO, busy=[(at("09:00"), at("11:20"))]) == at("11:30")
    full = [(at("08:00"), at("18:00"))]
    assert call_start(DAY, [], policy=Policy(), worktime=CHICAGO, busy=full) == at("10:00")


def test_an_hour_of_the_policy_s_outside_the_working_day_is_meant() -> None:
    policy = Policy(call_at=dt.time(18, 30))
    assert call_start(DAY, [], policy=policy, worktime=CHICAGO, busy=()) == at("18:30")


def test_every_country_with_hours_has_zones_that_exist() -> None:
    assert all(zones_of(country) for country in hours._zone_names())
    assert zones_of("XX") == ()


@given(
    st.sampled_from(["Asia/Kolkata", "Australia/Sydney", "Europe/London", "America/St_Johns"]),
    st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    st.sampled_from(["a@b.de", "a@b.in", "a@b.co.uk", "a@b.us", "a@b.example", "a@b.com.au", "a@b.ca"]),
    st.integers(5, 120),
)
def test_a_call_lies_on_its_day_in_the_rep_s_hours(zone: str, day: dt.date, email: str, minutes: int) -> None:
    worktime, policy = WorkTime("GB", zoneinfo.ZoneInfo(zone)), Policy(call_minutes=minutes)
    start = call_start(day, [email], policy=policy, worktime=worktime, busy=())
    end = start + dt.timedelta(minutes=minutes)
    assert worktime.day(start) == day == worktime.day(end)
    assert policy.work_from <= start.time() and end.time() <= policy.work_to
