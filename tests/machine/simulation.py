"""The whole street under fault, deterministically: `python -m tests.machine.simulation --seeds N`.

A seed gives a rep's weeks: quotes, what customers answer, notes, and what the rep does with each draft. They are lived through
twice, by a bot to whom nothing happens and by one to whom everything does (street.Faults; the process killed at any call of
the mailbox, the calendar or memory; a second instance without locks; yesterday's backup restored; a full disk; what people do
happening between a look and a write). At the end of each moment the faults pause, turns are taken until nothing is left to do,
and both worlds must be the same.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import tempfile
import time
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import templates_of
from bot.cadence.policy import Policy
from bot.errors import OutsideFault, TryLater, UserMustAct
from bot.model import Address, Direction, Entry, Instruction, MailRecord, Message, Stage
from bot.pipeline import Account, World, preview, turn
from bot.store.restoring import restore
from bot.store.sql import SqlMemory, open_memory
from bot.store.turnlock import FileLocks, ThreadLocks
from bot.writing.facts import Rep
from tests.machine.street import Agenda, CalendarRoom, Faults, Killed, Mail, MailRoom

DAYS = 28
ME = Address("iris@kiln.example", "Iris Moss")
PLACES = (("US", "America/Chicago"), ("DE", "Europe/Berlin"), ("AU", "Australia/Sydney"), ("BR", "America/Sao_Paulo"))
BEGINNINGS = (
    dt.date(2026, 3, 2),
    dt.date(2026, 3, 23),
    dt.date(2026, 9, 28),
    dt.date(2026, 10, 19),
)  # the clocks change
ANSWERS = (
    "Thank you. Does the price include the shelves, and who sets the kiln up?",
    "We have decided to go with another supplier, sorry.",
    "Please take me off your list and do not write to me again.",
    "Great, please go ahead with the order. The purchase order follows.",
    "This year is full. Please get in touch again in two months.",
    "We will come back to you next week.",
)
INVARIANTS = (
    "one draft a key over drafts, sent and discarded",
    "every open matter has a next day or a reason",
    "nothing is sent and nobody invited",
    "the cursor is never ahead of the facts",
    "stop wins",
    "no person's edit is touched",
    "after the faults the state is that of a run without them",
    "the next turn writes nothing",
    "no bug surfaces",
)  # fmt: skip
OPT_OUT = ANSWERS[2]
Act = Callable[["Life"], None]


@dataclass(frozen=True)
class Moment:
    at: dt.datetime
    acts: tuple[Act, ...]


@dataclass
class Report:
    """What was lived through, and what went wrong: (invariant, seed, words)."""

    seeds: int = 0
    account_days: int = 0
    turns: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[str, int, str]] = field(default_factory=list)


# --- a rep's weeks


def weeks(seed: int) -> tuple[Account, list[Moment]]:
    """The account of a seed, and what happens there."""
    chance = random.Random(seed)
    country, zone_name = chance.choice(PLACES)
    zone, begin = zoneinfo.ZoneInfo(zone_name), chance.choice(BEGINNINGS)
    account = Account(
        "iris", (ME.email,), Rep(ME.name, ME.email, "+1 312 555 0188", "Kiln Works"), zone, country, "en", Policy()
    )
    script: dict[dt.datetime, list[Act]] = {}
    for day in range(DAYS):
        for hour in (8, 10, 15):
            script[dt.datetime.combine(begin + dt.timedelta(day), dt.time(hour, 1), zone)] = []
    moments = sorted(script)
    for n in range(chance.randrange(3, 7)):
        at = chance.choice(moments[: len(moments) * 2 // 3])
        who = Address(f"c{n}@c{n}co.example", f"Cleo Number{n}")
        script[at].append(_arrives(quote(n, who, at)))
        if chance.random() < 0.7:
            later = chance.choice([m for m in moments if m > at])
            text = chance.choice(ANSWERS)
            script[later].append(_arrives(answer(n, who, later, text), stops=who.email if text == OPT_OUT else ""))
        elif chance.random() < 0.4:
            script[chance.choice([m for m in moments if m > at])].append(_stops(who.email))
    for n in range(chance.randrange(0, 3)):
        script[chance.choice(moments)].append(_notes(n, chance.randrange(1, 9)))
    for m in moments:
        if m.hour == 10:
            script[m].append(_rep_looks)
    quiet = {
        m for m in moments if m.weekday() > 4 or m.hour == 15
    }  # nothing is due then: only what happens makes a moment
    return account, [
        Moment(m, tuple(script[m])) for m in moments if m not in quiet or script[m] not in ([], [_rep_looks])
    ]


def quote(n: int, who: Address, at: dt.datetime) -> Message:
    text = f"Hello {who.name.split()[0]},\n\nas agreed, here is our quote for the kiln: $ {4200 + 10 * n}.00 in total.\n\nIris"
    return Message("", "", f"q{n}@kiln.example", at, ME, (who,), (), f"Quote Q-{700 + n} for the kiln", plain=text)


def answer(n: int, who: Address, at: dt.datetime, text: str) -> Message:
    thread = f"q{n}@kiln.example"
    subject = f"Re: Quote Q-{700 + n} for the kiln"
    return Message(
        "", "", f"a{n}@c{n}co.example", at, who, (ME,), (), subject, thread, (thread,), f"Hi Iris,\n\n{text}\n\nCleo"
    )


def _arrives(message: Message, stops: str = "") -> Act:
    def act(life: Life) -> None:
        life.mail.add(message)
        if stops:
            life.stopped.add(stops)

    return act


def _stops(email: str) -> Act:
    def act(life: Life) -> None:
        life.rep_said(Instruction("stop", email, life.now))
        life.stopped.add(email)

    return act


def _notes(n: int, days: int) -> Act:
    def act(life: Life) -> None:
        start = life.now + dt.timedelta(days=days)
        title = f"Call back Cleo Number{n}"
        life.calendar.write(
            Entry("", "", f"n{n}@cal", life.now, start, start + dt.timedelta(minutes=15), title=title, notes=f"c{n}@c{n}co.example")
        )  # fmt: skip

    return act


def _rep_looks(life: Life) -> None:
    """The rep at his drafts and reminders: what he does with each follows from its key alone."""
    for draft in sorted(life.mail.drafts(), key=lambda m: m.key or ""):
        key = draft.key or ""
        match int(key[:4], 16) % 5:
            case 0:
                life.mail.rep_discards(key)
            case 1 if key not in life.mail.edited:
                life.mail.rep_edits(key)
            case 1 | 2:
                life.mail.rep_sends(key, life.now)
    for entry in list(life.calendar.lying.values()):
        if (
            entry.key
            and not entry.cancelled
            and entry.key not in life.calendar.dragged
            and int(entry.key[:4], 16) % 4 == 0
        ):
            life.calendar.rep_drags(entry.key, 1)


# --- a bot that lives through them


class Frail:
    """Memory whose disk is full at times and whose process may end at any call."""

    def __init__(self, memory: SqlMemory, faults: Faults) -> None:
        self._memory, self._faults = memory, faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._memory, name)
        if name not in ("absorb", "intend", "settle", "suppress", "set_fact"):
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


class Life:
    """One bot's weeks. With a rate of 0 nothing happens to it."""

    def __init__(self, seed: int, account: Account, folder: Path, rate: float, report: Report) -> None:
        self.seed, self.account, self.rate, self.report = seed, account, rate, report
        self.faults = Faults(random.Random(seed * 31 + 7))
        self.mail, self.calendar = MailRoom(), CalendarRoom()
        self.mailbox = Mail(self.mail, self.faults, lambda: self.now)
        self.agenda = Agenda(self.calendar, self.faults)
        self.store = folder / f"{seed}-{rate}.sqlite3"
        self.memory = open_memory(self.store)
        self.now = dt.datetime(2026, 1, 1, tzinfo=account.zone)
        self.stopped: set[str] = set()
        self.apart = False
        self.waiting: list[Act] = []  # what happens between a look and a write

    def rep_said(self, instruction: Instruction) -> None:
        self.memory.instruct(self.account.name, instruction)

    def wrong(self, which: int, words: str) -> None:
        self.report.violations.append((INVARIANTS[which], self.seed, f"{self.now:%m-%d %H:%M} {words}"))

    def world(self, memory: Any = None) -> World:
        return World(self.account, self.mailbox, self.agenda, memory or Frail(self.memory, self.faults), TEMPLATES)

    def live(self, moment: Moment) -> None:
        """Whatever happens at the moment, in the middle of it where faults are on; then as many turns as it takes."""
        self.now = moment.at
        self.waiting = list(moment.acts)
        if self.rate and self.faults.chance.random() < 0.5:
            self._troubled_turns()
        for act in self.waiting:  # those for which there was no write to come before
            act(self)
        self.waiting = []
        if self.rate:
            self._troubled_turns()
        self._settle_down()
        self._check()

    def _troubled_turns(self) -> None:
        for _ in range(self.faults.chance.randrange(1, 4)):
            self.faults.rate, self.faults.between = self.rate, self._between
            if self.faults.chance.random() < 0.02:
                self._restore_yesterday()
            now = self.now
            if self.faults.chance.random() < 0.1:
                self.faults.counts["clock set back"] += 1
                now -= dt.timedelta(minutes=self.faults.chance.randrange(1, 50))
            self._turn(now)
        self.faults.rate, self.faults.between = 0.0, lambda where: None

    def _turn(self, now: dt.datetime) -> None:
        self.report.turns += 1
        try:
            turn(self.world(), now)
        except Killed:
            self.memory.close()
            self.memory = open_memory(self.store)
        except OutsideFault:
            pass
        except Exception as bug:
            self.wrong(8, f"{type(bug).__name__}: {bug}")
        self._check_cursor()

    def _between(self, where: str) -> None:
        """Between a look and a write: people act, and another instance that sees no locks takes a whole turn."""
        rate, self.faults.rate = self.faults.rate, 0.0
        self.faults.between = lambda where: None
        key, likely = where.rpartition(" ")[2], 0.5 if "withdraw" in where else 0.1
        if self.mail.drafts(key) and key not in self.mail.edited and self.faults.chance.random() < likely:
            self.faults.counts["the rep edits between look and write"] += 1
            self.mail.rep_edits(key)
            self.apart = True  # the other rep did not: from here on only what must hold is looked at
        if self.waiting:
            self.faults.counts["people act between look and write"] += 1
            self.waiting.pop(0)(self)
        if self.faults.chance.random() < 0.1:
            self.faults.counts["second instance past the lock"] += 1
            other = open_memory(self.store)
            blind = SqlMemory(other._reader, ThreadLocks())
            turn(self.world(blind), self.now)
            other.close()
        elif self.faults.chance.random() < 0.1:
            self.faults.counts["second instance"] += 1
            other = open_memory(self.store)
            try:
                turn(self.world(other), self.now)
                self.wrong(8, "two turns of one account at once")
            except TryLater:
                pass
            other.close()
        self.faults.rate, self.faults.between = rate, self._between

    def _restore_yesterday(self) -> None:
        yesterday = self.store.with_suffix(".yesterday")
        if yesterday.exists():
            self.faults.counts["yesterday's backup restored"] += 1
            self.memory.close()
            with FileLocks(self.store).hold(""):
                kept = restore(yesterday, self.store, self.now)
            if kept is not None:
                kept.unlink()
            self.memory = open_memory(self.store)

    def _settle_down(self) -> None:
        """The faults pause: turns until nothing is left to do, and then one more."""
        for i in range(6):
            self.now += dt.timedelta(minutes=20)  # past the time a mailbox may be slow to list
            self.report.turns += 1
            try:
                outcome = turn(self.world(), self.now)
            except Exception as bug:
                self.wrong(8, f"{type(bug).__name__}: {bug}")
                return
            if not outcome.done and (i or not self.rate):
                break
        else:
            self.wrong(7, "turns never come to rest")
        writes, version = self.mailbox.writes + self.agenda.writes, self.memory.version(self.account.name)
        turn(self.world(), self.now)
        if (self.mailbox.writes + self.agenda.writes, self.memory.version(self.account.name)) != (writes, version):
            self.wrong(7, "a turn without news wrote something")
        if self.rate and self.now.hour > 15:
            self.memory.backup(self.store.with_suffix(".yesterday"))

    # --- what must hold

    def _check(self) -> None:
        name = self.account.name
        keys = Counter(m.key for m in self.mail.lying.values() if m.key) + Counter(self.mail.thrown)
        for key, n in keys.items():
            if n > 1:
                self.wrong(0, f"{key} exists {n} times")
        if sorted(m.key for m in self.mail.lying.values() if m.key and not m.is_draft) != sorted(self.mail.sent_by_rep):
            self.wrong(2, "something was sent that the rep did not send")
        if any(e.attendees for e in self.calendar.lying.values() if e.key):
            self.wrong(2, "somebody was invited")
        for words in (*self.mail.wrongs, *self.calendar.wrongs):
            self.wrong(5, words)
        self.mail.wrongs.clear()
        for draft in self.mail.drafts():
            if draft.key not in self.mail.edited and {a.email for a in draft.to} & self.stopped:
                self.wrong(4, f"a draft to {draft.to[0].email} lies there")
        self.seen = seen = preview(self.world(), self.now)
        for o in seen.opportunities:
            if o.stage in (Stage.WAITING, Stage.LATER, Stage.AWAY) and not (seen.outlooks.get(o.opening) or o).because:
                self.wrong(1, f"{o.opening} has neither")
        self._check_cursor(name)

    def _check_cursor(self, name: str = "iris") -> None:
        """Whatever the log told of up to the cursor is in memory, as it lies there or later."""
        cursor = self.memory.cursor(name, "mail")
        if cursor in (None, "listing"):
            return
        told = dict(self.mail.log[: int(cursor or 0)])
        since = {ref for ref, _ in self.mail.log[int(cursor or 0) :]}
        known = {r.ref for r in self.memory.records(name) if isinstance(r, MailRecord)}
        lying_drafts = {
            r.ref for r in self.memory.records(name) if isinstance(r, MailRecord) and r.direction is Direction.DRAFT
        }
        for ref, there in told.items():
            if ref in since:
                continue
            if there and ref not in known and ref in self.mail.lying:
                self.wrong(3, f"{ref} was told of and is not known")
            if not there and ref in lying_drafts:
                self.wrong(3, f"{ref} is gone and still known")

    def state(self) -> tuple[object, ...]:
        """What a person sees: drafts, sent, thrown away, reminders; and where every matter stands."""
        return (
            sorted((m.key or "", m.plain, [a.email for a in m.to]) for m in self.mail.drafts()),
            sorted(self.mail.sent_by_rep),
            sorted(self.mail.thrown),
            sorted((e.key, e.start, e.title) for e in self.calendar.lying.values() if e.key and not e.cancelled),
            sorted((o.opening, o.stage) for o in self.seen.opportunities),
        )


TEMPLATES = templates_of(None)


def run(seeds: Iterator[int] | range, rate: float = 0.06) -> Report:
    """Live through the weeks of each seed twice and compare."""
    report = Report()
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as name:
        for seed in seeds:
            account, moments = weeks(seed)
            calm = Life(seed, account, Path(name), 0.0, report)
            troubled = Life(seed, account, Path(name), rate, report)
            for moment in moments:
                calm.live(moment)
                troubled.live(moment)
                if not troubled.apart and calm.state() != troubled.state():
                    differs = [i for i, (a, b) in enumerate(zip(calm.state(), troubled.state(), strict=True)) if a != b]
                    troubled.wrong(6, f"differs in {differs}")
                    break  # from here on they are different stories
            report.seeds += 1
            report.account_days += 2 * DAYS
            report.faults += troubled.faults.counts
            for life in (calm, troubled):
                life.memory.close()
                for path in Path(name).glob(f"{seed}-*"):
                    path.unlink()
    return report


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--rate", type=float, default=0.06, help="how often a call goes wrong")
    arguments.add_argument("--minutes", type=float, default=1e9, help="begin no further seed after so long")
    given = arguments.parse_args()
    begun, total = time.monotonic(), Report()
    for seed in range(given.first, given.first + given.seeds):
        if time.monotonic() - begun > 60 * given.minutes:
            break
        report = run(range(seed, seed + 1), given.rate)
        total.seeds, total.turns = total.seeds + report.seeds, total.turns + report.turns
        total.account_days += report.account_days
        total.faults += report.faults
        total.violations += report.violations
        for which, of, words in report.violations:
            print(f"seed {of}: {which}: {words}", flush=True)
    seconds = time.monotonic() - begun
    print(f"{total.seeds} seeds, {total.account_days} account-days, {total.turns} turns in {seconds:.0f} s")
    print(f"{sum(total.faults.values())} faults:")
    for kind, n in sorted(total.faults.items()):
        print(f"  {n:6} {kind}")
    print(f"{len(total.violations)} violations")


if __name__ == "__main__":
    main()
