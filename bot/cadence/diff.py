"""diff(wanted, standing) -> effects: what turns what stands into what should. Pure.

What a person has edited, sent or deleted is his; a reminder whose day is past is history. Neither is touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot.model import Effect, Form, Put, Standing, State, Touch, Withdraw


def diff(
    wanted: Iterable[Touch], standings: Iterable[Standing], now: dt.datetime, because: dict[str, str]
) -> tuple[Effect, ...]:
    """The effects, withdrawals first so that nobody ever has two open drafts. `because` gives, by opening, why a reason is gone."""
    known = {s.key: s for s in standings}
    touches = {t.key: t for t in wanted}
    gone = [
        Withdraw(s, because.get(s.opening, "its reason is gone"))
        for s in known.values()
        if s.key not in touches and _ours(s) and not _past(s, now)
    ]
    puts = [Put(t, s) for t in touches.values() if _wants_put(t, s := known.get(t.key))]
    return (*gone, *puts)


def _wants_put(touch: Touch, known: Standing | None) -> bool:
    if known is None or known.state in (State.INTENDED, State.WITHDRAWN):
        return True
    return known.state is State.STANDING and known.fingerprint != touch.fingerprint


def _ours(s: Standing) -> bool:
    """Whether it is there for us to take away: an edited draft is the person's, a dragged reminder still is our reminder."""
    return s.state in (State.STANDING, State.INTENDED) or (s.form is Form.REMINDER and s.state is State.EDITED)


def _past(s: Standing, now: dt.datetime) -> bool:
    """Whether a reminder's day is over. Up to the end of its day it goes when its reason goes."""
    return s.form is Form.REMINDER and s.start is not None and s.start.astimezone(now.tzinfo).date() < now.date()
