"""The books of one folding: what is known so far of matters, people and our own touches, and how an event finds its matters."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.cadence.matter import Matter
from bot.cadence.parties import Parties
from bot.cadence.policy import Policy
from bot.cadence.whose import Register
from bot.cadence.worktime import WorkTime
from bot.freemail import company_of
from bot.model import Address, Direction, EntryRecord, Form, Kind, MailRecord, Record, Standing, State

ABOUT = dt.timedelta(hours=2)


class Books:
    """Everything an event is entered into. `entries` are the rep's own, not our reminders."""

    def __init__(
        self,
        records: Sequence[Record],
        standings: Sequence[Standing],
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

    def outside(self, addresses: Iterable[Address]) -> tuple[Address, ...]:
        """Those who are neither the rep nor his colleagues."""
        return tuple(
            a for a in addresses if a.email not in self.me and company_of(a.email) not in (self.own_companies or {"-"})
        )

    def live(self, matters: Iterable[Matter], at: dt.datetime) -> list[Matter]:
        """The matters as time alone has left them at that moment."""
        found = list(matters)
        for m in found:
            if m.callback and not m.callback.elsewhere and self.lies_there(m, m.callback.day):
                m.callback = replace(m.callback, elsewhere=True)
            m.pauses = self.parties.pauses([a.email for a in m.to])
            m.advance(at)
        return found

    def open(self, r: MailRecord | EntryRecord, *, is_quote: bool) -> Matter:
        """Begin a matter."""
        m = Matter(r, is_quote=is_quote, worktime=self.worktime, policy=self.policy)
        m.standings = self.touches.get(r.id, [])
        self.register.add(m)
        return m

    def lies_there(self, m: Matter, day: dt.date) -> bool:
        """Whether the rep's calendar already has an entry on that day that names the person."""
        return any(
            any(self.register.names_person(e, a) for a in m.to)
            for e in self.entries_on.get(day, ())
            if e.id != m.opening.id and not (m.callback and e.id == m.callback.source)
        )
