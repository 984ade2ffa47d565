"""What the rep tells the bot about a person, a company or a thread."""

from __future__ import annotations

from bot.cadence.books import Books
from bot.cadence.matter import TERMINAL, Matter
from bot.model import Address, Instruction, Stage


class Told:
    """The reader of the rep's instructions."""

    def __init__(self, books: Books) -> None:
        self.books = books

    def take(self, i: Instruction) -> None:
        """Enter an instruction."""
        threads = self._threads(i.subject)
        if not threads:
            if i.verb == "stop":
                self.books.parties.silence(i.subject, "you said stop")
            elif i.verb == "resume":
                self.books.parties.resume(i.subject)
        company = i.subject.startswith("@")
        found = (
            threads
            if threads
            else self.books.register.of_company("x" + i.subject)
            if company
            else self.books.register.of_person(i.subject)
        )
        for m in self.books.live(found, i.at):
            m.tell(i.at, i.verb, "", i.text)
            self._instruct(m, i, bool(threads))

    def _threads(self, subject: str) -> list[Matter]:
        """The matters that are meant as such: the one that this record opened, or those that this mail belongs to."""
        opened = self.books.register.opened_by(subject)
        if opened is not None:
            return [opened]
        named = subject.startswith("<") and subject.endswith(">")
        return self.books.register.of_mail(subject[1:-1]) if named else []

    def _instruct(self, m: Matter, i: Instruction, thread: bool) -> None:
        match i.verb:
            case "stop" if thread and m.stage not in TERMINAL:
                m.enter(Stage.STOPPED, i.at, "you said stop")
            case "snooze":
                m.hold_through(i.until, self.books.worktime.day(i.at), "you said snooze")
            case "decides":
                m.hold_through(i.until, self.books.worktime.day(i.at), f"they decide on {i.until}")
            case "ladder" if m.is_quote:
                m.ladder = i.text
            case "resume":
                m.hold = None
                if m.stage is Stage.STOPPED:
                    m.restart(self.books.worktime.day(i.at), f"resume@{i.at.isoformat()}")
                    m.enter(Stage.WAITING, i.at, "you said resume")
            case "note":
                m.note = i.text
            case "won" | "lost":
                m.enter(Stage(i.verb), i.at, f"you said {i.verb}")
            case "redirect" if i.text and m.is_quote:
                m.redirect(Address(i.text.casefold()), i.at)
            case _:
                pass
