"""What keeps a matter warm while nothing is due: value touches before a callback, a few words to those long closed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy, StepName
from bot.cadence.settle import Wish
from bot.cadence.worktime import WorkTime
from bot.model import Stage, State

WEEK = dt.timedelta(days=7)
SPENT = (State.SENT, State.DISCARDED)


def nurture_days(asked: dt.date, call: dt.date, policy: Policy, worktime: WorkTime) -> list[tuple[str, dt.date]]:
    """The value touches of a wait for a call, each with its working day; none where the policy asks for none."""
    offsets = policy.spread((call - asked).days) if policy.value_before_callback else []
    return [
        (f"{StepName.NURTURE}{n}", worktime.at_or_after(asked + dt.timedelta(offset)))
        for n, offset in enumerate(offsets, 1)
    ]


def dormant_step(o: Opportunity, policy: Policy, worktime: WorkTime, today: dt.date) -> tuple[str, dt.date] | None:
    """The few words that are due to somebody whose matter was closed, with their working day. Those of a quarter that has gone
    by are not made up; after the policy's number of them, none."""
    closed, every = worktime.day(o.since), policy.dormant_every_days
    if o.stage is not Stage.CLOSED or not o.is_quote or not every:
        return None
    n = (today - closed).days // every
    if not 1 <= n <= policy.dormant_most:
        return None
    step = f"{StepName.DORMANT}{n}"
    if any(s.step == step and s.round == o.round and s.state in SPENT for s in o.standings.values()):
        return None
    return step, worktime.at_or_after(closed + dt.timedelta(n * every))


def few_a_week(
    wishes: Sequence[Wish], opportunities: Collection[Opportunity], policy: Policy, now: dt.datetime
) -> Iterator[Wish]:
    """The wishes to the dormant that may stand: nobody with an open matter, and so many a week, the valuable first."""
    in_talks = {a.email for o in opportunities if o.is_open for a in o.people}
    room = policy.dormant_per_week - sum(
        s.step.startswith(StepName.DORMANT) and now - s.at < WEEK and s.state is not State.INTENDED
        for o in opportunities
        for s in o.standings.values()
        if s.opening == o.opening
    )
    for wish in sorted(wishes, key=lambda w: (not w.lies, -w.touch.value, w.touch.key)):
        if in_talks & {a.email for a in wish.touch.people}:
            continue
        if wish.lies:
            yield wish
        elif room > 0:
            room -= 1
            yield wish
