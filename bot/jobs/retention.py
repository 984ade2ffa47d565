"""Letting go of what was read of matters that are long over (`store.keep_days`)."""

from __future__ import annotations

import datetime as dt

from bot.model import Stage
from bot.pipeline import World, preview

_OPEN = frozenset({Stage.WAITING, Stage.YOUR_TURN, Stage.AWAY, Stage.LATER, Stage.UNDELIVERABLE})
_FACT = "kept until"


def let_go(world: World, now: dt.datetime, keep_days: int) -> int:
    """Once a day: drop the records older than that which no open matter is told by; how many that were.

    A quote is older than its answers, so no answer ever goes before the quote that it answers. Suppressions and standings
    stay: nobody is written to, or written to twice, for having been let go.
    """
    name, memory, today = world.account.name, world.memory, now.date().isoformat()
    if memory.facts(name).get(_FACT) == today:
        return 0
    before = now - dt.timedelta(days=keep_days)
    old = [r for r in memory.records(name) if r.at < before]
    if old:
        matters = [o for o in preview(world, now).opportunities if o.stage in _OPEN]
        still = {o.opening for o in matters} | {h.record for o in matters for h in o.history}
        old = [r for r in old if r.id not in still]
        memory.expire(name, old)
    memory.set_fact(name, _FACT, today)
    return len(old)
