"""What a mail of the rep does: a quote opens a matter or takes one over, an answer or a chase moves its count."""

from __future__ import annotations

import re

from bot.cadence.books import Books
from bot.cadence.matter import TERMINAL, Matter
from bot.cadence.policy import StepName
from bot.model import Address, Kind, MailRecord, Mark, Reading, Stage, mention

ABOUT_A_QUOTE = frozenset({Mark.CHASES, Mark.CONFIRMED, Mark.CLOSES, Mark.WITHDRAWN})
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")


class SentMail:
    """The reader of the rep's own mail."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def take(self, r: MailRecord) -> None:
        """Enter a mail the rep sent, by hand or by approving a draft of ours."""
        day = self.books.worktime.day(r.at)
        to, everyone = self.books.outside(r.to), self.books.outside((*r.to, *r.cc))
        for a in everyone:
            self.books.parties.wrote_to(a.email, day)
        if (ours := self.books.step_sent_as.get(r.id)) is not None:
            for opening in (ours.opening, *ours.covers):
                if m := self.books.register.opened_by(opening):
                    if ours.step == StepName.RESEND and opening == ours.opening and m.stage is Stage.YOUR_TURN:
                        m.wrote(r, to)  # what he asked for has gone to him: the count begins again
                    m.answers = r if opening == ours.opening else m.answers
                    self.books.register.learn(m, r, ())
                    m.tell(r.at, f"{ours.step} sent", r.id, ours.because)
            return
        if not everyone:
            return
        matters = self.books.live(self._matters_of_sent(r, everyone), r.at)
        if r.reading.kind is Kind.QUOTE:
            self._quote(r, to or everyone, everyone, matters)
            return
        for m in matters:
            self._hand_written(m, r, to)
            self._learn(m, r, everyone)
        if not matters and r.reading.kind is Kind.PROMISED and r.reading.date:
            m = self.books.open(r, is_quote=False)
            m.to, m.sender, m.answers = to or everyone, r.sender, r
            self._learn(m, r, everyone)
            m.promised(r, r.reading.date)

    def _matters_of_sent(self, r: MailRecord, everyone: tuple[Address, ...]) -> list[Matter]:
        """The matters a mail of the rep belongs to: by thread, by what it names, else the person's only open one."""
        if threaded := self.books.register.in_thread(r):
            return threaded
        theirs = {
            id(m): m
            for a in everyone
            for m in (*self.books.register.of_person(a.email), *self.books.register.of_company(a.email))
        }
        if named := self.books.register.naming(r, theirs.values()):
            return named
        own = {id(m): m for a in everyone for m in self.books.register.of_person(a.email) if m.stage not in TERMINAL}
        return [m for m in own.values() if len(own) == 1 and self._is_about(m, r.reading)]

    @staticmethod
    def _is_about(m: Matter, reading: Reading) -> bool:
        """Whether a fresh mail that names nothing is about the person's one open matter: it says so, or he is owed an answer.
        A mail about something else moves no count."""
        if reading.kind is Kind.QUOTE:
            return Mark.REVISED in reading.marks
        return reading.kind is Kind.PROMISED or bool(reading.marks & ABOUT_A_QUOTE) or m.stage is Stage.YOUR_TURN

    def _quote(
        self, r: MailRecord, to: tuple[Address, ...], everyone: tuple[Address, ...], matters: list[Matter]
    ) -> None:
        """A quote opens a matter, takes one over, or only repeats its price."""
        heirs = [m for m in matters if m.stage is not Stage.WON and self._same_matter(m, r)]
        if not heirs:
            m = self.books.open(r, is_quote=True)
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
                self._learn(m, r, everyone)
                return
            for other in heirs[:-1]:
                other.enter(Stage.STOPPED, r.at, "taken over by a newer quote")
                self.books.register.merge(other, m)
        m.quoted(r, to)
        m.answers = r
        m.tell(r.at, "quote", r.id, r.reading.words)
        self._learn(m, r, everyone)
        self.books.register.number(m, number_digests(r.reading.number))

    def _learn(self, m: Matter, r: MailRecord, everyone: tuple[Address, ...]) -> None:
        """The mail is part of the matter, and so are those it went to."""
        self.books.register.learn(m, r, everyone)
        m.copied |= {a.email for a in r.cc} - {a.email for a in r.to}

    def _same_matter(self, m: Matter, r: MailRecord) -> bool:
        """Whether a quote belongs to the matter: in its thread always; else only while the matter is open."""
        return any(m is t for t in self.books.register.in_thread(r)) or m.stage not in TERMINAL

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


def number_digests(number: str | None) -> tuple[str, ...]:
    """The digests a quote's number goes by: as written, and its digits alone where they are long enough to be no accident
    (customers write "your quote 1042" for Q-1042)."""
    if not number:
        return ()
    runs = [r for r in _DIGITS.findall(number) if len(r) >= 4 and not _YEAR.fullmatch(r)]
    return tuple(dict.fromkeys(mention(t) for t in (number, *runs)))
