"""One service for one memory: a lock of the operating system, and a lease in memory behind it.

The lock goes the moment its holder dies. The lease is for what a lock cannot see: a service that was paused, or whose lock
file somebody deleted, finds on waking that another epoch has begun, and ends without another turn.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import TryLater, UserMustAct
from bot.store.base import Memory
from bot.store.turnlock import TurnLocks

SERVICE = ""  # facts of the whole installation are kept under an account's name that no account can have
_FACT = "service"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who serves, since when, and when they were last seen to."""

    epoch: int
    process: int
    since: dt.datetime
    seen: dt.datetime

    def packed(self) -> str:
        row = {"epoch": self.epoch, "process": self.process, "since": self.since, "seen": self.seen}
        return json.dumps(row, default=lambda moment: moment.isoformat())


class LeaseLost(UserMustAct):
    """Another service has taken over."""


def lease_of(memory: Memory) -> Lease | None:
    """The lease as memory has it; None: nobody has served yet."""
    text = memory.facts(SERVICE).get(_FACT)
    if text is None:
        return None
    row = json.loads(text)
    moment = dt.datetime.fromisoformat
    return Lease(int(row["epoch"]), int(row["process"]), moment(row["since"]), moment(row["seen"]))


class Tenancy:
    """Our own lease."""

    def __init__(self, memory: Memory, lease: Lease) -> None:
        self._memory = memory
        self._lease = lease

    def renew(self, now: dt.datetime) -> None:
        """We still serve. Raises LeaseLost where that is no longer so."""
        self.check()
        self._lease = Lease(self._lease.epoch, self._lease.process, self._lease.since, now)
        self._memory.set_fact(SERVICE, _FACT, self._lease.packed())

    def check(self) -> None:
        """Raises LeaseLost where another service has begun since."""
        there = lease_of(self._memory)
        if there is None or (there.epoch, there.process) != (self._lease.epoch, self._lease.process):
            raise LeaseLost(
                "another followup serves this memory now; this one ends", "run one service for one store.path"
            )


@contextlib.contextmanager
def tenancy(memory: Memory, locks: TurnLocks, process: int, now: dt.datetime) -> Iterator[Tenancy]:
    """Serve alone for the length of the block. Raises UserMustAct while another service does."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locks.hold(SERVICE))
        except TryLater as taken:
            there = lease_of(memory)
            who = f" (process {there.process} since {there.since:%Y-%m-%d %H:%M} UTC)" if there else ""
            raise UserMustAct(
                f"another followup serves this memory already{who}", "stop that one first, or leave the work to it"
            ) from taken
        before = lease_of(memory)
        lease = Lease(before.epoch + 1 if before else 1, process, now, now)
        memory.set_fact(SERVICE, _FACT, lease.packed())
        yield Tenancy(memory, lease)
