"""When a call may lie in the calendar: in the rep's working hours and, where their country is known, in the customer's. Pure."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import tomllib
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.cadence.policy import Policy
from bot.cadence.whereabouts import country_of
from bot.cadence.worktime import WorkTime

Busy = tuple[dt.datetime, dt.datetime]
QUARTER = dt.timedelta(minutes=15)


@functools.cache
def _zone_names() -> Mapping[str, Sequence[str]]:
    text = importlib.resources.files("bot.cadence").joinpath("zones.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def zones_of(country: str) -> tuple[zoneinfo.ZoneInfo, ...]:
    """The time zones of a country (ISO 3166 alpha-2): one, or its easternmost and westernmost; none where it is not known."""
    return tuple(zoneinfo.ZoneInfo(name) for name in _zone_names().get(country, ()))


def call_start(
    day: dt.date, emails: Iterable[str], *, policy: Policy, worktime: WorkTime, busy: Sequence[Busy]
) -> dt.datetime:
    """The first free time on the rep's `day` for a call to these people: at the policy's hour or after it, else before it;
    at the policy's hour where nothing is free. Where the two have no working hour in common, the rep's count."""
    length = dt.timedelta(minutes=policy.call_minutes)
    own = list(_quarters(day, policy, worktime))
    theirs = {zone for email in emails for zone in zones_of(country_of(email))} if policy.customers_hours else set()
    shared = [s for s in own if all(_works(s, length, zone, policy) for zone in theirs)] or own
    usual = worktime.moment(day, policy.call_at)
    for start in sorted(shared, key=lambda s: (s < usual, s)):
        if not any(a < start + length and start < b for a, b in busy):
            return start
    return usual if usual in shared else shared[0]


def _quarters(day: dt.date, policy: Policy, worktime: WorkTime) -> Iterator[dt.datetime]:
    """Every quarter of an hour, counted from the policy's, at which a call lies in the rep's hours; the policy's always does."""
    length = dt.timedelta(minutes=policy.call_minutes)
    usual = worktime.moment(day, policy.call_at)
    end = max(worktime.moment(day, policy.work_to), usual + length)
    start = min(worktime.moment(day, policy.work_from), usual)
    start += (usual - start) % QUARTER
    while start + length <= end:
        yield start
        start += QUARTER


def _works(start: dt.datetime, length: dt.timedelta, zone: zoneinfo.ZoneInfo, policy: Policy) -> bool:
    """Whether somebody in the zone is at work from `start` to the end of the call, by the rep's idea of working hours."""
    begin, end = start.astimezone(zone), (start + length).astimezone(zone)
    return (
        begin.weekday() < 5
        and begin.date() == end.date()
        and policy.work_from <= begin.time()
        and end.time() <= policy.work_to
    )
