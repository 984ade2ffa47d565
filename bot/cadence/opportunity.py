"""One customer matter, as it stands at a moment: the frozen outcome of `fold`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.cadence.worktime import Pause
from bot.model import Address, Direction, MailRecord, Mark, Reading, Stage, Standing


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a matter's history: what it was, and the words or the rule behind it."""

    at: dt.datetime
    what: str
    record: str
    because: str


@dataclass(frozen=True, slots=True)
class Callback:
    """An agreed or promised call.

    `nominal` is the day that was said (or reckoned, where none was), `day` the working day the call lies on: where the rep has
    dragged it, or the nominal day's first working day. `asked` is the day it was said, `nominal_to` the end of the span where
    one was meant. `elsewhere`: another entry of the calendar already is the reminder.
    """

    nominal: dt.date
    day: dt.date
    source: str
    round: str
    step: str
    words: str
    rule: str
    asked: dt.date
    nominal_to: dt.date | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that asks for one mail of its own: a no-show, an early no. `id` names the record, `day` when it was."""

    id: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A quote or a callback with its stage and everything `plan` needs to know.

    `people` are those a draft would go to now (none in stages that have nobody left), `everyone` all who ever took part.
    The count runs in working days from `anchor` (day 0), outside `pauses`; `hold` is the last day on which nothing may
    come. `steps` are the touches of the present round by step, `standings` all of the matter's own by key. `answers` is the
    mail a draft would answer, `offer` the one that the quote lies in.
    """

    opening: str
    is_quote: bool
    stage: Stage
    since: dt.datetime
    because: str
    people: tuple[Address, ...]
    everyone: tuple[Address, ...]
    sender: Address
    quote: Reading
    sent: dt.datetime
    anchor: dt.date
    round: str
    chased: bool
    pauses: tuple[Pause, ...]
    hold: dt.date | None
    hold_because: str
    callback: Callback | None
    no_show: Situation | None
    met: Situation | None
    early_no: Situation | None
    attempts: tuple[dt.date, ...]
    answers: MailRecord | None
    offer: MailRecord | None
    steps: Mapping[str, Standing]
    standings: Mapping[str, Standing]
    note: str
    ladder: str  # the name of the one the rep has chosen for it, or ""
    dead: str  # an address of theirs that bounced
    touches: int
    mailed: dt.date | None  # the last day any mail of the rep went to one of `people`
    history: tuple[Happening, ...]

    @property
    def asked_again(self) -> MailRecord | None:
        """The customer's mail that asks for the quote again, where that is what is to be answered and the quote is there."""
        mail = self.answers
        if mail is None or self.offer is None or not self.offer.ref or mail.direction is not Direction.RECEIVED:
            return None
        return mail if Mark.ASKS_AGAIN in mail.reading.marks else None

    @property
    def is_open(self) -> bool:
        """Whether it still counts in the pile."""
        return self.stage in OPEN_STAGES


OPEN_STAGES = frozenset({Stage.WAITING, Stage.YOUR_TURN, Stage.AWAY, Stage.LATER, Stage.UNDELIVERABLE})
