"""What the calendar does: notes to call later, calls tried, meetings missed and held."""

from __future__ import annotations

from dataclasses import replace

from bot.cadence.books import Books
from bot.cadence.matter import TERMINAL, Matter
from bot.model import EntryRecord, Kind, Mark


class Diary:
    """The reader of the rep's calendar."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def take(self, r: EntryRecord) -> None:
        """Enter what an entry says, at the time it was written."""
        match r.reading.kind:
            case Kind.NO_SHOW:
                for m in self.books.live(self.books.register.of_entry(r), r.at):
                    m.missed(r)
                    m.tell(r.at, "no_show", r.id, r.title)
            case Kind.CALL_ATTEMPTED:
                for m in self.books.live(self.books.register.of_entry(r), r.at):
                    m.attempts.append(self.books.worktime.day(r.start))
                    m.calls += 1
                    m.tell(r.at, "call_attempted", r.id, r.title)
            case Kind.CALLBACK_NOTE:
                self._callback_note(r)
            case _:
                pass

    def _callback_note(self, r: EntryRecord) -> None:
        """A note to call somebody later is a matter of its own; the quotes of the same person wait for it."""
        day = self.books.worktime.day(r.at)
        its_own = r.reading.date is None and self.books.worktime.day(r.start) > day
        reading = replace(r.reading, date=self.books.worktime.day(r.start)) if its_own else r.reading
        because = f"callback_note: {reading.words!r} ({reading.rule})"
        matters = self.books.live(self.books.register.of_entry(r), r.at)
        own = self.books.open(r, is_quote=False)
        own.to = tuple(a for m in matters[:1] for a in m.to) or self.books.outside(a.address for a in r.attendees)
        own.people = {a.email: a for a in own.to}
        own.later(r, reading, day, because)
        if own.callback and self.books.worktime.day(r.start) in (own.callback.nominal, own.callback.day):
            own.callback = replace(own.callback, elsewhere=True)  # the entry itself is the reminder
        own.tell(r.at, "callback_note", r.id, reading.words)
        for m in matters:
            if m.stage not in TERMINAL and m.is_quote:
                m.later(r, reading, day, because)
                m.tell(r.at, "callback_note", r.id, reading.words)
                if m.callback:
                    m.callback = replace(m.callback, elsewhere=True)
                    own.beside.append(m)
        if not matters:
            self.books.register.meet(own, own.to)

    def held(self, entry: EntryRecord) -> None:
        """Enter a meeting or talk that is over."""
        for m in self.books.live(self.books.register.of_entry(entry), entry.end):
            if Mark.TALK in entry.reading.marks or accepted(entry, m):
                m.met(entry)
                m.tell(entry.end, "spoke", entry.id, entry.title)


def accepted(entry: EntryRecord, m: Matter) -> bool:
    """Whether someone of the matter has accepted the meeting, or arranged it himself."""
    return any(a.status == "ACCEPTED" and a.address.email in m.people for a in entry.attendees)
