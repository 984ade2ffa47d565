"""Which step of the ladder comes next for a waiting quote, and on which day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy, Step, StepName
from bot.cadence.worktime import WorkTime
from bot.model import Form, Standing, State


@dataclass(frozen=True, slots=True)
class Due:
    """The next step not yet done. `standing` is what stands of it already; `last` the last touch before it, or the anchor."""

    step: Step
    day: dt.date
    standing: Standing | None
    last: dt.date


def next_due(o: Opportunity, policy: Policy, worktime: WorkTime) -> Due | None:
    """The first step not done; None where the ladder is used up.

    A step comes on its day, or as many working days after the touch before it as the ladder has between the two, where
    that touch came late (ruling 5); a discarded step is spent, and so are those whose day had passed by then (7); after the
    quote's last valid day nothing comes but the close (20).
    """
    last, gap_from = o.anchor, 0
    floor: dt.date | None = None
    ladder = policy.ladder_for(o.quote.amount, o.ladder)
    for step in ladder:
        standing = o.steps.get(step.name)
        if o.chased and step.name == ladder[0].name:
            continue
        if standing is not None and standing.state is State.DISCARDED:
            floor = max(floor or o.anchor, worktime.day(standing.changed))
            continue
        if standing is not None and (done := _done_on(standing, worktime)) is not None:
            last, gap_from = done, step.day
            continue
        base = worktime.add(o.anchor, step.day, o.pauses)
        if floor is not None and base <= floor:
            continue
        if step.form is Form.REMINDER and any(a >= last and a > o.anchor for a in o.attempts) and gap_from > 0:
            continue  # the rep has already tried to call
        day = max(base, worktime.add(last, step.day - gap_from, o.pauses)) if gap_from else base
        if o.hold is not None:
            day = max(day, worktime.after(o.hold))
        if o.quote.valid_until is not None and day > o.quote.valid_until and step.name != StepName.CLOSE:
            day = _before_expiry(o.quote.valid_until, policy, worktime)
            if step.form is Form.REMINDER or day <= max(last, o.anchor) or (o.hold is not None and day <= o.hold):
                continue
        return Due(step, day, standing, last)
    return None


def _before_expiry(valid_until: dt.date, policy: Policy, worktime: WorkTime) -> dt.date:
    """The day of the last mail before a quote expires; a day long past where the policy asks for none."""
    if policy.expiry_lead_days <= 0:
        return dt.date.min
    return worktime.back(valid_until, policy.expiry_lead_days)


def _done_on(standing: Standing, worktime: WorkTime) -> dt.date | None:
    """The day a step was done; None while its draft still lies there, or was taken away again."""
    if standing.form is Form.DRAFT:
        return worktime.day(standing.changed) if standing.state is State.SENT else None
    if standing.start is None or standing.state in (State.WITHDRAWN, State.INTENDED):
        return None
    return worktime.day(standing.start)
