"""WHEN, on one machine: every account's turn on APScheduler 3, one at a time for each account.

The clock says when a turn is due, nothing else: what is to be done is planned anew in each turn, so a turn that was missed or
came late (sleep, an outage) is made up by the next.
"""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from collections.abc import Callable, Sequence

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import OutsideFault, TryLater
from bot.pipeline import Outcome, World, turn

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
Tell = Callable[[World, Outcome], None]


class Service:
    """The service loop over all accounts."""

    def __init__(self, worlds: Sequence[World], every: dt.timedelta, clock: Clock, tell: Tell) -> None:
        self._worlds = tuple(worlds)
        self._every = every
        self._clock = clock
        self._tell = tell
        self._stop = threading.Event()
        self._not_before: dict[str, dt.datetime] = {}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max(1, min(8, len(self._worlds))))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=dt.UTC,
        )

    def run(self) -> None:
        """Take turns until a signal to stop; the turn under way is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        for world in self._worlds:
            self._schedule(world)
        self._scheduler.start()
        try:
            self._stop.wait()
        finally:
            self._scheduler.shutdown(wait=True)

    def stop(self) -> None:
        """Stop soon."""
        self._stop.set()

    def _schedule(self, world: World) -> None:
        """Every so often, and at the hour at which drafts appear in the rep's zone."""
        account = world.account
        first = self._clock()
        jitter = max(1, int(self._every.total_seconds() / 10))
        every = IntervalTrigger(
            seconds=int(self._every.total_seconds()), jitter=jitter, start_date=first, timezone=dt.UTC
        )
        self._scheduler.add_job(self._turn, every, args=(world,), id=f"{account.name} every", next_run_time=first)
        appears = account.policy.appear_at
        morning = CronTrigger(hour=appears.hour, minute=appears.minute, second=1, timezone=account.zone)
        self._scheduler.add_job(self._turn, morning, args=(world,), id=f"{account.name} morning")

    def _turn(self, world: World) -> None:
        """One turn of one account; its faults are its own."""
        name, now = world.account.name, self._clock()
        if now < self._not_before.get(name, now):
            return
        try:
            outcome = turn(world, now)
        except TryLater as busy:
            self._not_before[name] = now + busy.after
            log.warning("turn put off", extra={"account": name})
            return
        except OutsideFault:
            log.exception("turn failed", extra={"account": name})
            return
        for problem in outcome.problems:
            if isinstance(problem, TryLater):
                self._not_before[name] = now + problem.after
        self._tell(world, outcome)
