"""WHEN, on one machine: every account's turn on APScheduler 3, one at a time for each account.

The clock says when a turn is due, nothing else: what is to be done is planned anew in each turn, so a turn that was missed or
came late (sleep, an outage) is made up by the next. An account that fails waits by itself; the others do not notice.

The main thread takes no turns. Every few seconds it looks whether all is well: it feeds the watchdog while something moves,
keeps the lease, notices a clock that was set, and takes over a new config when asked to (SIGHUP).

Over 300 lines: the service's whole life is one story.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.errors import OutsideFault, TryLater, UserMustAct
from bot.jobs.health import Health, Stock, Trouble, Vital, effects_of, trouble_of
from bot.jobs.lease import LeaseLost, Tenancy
from bot.jobs.notify import Notifier
from bot.jobs.retention import let_go
from bot.jobs.timing import back_off, next_turn
from bot.model import State
from bot.pipeline import Outcome, World, turn
from bot.providers.base import Metered
from bot.store.base import Memory
from bot.world import refusals_of

log = logging.getLogger(__name__)

MOST_THREADS = 16
STOPS_WITHIN = 20.0  # seconds
_LOOKS_EVERY = 2.0  # seconds
_LEASE_EVERY = 60.0
_CLOCK_WAS_SET = 30.0  # seconds by which the wall clock has left the monotonic one
_LEAST_STILL = 900.0  # seconds without any progress that are no reason to worry, however often turns are taken

Clock = Callable[[], dt.datetime]
Tell = Callable[[World, Outcome], None]


@dataclass(frozen=True, slots=True)
class Roster:
    """What the service works on, as one config says it."""

    worlds: tuple[World, ...]
    every: dt.timedelta
    keep_days: int | None = None  # how long readings are kept; None: for good

    @property
    def by_name(self) -> Mapping[str, World]:
        return {w.account.name: w for w in self.worlds}


class Stopping(Exception):
    """The service is asked to end: a turn goes no further than the page or effect it is at."""


class Service:
    """The service loop over all accounts. `reload` gives the roster of the config as it is now, or raises UserMustAct;
    `hashed` is an account's name for the log."""

    def __init__(
        self,
        roster: Roster,
        clock: Clock,
        tell: Tell,
        *,
        reload: Callable[[], Roster] | None = None,
        tenancy: Tenancy | None = None,
        notifier: Notifier | None = None,
        hashed: Callable[[str], str] = lambda name: name,
        noted: Callable[[str, Vital], None] = lambda name, vital: None,
        looks_every: float = _LOOKS_EVERY,
    ) -> None:
        self.health = Health(time.monotonic())
        self._roster = roster
        self._clock, self._tell, self._reload, self._hashed, self._noted = clock, tell, reload, hashed, noted
        self._tenancy, self._notifier = tenancy, notifier or Notifier()
        self._looks_every = looks_every
        self._stop, self._hangup = threading.Event(), threading.Event()
        self._lost: UserMustAct | None = None
        self._wall_ahead = self._ahead()
        self._lease_seen = time.monotonic()
        self._running = 0
        self._idle = threading.Condition()
        self._not_before: dict[str, dt.datetime] = {}
        self._scheduler = self._new_scheduler(len(roster.worlds))

    @staticmethod
    def _new_scheduler(accounts: int) -> BackgroundScheduler:
        return BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max(1, min(MOST_THREADS, accounts)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=dt.UTC,
        )

    # --- the main thread

    def run(self) -> bool:
        """Take turns until a signal to stop. Whether all turns ended in time; where not, the caller leaves without waiting
        for them, which loses nothing. Raises LeaseLost where another service has taken over."""
        self._listen()
        self._admit(self._roster)
        self._scheduler.start()
        self._notifier.ready(f"{len(self._roster.worlds)} accounts")
        log.info("service up", extra={"accounts": len(self._roster.worlds)})
        try:
            while not self._stop.wait(self._looks_every):
                try:
                    self.look()
                except OutsideFault as fault:  # memory is busy: the next look does it
                    log.warning("a look was put off", extra={"kind": trouble_of(fault).value})
        finally:
            ended = self._end()
        if self._lost is not None:
            raise self._lost
        return ended

    def stop(self) -> None:
        """Stop soon."""
        self._stop.set()

    def hang_up(self) -> None:
        """Take over the config as it is now, soon."""
        self._hangup.set()

    def look(self) -> None:
        """One look of the main thread at everything."""
        if self._hangup.is_set():
            self._take_over()
            self._hangup.clear()
        ahead = self._ahead()
        if abs(ahead - self._wall_ahead) > _CLOCK_WAS_SET:
            log.warning("the clock was set, or the machine slept", extra={"seconds": round(ahead - self._wall_ahead)})
            self._wall_ahead = ahead
            self._wake_all()
        if time.monotonic() - self._lease_seen > _LEASE_EVERY:
            self._keep_lease()
        if self.is_alive():
            self._notifier.alive()

    def is_alive(self) -> bool:
        """Whether something has moved of late: the one thing that feeds the watchdog."""
        longest = max(_LEAST_STILL, 3 * self._roster.every.total_seconds())
        return not self._roster.worlds or self.health.still_for(time.monotonic()) < longest

    @staticmethod
    def monotonic() -> float:
        """The clock that progress is measured by."""
        return time.monotonic()

    def units(self) -> Mapping[str, int]:
        """The quota units each account has spent since the start, where its mailbox or calendar counts them; both may do so
        with one meter."""
        counted = {}
        for w in self._roster.worlds:
            ends: tuple[object, ...] = (w.mailbox, w.calendar)
            meters = (end.meter for end in ends if isinstance(end, Metered))
            counted[w.account.name] = sum(meter.units for meter in {id(m): m for m in meters}.values())
        return {name: n for name, n in counted.items() if n}

    def _listen(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # signals are the main thread's (signal(2) through Python); a service within another program is told
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: self._stop.set())
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, lambda *_: self._hangup.set())

    def _end(self) -> bool:
        """No turn begins any more; those under way go to the end of the page or effect they are at."""
        self._stop.set()
        self._notifier.stopping()
        self._scheduler.shutdown(wait=False)
        with self._idle:
            ended = self._idle.wait_for(lambda: self._running == 0, timeout=STOPS_WITHIN - 2)
        log.info("service ends", extra={"result": "in order" if ended else "a turn did not end in time"})
        return ended

    def _keep_lease(self) -> None:
        self._lease_seen = time.monotonic()
        if self._tenancy is None:
            return
        try:
            self._tenancy.renew(self._clock())
        except LeaseLost as lost:
            self._give_way(lost)
        except OutsideFault as fault:
            log.warning("the lease could not be written", extra={"kind": trouble_of(fault).value})

    def _give_way(self, lost: LeaseLost) -> None:
        self._lost = lost
        self._stop.set()

    def _ahead(self) -> float:
        """How far the wall clock is ahead of the monotonic one, in seconds."""
        return self._clock().timestamp() - time.monotonic()

    # --- accounts come and go

    def _admit(self, roster: Roster) -> None:
        """Schedule every account's first turn, spread where they are many."""
        now = self._clock()
        self.health.admit({w.account.name: w.memory.last_turn(w.account.name) for w in roster.worlds}, now)
        step = min(dt.timedelta(seconds=0.5), roster.every / max(1, len(roster.worlds)))
        for i, world in enumerate(roster.worlds):
            self._schedule(world, now if i < MOST_THREADS else now + i * step)

    def _schedule(self, world: World, first: dt.datetime) -> None:
        trigger = _Rounds(world, lambda: self._roster.every)
        self._scheduler.add_job(
            self._turn, trigger, args=(world.account.name,), id=world.account.name, name=self._hashed(world.account.name),
            next_run_time=first, replace_existing=True,
        )  # fmt: skip

    def _take_over(self) -> None:
        """A new config: looked at whole first; with a mistake in it everything stays as it is."""
        self._notifier.reloading()
        try:
            roster = self._reload() if self._reload is not None else self._roster
        except OutsideFault as fault:
            self.health.refused_config = f"{fault}\n{getattr(fault, 'advice', '')}".strip()
            log.error("the new config has mistakes; the old one stays", extra={"kind": trouble_of(fault).value})
            self._notifier.ready("the new config has mistakes; the old one stays")
            return
        gone = self._roster.by_name.keys() - roster.by_name.keys()
        self._roster = roster
        self.health.refused_config = ""
        self._not_before.clear()
        for name in gone:
            self._remove(name)
        self._admit(roster)
        log.info("config taken over", extra={"accounts": len(roster.worlds)})
        self._notifier.ready(f"{len(roster.worlds)} accounts")

    def _remove(self, name: str) -> None:
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return

    def _wake_all(self) -> None:
        """Every account's turn soon, whatever the clock said before."""
        now = self._clock()
        self._not_before.clear()
        for i, world in enumerate(self._roster.worlds):
            self._schedule(world, now + dt.timedelta(seconds=0.5) * i)

    # --- the threads that take turns

    def _turn(self, name: str) -> None:
        """One turn of one account; its faults are its own."""
        world, now = self._roster.by_name.get(name), self._clock()
        if world is None or self._stop.is_set() or now < self._not_before.get(name, now):
            return
        with self._idle:
            self._running += 1
        began = time.monotonic()
        try:
            self._take(world, now, began)
        except LeaseLost as lost:
            self._give_way(lost)
        except Stopping:
            log.info("turn broken off to stop", extra={"account": self._hashed(name)})
        except Exception as fault:  # a bug of ours, or the store's or the world's fault: never the other accounts'
            self._failed(world, fault, now, began)
        finally:
            self.health.moved(time.monotonic())
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _take(self, world: World, now: dt.datetime, began: float) -> None:
        name = world.account.name
        if self._tenancy is not None:
            self._tenancy.check()
        outcome = turn(replace(world, progress=self._progress), now)
        if self._roster.keep_days is not None and not outcome.problems:
            let_go(world, now, self._roster.keep_days)
        vital = self.health.turned(name, outcome, now)
        if outcome.view is not None or not vital.stock.standings:
            self.health.counted(name, stock_of(world.memory, name))
        self._put_off(name, vital, outcome.problems, now)
        self._noted(name, vital)
        self._tell(world, outcome)
        effects = {"refused" if e == "refused" else e: n for e, n in effects_of(outcome).items() if n}
        extra = {
            "account": self._hashed(name), "result": vital.trouble.value, "records": outcome.records,
            "unreadable": outcome.unreadable or None, "seconds": round(time.monotonic() - began, 3),
            "problems": [trouble_of(p).value for p in outcome.problems] or None, **effects,
        }  # fmt: skip
        log.log(logging.INFO if vital.trouble is Trouble.NONE else logging.WARNING, "turn", extra=extra)

    def _failed(self, world: World, fault: Exception, now: dt.datetime, began: float) -> None:
        name = world.account.name
        vital = self.health.failed(name, fault, now)
        self._put_off(name, vital, (fault,), now)
        extra = {
            "account": self._hashed(name), "result": vital.trouble.value, "kind": type(fault).__name__,
            "seconds": round(time.monotonic() - began, 3),
        }  # fmt: skip
        if vital.trouble is Trouble.BUG:
            log.exception("turn failed: a bug", extra=extra)
        else:
            log.warning("turn failed", extra=extra)
        try:
            self._noted(name, vital)
        except OutsideFault:
            log.warning("trouble could not be noted", extra={"account": self._hashed(name)})

    def _put_off(self, name: str, vital: Vital, problems: Sequence[BaseException], now: dt.datetime) -> None:
        """After a fault the account is left alone for a while."""
        if vital.trouble is Trouble.NONE:
            self._not_before.pop(name, None)
            return
        asked = max((p.after for p in problems if isinstance(p, TryLater)), default=None)
        wait = back_off(vital.failures, name, asked, vital.trouble is Trouble.PERSON)
        self._not_before[name] = now + wait
        if wait < self._roster.every:  # sooner than the next round
            self._bring_forward(name, now + wait)

    def _bring_forward(self, name: str, at: dt.datetime) -> None:
        if not self._stop.is_set():
            try:
                self._scheduler.modify_job(name, next_run_time=at + dt.timedelta(milliseconds=10))
            except JobLookupError:  # the account has just left the config
                return

    def _progress(self, what: str, more: int) -> None:
        """A turn tells that something is done: food for the watchdog, and where it stops when it must."""
        self.health.moved(time.monotonic())
        if self._stop.is_set():
            raise Stopping


class _Rounds(BaseTrigger):  # type: ignore[misc]
    """APScheduler's question answered by `timing.next_turn`."""

    def __init__(self, world: World, every: Callable[[], dt.timedelta]) -> None:
        self._account, self._every = world.account, every

    def get_next_fire_time(self, previous: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """The next round after the last; after a long sleep the one that is due now."""
        a, every = self._account, self._every()
        last = max(previous or now, now - every)  # rounds that were slept through are not gone through one by one
        return next_turn(last, a.name, every, a.policy.appear_at, a.zone)


def stock_of(memory: Memory, name: str) -> Stock:
    """What memory holds of an account now."""
    standings, refused = memory.standings(name), {r.key for r in refusals_of(memory, name)}
    states = Counter(s.state.value for s in standings.values())
    unsettled = sum(s.state is State.INTENDED and key not in refused for key, s in standings.items())
    return Stock(states, len(memory.unreadables(name)), len(refused), unsettled)


def leave_at_once() -> None:
    """End this process without waiting for its threads; what they were at is made good by the next start."""
    logging.shutdown()
    os._exit(0)
