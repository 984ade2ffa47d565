"""When an account's next turn is: every so often, at the hour at which drafts appear, and later after a fault. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import zoneinfo

SHORTEST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=1)
LONGEST_FOR_PERSON = dt.timedelta(minutes=15)  # what a person has mended is noticed within so long
_SPREAD = 50  # seconds over which the turns of one hour are spread


def share(name: str) -> float:
    """A number from 0 to 1 (excluded) that is the account's own: turns are spread by it, the same after every start."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest()) / 2**32


def next_turn(
    previous: dt.datetime, name: str, every: dt.timedelta, appears: dt.time, zone: zoneinfo.ZoneInfo
) -> dt.datetime:
    """When to take the turn after the one of `previous`: one interval later, give or take a twentieth, but no later than a
    minute past the next hour at which drafts appear."""
    turn_number = int(previous.timestamp() // max(1, int(every.total_seconds())))
    routine = previous + every * (0.95 + 0.1 * share(f"{name} {turn_number}"))
    return min(routine, next_morning(previous, name, appears, zone))


def next_morning(after: dt.datetime, name: str, appears: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The next moment at which drafts appear in the zone, a few seconds late so that it has surely come. Where the clocks
    skip that hour it is the same distance behind midnight (PEP 495, fold=0)."""
    late = dt.timedelta(seconds=1 + _SPREAD * share(name))
    day = after.astimezone(zone).date()
    while True:
        moment = dt.datetime.combine(day, appears, zone).astimezone(dt.UTC) + late
        if moment > after:
            return moment
        day += dt.timedelta(1)


def back_off(failures: int, name: str, asked: dt.timedelta | None, person: bool) -> dt.timedelta:
    """How long to leave an account alone after so many failures in a row: doubling from a minute to an hour, no less than the
    world has asked for. Where a person must act the wait stays short enough for them to see the effect."""
    longest = LONGEST_FOR_PERSON if person else LONGEST_WAIT
    wait = min(longest, SHORTEST_WAIT * (1 << min(max(failures, 1) - 1, 10)))
    return max(wait * (1 + 0.2 * share(f"{name} {failures}")), asked or dt.timedelta(0))
