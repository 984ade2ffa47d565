"""Every fault at every call of a turn, and death at every step of it, for any provider with a service that fails on demand.

Whatever happens, there is at most one draft and one reminder a key in the end, none is missing, no edit of the rep is lost,
and a turn after that writes nothing.

A provider's test gives a Bed and makes a class of EveryFault; nothing here knows whose it is. An ordinary run tries a few
of the faults of each turn; FOLLOWUP_FAULTS=all tries every one at every call (or so many of each turn, where it is a
number), FOLLOWUP_KILLS=1 a kill at every step.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from bot.errors import TryLater
from bot.model import State
from tests.contract.mortal import ZONE, Place, Turn, Zygote, memory_in
from tests.contract.samples import draft, mail

T = TypeVar("T")

KINDS = (
    "429", "429-date", "429-bare", "429-odd", "500", "503-html", "html", "truncated", "empty", "lost-request",
    "lost-answer", "closed", "cut-answer", "slow",
)  # fmt: skip
INNER = ("inner-429", "inner-503", "inner-lost")  # of one call, alone or within a batch
_ASKED = os.environ.get("FOLLOWUP_FAULTS", "2")
FAULTS = None if _ASKED == "all" else int(_ASKED)  # of each turn
KILLS = None if "FOLLOWUP_KILLS" in os.environ else 1
WORDS, OTHER_WORDS = "Dana, I would rather call you about this one.", "Bea, the roof can wait until May."

REP = "Nora Falk <nora@kiln.example>"
DANA, IVO, BEA, CARL, EMIL = (
    f"{name} <{name.casefold()}@{firm}.example>"
    for name, firm in (("Dana", "acme"), ("Ivo", "harbour"), ("Bea", "mill"), ("Carl", "yard"), ("Emil", "quay"))
)


class Bed(Protocol):
    """A service with faults on demand and the people around it."""

    @property
    def place(self) -> Place:
        """Where it is."""

    def at(self, now: dt.datetime) -> None:
        """It is so late at the service."""

    def receive(self, data: bytes) -> None: ...

    def send(self, data: bytes) -> None: ...

    def edit(self, key: str, text: str) -> None:
        """The rep makes other words of a draft."""

    def fail(self, kind: str, at: int) -> None:
        """The request numbered `at` from now on (from 1) meets this fault; of INNER, the call, those within batches
        counted; "": none does."""

    def requests(self) -> int:
        """How many requests there were since `fail`."""

    def calls(self) -> int:
        """How many calls there were since `fail`, those within batches counted and the batches not."""

    def writes(self) -> int:
        """How many changes reached the service since `fail`, those within batches counted."""

    def drafts(self) -> Mapping[str, list[str]]:
        """The texts of the drafts that lie there, by key."""

    def reminders(self) -> list[str]:
        """The keys of the reminders that stand, one for each."""

    def shown(self) -> set[tuple[str, str]]:
        """The labels or categories of ours on the mails: (Message-ID, label)."""


# --- the story


@dataclass(frozen=True)
class Moment:
    """A moment of the story: what happened before it, and when the turn is. `edits` are the words that the rep has made
    of a person's draft; with a `phone` he has got one, and whatever stands and is not edited is to be written anew."""

    now: dt.datetime
    sent: tuple[bytes, ...] = ()
    received: tuple[bytes, ...] = ()
    edits: tuple[tuple[str, str], ...] = ()
    phone: str = ""


def _mail(name: str, at: dt.datetime, sender: str, to: str, subject: str, text: str, answers: str = "") -> bytes:
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Date"], m["Message-ID"] = sender, to, subject, at, f"<{name}@story.example>"
    if answers:
        m["In-Reply-To"] = m["References"] = f"<{answers}@story.example>"
    m.set_content(text)
    return m.as_bytes(policy=SMTP)


def _at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, 0, tzinfo=ZONE)


def _quote(number: int, to: str, at: dt.datetime, amount: str) -> bytes:
    text = f"Dear {to.partition(' ')[0]},\n\nPlease find our quotation Q-{number} for the work: the total is £{amount}, valid for "
    return _mail(f"q{number}", at, REP, to, f"Quotation Q-{number}: the work", text + "60 days.\n\nNora\n")


STORY = (
    Moment(
        _at(5, 9),
        sent=(
            _quote(1042, DANA, _at(2, 10), "4,850.00"),
            _quote(1043, IVO, _at(2, 11), "12,300.00"),
            _quote(1044, BEA, _at(2, 12), "930.00"),
        ),
        received=(
            _mail("a2", _at(3, 9), IVO, REP, "Re: Quotation Q-1043: the work",
                  "Nora, not this year I am afraid. Please call me again in six months.\n\nIvo\n", "q1043"),
        ),
    ),
    Moment(
        _at(9, 9),
        sent=(_quote(1045, CARL, _at(4, 10), "2,200.00"), _quote(1046, EMIL, _at(4, 11), "7,000.00")),
        received=(
            _mail("a1", _at(5, 15), DANA, REP, "Re: Quotation Q-1042: the work",
                  "Nora, could you tell me whether the price includes delivery?\n\nDana\n", "q1042"),
            _mail("a5", _at(6, 9), EMIL, REP, "Re: Quotation Q-1046: the work",
                  "Hello Nora, please call me again in May.\n\nEmil\n", "q1046"),
        ),
        edits=(("bea@mill.example", OTHER_WORDS),),
    ),
    Moment(_at(10, 9), phone="+44 1632 960123"),
)  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """What the turn at a moment comes to without a fault."""

    requests: int
    calls: int
    drafts: frozenset[str]
    reminders: frozenset[str]
    shown: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, bed: Bed) -> Clean:
        """As it is now."""
        reminders = frozenset(bed.reminders())
        return cls(bed.requests(), bed.calls(), frozenset(bed.drafts()), reminders, frozenset(bed.shown()))


class Stage:
    """A bed and the memory beside it, the story played up to a moment at which the turn is still to come."""

    def __init__(self, bed: Bed, folder: Path, number: int) -> None:
        self.bed, self.folder, self._told = bed, folder, STORY[: number + 1]
        self.moment = STORY[number]
        for moment in STORY[:number]:
            self._happen(moment)
            self.next_turn(moment.now).take()
        self._happen(self.moment)

    def _happen(self, moment: Moment) -> None:
        for data in moment.sent:
            self.bed.send(data)
        for data in moment.received:
            self.bed.receive(data)
        with memory_in(self.folder) as memory:
            standings = memory.standings("nora").values()
            for person, words in moment.edits:
                self.bed.edit(next(s.key for s in standings if person in s.people), words)
            for s in standings if moment.phone else ():
                if s.state is State.STANDING:
                    memory.settle("nora", replace(s, fingerprint="of old"))

    def next_turn(self, now: dt.datetime | None = None) -> Turn:
        """The turn of that moment, or of the moment the story has come to; to be taken now."""
        at = now or self.moment.now
        self.bed.at(at)
        return Turn(self.bed.place, self.folder, at, self.moment.phone)

    def clean(self) -> Clean:
        """The turn without a fault."""
        self.bed.fail("", 0)
        self.next_turn().take()
        return Clean.of(self.bed)

    def wrong_in_the_end(self, clean: Clean) -> list[str]:
        """A turn after the one that went wrong, the rep edits a draft, and two turns more: what is wrong then."""
        self.bed.fail("", 0)
        after = [self.moment.now + dt.timedelta(minutes=20 * n) for n in (1, 2, 3)]
        self.next_turn(after[0]).take()
        if faults := self._compared(clean):
            return faults
        lying = self.bed.drafts()
        self.bed.edit(next(key for key in sorted(lying) if OTHER_WORDS not in lying[key][0]), WORDS)
        self.next_turn(after[1]).take()
        self.bed.fail("", 0)
        self.next_turn(after[2]).take()
        wrote = [f"a turn without news wrote {self.bed.writes()} times"] if self.bed.writes() else []
        return [*wrote, *self._compared(clean), *self._lost(WORDS)]

    def _compared(self, clean: Clean) -> list[str]:
        drafts, reminders = self.bed.drafts(), self.bed.reminders()
        faults = [f"{len(texts)} drafts for {key}" for key, texts in drafts.items() if len(texts) != 1]
        if set(drafts) != clean.drafts:
            faults.append(f"drafts {sorted(drafts)}, not {sorted(clean.drafts)}")
        if sorted(reminders) != sorted(clean.reminders):
            faults.append(f"reminders {sorted(reminders)}, not {sorted(clean.reminders)}")
        if self.bed.shown() != clean.shown:
            faults.append(f"the mails show {sorted(self.bed.shown())}, not {sorted(clean.shown)}")
        return faults + [fault for moment in self._told for _, words in moment.edits for fault in self._lost(words)]

    def _lost(self, words: str) -> list[str]:
        there = any(words in text for texts in self.bed.drafts().values() for text in texts)
        return [] if there else [f"the rep's words are lost: {words}"]


# --- the tests


class EveryFault:
    """The tests. `ways`: names of the ways in which the vendor's service may behave, each a bed of its own."""

    ways: Sequence[str] = ("",)

    def bed(self, way: str) -> AbstractContextManager[Bed]:
        """A new service; what is wrong in how it was used is raised at the end."""
        raise NotImplementedError

    @contextlib.contextmanager
    def stage(self, way: str, number: int) -> Iterator[Stage]:
        """A new service with the story played up to a moment."""
        with self.bed(way) as bed, tempfile.TemporaryDirectory() as folder:
            yield Stage(bed, Path(folder), number)

    @pytest.fixture(scope="class")
    @classmethod
    def zygote(cls) -> Iterator[Zygote]:
        one = Zygote()
        yield one
        one.close()

    @pytest.mark.parametrize("number", range(len(STORY)), ids=["first", "busy", "rewriting"])
    def test_every_fault_at_every_call(self, number: int) -> None:
        for way in self.ways if FAULTS is None else (self.ways[number % len(self.ways)],):
            with self.stage(way, number) as stage:
                clean = stage.clean()
                _is_what_it_should_be(clean, stage, number)
            cases = [(kind, at) for kind in KINDS for at in range(1, clean.requests + 1)]
            cases += [(kind, at) for kind in INNER for at in range(1, clean.calls + 1)]
            wrong = []
            for kind, at in some(cases, FAULTS, number):
                with self.stage(way, number) as stage:
                    stage.bed.fail(kind, at)
                    stage.next_turn().take()
                    wrong += [f"{way} {kind} at {at}: {fault}" for fault in stage.wrong_in_the_end(clean)]
            print(f"moment {number} {way}: {clean.requests} requests, {clean.calls} calls, {len(cases)} cases")
            assert not wrong, "\n".join(wrong)

    @pytest.mark.slow
    @pytest.mark.parametrize("number", range(len(STORY)), ids=["first", "busy", "rewriting"])
    def test_a_kill_at_every_step(self, number: int, zygote: Zygote) -> None:
        for way in self.ways if KILLS is None else (self.ways[number % len(self.ways)],):
            with self.stage(way, number) as stage:
                steps = zygote.take(stage.next_turn())
                clean = Clean.of(stage.bed)
            cases = [(at, after) for at in range(1, len(steps) + 1) for after in (False, True)]
            if KILLS is not None:
                cases = [(at, after) for at, after in cases if steps[at - 1].partition(" ")[0] in _WEIGHTY]
            wrong = []
            for at, after in some(cases, KILLS, number):
                with self.stage(way, number) as stage:
                    zygote.take(stage.next_turn(), at, after=after)
                    where = f"{way} {'after' if after else 'before'} step {at}, {steps[at - 1]}"
                    wrong += [f"{where}: {fault}" for fault in stage.wrong_in_the_end(clean)]
            print(f"moment {number} {way}: {len(steps)} steps, each before and after")
            assert not wrong, "\n".join(wrong)

    @pytest.mark.parametrize("what", ["put", "rewrite", "withdraw"])
    def test_every_fault_at_every_call_of_a_write(self, what: str) -> None:
        cases = [(kind, at) for kind in KINDS for at in range(1, 6)]
        with self.bed(self.ways[0]) as bed:
            bed.receive(mail("in-1"))
            with bed.place.open(_at(5, 9)) as (mailbox, _):
                (source,) = (message.ref for page in mailbox.changes(None) for message in page.upserts)
            for number, (kind, at) in enumerate(some(cases, FAULTS and 4 * FAULTS, len(what))):
                old = replace(draft(source=source), key=f"k{number}")
                new = replace(draft(text="Shall I move the kiln date to May?", source=source), key=old.key)
                with bed.place.open(_at(5, 9)) as (mailbox, _):
                    first = mailbox.put(old) if what != "put" else None
                    bed.fail(kind, at)
                    with contextlib.suppress(TryLater):
                        if what == "withdraw" and first is not None:
                            mailbox.withdraw(first)
                        else:
                            mailbox.put(new, first)
                bed.fail("", 0)
                with bed.place.open(_at(5, 9)) as (mailbox, _):
                    if what == "withdraw" and first is not None:
                        mailbox.withdraw(first)
                        assert old.key not in bed.drafts(), (kind, at)
                        continue
                    again = mailbox.put(new, first)
                assert again is not None and again.state is State.STANDING, (kind, at)
                (text,) = bed.drafts()[old.key]
                assert "to May?" in text and "keep the kiln date" not in text, (kind, at)
            assert bed.drafts().keys() <= {f"k{number}" for number in range(len(cases))}


_WEIGHTY = frozenset(("POST", "PUT", "PATCH", "DELETE", "absorb", "intend", "settle"))


def some(cases: Sequence[T], count: int | None, seed: int) -> Sequence[T]:
    """So many of them, evenly spread, other ones for another seed; None: all."""
    if count is None or count >= len(cases):
        return cases
    step = len(cases) // count
    return cases[(seed * 7 + 3) % step :: step][:count]


def _is_what_it_should_be(clean: Clean, stage: Stage, number: int) -> None:
    """Whether the story tells what it is there for."""
    texts = [text for texts in stage.bed.drafts().values() for text in texts]
    assert clean.requests > 3 and clean.reminders
    assert len(texts) == 2, "Dana's and Bea's; then Dana has answered, and Carl's comes"
    assert number == 0 or any(OTHER_WORDS in text for text in texts), "what the rep has made of Bea's stays"
    assert sum(STORY[2].phone in text for text in texts) == (number == 2), "Carl's is written anew, with the phone"
