"""fold(records) -> opportunities: each customer matter with its stage and its history, at a moment. Pure.

Every record, instruction and held meeting is one event; events are taken in order of time, and each is handed to the
matters it belongs to (whose.py). What an event does to a matter is said in matter.py.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.cadence.matter import TERMINAL, Matter
from bot.cadence.opportunity import Opportunity
from bot.cadence.parties import Parties
from bot.cadence.policy import Policy
from bot.cadence.whose import Register
from bot.cadence.worktime import WorkTime
from bot.freemail import company_of
from bot.model import (
    Address,
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
    mention,
)

_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
LIES = frozenset({State.STANDING, State.EDITED})
ABOUT = dt.timedelta(hours=2)
WINS_OR_LOSES = frozenset({Kind.ACCEPTED, Kind.FIRM_NO})


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
        self.me, self.policy, self.worktime, self.now = me, policy, worktime, now
        self.own_companies = frozenset(filter(None, map(company_of, me)))
        self.parties = Parties(worktime)
        self.register = Register()
        self.entries = [r for r in records if isinstance(r, EntryRecord) and not r.cancelled and r.key is None]
        self.meetings_to_come = [e for e in self.entries if e.end > now >= e.at and e.reading.kind is Kind.MEETING]
        self.entries_on: dict[dt.date, list[EntryRecord]] = defaultdict(list)
        for e in self.entries:
            if e.at <= now:
                self.entries_on[worktime.day(e.start)].append(e)
        self.step_sent_as: dict[str, Standing] = {}
        self.touches: dict[str, list[Standing]] = defaultdict(list)
        self._touch_history(records, standings)
        for _, _, event in sorted(self._events(records, instructions), key=lambda e: e[:2]):
            self._take(event)

    def _touch_history(self, records: Sequence[Record], standings: Sequence[Standing]) -> None:
        """A standing whose draft lies in the sent mail is sent, whatever memory thought of it."""
        mails = [r for r in records if isinstance(r, MailRecord) and r.direction is Direction.SENT]
        sent = {r.key: r for r in mails if r.key}
        answering: dict[str, list[MailRecord]] = defaultdict(list)
        for r in mails:
            for id_ in {r.answers or "", *r.references}:
                answering[id_].append(r)
        for s in standings:
            mail = sent.get(s.key) or (self._sent_bare(s, answering[s.opening]) if s.state is State.DISCARDED else None)
            if mail is not None:
                s = replace(s, state=State.SENT, changed=mail.at)
                self.step_sent_as[mail.id] = s
            for opening in (s.opening, *s.covers):
                self.touches[opening].append(s)

    @staticmethod
    def _sent_bare(s: Standing, mails: Sequence[MailRecord]) -> MailRecord | None:
        """The mail a vanished draft was sent as, where the rep's mail program dropped our header: to the same people, in the
        same thread, about when the draft went."""
        people = set(s.people)
        return next(
            (
                r
                for r in mails
                if s.form is Form.DRAFT
                and r.key is None
                and s.at <= r.at <= s.changed + ABOUT
                and s.changed - r.at <= ABOUT
                and people <= {a.email for a in r.to}
            ),
            None,
        )

    def _events(
        self, records: Sequence[Record], instructions: Sequence[Instruction]
    ) -> Iterable[tuple[dt.datetime, int, Event]]:
        missed = {
            (e.start.date(), a.address.email)
            for e in self.entries
            if e.reading.kind is Kind.NO_SHOW
            for a in e.attendees
        }
        for i in instructions:
            yield min(i.at, self.now), 0, i
        for r in records:
            if isinstance(r, MailRecord):
                if r.direction is not Direction.DRAFT:
                    yield min(r.at, self.now), 1, r
            elif not r.cancelled and r.key is None:
                yield min(r.at, self.now), 2, r
                over = max(r.at, r.end)
                held = r.reading.kind is Kind.MEETING or Mark.TALK in r.reading.marks
                kept = not any((r.start.date(), a.address.email) in missed for a in r.attendees)
                if held and kept and over <= self.now:
                    yield over, 3, Held(r)

    # --- events

    def _take(self, event: Event) -> None:
        match event:
            case MailRecord(direction=Direction.SENT):
                self._sent(event)
            case MailRecord():
                self._received(event)
            case EntryRecord():
                self._entry(event)
            case Held(entry):
                for m in self._live(self.register.of_entry(entry), entry.end):
                    if self._attended(entry, m):
                        m.met(entry)
                        m.tell(entry.end, "spoke", entry.id, entry.title)
            case Instruction():
                self._instruction(event)

    def _outside(self, addresses: Iterable[Address]) -> tuple[Address, ...]:
        """Those who are neither the rep nor his colleagues."""
        return tuple(
            a for a in addresses if a.email not in self.me and company_of(a.email) not in (self.own_companies or {"-"})
        )

    def _live(self, matters: Iterable[Matter], at: dt.datetime) -> list[Matter]:
        found = list(matters)
        for m in found:
            if m.callback and not m.callback.elsewhere and self._lies_there(m, m.callback.day):
                m.callback = replace(m.callback, elsewhere=True)
            m.advance(at)
        return found

    def _sent(self, r: MailRecord) -> None:
        day = self.worktime.day(r.at)
        to, everyone = self._outside(r.to), self._outside((*r.to, *r.cc))
        for a in everyone:
            self.parties.wrote_to(a.email, day)
        if (ours := self.step_sent_as.get(r.id)) is not None:
            for opening in (ours.opening, *ours.covers):
                if m := self.register.opened_by(opening):
                    m.answers = r if opening == ours.opening else m.answers
                    self.register.learn(m, r, ())
                    m.tell(r.at, f"{ours.step} sent", r.id, ours.because)
            return
        if not everyone:
            return
        matters = self._live(self._matters_of_sent(r, everyone), r.at)
        if r.reading.kind is Kind.QUOTE:
            self._quote(r, to or everyone, everyone, matters)
            return
        for m in matters:
            self._hand_written(m, r, to)
            self.register.learn(m, r, everyone)
        if not matters and r.reading.kind is Kind.PROMISED and r.reading.date:
            m = self._open(r, is_quote=False)
            m.to, m.sender, m.answers = to or everyone, r.sender, r
            self.register.learn(m, r, everyone)
            m.promised(r, r.reading.date)

    def _matters_of_sent(self, r: MailRecord, everyone: tuple[Address, ...]) -> list[Matter]:
        """The matters a mail of the rep belongs to: by thread, by what it names, else the person's only open one."""
        if threaded := self.register.in_thread(r):
            return threaded
        theirs = {
            id(m): m for a in everyone for m in (*self.register.of_person(a.email), *self.register.of_company(a.email))
        }
        if named := self.register.naming(r, theirs.values()):
            return named
        own = {id(m): m for a in everyone for m in self.register.of_person(a.email) if m.stage not in TERMINAL}
        revises = r.reading.kind is Kind.QUOTE and Mark.REVISED in r.reading.marks
        if len(own) == 1 and (r.reading.kind is not Kind.QUOTE or revises):
            return list(own.values())
        return []

    def _quote(
        self, r: MailRecord, to: tuple[Address, ...], everyone: tuple[Address, ...], matters: list[Matter]
    ) -> None:
        """A quote opens a matter, takes one over, or only repeats its price."""
        heirs = [m for m in matters if m.stage is not Stage.WON and self._same_matter(m, r)]
        if not heirs:
            m = self._open(r, is_quote=True)
        else:
            m = heirs[-1]
            repeats = (
                m.is_quote and r.reading.amount in (None, m.quote.amount) and r.reading.number in (None, m.quote.number)
            )
            if (
                repeats
                and m.stage is Stage.WAITING
                and Mark.REVISED not in r.reading.marks
                and {a.email for a in to} <= set(m.people)
            ):
                self._hand_written(m, r, to)
                self.register.learn(m, r, everyone)
                return
            for other in heirs[:-1]:
                other.enter(Stage.STOPPED, r.at, "taken over by a newer quote")
                self.register.merge(other, m)
        m.quoted(r, to)
        m.answers = r
        m.tell(r.at, "quote", r.id, r.reading.words)
        self.register.learn(m, r, everyone)
        self.register.number(m, number_digests(r.reading.number))

    def _same_matter(self, m: Matter, r: MailRecord) -> bool:
        """Whether a quote belongs to the matter: in its thread always; else only while the matter is open."""
        return any(m is t for t in self.register.in_thread(r)) or m.stage not in TERMINAL

    def _hand_written(self, m: Matter, r: MailRecord, to: tuple[Address, ...]) -> None:
        marks, reading = r.reading.marks, r.reading
        m.tell(r.at, "you wrote", r.id, reading.words)
        if Mark.CONFIRMED in marks and m.stage not in TERMINAL:
            m.enter(Stage.WON, r.at, f"you confirmed the order ({reading.words!r})")
        elif (Mark.WITHDRAWN in marks or Mark.CLOSES in marks) and m.stage not in TERMINAL:
            m.enter(Stage.STOPPED, r.at, f"you closed it yourself ({reading.words!r})")
        elif reading.kind is Kind.PROMISED and reading.date and m.stage not in TERMINAL:
            m.to = to or m.to
            m.answers = r
            m.promised(r, reading.date)
        elif to:
            m.wrote(r, to)
            if m.stage not in TERMINAL:
                m.answers = r

    def _received(self, r: MailRecord) -> None:
        kind, email, day = r.reading.kind, r.sender.email, self.worktime.day(r.at)
        if email in self.me or (company_of(email) in self.own_companies and kind is not Kind.BOUNCED):
            if matters := self.register.in_thread(r):
                for m in matters:
                    self.register.learn(m, r, ())
            return
        if kind is Kind.BOUNCED:
            self._bounced(r, day)
            return
        if kind is Kind.AWAY:
            self._away(r, day)
            return
        if kind is Kind.AUTOMATIC or kind is Kind.UNREADABLE:
            return
        if kind is Kind.OPT_OUT:
            self._opt_out(r)
            return
        claim = self.register.claim(r)
        machine = Mark.MACHINE in r.reading.marks
        if kind is Kind.NOTHING and (machine or not self.register.in_thread(r)):
            return
        if not machine:
            self.parties.back_early(email, day)
        if kind is Kind.LEFT:
            self._left(r, claim.matters)
            if machine:
                return
        matters = self._live(claim.matters, r.at)
        if not matters and kind is Kind.LATER and r.reading.date:
            self._cold_callback(r)
        for m in matters:
            self._heard(m, r, kind, claim.speaks, any(m is n for n in claim.named))

    def _heard(self, m: Matter, r: MailRecord, kind: Kind, speaks: bool, named: bool) -> None:
        if not speaks or (kind in WINS_OR_LOSES and not named):
            kind = Kind.ENGAGED if m.stage not in TERMINAL else Kind.ACKNOWLEDGED
        elif kind is Kind.NOTHING:
            kind = Kind.ENGAGED
        m.heard(r, kind)
        m.tell(r.at, kind.value, r.id, r.reading.words)
        if speaks:
            self.register.learn(
                m, r, self._outside((r.sender, *r.to, *r.cc)) if self.register.in_thread(r) else (r.sender,)
            )
            if kind is not Kind.ACKNOWLEDGED and m.stage not in TERMINAL:
                m.answers = r

    def _cold_callback(self, r: MailRecord) -> None:
        """Somebody without an open matter asks to be called later."""
        m = self._open(r, is_quote=False)
        m.to, m.sender, m.answers = (r.sender,), next((a for a in r.to if a.email in self.me), Address("")), r
        self.register.learn(m, r, (r.sender,))
        m.heard(r, Kind.LATER)
        m.tell(r.at, Kind.LATER.value, r.id, r.reading.words)

    def _bounced(self, r: MailRecord, day: dt.date) -> None:
        reading = r.reading
        email = (reading.address or "").casefold()
        if not email:
            matters = self.register.in_thread(r)
            email = matters[0].to[0].email if matters and len(matters[0].to) == 1 else ""
        if not email:
            return
        because = f"bounced: {reading.words!r} ({reading.rule})"
        if reading.permanent and Mark.DELAYED not in reading.marks:
            self.parties.bounced(email, because)
        for m in self.register.of_person(email):
            m.tell(r.at, "bounced", r.id, reading.words)

    def _away(self, r: MailRecord, day: dt.date) -> None:
        back = r.reading.until or self.worktime.add(day, self.policy.away_without_date_days)
        self.parties.away(r.sender.email, day, back)
        matters = self.register.of_person(r.sender.email) or self.register.in_thread(r)
        for m in matters:
            m.tell(r.at, "away", r.id, r.reading.words)
            if len(m.to) == 1 and m.to[0].email != r.sender.email and any(m is t for t in self.register.in_thread(r)):
                self.parties.away(m.to[0].email, day, back)

    def _opt_out(self, r: MailRecord) -> None:
        because = f"opt_out: {r.reading.words!r} ({r.reading.rule})"
        self.parties.stop(r.sender.email, because, company=Mark.WHOLE_COMPANY in r.reading.marks)
        threaded = self.register.in_thread(r)
        for m in {id(m): m for m in (*threaded, *self.register.of_person(r.sender.email))}.values():
            m.tell(r.at, "opt_out", r.id, r.reading.words)
            if any(m is t for t in threaded) and r.sender.email not in {a.email for a in m.to}:
                m.enter(Stage.STOPPED, r.at, because)

    def _left(self, r: MailRecord, matters: Iterable[Matter]) -> None:
        """The writer has left; or he writes that the one person we wrote to has."""
        because = f"left: {r.reading.words!r} ({r.reading.rule})"
        email = r.sender.email
        if Mark.MACHINE in r.reading.marks or any(email == a.email for m in matters for a in m.to):
            self.parties.left(email, because)
        else:
            for m in matters:
                if len(m.to) == 1:
                    self.parties.left(m.to[0].email, because)
        for m in matters:
            m.tell(r.at, "left", r.id, r.reading.words)

    def _entry(self, r: EntryRecord) -> None:
        match r.reading.kind:
            case Kind.NO_SHOW:
                for m in self._live(self.register.of_entry(r), r.at):
                    m.missed(r)
                    m.tell(r.at, "no_show", r.id, r.title)
            case Kind.CALL_ATTEMPTED:
                for m in self._live(self.register.of_entry(r), r.at):
                    m.attempts.append(self.worktime.day(r.start))
                    m.calls += 1
                    m.tell(r.at, "call_attempted", r.id, r.title)
            case Kind.CALLBACK_NOTE:
                self._callback_note(r)
            case _:
                pass

    def _callback_note(self, r: EntryRecord) -> None:
        """A note to call somebody later is a matter of its own; the quotes of the same person wait for it."""
        day = self.worktime.day(r.at)
        its_own = r.reading.date is None and self.worktime.day(r.start) > day
        reading = replace(r.reading, date=self.worktime.day(r.start)) if its_own else r.reading
        because = f"callback_note: {reading.words!r} ({reading.rule})"
        matters = self._live(self.register.of_entry(r), r.at)
        own = self._open(r, is_quote=False)
        own.to = tuple(a for m in matters[:1] for a in m.to) or self._outside(a.address for a in r.attendees)
        own.people = {a.email: a for a in own.to}
        own.later(r, reading, day, because)
        own.tell(r.at, "callback_note", r.id, reading.words)
        for m in matters:
            if m.stage not in TERMINAL and m.is_quote:
                m.later(r, reading, day, because)
                m.tell(r.at, "callback_note", r.id, reading.words)
                if m.callback:
                    m.callback = replace(m.callback, elsewhere=True)

    def _attended(self, entry: EntryRecord, m: Matter) -> bool:
        """Whether the customer accepted the meeting, or the entry itself says that they spoke."""
        return Mark.TALK in entry.reading.marks or _accepted(entry, m)

    def _instruction(self, i: Instruction) -> None:
        thread = self.register.opened_by(i.subject)
        if thread is None:
            if i.verb == "stop":
                self.parties.stop(i.subject, "you said stop")
            elif i.verb == "resume":
                self.parties.resume(i.subject)
        company = i.subject.startswith("@")
        found = (
            [thread]
            if thread
            else self.register.of_company("x" + i.subject)
            if company
            else self.register.of_person(i.subject)
        )
        for m in self._live(found, i.at):
            m.tell(i.at, i.verb, "", i.text)
            self._instruct(m, i, thread is not None)

    def _instruct(self, m: Matter, i: Instruction, thread: bool) -> None:
        match i.verb:
            case "stop" if thread and m.stage not in TERMINAL:
                m.enter(Stage.STOPPED, i.at, "you said stop")
            case "snooze":
                m.hold_through(i.until, self.worktime.day(i.at), "you said snooze")
            case "resume":
                m.hold = None
                if m.stage is Stage.STOPPED:
                    m.restart(self.worktime.day(i.at), f"resume@{i.at.isoformat()}")
                    m.enter(Stage.WAITING, i.at, "you said resume")
            case "note":
                m.note = i.text
            case "won" | "lost":
                m.enter(Stage(i.verb), i.at, f"you said {i.verb}")
            case "redirect" if i.text and m.is_quote:
                m.redirect(Address(i.text.casefold()), i.at)
            case _:
                pass

    def _open(self, r: MailRecord | EntryRecord, *, is_quote: bool) -> Matter:
        m = Matter(r, is_quote=is_quote, worktime=self.worktime, policy=self.policy)
        m.standings = self.touches.get(r.id, [])
        self.register.add(m)
        return m

    # --- the outcome

    def outcome(self) -> tuple[Opportunity, ...]:
        """Every matter, frozen at `now`."""
        return tuple(self._freeze(m) for m in self._live(self.register.matters, self.now))

    def _freeze(self, m: Matter) -> Opportunity:
        today = self.worktime.day(self.now)
        reachable = [a for a in m.to if not self._unreachable(a.email)]
        people = tuple(a for a in reachable if self.parties.away_until(a.email, today) is None)
        emails = [a.email for a in reachable]
        stage, because = m.stage, m.because
        if stage not in TERMINAL and m.to and not reachable:
            stage, because = self._nobody_left(m)
        elif stage is Stage.WAITING and reachable and not people:
            back = min(b for e in emails if (b := self.parties.away_until(e, today)))
            stage, because = Stage.AWAY, f"away until {back}"
        hold, why = m.hold, m.hold_because
        if (meeting := self._awaited_meeting(m)) is not None:
            last = self.worktime.day(meeting.end)
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
            pauses=self.parties.pauses(emails),
            hold=hold,
            hold_because=why,
            callback=m.callback,
            no_show=m.no_show,
            met=m.met_on,
            early_no=m.early_no,
            attempts=tuple(m.attempts),
            answers=m.answers,
            steps=m.in_round(),
            standings={s.key: s for s in m.standings},
            note=m.note,
            dead=next((a.email for a in m.to if self.parties.dead(a.email)), ""),
            touches=self._touches(m),
            mailed=self.parties.mailed(emails),
            history=tuple(m.history),
        )

    def _touches(self, m: Matter) -> int:
        """How often the matter was followed up: drafts sent, calls that were due or tried, and chases by hand."""
        today = self.worktime.day(self.now)
        sent = sum(s.state is State.SENT for s in m.standings)
        calls = sum(
            s.form is Form.REMINDER and s.state in LIES and s.start is not None and self.worktime.day(s.start) < today
            for s in m.standings
        )
        return sent + calls + m.chases + m.calls

    def _unreachable(self, email: str) -> bool:
        p = self.parties
        return bool(p.stopped(email) or p.dead(email) or p.gone(email))

    def _nobody_left(self, m: Matter) -> tuple[Stage, str]:
        """The stage of a matter with nobody left to write to."""
        emails = [a.email for a in m.to]
        for why, stage in (
            (self.parties.stopped, Stage.STOPPED),
            (self.parties.dead, Stage.UNDELIVERABLE),
            (self.parties.gone, Stage.YOUR_TURN),
        ):
            if reason := next(filter(None, map(why, emails)), None):
                return stage, reason
        raise AssertionError(f"somebody is left: {emails}")

    def _awaited_meeting(self, m: Matter) -> EntryRecord | None:
        """A meeting to come that the customer has accepted."""
        return next((e for e in self.meetings_to_come if _accepted(e, m)), None)

    def _lies_there(self, m: Matter, day: dt.date) -> bool:
        """Whether the rep's calendar already has an entry on that day that names the person."""
        return any(
            any(self.register.names_person(e, a) for a in m.to)
            for e in self.entries_on.get(day, ())
            if e.id != m.opening.id and not (m.callback and e.id == m.callback.source)
        )


def number_digests(number: str | None) -> tuple[str, ...]:
    """The digests a quote's number goes by: as written, and its digits alone where they are long enough to be no accident
    (customers write "your quote 1042" for Q-1042)."""
    if not number:
        return ()
    runs = [r for r in _DIGITS.findall(number) if len(r) >= 4 and not _YEAR.fullmatch(r)]
    return tuple(dict.fromkeys(mention(t) for t in (number, *runs)))


def _accepted(entry: EntryRecord, m: Matter) -> bool:
    """Whether someone of the matter has accepted the meeting, or arranged it himself."""
    return any(a.status == "ACCEPTED" and a.address.email in m.people for a in entry.attendees)
