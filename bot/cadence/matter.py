"""One customer matter while `fold` walks through the records: the only mutable thing in the cadence.

Each method is one thing that can happen; what it does to the stage and to the count is said there and nowhere else. The rulings
are those of the case contract: real contact restarts the count, a chase by hand counts as the first step, and so on.
"""

from __future__ import annotations

import datetime as dt

from bot.cadence.opportunity import Callback, Happening, Situation
from bot.cadence.policy import Policy, StepName
from bot.cadence.worktime import Pause, WorkTime
from bot.model import Address, EntryRecord, Kind, MailRecord, Reading, Stage, Standing, State

TERMINAL = frozenset({Stage.WON, Stage.LOST, Stage.CLOSED, Stage.STOPPED})


class Matter:
    """What is known of one matter so far. `day` arguments are the rep's local days."""

    def __init__(
        self, opening: MailRecord | EntryRecord, *, is_quote: bool, worktime: WorkTime, policy: Policy
    ) -> None:
        self.opening = opening
        self.is_quote = is_quote
        self.worktime = worktime
        self.policy = policy
        self.ids: set[str] = {opening.id}
        self.people: dict[str, Address] = {}
        self.to: tuple[Address, ...] = ()
        self.copied: set[str] = set()  # who only ever had a copy
        self.sender = Address("")
        self.quote: Reading = opening.reading
        self.sent = opening.at
        self.stage = Stage.WAITING
        self.since = opening.at
        self.because = ""
        self.anchor = worktime.day(opening.at)
        self.round = opening.id
        self.chased = False
        self.pauses: tuple[Pause, ...] = ()  # while all of those written to are away
        self.hold: dt.date | None = None
        self.hold_because = ""
        self.callback: Callback | None = None
        self.beside: list[Matter] = []  # of a callback note: the same person's quotes, which wait for the call
        self.no_show: Situation | None = None
        self.met_on: Situation | None = None
        self.early_no: Situation | None = None
        self.attempts: list[dt.date] = []
        self.calls = 0  # calls tried, over all rounds
        self.chases = 0  # mails of the rep while the customer was silent
        self.answers: MailRecord | None = None
        self.offer: MailRecord | None = None  # the mail that the quote lies in
        self.note = ""
        self.ladder = ""  # the one the rep has named for it
        self.standings: list[Standing] = []  # every touch of this matter, whatever its round
        self.history: list[Happening] = []

    # --- what it stands at

    def enter(self, stage: Stage, at: dt.datetime, because: str) -> None:
        """Take a stage."""
        if stage is not self.stage:
            self.since = at
        self.stage, self.because = stage, because

    def tell(self, at: dt.datetime, what: str, record: str, because: str) -> None:
        """Add a line to the history."""
        self.history.append(Happening(at, what, record, because))

    def restart(self, day: dt.date, round_: str, *, chased: bool = False) -> None:
        """Real contact: the count begins again at `day`."""
        self.anchor, self.round, self.chased = day, round_, chased
        self.attempts = []

    def in_round(self) -> dict[str, Standing]:
        """The touches of the present round by step; those of another matter's draft that covered this one since it began."""
        return {
            s.step: s
            for s in self.standings
            if (s.round == self.round and s.opening == self.opening.id)
            or (s.opening != self.opening.id and self.worktime.day(s.at) > self.anchor)
        }

    # --- time alone

    def advance(self, now: dt.datetime) -> None:
        """What the mere passing of time changes, up to `now`."""
        today = self.worktime.day(now)
        if self.stage is Stage.LATER and self.callback and self.callback.day < today and self._callback_stood():
            day, words = self.callback.day, self.callback.words
            at = self.worktime.moment(day + dt.timedelta(1), dt.time())
            if self.is_quote:
                self.restart(day, f"{self.callback.source}#due")
                self.enter(Stage.WAITING, at, f"the call agreed for {day} is past ({words!r})")
            else:
                self.enter(Stage.YOUR_TURN, at, f"the call agreed for {day} is due ({words!r})")
            self.callback = None
        if self.early_no and self.stage is Stage.YOUR_TURN:
            answer = next((s for s in self.standings if s.step == StepName.EARLY_NO and s.state is State.SENT), None)
            base = self.worktime.day(answer.changed) if answer else self.early_no.day
            lost = self.worktime.add(base, self.policy.early_no_days)
            if lost <= today and (answer or not self.note):
                self.enter(Stage.LOST, self.worktime.moment(lost, dt.time()), "an early no, and nothing since")
        if self.stage is Stage.WAITING and self.is_quote and (closed := self.closed_on()) and closed <= today:
            close = self.in_round()[StepName.CLOSE]
            why = (
                "the closing mail was not answered"
                if close.state is State.SENT
                else "nobody answered, and you kept the close"
            )
            self.enter(Stage.CLOSED, self.worktime.moment(closed, dt.time()), why)

    def follow_those_beside(self) -> None:
        """A callback note goes when its quotes wait for the call no more: one was answered, or put off to another day."""
        if self.stage is not Stage.LATER or not self.beside:
            return
        if any(m.callback and m.callback.source == self.opening.id for m in self.beside if m.stage is Stage.LATER):
            return
        last = max(self.beside, key=lambda m: m.since)
        moved_on = last.stage in (Stage.LATER, Stage.WAITING)
        self.callback = None
        self.enter(Stage.STOPPED if moved_on else last.stage, last.since, last.because)

    def closed_on(self) -> dt.date | None:
        """The day on which the matter counts as closed: ten working days after the closing mail was sent, never before day 32;
        None while there was none."""
        close = self.in_round().get(StepName.CLOSE)
        if close is None or close.state not in (State.SENT, State.DISCARDED):
            return None
        day = self.policy.closed_after(self.policy.ladder_for(self.quote.amount, self.ladder))
        earliest = self.worktime.add(self.anchor, day, self.pauses)
        if self.hold:
            earliest = max(earliest, self.worktime.add(self.hold, self.policy.close_wait_days))
        if close.state is State.DISCARDED:
            return max(earliest, self.worktime.day(close.changed))
        sent = self.worktime.day(close.changed)
        return max(earliest, self.worktime.add(sent, self.policy.close_wait_days, self.pauses))

    def _callback_stood(self) -> bool:
        """Whether the reminder has been in the calendar: one that never stood is overdue, not past."""
        assert self.callback is not None
        stood = self._stood(self.callback.step, self.callback.round)
        return self.callback.elsewhere or (stood is not None and stood.state is not State.INTENDED)

    # --- the rep's own mail

    def quoted(self, record: MailRecord, to: tuple[Address, ...]) -> None:
        """A quote opens the matter, or a newer one takes it over."""
        day = self.worktime.day(record.at)
        self.is_quote, self.quote, self.sent, self.sender = True, record.reading, record.at, record.sender
        self.offer = record
        self.to = to or self.to
        self.callback = self.hold = self.early_no = self.no_show = None
        self.restart(day, record.id)
        self.enter(Stage.WAITING, record.at, f"quote sent {day} ({record.reading.words!r}, {record.reading.rule})")

    def promised(self, record: MailRecord, day: dt.date) -> None:
        """The rep promised to come back on `day`."""
        self._await(record, day, StepName.PROMISED)
        self.enter(Stage.LATER, record.at, f"you promised to come back on {day} ({record.reading.words!r})")

    def wrote(self, record: MailRecord, to: tuple[Address, ...]) -> None:
        """Any other mail of the rep in the matter: an answer where it was his turn, else a chase by hand."""
        day = self.worktime.day(record.at)
        if self.stage in TERMINAL:
            return
        if self.stage is Stage.LATER:
            if self.callback and day < self.callback.nominal:
                return
            self.callback = None
        elif self.stage is Stage.WAITING and day == self.anchor:
            return  # an afterthought to the mail that is being waited on
        answered = self.stage is Stage.YOUR_TURN
        self.chases += not answered
        self.to = to or self.to
        self.early_no = self.no_show = None
        self.restart(day, record.id, chased=not answered)
        self.enter(Stage.WAITING, record.at, f"you {'answered' if answered else 'wrote'} on {day}")

    def redirect(self, to: Address, at: dt.datetime) -> None:
        """The rep names another person to follow up with: the count begins again with him."""
        self.to, self.people = (to,), {**self.people, to.email: to}
        self.callback = self.hold = self.early_no = None
        self.restart(self.worktime.day(at), f"redirect@{at.isoformat()}")
        self.enter(Stage.WAITING, at, f"you named {to.email} as the one to ask")

    # --- the customer's mail

    def heard(self, record: MailRecord, kind: Kind) -> None:
        """A person speaks for the customer."""
        reading, day = record.reading, self.worktime.day(record.at)
        because = f"{kind.value}: {reading.words!r} ({reading.rule})"
        if self.stage is Stage.WON and kind is not Kind.FIRM_NO:
            return
        match kind:
            case Kind.ACCEPTED:
                self.callback = self.hold = self.early_no = None
                self.enter(Stage.WON, record.at, because)
            case Kind.FIRM_NO:
                self.callback = self.hold = self.early_no = None
                self.enter(Stage.LOST, record.at, because)
            case Kind.LATER:
                self.later(record, reading, day, because)
            case Kind.HOLDING:
                if self.stage is not Stage.WAITING:
                    self.restart(day, record.id)
                last = reading.date_to or reading.date
                if last and (last - day).days > self.policy.hold_most_days:
                    last = None  # "the board was to meet on 5 June", said on the 9th, is no word of next year
                self.early_no = self.callback = None
                self.hold_through(last, day, because)
                self.enter(Stage.WAITING, record.at, because)
            case Kind.EARLY_NO if self.stage in TERMINAL:
                self.enter(Stage.LOST if self.stage is Stage.CLOSED else self.stage, record.at, because)
            case Kind.EARLY_NO:
                self.early_no, self.callback, self.hold = Situation(record.id, day), None, None
                self.enter(Stage.YOUR_TURN, record.at, because)
            case Kind.ACKNOWLEDGED | Kind.AWAY | Kind.BOUNCED | Kind.AUTOMATIC:
                pass
            case _:
                self.callback = self.hold = self.early_no = self.no_show = None
                self.enter(Stage.YOUR_TURN, record.at, because)

    def later(self, record: MailRecord | EntryRecord, reading: Reading, day: dt.date, because: str) -> None:
        """The customer named a time to ask again, or only said "not now"."""
        nominal = reading.date or self.worktime.add(day, self.policy.later_without_date_days)
        self.early_no = self.hold = self.no_show = None
        self._await(record, nominal, StepName.CALLBACK, reading)
        self.enter(Stage.LATER, record.at, because)

    def hold_through(self, last: dt.date | None, day: dt.date, because: str) -> None:
        """Nothing through `last`; without a date, nothing for the policy's days after `day`."""
        if last is None or last < day:
            last = self.worktime.add(day, self.policy.hold_without_date_days) - dt.timedelta(1)
        self.hold, self.hold_because = last, because

    def _await(
        self, record: MailRecord | EntryRecord, nominal: dt.date, step: str, reading: Reading | None = None
    ) -> None:
        """Set the callback; a newer date replaces a pending one under the same round, so that its reminder moves."""
        source, said = record.id, reading or record.reading
        pending = self.callback if self.stage is Stage.LATER and self.callback and self.callback.step == step else None
        if pending and (stood := self._stood(step, pending.round)) and stood.state in (State.EDITED, State.DISCARDED):
            pending = None  # the rep has made the old reminder his own: a newer date gets one of its own
        round_ = pending.round if pending else source
        day = self.worktime.at_or_after(nominal)
        stood = self._stood(step, round_)
        if stood and stood.start and (stood.state is State.EDITED or self.worktime.day(stood.at) > day):
            day = self.worktime.day(stood.start)  # dragged by the rep, or overdue when it was first seen
        asked = self.worktime.day(record.at)
        self.callback = Callback(nominal, day, source, round_, step, said.words, said.rule, asked, said.date_to)

    def _stood(self, step: str, round_: str) -> Standing | None:
        return next((s for s in reversed(self.standings) if s.step == step and s.round == round_), None)

    # --- the calendar

    def met(self, record: EntryRecord) -> None:
        """A talk or a meeting took place: real contact."""
        day = self.worktime.day(min(record.start, record.end))
        if self.stage in TERMINAL or (self.stage is Stage.LATER and self.callback and day < self.callback.nominal):
            return
        if day < self.anchor:
            return
        self.callback = self.early_no = self.no_show = None
        if self.hold and self.hold <= day:
            self.hold = None
        self.restart(day, record.id)
        self.met_on = Situation(record.id, day) if record.reading.kind is Kind.MEETING else None
        self.enter(Stage.WAITING, record.end, f"you spoke on {day} ({record.reading.rule})")

    def missed(self, record: EntryRecord) -> None:
        """The customer did not come."""
        if self.stage in (Stage.WAITING, Stage.YOUR_TURN):
            self.no_show = Situation(record.id, self.worktime.day(record.at))
