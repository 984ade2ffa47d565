"""A rep's weeks as a script: what arrives, what he writes, and what he does with the drafts he finds.

The same script may be played with turns that are killed and with turns that are not. So that both mean the same, what
happens depends on nothing but the script and on the drafts' keys.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import hashlib
import random
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import templates_of
from bot.config import defaults
from bot.jobs.playground import KEY, Playground
from bot.pipeline import Account, World
from bot.providers.icsdir import IcsDir
from bot.providers.maildir import Maildir
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from bot.writing.templates import Templates

ZONE = zoneinfo.ZoneInfo("America/Chicago")
ME = "iris@kiln.example"
ACCOUNT = Account(
    "iris",
    (ME,),
    Rep("Iris Moss", ME, "+1 312 555 0188", "Kiln Works"),
    ZONE,
    "US",
    "en",
    defaults().policy,
)
BEGAN = dt.date(2026, 3, 2)  # a Monday
_ANSWERS = (
    "Thank you. Does the price include the shelves, and who sets the kiln up?",
    "We have decided to go with another supplier, sorry.",
    "Please take me off your list and do not write to me again.",
    "Great, please go ahead with the order. The purchase order follows.",
    "This year is full. Please get in touch again in two months.",
)
_NOTES = ("asked me to call back in two weeks", "call again next Monday", "no answer, try again on Thursday")

Act = Callable[[Playground], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens in the world, and then a turn at `at`."""

    at: dt.datetime
    acts: tuple[Act, ...]


@dataclass(slots=True)
class _Customer:
    number: int
    asked: dt.datetime

    @property
    def address(self) -> str:
        return f"buyer{self.number}@studio{self.number}.example"

    @property
    def name(self) -> str:
        return f"{'Ada Ben Cleo Dov Eve Finn Gus Hal Ivy Jo'.split()[self.number % 10]} Marsh"

    @property
    def opening(self) -> str:
        return f"quote{self.number}@kiln.example"


@dataclass(slots=True)
class History:
    """`days` working days: each morning news and a turn at eight, at ten the rep looks at his drafts, and a turn."""

    days: int
    seed: int = 5
    customers: list[_Customer] = field(default_factory=list)

    def moments(self) -> Iterator[Moment]:
        chance = random.Random(self.seed)
        yield Moment(_at(BEGAN, 6), tuple(self._quoted(_at(BEGAN - dt.timedelta(n), 11)) for n in (40, 11, 8, 5, 4)))
        day = BEGAN
        for _ in range(self.days):
            yield Moment(_at(day, 8, 5), tuple(self._news(day, chance)))
            yield Moment(_at(day, 10, 5), (_handle_drafts(_at(day, 10)),))
            day += dt.timedelta(3 if day.weekday() == 4 else 1)

    def _quoted(self, at: dt.datetime) -> Act:
        customer = _Customer(len(self.customers) + 1, at)
        self.customers.append(customer)
        data = _mail(
            ME, customer.address, customer.name, at, customer.opening, f"Quote Q-{1000 + customer.number}: kiln",
            f"Hi {customer.name.split()[0]},\n\nas discussed, here is our quote Q-{1000 + customer.number} for the kiln.\n\n"
            f"Total: ${customer.number * 750 + 2000:,}.00 plus tax.\n\nBest regards\nIris Moss\nKiln Works\n",
        )  # fmt: skip
        return lambda ground: ground.arrive(data, sent=True)

    def _news(self, day: dt.date, chance: random.Random) -> Iterator[Act]:
        for _ in range(chance.choice((1, 1, 2))):
            yield self._quoted(_at(day, 7, chance.randrange(60)))
        for customer in chance.sample(self.customers, min(2, len(self.customers))):
            yield self._answered(customer, _at(day, 7, chance.randrange(60)), chance.choice(_ANSWERS))
        if chance.random() < 0.6:
            yield self._noted(chance.choice(self.customers), _at(day, 7, 30), chance.choice(_NOTES))
        if chance.random() < 0.4:
            yield self._changed_note(chance.choice(self.customers))
        yield _chatter(_at(day, 7, chance.randrange(60)))

    def _answered(self, customer: _Customer, at: dt.datetime, words: str) -> Act:
        data = _mail(
            customer.address, ME, "Iris Moss", at, f"answer{customer.number}.{at:%d%H%M}@studio.example",
            f"Re: Quote Q-{1000 + customer.number}: kiln", f"Hi Iris,\n\n{words}\n\n{customer.name}\n", customer.opening,
        )  # fmt: skip
        return lambda ground: ground.arrive(data, sent=False)

    def _changed_note(self, customer: _Customer) -> Act:
        """The rep writes another day into a note of last week."""

        def act(ground: Playground) -> None:
            for path in ground.calendar.glob(f"note{customer.number}-*.ics"):
                path.write_bytes(path.read_bytes().replace(b"in two weeks", b"in three weeks"))

        return act

    def _noted(self, customer: _Customer, at: dt.datetime, words: str) -> Act:
        name = f"note{customer.number}-{at:%m%d}"
        start = at.astimezone(dt.UTC)
        lines = (
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//history//EN", "BEGIN:VEVENT", f"UID:{name}@kiln.example",
            f"DTSTAMP:{start:%Y%m%dT%H%M%SZ}", f"CREATED:{start:%Y%m%dT%H%M%SZ}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{start + dt.timedelta(minutes=15):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{customer.name} ({customer.address})", f"DESCRIPTION:{words}", "END:VEVENT", "END:VCALENDAR", "",
        )  # fmt: skip
        return lambda ground: ground.note("\r\n".join(lines).encode(), f"{name}.ics")


def _handle_drafts(at: dt.datetime) -> Act:
    """The rep sends a draft, deletes it, writes into it or leaves it, as its key has it."""

    def act(ground: Playground) -> None:
        for key, path in list(ground.drafts()):
            match int(hashlib.blake2b(f"{key}{at:%d}".encode(), digest_size=2).hexdigest(), 16) % 6:
                case 0 | 1:
                    ground.send(path, at)
                case 2:
                    ground.discard(path)
                case 3:
                    path.with_name(f"{int(at.timestamp())}.E{key[:8]}.laptop:2,DS").write_bytes(
                        path.read_bytes().replace(b"Best regards", b"Cheers", 1)
                    )
                    path.unlink()
                case _:
                    pass

    return act


def _chatter(at: dt.datetime) -> Act:
    """A mail that matters to nobody."""
    data = _mail(
        "ann@kiln.example", ME, "Iris Moss", at, f"chat{at:%m%d%H%M}@kiln.example", "Lunch", "Noodles at one?\n"
    )
    return lambda ground: ground.arrive(data, sent=False)


def _mail(
    sender: str, to: str, name: str, at: dt.datetime, id: str, subject: str, text: str, answers: str = ""
) -> bytes:  # fmt: skip
    thread = f"In-Reply-To: <{answers}>\nReferences: <{answers}>\n" if answers else ""
    return (
        f"From: {'Iris Moss ' if sender == ME else ''}<{sender}>\nTo: {name} <{to}>\nSubject: {subject}\n"
        f"Date: {email.utils.format_datetime(at)}\nMessage-ID: <{id}>\n{thread}MIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}"
    ).encode()


def _at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


# --- the world it happens in


@functools.cache
def _templates() -> Templates:
    return templates_of(None)


def opened(root: Path) -> tuple[Playground, World]:
    """The mailbox, calendar and memory below `root`, made where they are missing."""
    ground = Playground(root)
    mailbox, calendar = Maildir(ground.mail, language=ACCOUNT.language), IcsDir(ground.calendar, ZONE)
    return ground, World(ACCOUNT, mailbox, calendar, open_memory(root / "memory.sqlite3"), _templates())


def keys_lying(ground: Playground) -> list[str]:
    """The keys of everything of ours in Drafts and in Sent, each as often as it lies there."""
    found = [key for key, _ in ground.drafts()]
    for path in (ground.mail / ".Sent" / "cur").iterdir():
        if match := KEY.search(path.read_bytes()[:65536]):
            found.append(match[1].decode())
    return sorted(found)


def state_of(ground: Playground, world: World) -> dict[str, object]:
    """Everything that two worlds with the same history must agree on: what lies in the folders, and what memory knows."""
    name, memory = world.account.name, world.memory
    return {
        "drafts": sorted((key, path.read_bytes()) for key, path in ground.drafts()),
        "mail": sorted(path.read_bytes() for path in ground.mail.rglob("cur/*")),
        "entries": sorted((path.name, path.read_bytes()) for path in ground.calendar.glob("[!.]*.ics")),
        "standings": dict(memory.standings(name)),
        "records": sorted(map(repr, memory.records(name))),
        "suppressed": memory.suppressed([a.email for r in memory.records(name) for a in getattr(r, "to", ())]),
    }
