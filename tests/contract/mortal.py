"""A turn by a program of its own that is killed at any step: `python -m tests.contract.mortal` takes orders for turns on its
standard input, and every turn is a process.

A step is a request that leaves for the service, or something that memory writes down. The process sends itself SIGKILL
before the step, or once it took effect: nothing of it hears of that, as nothing would of a power cut.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from bot import app
from bot.cadence.policy import Policy
from bot.jobs.playground import Playground
from bot.pipeline import Account, World, turn
from bot.providers.base import Calendar, Mailbox
from bot.providers.wire import Request, Wire
from bot.store.base import Memory
from bot.store.sql import SqlMemory, open_memory
from bot.writing.facts import Rep

ZONE = zoneinfo.ZoneInfo("Europe/London")
ME = "nora@kiln.example"
TEMPLATES = app.templates_of(None)
WRITES = ("absorb", "intend", "settle", "suppress", "set_fact")  # what memory writes down


@dataclass(frozen=True)
class Place:
    """Where the service is: the function that opens its mailbox and calendar ("module:name"), called with the time and
    these arguments, which are plain enough for JSON."""

    opener: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def open(self, now: dt.datetime) -> AbstractContextManager[tuple[Mailbox, Calendar]]:
        """The providers as a newly started program has them."""
        module, _, name = self.opener.partition(":")
        found: AbstractContextManager[tuple[Mailbox, Calendar]] = getattr(importlib.import_module(module), name)(
            now, **self.arguments
        )
        return found


@dataclass(frozen=True)
class Turn:
    """A turn to be taken at a place, with the memory in a folder. `phone` is the rep's."""

    place: Place
    folder: Path
    now: dt.datetime
    phone: str = ""

    def take(self) -> None:
        """Take it, as a newly started program does."""
        rep = Rep("Nora Falk", ME, self.phone)
        account = Account("nora", (ME,), rep, ZONE, "GB", "en", Policy())
        with self.place.open(self.now) as (mailbox, calendar), memory_in(self.folder) as memory:
            turn(World(account, mailbox, calendar, memory, TEMPLATES), self.now)

    def order(self, at: int, *, after: bool) -> str:
        """As a line."""
        return json.dumps(
            {"opener": self.place.opener, "arguments": self.place.arguments, "folder": str(self.folder),
             "now": self.now.isoformat(), "phone": self.phone, "at": at, "after": after}
        )  # fmt: skip


@contextlib.contextmanager
def memory_in(folder: Path) -> Iterator[Memory]:
    """The memory beside a bed."""
    memory = open_memory(folder / "memory.sqlite3")
    try:
        yield memory
    finally:
        memory.close()


@contextlib.contextmanager
def _steps(at: int, *, after: bool) -> Iterator[list[str]]:
    """The steps taken meanwhile, by name; the process is killed at the one with this number (from 1)."""
    taken: list[str] = []

    def stepping(original: Callable[..., Any], name_of: Callable[..., str]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            taken.append(name_of(*given))
            dies = len(taken) == at
            if dies and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = original(*given, **named)
            if dies:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return step

    def request(wire: Wire, what: Request, headers: object) -> str:
        return f"{what.method} {what.url}"

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(Wire, "_send", stepping(Wire._send, request)))
        for verb in WRITES:
            original = getattr(SqlMemory, verb)
            stack.enter_context(mock.patch.object(SqlMemory, verb, stepping(original, lambda *_, verb=verb: verb)))
        yield taken


class Zygote:
    """The program that takes orders, from the side of those who give them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.contract.mortal"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def take(self, ordered: Turn, at: int = 0, *, after: bool = False) -> list[str]:
        """Have a turn taken and killed at a step; the steps of one that was not killed. Raises AssertionError for a turn
        that failed by itself."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(ordered.order(at, after=after) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert told["status"] == (-signal.SIGKILL if at else 0), f"the turn ended with {told}"
        steps: list[str] = told["steps"]
        return steps

    def close(self) -> None:
        """No more orders."""
        self._process.communicate()


def _serve() -> None:
    """Take orders to the end."""
    _warm()
    for line in sys.stdin:
        row = json.loads(line)
        place = Place(row["opener"], row["arguments"])
        ordered = Turn(place, Path(row["folder"]), dt.datetime.fromisoformat(row["now"]), row["phone"])
        status, steps = _in_a_process(ordered, row["at"], after=row["after"])
        print(json.dumps({"status": status, "steps": steps}), flush=True)


def _in_a_process(ordered: Turn, at: int, *, after: bool) -> tuple[int, list[str]]:
    """The turn in a process of its own: its exit code (the negative of the signal that killed it), and its steps where
    it lived to tell them."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            with _steps(at, after=after) as taken:
                ordered.take()
            os.write(writing, json.dumps(taken).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        steps = json.loads(told.read() or b"[]")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), steps


def _warm() -> None:
    """What a process does once and its children need not do again: modules are loaded, rules compiled."""
    mail = f"From: {ME}\r\nTo: ann@mill.example\r\nSubject: Quotation 12 for you\r\nMessage-ID: <warm@kiln.example>\r\n"
    mail += "Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nDear Ann,\n\nour quotation: the total is £4,850.00.\n\nNora\n"
    with tempfile.TemporaryDirectory() as folder:
        ground = Playground(Path(folder))
        ground.arrive(mail.encode(), sent=True)
        account = Account("nora", (ME,), Rep("Nora Falk", ME), ZONE, "GB", "en", Policy())
        world = app.playing(ground, account)
        turn(world, dt.datetime(2026, 3, 5, 9, tzinfo=ZONE))
        world.memory.close()


if __name__ == "__main__":
    _serve()
