"""The whole street under fault, deterministically: `python -m tests.machine.simulation --seeds N`.

A seed gives a rep's weeks (lived.py). They are lived through twice, by a bot to whom nothing happens and by one to whom
everything does (FAULTS). At the end of each moment the faults pause, turns are taken until nothing is left to do, and both
worlds must be the same. Memory is a notebook (notebook.py), for every so-manieth seed the real database, where it can also be
restored and migrated.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import functools
import random
import sqlite3
import tempfile
import time
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from bot import recording
from bot.app import templates_of
from bot.errors import OutsideFault, TryLater, UserMustAct
from bot.jobs.lease import LeaseLost, Tenancy, tenancy
from bot.model import Address, Direction, Instruction, MailRecord, Reading, Stage, State
from bot.pipeline import Account, World, preview, turn
from bot.reading.settings import ReadSettings
from bot.store import migrate, schema
from bot.store.restoring import restore
from bot.store.sql import SqlMemory, open_memory
from bot.store.turnlock import FileLocks, ThreadLocks
from tests.machine.lived import Act, Moment, account_of, quote, weeks
from tests.machine.notebook import Notebook
from tests.machine.street import Agenda, CalendarRoom, Faults, Killed, Mail, MailRoom

DAYS = 28
SLOW = 30.0  # seconds that no turn of these small mailboxes may take, however busy the machine
INVARIANTS = (
    "one draft a key over drafts, sent and discarded",
    "every due step ends as draft, reason or later date",
    "nothing is sent and nobody invited",
    "the cursor is never ahead of the facts",
    "stop wins",
    "no person's edit is touched",
    "one account's fault delays no other",
    "a turn takes bounded time",
    "after the faults the state is that of a run without them",
    "the next turn writes nothing",
    "no bug surfaces",
)  # fmt: skip
ONCE, ENDS, UNSENT, CURSOR, STOP, EDITS, OTHERS, TIME, SAME, REST, BUGS = range(len(INVARIANTS))
FAULTS = (
    "lost request", "lost answer", "429", "5xx", "garbage", "revoked token", "killed before a call",
    "killed after a call", "killed before a commit", "killed after a commit", "disk full", "cursor expired",
    "cursor expired mid-page", "cursor expired again", "sync token gone", "delta replayed", "entries replayed",
    "own draft invisible for a minute", "poison mail", "the rep edits between look and write",
    "the rep sends between look and write", "the rep deletes between look and write",
    "people act between look and write", "second instance", "one paused past its lease", "clock set back",
    "clock jumps forward", "clock days ahead", "clock days back", "the clocks change", "three days down",
)  # fmt: skip
APART = frozenset(
    k for k in FAULTS if k.startswith("the rep ") or k in ("three days down", "clock days ahead", "clock days back")
)
OF_THE_FILE = ("yesterday's backup restored", "killed inside a migration")
_WRITES = ("absorb", "intend", "settle", "suppress", "set_fact")
_BACKWARDS = {"0002": "DROP TABLE forgotten"}  # what makes a database of the newest revision one of the revision before

TEMPLATES = templates_of(None)
OTTO = Address("otto@oven.example", "Otto Loaf")


@dataclass
class Report:
    """What was lived through, and what went wrong: (invariant, seed, words)."""

    seeds: int = 0
    account_days: int = 0  # under fault
    compared: int = 0  # moments at which the state was held against that of the calm life
    turns: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, other: Report) -> None:
        self.seeds, self.account_days = self.seeds + other.seeds, self.account_days + other.account_days
        self.compared += other.compared
        self.turns, self.faults = self.turns + other.turns, self.faults + other.faults
        self.violations += other.violations


class Frail:
    """Memory whose disk is full at times and whose process may end at any call."""

    def __init__(self, memory: Any, faults: Faults) -> None:
        self._memory, self._faults = memory, faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._memory, name)
        if name not in _WRITES:
            return method

        def frail(*args: Any, **more: Any) -> Any:
            match self._faults.strike("killed before a commit", "killed after a commit", "disk full"):
                case "killed before a commit":
                    raise Killed(name)
                case "disk full":
                    raise UserMustAct("the disk is full", "make room")
                case "killed after a commit":
                    method(*args, **more)
                    raise Killed(name)
            return method(*args, **more)

        return frail


class Neighbour:
    """Another account of the same memory, to which nothing ever happens."""

    def __init__(self, zone: zoneinfo.ZoneInfo, country: str, at: dt.datetime) -> None:
        self.account = account_of("otto", OTTO, zone, country)
        self.mail = MailRoom()
        self.mail.add(quote(1, Address("ada@mill.example", "Ada Mill"), at, OTTO))
        self.mailbox = Mail(self.mail, Faults(random.Random(0)), lambda: at)

    def turn(self, memory: Any, now: dt.datetime) -> None:
        turn(World(self.account, self.mailbox, None, memory, TEMPLATES), now)

    def state(self) -> list[str]:
        return sorted(m.key or "" for m in self.mail.drafts())


class Life:
    """One bot's weeks. With a rate of 0 nothing happens to it; with a folder its memory is a real database there."""

    def __init__(
        self, seed: int, account: Account, begin: dt.datetime, rate: float, report: Report, only: frozenset[str] | None,
        folder: Path | None,
    ) -> None:  # fmt: skip
        self.seed, self.account, self.rate, self.report = seed, account, rate, report
        self.faults = Faults(random.Random(seed * 31 + 7), only)
        self.mail, self.calendar = MailRoom(), CalendarRoom()
        self.mailbox = Mail(self.mail, self.faults, lambda: self.now)
        self.agenda = Agenda(self.calendar, self.faults)
        self.neighbour = Neighbour(account.zone, account.country, begin)
        self.store = folder / f"{seed}.sqlite3" if folder is not None else None
        self.memory: Any = open_memory(self.store) if self.store is not None else Notebook()
        self.now = begin
        self.stopped: set[str] = set()
        self.apart = False  # people have met other drafts than in the calm life (APART): it is another story
        self.down_until = begin
        self.waiting: list[Act] = []  # what happens between a look and a write
        self.processes = 0
        self.paused = False
        self.copied_on: dt.date | None = None
        self._begin_to_serve()

    def rep_said(self, instruction: Instruction) -> None:
        self.memory.instruct(self.account.name, instruction)

    def wrong(self, which: int, words: str) -> None:
        self.report.violations.append((INVARIANTS[which], self.seed, f"{self.now:%m-%d %H:%M} {words}"))

    def world(self, memory: Any = None) -> World:
        return World(self.account, self.mailbox, self.agenda, memory or Frail(self.memory, self.faults), TEMPLATES)

    def _begin_to_serve(self) -> None:
        """A process begins, with a lease of its own; whoever had one before it has it no longer."""
        self.processes += 1
        self._serving: AbstractContextManager[Tenancy] = tenancy(self.memory, ThreadLocks(), self.processes, self.now)
        self.tenant = self._serving.__enter__()

    def live(self, moment: Moment) -> None:
        """Whatever happens at the moment, in the middle of it where faults are on; then as many turns as it takes."""
        self.now = moment.at
        self.waiting = list(moment.acts)
        back = self._is_back()
        if self.now < self.down_until:  # people go on
            for act in self.waiting:
                act(self)
            return
        if self.rate and self.faults.chance.random() < 0.5:
            self._troubled_turns()
        for act in self.waiting:  # those for which there was no write to come before
            act(self)
        self.waiting = []
        if self.rate:
            self._troubled_turns()
        self.neighbour.turn(self.memory, moment.at)  # one turn, with no time to mend anything
        before = self.mailbox.writes
        self._settle_down()
        if back and self.mailbox.writes - before > 2 * self.account.policy.drafts_per_day:
            self.wrong(REST, "a burst of drafts after days without a turn")
        self._check()

    def _is_back(self) -> bool:
        """Whether this is the first moment after an outage; one may begin here."""
        was_down = self.down_until > self.account_began
        if self.now >= self.down_until and self.rate and self.faults.happens("three days down", 0.01):
            self.down_until, self.apart = self.now + dt.timedelta(3), True
        return was_down and self.now >= self.down_until

    @property
    def account_began(self) -> dt.datetime:
        return self.memory.began(self.account.name) or self.now

    def _troubled_turns(self) -> None:
        for _ in range(self.faults.chance.randrange(1, 4)):
            self.faults.rate, self.faults.between = self.rate, self._between
            if self.store is not None and self.faults.happens("yesterday's backup restored", 0.02):
                self._restore_yesterday(self.store)
            if self.store is not None and self.faults.happens("killed inside a migration", 0.02):
                self._die_migrating(self.store)
            now = self.now
            if self.faults.happens("clock set back", 0.1):
                now -= dt.timedelta(minutes=self.faults.chance.choice((7, 49)))
            elif self.faults.happens("clock jumps forward", 0.1):
                now += dt.timedelta(minutes=self.faults.chance.choice((7, 49, 11 * 60)))
            elif self.faults.happens("clock days ahead", 0.02):  # what will be due then is put early
                now, self.apart = now + dt.timedelta(3), True
            elif self.faults.happens("clock days back", 0.02):  # what was not due yet then is taken away for a while
                now, self.apart = now - dt.timedelta(3), True
            self._turn(now)
        self.faults.rate, self.faults.between = 0.0, lambda where: None

    def _turn(self, now: dt.datetime) -> None:
        self.report.turns += 1
        day = now.replace(hour=0, minute=0)
        if day.utcoffset() != (day + dt.timedelta(1)).utcoffset():
            self.faults.counts["the clocks change"] += 1
        begun = time.perf_counter()
        try:
            turn(self.world(), now)
        except Killed:
            self._rise_again()
        except OutsideFault:
            pass
        except Exception as bug:
            self.wrong(BUGS, f"{type(bug).__name__}: {bug}")
        if time.perf_counter() - begun > SLOW:
            self.wrong(TIME, f"{time.perf_counter() - begun:.1f} s")
        if self.paused:
            self._notice_the_lease()
        self._check_cursor()

    def _rise_again(self) -> None:
        if self.store is not None:
            self.memory.close()
            self.memory = open_memory(self.store)
        if not self.paused:
            self._begin_to_serve()

    def _notice_the_lease(self) -> None:
        """The service that was paused looks at its lease before the next turn, and ends; a new one begins."""
        self.paused = False
        try:
            self.tenant.check()
            self.wrong(OTHERS, "one whose lease was lost would go on")
        except LeaseLost:
            self._begin_to_serve()

    # --- between a look and a write

    def _between(self, where: str) -> None:
        """People act, and another instance comes."""
        rate, self.faults.rate = self.faults.rate, 0.0
        self.faults.between = lambda where: None
        verb, _, key = where.partition(" ")
        likely = 0.3 if verb == "withdraw" else 0.05
        lying = [d.key or "" for d in (*self.mail.drafts(key), *self.mail.drafts()) if d.key not in self.mail.edited]
        if lying:
            self._rep_is_quicker(lying[0], likely)
        if self.waiting and self.faults.happens("people act between look and write", 1.0):
            self.waiting.pop(0)(self)
        if self.faults.happens("one paused past its lease", 0.05):
            self._be_overtaken()
        elif self.faults.happens("second instance", 0.1):
            self._be_met()
        self.faults.rate, self.faults.between = rate, self._between

    def _rep_is_quicker(self, key: str, likely: float) -> None:
        """With the very draft, or another. The rep of the calm life is not: from here on only what must hold is looked at."""
        if self.faults.happens("the rep edits between look and write", likely):
            self.mail.rep_edits(key)
        elif self.faults.happens("the rep sends between look and write", likely / 3):
            self.mail.rep_sends(key, self.now)
        elif self.faults.happens("the rep deletes between look and write", likely / 3):
            self.mail.rep_discards(key)
        else:
            return
        self.apart = True

    def _be_overtaken(self) -> None:
        """We sleep; another service takes over, takes a whole turn, and we go on with what we were at."""
        blind: Any = self.memory.unlocked() if self.store is None else SqlMemory(self.memory._reader, ThreadLocks())
        with tenancy(blind, ThreadLocks(), 1000 + self.processes, self.now) as other:
            turn(self.world(blind), self.now)
            other.check()
        self.paused = True

    def _be_met(self) -> None:
        """Another instance finds us at work and leaves us alone."""
        other = open_memory(self.store) if self.store is not None else self.memory
        try:
            turn(self.world(other), self.now)
            self.wrong(OTHERS, "two turns of one account at once")
        except TryLater:
            pass
        if other is not self.memory:
            other.close()

    # --- the file

    def _restore_yesterday(self, store: Path) -> None:
        yesterday = store.with_suffix(".yesterday")
        if not yesterday.exists():
            self.faults.counts["yesterday's backup restored"] -= 1
            return
        self.memory.close()
        with FileLocks(store).hold(""):
            kept = restore(yesterday, store, self.now)
        if kept is not None:
            kept.unlink()
        self.memory = open_memory(store)
        self._begin_to_serve()

    def _copy(self, store: Path) -> None:
        """A backup every day; the one of the day before is kept."""
        today, yesterday = store.with_suffix(".today"), store.with_suffix(".yesterday")
        if self.copied_on != self.now.date():
            self.copied_on = self.now.date()
            if today.exists():
                today.replace(yesterday)
            self.memory.backup(today)

    def _die_migrating(self, store: Path) -> None:
        """A newer version starts on a database of the version before, and is killed when the tables are changed already."""
        self.memory.close()
        before = schema.REVISIONS[-2]
        with closing(sqlite3.connect(store)) as db:
            db.execute(_BACKWARDS[schema.HEAD])
            db.execute("UPDATE alembic_version SET version_num = ?", (before,))
            db.commit()
        upgrade = migrate.upgrade

        def deadly(connection: Any) -> None:
            upgrade(connection)
            raise Killed("migration")

        with mock.patch.object(migrate, "upgrade", deadly):
            try:
                open_memory(store)
                self.wrong(BUGS, "nothing was migrated")
            except Killed:
                pass
        with closing(sqlite3.connect(store)) as db:
            if db.execute("SELECT version_num FROM alembic_version").fetchone() != (before,):
                self.wrong(CURSOR, "half a migration was kept")
        self.memory = open_memory(store)
        if self.memory.check():
            self.wrong(CURSOR, "the database is damaged")
        self._begin_to_serve()

    # --- when the faults pause

    def _settle_down(self) -> None:
        """Turns until nothing is left to do, and then one more."""
        for i in range(6):
            self.now += dt.timedelta(minutes=20)  # past the time a mailbox may be slow to list
            self.report.turns += 1
            try:
                outcome = turn(self.world(), self.now)
            except Exception as bug:
                self.wrong(BUGS, f"{type(bug).__name__}: {bug}")
                return
            if not outcome.done and (i or not self.rate):
                break
        else:
            self.wrong(REST, "turns never come to rest")
        writes, version = self.mailbox.writes + self.agenda.writes, self.memory.version(self.account.name)
        turn(self.world(), self.now)
        if (self.mailbox.writes + self.agenda.writes, self.memory.version(self.account.name)) != (writes, version):
            self.wrong(REST, "a turn without news wrote something")
        if self.store is not None:
            self._copy(self.store)

    # --- what must hold

    def _check(self) -> None:
        keys = Counter(m.key for m in self.mail.lying.values() if m.key) + Counter(self.mail.thrown)
        for key, n in keys.items():
            if n > 1:
                self.wrong(ONCE, f"{key} exists {n} times")
        if sorted(m.key for m in self.mail.lying.values() if m.key and not m.is_draft) != sorted(self.mail.sent_by_rep):
            self.wrong(UNSENT, "something was sent that the rep did not send")
        if any(e.attendees for e in self.calendar.lying.values() if e.key):
            self.wrong(UNSENT, "somebody was invited")
        for words in (*self.mail.wrongs, *self.calendar.wrongs):
            self.wrong(EDITS, words)
        self.mail.wrongs.clear()
        for draft in self.mail.drafts():
            if draft.key not in self.mail.edited and {a.email for a in draft.to} & self.stopped:
                self.wrong(STOP, f"a draft to {draft.to[0].email} lies there")
        self._check_matters()
        self._check_cursor()

    def _check_matters(self) -> None:
        """Every open matter has a next day or a reason, and what was due stands or is history."""
        self.seen = seen = preview(self.world(), self.now)
        if seen.effects:
            self.wrong(REST, f"{len(seen.effects)} effects are left")
        lying = {m.key for m in self.mail.drafts()}
        for o in seen.opportunities:
            if o.stage not in (Stage.WAITING, Stage.LATER, Stage.AWAY, Stage.YOUR_TURN, Stage.UNDELIVERABLE):
                continue
            outlook = seen.outlooks.get(o.opening)
            if outlook is None or not (outlook.day or outlook.because):
                self.wrong(ENDS, f"{o.opening} has neither")
            for s in o.standings.values():
                if s.state is State.STANDING and s.form == "draft" and s.key not in lying:
                    self.wrong(ENDS, f"{s.key} is said to stand and does not")

    def _check_cursor(self) -> None:
        """Whatever the log told of up to the cursor is in memory, as it lies there or later."""
        name = self.account.name
        cursor = self.memory.cursor(name, "mail")
        if cursor in (None, "listing"):
            return
        told = dict(self.mail.log[: int(cursor or 0)])
        since = {ref for ref, _ in (*self.mail.log[int(cursor or 0) :], *((ref, at) for at, ref in self.mail.pending))}
        mails = [r for r in self.memory.records(name) if isinstance(r, MailRecord)]
        known = {r.ref for r in mails} | {u.ref for u in self.memory.unreadables(name)}
        drafts = {r.ref for r in mails if r.direction is Direction.DRAFT}
        for ref, there in told.items():
            if ref in since:
                continue
            if there and ref not in known and (ref in self.mail.lying or ref in self.mail.poison):
                self.wrong(CURSOR, f"{ref} was told of and is not known")
            if not there and ref in drafts:
                self.wrong(CURSOR, f"{ref} is gone and still known")

    def state(self) -> tuple[object, ...]:
        """What a person sees: drafts, sent, thrown away, reminders; and where every matter stands."""
        return (
            sorted((m.key or "", m.plain, [a.email for a in m.to]) for m in self.mail.drafts()),
            sorted(self.mail.sent_by_rep),
            sorted(self.mail.thrown),
            sorted((e.key, e.start, e.title) for e in self.calendar.lying.values() if e.key and not e.cancelled),
            sorted((o.opening, o.stage) for o in self.seen.opportunities),
        )


@contextlib.contextmanager
def reading_once() -> Iterator[None]:
    """Reading is pure: what was read once, in either life or in any turn, need not be read again."""

    def once(reader: Callable[..., Reading], *named: str) -> Callable[..., Reading]:
        told: dict[object, Reading] = {}

        def read(record: Any, settings: ReadSettings) -> Reading:
            key = (settings, *(getattr(record, name) for name in named))
            if key not in told:
                told[key] = reader(record, settings)
            return told[key]

        return read

    mail = once(recording.read, "id", "at", "sender", "to", "subject", "plain", "is_draft")
    entry = once(recording.read_entry, "uid", "start", "title", "notes", "key", "cancelled")
    with mock.patch.object(recording, "read", mail), mock.patch.object(recording, "read_entry", entry):
        yield


@functools.lru_cache(maxsize=64)
def calm(seed: int, days: int) -> tuple[tuple[Moment, tuple[object, ...], list[str]], ...]:
    """The moments of a seed, each with the state after it of a bot, and its neighbour, to whom nothing happens."""
    account, moments = weeks(seed, days)
    report = Report()
    life = Life(seed, account, moments[0].at, 0.0, report, None, None)
    lived = []
    for moment in moments:
        life.live(moment)
        lived.append((moment, life.state(), life.neighbour.state()))
    assert report.violations == [], report.violations
    return tuple(lived)


def run(
    seeds: Iterable[int], rate: float = 0.06, only: Iterable[str] | None = None, days: int = DAYS, *, on_disk: bool = False
) -> Report:  # fmt: skip
    """Live through the weeks of each seed under fault, and compare with the calm life. `only`: the kinds of fault;
    `on_disk`: with a real database."""
    report = Report()
    kinds = None if only is None else frozenset(only)
    shm = Path("/dev/shm")
    with reading_once(), tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as name:
        for seed in seeds:
            account, moments = weeks(seed, days)
            life = Life(seed, account, moments[0].at, rate, report, kinds, Path(name) if on_disk else None)
            for moment, wanted, others in calm(seed, days):
                life.live(moment)
                if life.apart:
                    continue
                report.compared += 1
                if life.neighbour.state() != others:
                    life.wrong(OTHERS, "the neighbour waits")
                if life.state() != wanted:
                    differs = [i for i, (a, b) in enumerate(zip(wanted, life.state(), strict=True)) if a != b]
                    life.wrong(SAME, f"differs in {differs}")
                    break  # from here on they are different stories
            report.seeds += 1
            report.account_days += days
            report.faults += life.faults.counts
            life.memory.close()
            for path in Path(name).iterdir():
                path.unlink()
    return report


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--rate", type=float, default=0.06, help="how often a call goes wrong")
    arguments.add_argument("--disk", type=int, default=10, help="every so-manieth seed with a real database")
    arguments.add_argument("--minutes", type=float, default=1e9, help="begin no further seed after so long")
    given = arguments.parse_args()
    begun, total, real = time.monotonic(), Report(), 0
    for seed in range(given.first, given.first + given.seeds):
        if time.monotonic() - begun > 60 * given.minutes:
            break
        on_disk = seed % given.disk == 0
        kinds = None if seed % 2 else {*FAULTS, *OF_THE_FILE} - APART
        report = run((seed,), given.rate, kinds, on_disk=on_disk)
        real += report.account_days * on_disk
        total.add(report)
        for which, of, words in report.violations:
            print(f"seed {of}: {which}: {words}", flush=True)
    seconds = time.monotonic() - begun
    print(f"{total.seeds} seeds, {total.account_days} account-days under fault ({real} of them on a real database), as many "
          f"without, {total.turns} turns in {seconds:.0f} s: {60 * total.account_days / seconds:.0f} a minute")  # fmt: skip
    print(f"{sum(total.faults.values())} faults:")
    for kind in (*FAULTS, *OF_THE_FILE):
        print(f"  {total.faults[kind]:6} {kind}")
    print(f"{total.compared} states compared with the calm life; {len(total.violations)} violations")


if __name__ == "__main__":
    main()
