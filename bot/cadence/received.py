"""What a mail to the rep does: who speaks for the customer, and what the matter makes of it (rulings 15, 16 and 18)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot.cadence.books import Books
from bot.cadence.matter import TERMINAL, Matter
from bot.freemail import company_of
from bot.model import Address, Kind, MailRecord, Mark, Stage

WINS_OR_LOSES = frozenset({Kind.ACCEPTED, Kind.FIRM_NO})


class ReceivedMail:
    """The reader of everybody else's mail."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def take(self, r: MailRecord) -> None:
        """Enter a mail the rep received."""
        kind, email, day = r.reading.kind, r.sender.email, self.books.worktime.day(r.at)
        if email in self.books.me or (company_of(email) in self.books.own_companies and kind is not Kind.BOUNCED):
            if matters := self.books.register.in_thread(r):
                for m in matters:
                    self.books.register.learn(m, r, ())
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
        claim = self.books.register.claim(r)
        machine = Mark.MACHINE in r.reading.marks
        known = bool(self.books.register.in_thread(r) or self.books.register.of_person(email))
        if kind is Kind.NOTHING and (machine or not known):
            return  # a customer's own words that nobody understood are an answer; a stranger's are nothing to us
        if not machine:
            self.books.parties.back_early(email, day)
        if kind is Kind.LEFT:
            self._left(r, claim.matters)
            if machine:
                return
        matters = self.books.live(claim.matters, r.at)
        if not matters and kind is Kind.LATER and r.reading.date:
            self._cold_callback(r)
        for m in matters:
            named = any(m is n for n in claim.named)
            if kind in WINS_OR_LOSES and claim.named and not named:
                continue  # he wins or loses the matter he names; the others go on
            self._heard(m, r, kind, claim.speaks, named)

    def _heard(self, m: Matter, r: MailRecord, kind: Kind, speaks: bool, named: bool) -> None:
        if not speaks or (kind in WINS_OR_LOSES and not named):
            kind = Kind.ENGAGED if m.stage not in TERMINAL else Kind.ACKNOWLEDGED
        elif kind is Kind.NOTHING:
            kind = Kind.ENGAGED
        m.heard(r, kind)
        m.tell(r.at, kind.value, r.id, r.reading.words)
        if speaks:
            self.books.register.learn(
                m, r, self.books.outside((r.sender, *r.to, *r.cc)) if self.books.register.in_thread(r) else (r.sender,)
            )
            if kind is not Kind.ACKNOWLEDGED and m.stage not in TERMINAL:
                m.answers = r

    def _cold_callback(self, r: MailRecord) -> None:
        """Somebody without an open matter asks to be called later."""
        m = self.books.open(r, is_quote=False)
        m.to, m.sender, m.answers = (r.sender,), next((a for a in r.to if a.email in self.books.me), Address("")), r
        self.books.register.learn(m, r, (r.sender,))
        m.heard(r, Kind.LATER)
        m.tell(r.at, Kind.LATER.value, r.id, r.reading.words)

    def _bounced(self, r: MailRecord, day: dt.date) -> None:
        reading = r.reading
        email = (reading.address or "").casefold()
        if not email:
            matters = self.books.register.in_thread(r)
            email = matters[0].to[0].email if matters and len(matters[0].to) == 1 else ""
        if not email:
            return
        because = f"bounced: {reading.words!r} ({reading.rule})"
        if reading.permanent and Mark.DELAYED not in reading.marks:
            self.books.parties.bounced(email, because)
        for m in self.books.register.of_person(email):
            m.tell(r.at, "bounced", r.id, reading.words)

    def _away(self, r: MailRecord, day: dt.date) -> None:
        back = r.reading.until or self.books.worktime.add(day, self.books.policy.away_without_date_days)
        self.books.parties.away(r.sender.email, day, back)
        matters = self.books.register.of_person(r.sender.email) or self.books.register.in_thread(r)
        for m in matters:
            m.tell(r.at, "away", r.id, r.reading.words)
            if (
                len(m.to) == 1
                and m.to[0].email != r.sender.email
                and any(m is t for t in self.books.register.in_thread(r))
            ):
                self.books.parties.away(m.to[0].email, day, back)

    def _opt_out(self, r: MailRecord) -> None:
        because = f"opt_out: {r.reading.words!r} ({r.reading.rule})"
        self.books.parties.stop(r.sender.email, because, company=Mark.WHOLE_COMPANY in r.reading.marks)
        threaded = self.books.register.in_thread(r)
        for m in {id(m): m for m in (*threaded, *self.books.register.of_person(r.sender.email))}.values():
            m.tell(r.at, "opt_out", r.id, r.reading.words)
            speaks_for_them = r.sender.email not in m.copied and r.sender.email not in {a.email for a in m.to}
            if speaks_for_them and any(m is t for t in threaded):  # whoever the quote was handed on to
                m.enter(Stage.STOPPED, r.at, because)

    def _left(self, r: MailRecord, matters: Iterable[Matter]) -> None:
        """The writer has left; or he writes that the one person we wrote to has."""
        because = f"left: {r.reading.words!r} ({r.reading.rule})"
        email = r.sender.email
        if Mark.MACHINE in r.reading.marks or any(email == a.email for m in matters for a in m.to):
            self.books.parties.left(email, because)
        else:
            for m in matters:
                if len(m.to) == 1:
                    self.books.parties.left(m.to[0].email, because)
        for m in matters:
            m.tell(r.at, "left", r.id, r.reading.words)
