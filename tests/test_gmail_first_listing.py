"""What the first listing of a large mailbox costs, metered at the fake: 5,000 sent and 20,000 received mails, of which
1,000 in the threads of quotes.

The floor is an honest one: the id pages, and one get for each mail that must be read. Which these are is known from how
the mailbox was made, not from what the program asked for.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.model import Kind, Message
from bot.providers.gmail import Gmail
from bot.providers.google_api import GMAIL_UNITS_A_MINUTE, gmail_wire, units
from bot.providers.wire import Meter
from bot.reading.read import read
from bot.reading.settings import ReadSettings
from tests.contract.samples import Known
from tests.fakes.google.people import Clock
from tests.fakes.google.server import FakeGoogle

NOW = dt.datetime(2026, 4, 20, 9, 0, tzinfo=dt.UTC)
REP = "ole@lathe.example"
SETTINGS = ReadSettings.of([REP], "Europe/Berlin", "DE")
SCALE = 1 if os.environ.get("FOLLOWUP_METER") == "whole" else 10


def mail(number: int, at: dt.datetime, sender: str, to: str, subject: str, text: str, answers: str = "") -> bytes:
    refs = f"In-Reply-To: <{answers}@x.example>\r\nReferences: <{answers}@x.example>\r\n" if answers else ""
    date = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <n{number}@x.example>\r\n{refs}"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


class Mailbox:
    """A rep's year: quotes and what came of them, chat with suppliers, and a stream of newsletters."""

    def __init__(self, scale: int) -> None:
        self.clock = Clock(NOW)
        self.fake = FakeGoogle(REP, self.clock)
        self.fake.per_minute, self.fake.minute_clock = GMAIL_UNITS_A_MINUTE, self.seconds
        self.now = 0.0
        self.must: set[str] = set()
        self._number = 0
        sent, received, quotes = 5_000 // scale, 20_000 // scale, 500 // scale
        for n in range(quotes):
            self._quote(n, answers=2)  # 1,000 received in quote threads
            if n % 10 == 0:  # and some from the same people elsewhere, which must be read, too
                self._add(
                    f"b{n}@buyer{n}.example", REP, "Another matter", "We have moved to a new building.", must=True
                )
        for _ in range(quotes // 20):
            self._add("mailer-daemon@googlemail.com", REP, "Delivery Status Notification", "Not found.", must=True)
        while self._count("SENT") < sent:
            # one in forty names a price and is no quote: it is looked at in vain
            text = "What is your best price for 200 boards?" if self._number % 40 == 0 else "See you at noon, then."
            self._add(REP, f"s{self._number}@supplier.example", f"Boards {self._number}", text)
        while self._count("INBOX") < received:
            self._add(f"news{self._number % 50}@list.example", REP, f"News {self._number}", "Ten things about wood.")

    def _count(self, label: str) -> int:
        return self._counts.get(label, 0)

    _counts: dict[str, int]

    def _quote(self, n: int, answers: int) -> None:
        text = "Hi,\n\nplease find our quote for the lathe below: 12.400 EUR, valid until 30 April 2026.\n\nOle"
        first = self._add(REP, f"a{n}@buyer{n}.example", f"Quote L-{1000 + n}", text, must=True)
        for _ in range(answers):
            self._add(
                f"a{n}@buyer{n}.example", REP, f"Re: Quote L-{1000 + n}", "What is the lead time?", first, must=True
            )

    def _add(self, sender: str, to: str, subject: str, text: str, answers: str = "", *, must: bool = False) -> str:
        self._counts = getattr(self, "_counts", {})
        self._number += 1
        at = NOW - dt.timedelta(minutes=20 * self._number % 520_000)
        label = "SENT" if sender == REP else "INBOX"
        self._counts[label] = self._counts.get(label, 0) + 1
        made = self.fake.mail.insert(mail(self._number, at, sender, to, subject, text, answers), [label])
        if must:
            self.must.add(made.id)
        return f"n{self._number}"

    def seconds(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def open(self, matters: Callable[[Message], bool] | None = None) -> Gmail:
        meter = Meter(units, GMAIL_UNITS_A_MINUTE, clock=self.seconds, sleep=self.sleep)
        wire = gmail_wire(lambda: "good", meter, stand_ins=self.fake.stand_ins, clock=self.clock)
        opens: Any = matters or (lambda m: read(m, SETTINGS).kind in (Kind.QUOTE, Kind.PROMISED))
        return Gmail(wire, me=(REP,), matters=opens, now=self.clock)


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.setattr("bot.providers.gmail_listing.SMALL", 1000 // SCALE)
    made = Mailbox(SCALE)
    yield made
    made.fake.close()
    assert made.fake.violations == [] and made.fake.collisions == 0 and made.fake.over_quota == 0


def test_the_first_listing_costs_little_more_than_it_must(mailbox: Mailbox) -> None:
    fake, known = mailbox.fake, Known[Message]()
    known.take(mailbox.open().changes(None))
    assert mailbox.must <= set(known.items), "nothing that must be read is missed"
    total = len(fake.mail.mails)
    floor = 5 * -(-total // 500) + 20 * len(mailbox.must)
    everything = 5 * -(-total // 500) + 20 * total
    print(f"\n{total} mails, {len(mailbox.must)} must be read: {fake.units} units in {fake.requests} requests")
    print(f"{fake.units / floor:.3f} of the floor ({floor}), 1/{everything / fake.units:.1f} of reading everything")
    print(f"{mailbox.now / 60:.1f} minutes waited at {GMAIL_UNITS_A_MINUTE} units a minute")
    assert fake.units <= (1.15 if SCALE == 1 else 1.3) * floor
    assert fake.units * 10 < everything
    before = fake.requests, fake.units
    assert list(mailbox.open().changes(known.cursor)) == []
    assert (fake.requests - before[0], fake.units - before[1]) == (1, 2), "a turn without news is one call"


def test_a_kill_in_the_middle_pays_for_nothing_twice(mailbox: Mailbox) -> None:
    fake, known = mailbox.fake, Known[Message]()
    known.take(mailbox.open().changes(None))
    once, gets = fake.units, fake.counts["gmail.users.messages.get"]
    fake.units, fake.counts = 0, {}
    again: Known[Message] = Known()
    cursor: str | None = None
    while not again.pages or again.listed is not None:  # a new process for each page
        mailbox.now += 61  # a process that comes back does not know what was spent in the last minute
        again.take([next(iter(mailbox.open().changes(cursor)))])
        cursor = again.cursor
    assert again.items.keys() == known.items.keys()
    assert fake.counts["gmail.users.messages.get"] == gets, "no mail is paid for twice"
    assert fake.units <= once * 1.02
