"""fold(records) -> opportunities: each customer matter with its stage and its history, at a moment. Pure.

Every record, instruction and held meeting is one event; events are taken in order of time, and each is handed to the
matters it belongs to (whose.py). What an event does to a matter is said in matter.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from bot.cadence.books import Books
from bot.cadence.diary import Diary, accepted
from bot.cadence.matter import TERMINAL, Matter
from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy
from bot.cadence.received import ReceivedMail
from bot.cadence.sent import SentMail
from bot.cadence.told import Told
from bot.cadence.worktime import WorkTime
from bot.model import (
    Direction,
    EntryRecord,
    Form,
    Instruction,
    Kind,
    MailRecord,
    Mark,
    Record,
    Stage,
    Standing,
    State,
)

LIES = frozenset({State.STANDING, State.EDITED})


@dataclass(frozen=True, slots=True)
class Held:
    """A meeting or talk that is over."""

    entry: EntryRecord


Event = MailRecord | EntryRecord | Held | Instruction


def leave_of(records: Iterable[Record], zone: dt.tzinfo) -> frozenset[dt.date]:
    """The days on which the rep is on leave, by his calendar."""
    days: set[dt.date] = set()
    for r in records:
        if isinstance(r, EntryRecord) and not r.cancelled and Mark.LEAVE in r.reading.marks:
            day, last = r.start.astimezone(zone).date(), (r.end - dt.timedelta(seconds=1)).astimezone(zone).date()
            for i in range(min(400, (last - day).days + 1)):
                days.add(day + dt.timedelta(i))
    return frozenset(days)


def fold(
    records: Sequence[Record],
    standings: Sequence[Standing],
    instructions: Sequence[Instruction],
    *,
    me: frozenset[str],
    policy: Policy,
    worktime: WorkTime,
    now: dt.datetime,
) -> tuple[Opportunity, ...]:
    """Every matter as it stands at `now`. Records later than `now` count as of now: a wrong clock must not hide an answer."""
    return Folding(records, standings, instructions, me, policy, worktime, now).outcome()


class Folding:
    """One walk through everything that happened to one account."""

    def __init__(
        self,
        records: Sequence[Record],
        standings: Sequence[Standing],
        instructions: Sequence[Instruction],
        me: frozenset[str],
        policy: Policy,
        worktime: WorkTime,
        now: dt.datetime,
    ) -> None:
        self.books = Books(records, standings, me, policy, worktime, now)
        self.sent, self.received = SentMail(self.books), ReceivedMail(self.books)
        self.diary, self.told = Diary(self.books), Told(self.books)
        for _, _, event in sorted(self._events(records, instructions), key=lambda e: e[:2]):
            self._take(event)

    def _events(
        self, records: Sequence[Record], instructions: Sequence[Instruction]
    ) -> Iterable[tuple[dt.datetime, int, Event]]:
        missed = {
            (e.start.date(), a.address.email)
            for e in self.books.entries
            if e.reading.kind is Kind.NO_SHOW
            for a in e.attendees
        }
        for i in instructions:
            yield min(i.at, self.books.now), 0, i
        for r in records:
            if isinstance(r, MailRecord):
                if r.direction is not Direction.DRAFT:
                    yield min(r.at, self.books.now), 1, r
            elif not r.cancelled and r.key is None:
                yield min(r.at, self.books.now), 2, r
                over = max(r.at, r.end)
                held = r.reading.kind is Kind.MEETING or Mark.TALK in r.reading.marks
                kept = not any((r.start.date(), a.address.email) in missed for a in r.attendees)
                if held and kept and over <= self.books.now:
                    yield over, 3, Held(r)

    # --- events

    def _take(self, event: Event) -> None:
        match event:
            case MailRecord(direction=Direction.SENT):
                self.sent.take(event)
            case MailRecord():
                self.received.take(event)
            case EntryRecord():
                self.diary.take(event)
            case Held(entry):
                self.diary.held(entry)
            case Instruction():
                self.told.take(event)
            case _:
                assert_never(event)

    # --- the outcome

    def outcome(self) -> tuple[Opportunity, ...]:
        """Every matter, frozen at `now`."""
        for m in self.books.register.matters:
            m.follow_those_beside()
        return tuple(self._freeze(m) for m in self.books.live(self.books.register.matters, self.books.now))

    def _freeze(self, m: Matter) -> Opportunity:
        today = self.books.worktime.day(self.books.now)
        reachable = [a for a in m.to if not self._unreachable(a.email)]
        people = tuple(a for a in reachable if self.books.parties.away_until(a.email, today) is None)
        emails = [a.email for a in reachable]
        stage, because = m.stage, m.because
        if (stage not in TERMINAL or stage is Stage.CLOSED) and m.to and not reachable:
            stage, because = self._nobody_left(m)
        elif stage is Stage.WAITING and reachable and not people:
            back = min(b for e in emails if (b := self.books.parties.away_until(e, today)))
            stage, because = Stage.AWAY, f"away until {back}"
        hold, why = m.hold, m.hold_because
        meeting = self._awaited_meeting(m)
        if meeting is not None:
            last = self.books.worktime.day(meeting.end)
            if hold is None or last > hold:
                hold, why = last, f"a meeting with the customer on {last}"
        return Opportunity(
            opening=m.opening.id,
            is_quote=m.is_quote,
            stage=stage,
            since=m.since,
            because=because,
            people=people,
            everyone=tuple(m.people.values()) or m.to,
            sender=m.sender,
            quote=m.quote,
            sent=m.sent,
            anchor=m.anchor,
            round=m.round,
            chased=m.chased,
            pauses=self.books.parties.pauses(emails),
            hold=hold,
            hold_because=why,
            callback=m.callback,
            no_show=m.no_show if meeting is None else None,  # a new date is set: nothing more to ask for
            met=m.met_on,
            early_no=m.early_no,
            attempts=tuple(m.attempts),
            answers=m.answers,
            offer=m.offer,
            steps=m.in_round(),
            standings={s.key: s for s in m.standings},
            note=m.note,
            ladder=m.ladder,
            dead=next((a.email for a in m.to if self.books.parties.dead(a.email)), ""),
            touches=self._touches(m),
            mailed=self.books.parties.mailed(emails),
            history=tuple(m.history),
        )

    def _touches(self, m: Matter) -> int:
        """How often the matter was followed up: drafts sent, calls that were due or tried, and chases by hand."""
        today = self.books.worktime.day(self.books.now)
        sent = sum(s.state is State.SENT for s in m.standings)
        calls = sum(
            s.form is Form.REMINDER
            and s.state in LIES
            and s.start is not None
            and self.books.worktime.day(s.start) < today
            for s in m.standings
        )
        return sent + calls + m.chases + m.calls

    def _unreachable(self, email: str) -> bool:
        p = self.books.parties
        return bool(p.stopped(email) or p.dead(email) or p.gone(email))

    def _nobody_left(self, m: Matter) -> tuple[Stage, str]:
        """The stage of a matter with nobody left to write to."""
        emails = [a.email for a in m.to]
        for why, stage in (
            (self.books.parties.stopped, Stage.STOPPED),
            (self.books.parties.dead, Stage.UNDELIVERABLE),
            (self.books.parties.gone, Stage.YOUR_TURN),
        ):
            if reason := next(filter(None, map(why, emails)), None):
                return stage, reason
        raise AssertionError(f"somebody is left: {emails}")

    def _awaited_meeting(self, m: Matter) -> EntryRecord | None:
        """A meeting to come that the customer has accepted."""
        return next((e for e in self.books.meetings_to_come if accepted(e, m)), None)
