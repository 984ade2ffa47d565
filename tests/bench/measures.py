"""What is measured. Each measure is a ratio or a bound within one run, so that a slow or busy machine judges itself."""

from __future__ import annotations

import datetime as dt
import os
import statistics
import subprocess
import sys
import time
import zoneinfo
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

from bot.app import playing
from bot.cadence.fold import fold
from bot.cadence.plan import plan
from bot.cadence.worktime import WorkTime
from bot.config import defaults
from bot.jobs.playground import Playground
from bot.model import Address, Direction, Kind, MailRecord, Reading
from bot.pipeline import Account, World, turn
from bot.providers import mime
from bot.reading.body import body_of
from bot.reading.read import read
from bot.reading.settings import ReadSettings
from bot.writing.facts import Rep
from tests.bench import bare, peers
from tests.bench.material import ENDED, ME, Letter, letters, write_mbox

PYTHON = sys.executable
ZONE = zoneinfo.ZoneInfo("America/Chicago")
NOW = dt.datetime.combine(ENDED, dt.time(10), ZONE)
MIB = 1024 * 1024
IN_TURN = 50  # mails that one reads before the other has its turn


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `target`: the most it should be; None where it only informs."""

    part: str
    what: str
    value: float
    unit: str
    target: float | None = None

    @property
    def good(self) -> bool:
        return self.target is None or self.value <= self.target


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took: seconds by the clock, seconds of processor, and the most memory it held, in bytes."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the material lies, and how many mails it is to be."""

    folder: Path
    mails: int
    many: int

    def mbox(self, count: int) -> Path:
        """The mbox of so many mails, made once."""
        path = self.folder / f"{count}.mbox"
        if not path.exists():
            draft = path.with_suffix(".tmp")
            write_mbox(draft, count)
            draft.replace(path)
        return path


def run(*command: str) -> Ran:
    """Run a command to its end. Raises RuntimeError where it fails."""
    begun = time.perf_counter()
    process = subprocess.Popen([PYTHON, *command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def _pile(path: Path) -> Ran:
    return run("-m", "bot", "pile", str(path), "--me", ME, "--zone", ZONE.key, "--as-of", ENDED.isoformat(), "--json")


def pile(bench: Bench) -> Iterator[Figure]:
    """The pile of an mbox, as a person would ask for it, against the standard library reading the same file."""
    path = bench.mbox(bench.mails)
    own, other = _pile(path), run("-m", "tests.bench.bare", str(path))
    yield Figure("pile", f"followup pile, {bench.mails:,} mails", own.wall, "s")
    yield Figure("pile", "  bare parse of the same mbox", other.wall, "s")
    yield Figure("pile", "  pile / bare parse, processor time", own.cpu / other.cpu, "x", 1.5)


def memory(bench: Bench) -> Iterator[Figure]:
    """The most memory a pile holds, of few and of many mails."""
    small, large = _pile(bench.mbox(bench.mails)), _pile(bench.mbox(bench.many))
    yield Figure("memory", f"peak of pile, {bench.mails:,} mails", small.peak / MIB, "MB", 300)
    yield Figure("memory", f"peak of pile, {bench.many:,} mails", large.peak / MIB, "MB", 300)
    yield Figure("memory", "  many / few", large.peak / small.peak, "x", 1.5)


def turns(bench: Bench) -> Iterator[Figure]:
    """A turn that finds nothing against one that finds a hundred mails, on a real Maildir and a real database."""
    root = bench.folder / f"turns-{bench.mails}-{os.getpid()}"
    playground = Playground(root)
    source = letters(bench.mails + 400)
    _deliver(playground, islice(source, bench.mails))
    world = playing(playground, account(), memory=root / "memory.sqlite3")
    first, _ = _timed(lambda: _settle(world))
    quiet = [_timed(lambda: turn(world, NOW))[0] for _ in range(9)]
    busy = []
    for _ in range(3):
        _deliver(playground, islice(source, 100))
        seconds, outcome = _timed(lambda: turn(world, NOW))
        assert outcome.records >= 100, outcome.records
        busy.append(seconds)
        _settle(world)
    world.memory.close()
    nothing, hundred = statistics.median(quiet), statistics.median(busy)
    yield Figure("turn", f"first turn, {bench.mails:,} mails", first, "s")
    yield Figure("turn", "turn with 100 new mails", hundred * 1000, "ms")
    yield Figure("turn", "turn with no news", nothing * 1000, "ms")
    yield Figure("turn", "  no news / 100 new", nothing / hundred, "x", 0.05)
    config = root / "followup.yaml"
    config.write_text(
        _CONFIG.format(me=ME, mail=playground.mail, calendar=playground.calendar, store=root / "memory.sqlite3")
    )
    cold = [run("-m", "bot", "once", "-c", str(config)) for _ in range(4)][1:]  # the first one acts on today's date
    yield Figure("turn", "followup once, cold process, no news", min(c.wall for c in cold), "s")
    yield Figure("turn", "  of processor", min(c.cpu for c in cold), "s")


_CONFIG = """accounts:
  - name: bench
    me: [{me}]
    rep: {{name: Alex Reed, phone: "+1 312 555 0148", company: Northwind Equipment}}
    zone: America/Chicago
    country: US
    language: en
    mail: {{kind: maildir, path: {mail}}}
    calendar: {{kind: icsdir, path: {calendar}}}
store: {{path: {store}}}
"""


def planning(bench: Bench) -> Iterator[Figure]:
    """Ten thousand open opportunities folded and planned from records in memory."""
    count = min(10_000, bench.mails // 2)
    records = [_quote(n) for n in range(count)]
    policy = defaults().policy
    worktime = WorkTime("US", ZONE)

    def think() -> None:
        found = fold(records, (), (), me=frozenset({ME}), policy=policy, worktime=worktime, now=NOW)
        plan(found, account="bench", policy=policy, worktime=worktime, now=NOW)
        assert len(found) == count, len(found)

    yield Figure("plan", f"fold and plan {count:,} open quotes, processor", _processor(think), "s", 5)


def reading(bench: Bench) -> Iterator[Figure]:
    """A whole mail read (parsed, cut, understood) against the standard library's parse of it alone: the same mails in turns,
    some at a time, and of the ratios the median."""
    settings = ReadSettings.of([ME], ZONE.key, "US")
    mails = [letter.data for letter in letters(min(bench.mails, 4000), seed=11)]

    def own(some: Sequence[bytes]) -> None:
        for data in some:
            message = mime.parse(data, "m")
            read(message, settings, body_of(message))

    def other(some: Sequence[bytes]) -> None:
        for data in some:
            bare.touch(data)

    own(mails[:IN_TURN])  # the rules are compiled once
    turns = [mails[at : at + IN_TURN] for at in range(0, len(mails), IN_TURN)]
    taken = [(_processor(lambda: own(some)), _processor(lambda: other(some))) for some in turns]  # noqa: B023
    each = statistics.median(ours / len(some) for (ours, _), some in zip(taken, turns, strict=True))
    theirs = statistics.median(other / len(some) for (_, other), some in zip(taken, turns, strict=True))
    yield Figure("read", "one mail: parse, cut, read", each * 1e6, "us")
    yield Figure("read", "  one mail: email.policy.default", theirs * 1e6, "us")
    ratio = statistics.median(ours / other for ours, other in taken)
    yield Figure("read", "  read / bare parse, processor time", ratio, "x", 1.0)


def days(bench: Bench) -> Iterator[Figure]:
    """The day a sentence names, against the libraries for it that are installed: tests/bench/peers.py says how."""
    taken = peers.medians()
    own = taken.pop("ours")
    yield Figure("when", f"the day in a sentence, median of {len(peers.TEXTS)}", own * 1e6, "us")
    for name, theirs in taken.items():
        yield Figure("when", f"  {name}", theirs * 1e6, "us")
        yield Figure("when", f"  when / {name}", own / theirs, "x", 1.0)


PARTS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "pile": pile, "memory": memory, "turn": turns, "plan": planning, "read": reading, "when": days,
}  # fmt: skip


def account() -> Account:
    """The rep of the made-up mailbox."""
    rep = Rep("Alex Reed", ME, "+1 312 555 0148", "Northwind Equipment")
    return Account("bench", (ME,), rep, ZONE, "US", "en", defaults().policy)


def _quote(number: int) -> MailRecord:
    at = NOW - dt.timedelta(days=number % 60 + 1, minutes=number % 600)
    sender, to = Address(ME, "Alex Reed"), Address(f"buyer{number}@firm{number}.example", f"Buyer {number}")
    reading = Reading(
        Kind.QUOTE, number=f"Q-{number}", amount=Decimal(1000 + number), currency="USD", words="quote", rule="bench"
    )
    id_ = f"{number}@northwind.example"
    return MailRecord(id_, id_, "", at, Direction.SENT, sender, (to,), (), None, (), f"topic {number}", None, reading)


def _deliver(playground: Playground, some: Iterator[Letter]) -> None:
    for letter in some:
        playground.arrive(letter.data, sent=letter.sent)


def _settle(world: World) -> None:
    """Turns until there is nothing more to do."""
    while turn(world, NOW).done:
        pass
    turn(world, NOW)


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def _processor(work: Callable[[], None]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
