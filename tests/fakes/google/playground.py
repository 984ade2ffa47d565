"""The playground of bot.jobs.replay, at the fake: customers and the rep act there as they do on a Maildir."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from bot.providers.gmail import Gmail
from bot.providers.google_api import calendar_wire, gmail_wire
from bot.providers.google_calendar import GoogleCalendar
from bot.providers.wire import Meter
from tests.fakes.google.people import GoogleCalendarWorld
from tests.fakes.google.server import FakeGoogle


class GooglePlayground:
    """As bot.jobs.playground.Playground; a draft's "path" is its id."""

    def __init__(self, fake: FakeGoogle, zone: dt.tzinfo) -> None:
        self.fake, self.zone = fake, zone
        self.entries = GoogleCalendarWorld(fake, zone)
        self.wires = [
            make(lambda: "good", Meter(), stand_ins=fake.stand_ins, clock=fake.now, read_seconds=20.0)
            for make in (gmail_wire, calendar_wire)
        ]

    def mailbox(self, me: tuple[str, ...], language: str) -> Gmail:
        return Gmail(self.wires[0], me=me, language=language, now=self.fake.now)

    def calendar(self) -> GoogleCalendar:
        return GoogleCalendar(self.wires[1], self.entries.own, self.zone, now=self.fake.now)

    def close(self) -> None:
        for wire in self.wires:
            wire.close()
        self.fake.close()

    def arrive(self, data: bytes, *, sent: bool) -> None:
        self.fake.mail.insert(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), ["SENT"] if sent else ["INBOX"])

    def note(self, data: bytes, name: str) -> None:
        self.entries.add(data, replaces=True)

    def drafts(self) -> Iterator[tuple[str, Path]]:
        for draft, message in list(self.fake.mail.drafts.items()):
            if key := self.fake.mail.mails[message].headers.get("x-followup-key"):
                yield key, Path(draft)

    def send(self, path: Path, at: dt.datetime) -> None:
        self.fake.mail.send_draft(path.name, at)

    def discard(self, path: Path) -> None:
        self.fake.mail.drop_draft(path.name)
