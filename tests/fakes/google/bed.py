"""Google with faults on demand, for tests.contract.faults."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from bot.providers.base import Calendar, Mailbox
from bot.providers.gmail import Gmail
from bot.providers.google_api import calendar_wire, gmail_wire, units
from bot.providers.google_calendar import GoogleCalendar
from bot.providers.wire import Meter
from tests.contract.mortal import ME, ZONE, Place
from tests.fakes.google.people import Clock, GmailWorld, GoogleCalendarWorld
from tests.fakes.google.server import FakeGoogle, Reply

_NAMES = {
    "429-odd": "429 odd", "429-date": "429 date", "429-bare": "429 bare", "503-html": "503 html", "truncated": "cut short",
    "lost-request": "lost request", "lost-answer": "lost answer", "cut-answer": "truncated",
}  # fmt: skip
_PATIENCE, _LITTLE_PATIENCE = 20.0, 0.4  # seconds


@contextlib.contextmanager
def opened(
    now: dt.datetime, stand_ins: Mapping[str, str], own: str, patience: float, marks: bool
) -> Iterator[tuple[Mailbox, Calendar]]:
    """The providers as a newly started program has them."""
    settings: dict[str, Any] = {"stand_ins": stand_ins, "clock": lambda: now, "read_seconds": patience}
    mail = gmail_wire(lambda: "good", Meter(units), labelling=marks, **settings)
    entries = calendar_wire(lambda: "good", Meter(units), **settings)
    try:
        yield (
            Gmail(mail, me=(ME,), marks=marks, now=lambda: now),
            GoogleCalendar(entries, own, ZONE, now=lambda: now),
        )
    finally:
        mail.close()
        entries.close()


class GoogleBed:
    """faults.Bed over the fake."""

    def __init__(self, fake: FakeGoogle, clock: Clock, marks: bool) -> None:
        self.fake, self._clock, self._marks = fake, clock, marks
        self.world, self.calendar = GmailWorld(fake), GoogleCalendarWorld(fake, ZONE)
        self.receive, self.send, self.edit = self.world.receive, self.world.send, self.world.edit_draft
        self._patience = _PATIENCE
        self._requests = self._trace = 0

    @property
    def place(self) -> Place:
        where = {"stand_ins": self.fake.stand_ins, "own": self.calendar.own}
        return Place("tests.fakes.google.bed:opened", {**where, "patience": self._patience, "marks": self._marks})

    def at(self, now: dt.datetime) -> None:
        self._clock.at = now

    def fail(self, kind: str, at: int) -> None:
        self._requests, self._trace = self.fake.requests, len(self.fake.trace)
        self.fake.faults.clear()
        self.fake.inner_fault = _inner(kind, self._trace + at)
        self._patience = _LITTLE_PATIENCE if kind == "slow" else _PATIENCE
        if kind and not kind.startswith("inner"):
            self.fake.fail(at - 1, fault=_NAMES.get(kind, kind))

    def requests(self) -> int:
        return self.fake.requests - self._requests

    def calls(self) -> int:
        return len(self.fake.trace) - self._trace

    def writes(self) -> int:
        return sum(method != "GET" for method, _ in self.fake.trace[self._trace :])

    def drafts(self) -> dict[str, list[str]]:
        found = dict[str, list[str]]()
        for data in self.world.drafts():
            mail = message_from_bytes(data, policy=policy.SMTP)
            assert isinstance(mail, EmailMessage)
            body = mail.get_body(("plain",))
            found.setdefault(str(mail["X-Followup-Key"] or "without a key"), []).append(
                str(body and body.get_content())
            )
        return found

    def reminders(self) -> list[str]:
        events = self.fake.calendar.of(self.calendar.own).values()
        return [e["extendedProperties"]["private"]["followupKey"] for e in events if e["status"] != "cancelled"]

    def shown(self) -> set[tuple[str, str]]:
        names = self.fake.mail.user_labels
        mails = self.fake.mail.mails.values()
        return {(mail.message_id, names[one]) for mail in mails for one in mail.labels if one in names}


def _inner(kind: str, number: int) -> Callable[[int], Reply | None]:
    """A fault of one call, alone or within a batch."""
    answers = {
        "inner-429": (429, "rateLimitExceeded"), "inner-503": (503, "backendError"), "inner-lost": (504, "timeout"),
    }  # fmt: skip
    if kind not in answers:
        return lambda at: None
    status, message = answers[kind]
    return lambda at: (status, {"error": {"code": status, "message": message}}, {}) if at == number else None


@contextlib.contextmanager
def bed(now: dt.datetime, *, marks: bool = False) -> Iterator[GoogleBed]:
    """A mailbox and a calendar at Google. `marks`: mails show how their matters stand."""
    clock = Clock(now)
    fake = FakeGoogle(ME, clock)
    try:
        yield GoogleBed(fake, clock, marks)
    finally:
        fake.close()
    assert fake.violations == [] and fake.collisions == 0
