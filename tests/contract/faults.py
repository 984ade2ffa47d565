"""Every fault at every call: a provider's service fails at each request of a turn in each way, or the program dies there;
whatever happens, there is at most one draft and one reminder a key in the end, none is missing, no edit of the rep is
lost, and a turn after that writes nothing.

A provider's test gives a Bed; nothing here knows whose it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

from bot import app
from bot.cadence.policy import Policy
from bot.errors import TryLater
from bot.pipeline import Account, World, turn
from bot.providers.base import Calendar, Mailbox
from bot.store.base import Memory
from bot.store.sql import open_memory
from bot.writing.facts import Rep

ZONE = zoneinfo.ZoneInfo("Europe/London")
REP = "Nora Falk <nora@kiln.example>"
DANA, IVO = "Dana Ruiz <dana@acme.example>", "Ivo Brandt <ivo@harbour.example>"
DEATHS = ("dies-before", "dies-after")
WORDS = "Dana, I would rather call you about this one."


class Died(BaseException):
    """The program is gone, in the middle of a call. Nothing of ours may catch it."""


class Bed(Protocol):
    """A service with faults on demand and the people around it."""

    def open(self, now: dt.datetime) -> contextlib.AbstractContextManager[tuple[Mailbox, Calendar]]:
        """The providers as a newly started process has them."""

    def receive(self, data: bytes) -> None: ...

    def send(self, data: bytes) -> None: ...

    def edit(self, key: str, text: str) -> None:
        """The rep makes other words of a draft."""

    def fail(self, kind: str, at: int) -> None:
        """The request numbered `at` from now on (from 1) meets this fault, or the program dies at it; "": none does."""

    def asked(self) -> int:
        """How many requests there were since `fail`."""

    def writes(self) -> int:
        """How many changes reached the service since `fail`, those within batches counted."""

    def drafts(self) -> dict[str, list[str]]:
        """The texts of the drafts that lie there, by key."""

    def reminders(self) -> list[str]:
        """The keys of the reminders that stand, one for each."""


@dataclass(frozen=True)
class Moment:
    """A moment of the story: what happened before it, and when the turn is."""

    now: dt.datetime
    sent: tuple[bytes, ...] = ()
    received: tuple[bytes, ...] = ()


def _mail(name: str, at: dt.datetime, sender: str, to: str, subject: str, text: str, answers: str = "") -> bytes:
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Date"], m["Message-ID"] = sender, to, subject, at, f"<{name}@story.example>"
    if answers:
        m["In-Reply-To"] = m["References"] = f"<{answers}@story.example>"
    m.set_content(text)
    return m.as_bytes(policy=SMTP)


def _at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, 0, tzinfo=ZONE)


_QUOTE = "Dear {name},\n\nPlease find our quotation {number} for the work: the total is £{amount}, valid for 60 days.\n\nNora\n"
STORY = (
    Moment(
        _at(5, 9),
        sent=(
            _mail("q1", _at(2, 10), REP, DANA, "Quotation Q-1042: roof lights",
                  _QUOTE.format(name="Dana", number="Q-1042", amount="4,850.00")),
            _mail("q2", _at(2, 11), REP, IVO, "Quotation Q-1043: cold store",
                  _QUOTE.format(name="Ivo", number="Q-1043", amount="12,300.00")),
        ),
        received=(
            _mail("a2", _at(3, 9), IVO, REP, "Re: Quotation Q-1043: cold store",
                  "Nora, not this year I am afraid. Please call me again in six months.\n\nIvo\n", "q2"),
        ),
    ),
    Moment(
        _at(6, 9),
        received=(
            _mail("a1", _at(5, 15), DANA, REP, "Re: Quotation Q-1042: roof lights",
                  "Nora, could you tell me whether the price includes delivery?\n\nDana\n", "q1"),
        ),
    ),
)  # fmt: skip


def played(bed: Bed, folder: Path, upto: int) -> None:
    """The story's moments before that number, without a fault."""
    for moment in STORY[:upto]:
        _happen(bed, moment)
        _turn(bed, folder, moment.now)


def clean(bed: Bed, folder: Path, number: int) -> tuple[int, set[str], set[str]]:
    """What the turn at a moment comes to without a fault: its requests, the drafts and the reminders after it."""
    played(bed, folder, number)
    _happen(bed, STORY[number])
    bed.fail("", 0)
    _turn(bed, folder, STORY[number].now)
    return bed.asked(), set(bed.drafts()), set(bed.reminders())


def suffered(bed: Bed, folder: Path, number: int, kind: str, at: int, wanted: tuple[set[str], set[str]]) -> list[str]:
    """The same with a fault at one request, the rep editing what lies there after the fault, and two quiet turns. What
    is wrong in the end."""
    played(bed, folder, number)
    moment = STORY[number]
    _happen(bed, moment)
    bed.fail(kind, at)
    with contextlib.suppress(Died, TryLater):
        _turn(bed, folder, moment.now)
    bed.fail("", 0)
    after = [moment.now + dt.timedelta(minutes=20 * n) for n in (1, 2, 3)]
    for now in after[:2]:
        _turn(bed, folder, now)
    faults = _compared(bed, wanted)
    edited = sorted(bed.drafts())[:1]
    for key in edited:
        bed.edit(key, WORDS)
    _turn(bed, folder, after[2])
    bed.fail("", 0)
    _turn(bed, folder, after[2] + dt.timedelta(minutes=20))
    if bed.writes():
        faults.append(f"a turn without news wrote {bed.writes()} times")
    for key in edited:
        if not all(WORDS in text for text in bed.drafts().get(key, [""])):
            faults.append(f"the rep's words in {key} are lost")
    return faults + _compared(bed, wanted)


def _compared(bed: Bed, wanted: tuple[set[str], set[str]]) -> list[str]:
    drafts, reminders = bed.drafts(), bed.reminders()
    faults = [f"{len(texts)} drafts for {key}" for key, texts in drafts.items() if len(texts) != 1]
    if set(drafts) != wanted[0]:
        faults.append(f"drafts {sorted(drafts)}, not {sorted(wanted[0])}")
    if sorted(reminders) != sorted(wanted[1]):
        faults.append(f"reminders {sorted(reminders)}, not {sorted(wanted[1])}")
    return faults


def _happen(bed: Bed, moment: Moment) -> None:
    for data in moment.sent:
        bed.send(data)
    for data in moment.received:
        bed.receive(data)


def _turn(bed: Bed, folder: Path, now: dt.datetime) -> None:
    """One turn by a process of its own."""
    with bed.open(now) as (mailbox, calendar), _memory(folder) as memory:
        rep = Rep("Nora Falk", "nora@kiln.example")
        account = Account("nora", ("nora@kiln.example",), rep, ZONE, "GB", "en", Policy())
        turn(World(account, mailbox, calendar, memory, app.templates_of(None)), now)


@contextlib.contextmanager
def _memory(folder: Path) -> Iterator[Memory]:
    memory = open_memory(folder / "memory.sqlite3")
    try:
        yield memory
    finally:
        memory.close()
