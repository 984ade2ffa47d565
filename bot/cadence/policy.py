"""The rules of the cadence, as data: the ladder, the gaps and the caps. config.py fills them from the `policy:` section."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.model import Form


class StepName(StrEnum):
    """Every step a touch can be. The first five are the standard ladder; the others answer a situation."""

    FIRST = "first"
    CALL = "call"
    VALUE = "value"
    DECISION = "decision"
    CLOSE = "close"
    CALLBACK = "callback"
    PROMISED = "promised"
    NO_SHOW = "no_show"
    EARLY_NO = "early_no"
    THANKS = "thanks"
    MEND_ADDRESS = "mend_address"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: its name, the working day it comes on (the quote's day is 0), and what it is."""

    name: str
    day: int
    form: Form


STANDARD_LADDER = (
    Step(StepName.FIRST, 3, Form.DRAFT),
    Step(StepName.CALL, 5, Form.REMINDER),
    Step(StepName.VALUE, 8, Form.DRAFT),
    Step(StepName.DECISION, 15, Form.DRAFT),
    Step(StepName.CLOSE, 22, Form.DRAFT),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How persistent we are, and where we stop. All days are the rep's working days unless a name says otherwise."""

    ladder: tuple[Step, ...] = STANDARD_LADDER
    closed_day: int = 32  # never closed before this day of the count
    close_wait_days: int = 10  # from the closing mail to `closed`
    min_gap_days: int = 3  # between two mails to one person, the rep's own counted
    drafts_per_day: int = 15
    oldest_days: int = 365  # calendar days; an older quote is left alone
    close_old_quotes: bool = False  # may a quote past `closed_day` at the first run still get its closing mail
    value_before_callback: bool = False  # value touches while a callback is awaited
    thanks_after_meeting: bool = False  # a thank-you the morning after a meeting nobody wrote about
    hold_without_date_days: int = 5  # "we will get back to you"
    away_without_date_days: int = 5
    later_without_date_days: int = 60  # "not now", and no word of when
    early_no_days: int = 10  # from an early no, or our one answer to it, to `lost`
    appear_at: dt.time = dt.time(8, 0)  # drafts appear and calls are put at this time of the rep's day
    call_at: dt.time = dt.time(10, 0)  # where a call stands in the calendar when the rep is free
    call_minutes: int = 15
    count_messages_in_close: bool = False

    def step(self, name: str) -> Step | None:
        """The ladder's step of that name."""
        return next((s for s in self.ladder if s.name == name), None)
