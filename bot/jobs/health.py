"""How the service is: by account what the last turns came to, and whether anything moves at all.

Threads that take turns tell it here; the watchdog, the figures, `followup status` and the alert file are read from it. It
knows no clock: moments are handed in, those of progress by the monotonic clock.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.errors import OutsideFault, TryLater, UserMustAct
from bot.model import Put, State, Withdraw
from bot.pipeline import Outcome


class Trouble(StrEnum):
    """What keeps an account from being well."""

    NONE = "none"
    LATER = "later"  # the world is busy or broken; it mends itself
    PERSON = "person"  # a person must act: sign in again, make room, mend a folder
    BUG = "bug"  # ours


@dataclass(frozen=True, slots=True)
class Stock:
    """What memory holds of an account: standings by state, what could not be read, what could not be written, and the writes
    whose answer never came (a standing that stays intended and was not refused)."""

    standings: Mapping[str, int] = field(default_factory=dict)
    quarantined: int = 0
    refused: int = 0
    ambiguous: int = 0


@dataclass(frozen=True, slots=True)
class Vital:
    """What is known of one account since the service has started. `text` and `advice` are for the person at the machine,
    never for logs or figures."""

    since: dt.datetime
    last_good: dt.datetime | None = None
    last_try: dt.datetime | None = None
    failures: int = 0  # in a row
    trouble: Trouble = Trouble.NONE
    text: str = ""
    advice: str = ""
    turns: Mapping[str, int] = field(default_factory=dict)  # by result: good, later, person, bug
    effects: Mapping[str, int] = field(default_factory=dict)  # put, rewritten, withdrawn, refused
    stock: Stock = field(default_factory=lambda: Stock())

    def lag(self, now: dt.datetime) -> dt.timedelta:
        """How far what the bot knows lies behind the world: the time since the last good turn."""
        return now - (self.last_good or self.since)


class Health:
    """The vitals of all accounts, and the last progress of any."""

    def __init__(self, monotonic: float) -> None:
        self._lock = threading.Lock()
        self._vitals: dict[str, Vital] = {}
        self._progress = monotonic
        self.refused_config = ""  # why the last config was not taken over

    def admit(self, names: Mapping[str, dt.datetime | None], now: dt.datetime) -> None:
        """These are the accounts, each with its last good turn of an earlier run; others are dropped."""
        with self._lock:
            self._vitals = {n: self._vitals.get(n, Vital(now, last)) for n, last in names.items()}

    def moved(self, monotonic: float) -> None:
        """Something was really done: a page taken in, an effect carried out, a turn ended."""
        with self._lock:
            self._progress = max(self._progress, monotonic)

    def still_for(self, monotonic: float) -> float:
        """Seconds since anything moved."""
        with self._lock:
            return max(0.0, monotonic - self._progress)

    def vitals(self) -> Mapping[str, Vital]:
        """All accounts as they are now."""
        with self._lock:
            return dict(self._vitals)

    def is_ready(self) -> bool:
        """Whether every account has been tried."""
        return all(v.last_try is not None for v in self.vitals().values())

    def counted(self, name: str, stock: Stock) -> None:
        """Memory was looked at."""
        with self._lock:
            if name in self._vitals:
                self._vitals[name] = replace(self._vitals[name], stock=stock)

    def turned(self, name: str, outcome: Outcome, now: dt.datetime) -> Vital:
        """A turn ended; it may still have met faults at one end of the world."""
        worst = _worst(outcome.problems)
        with self._lock:
            vital = self._told(name, worst, now)
            effects = Counter(vital.effects) + Counter(effects_of(outcome))
            return self._keep(name, replace(vital, effects=effects))

    def failed(self, name: str, fault: BaseException, now: dt.datetime) -> Vital:
        """A turn did not come about."""
        with self._lock:
            return self._told(name, fault, now)

    def _told(self, name: str, fault: BaseException | None, now: dt.datetime) -> Vital:
        known = self._vitals.get(name, Vital(now))
        trouble = trouble_of(fault)
        turns = Counter(known.turns)
        turns["good" if trouble is Trouble.NONE else trouble.value] += 1
        good = trouble is Trouble.NONE
        vital = replace(
            known,
            last_try=now,
            last_good=now if good else known.last_good,
            failures=0 if good else known.failures + 1,
            trouble=trouble,
            text="" if trouble in (Trouble.NONE, Trouble.BUG) else str(fault),
            advice=fault.advice if isinstance(fault, UserMustAct) else "",
            turns=turns,
        )
        return self._keep(name, vital)

    def _keep(self, name: str, vital: Vital) -> Vital:
        """Keep it, unless the account has left the config while its last turn was under way."""
        if name in self._vitals:
            self._vitals[name] = vital
        return vital


def effects_of(outcome: Outcome) -> Mapping[str, int]:
    """How many touches a turn put, rewrote and withdrew, and how many it had no decent words for."""
    counts: Counter[str] = Counter(refused=len(outcome.refusals))
    for done in outcome.done:
        match done.effect:
            case Put(known=known):
                counts["rewritten" if known is not None and known.state is State.STANDING else "put"] += 1
            case Withdraw():
                counts["withdrawn"] += 1
    return counts


def trouble_of(fault: BaseException | None) -> Trouble:
    """Which kind of trouble a fault is."""
    match fault:
        case None:
            return Trouble.NONE
        case UserMustAct():
            return Trouble.PERSON
        case OutsideFault():
            return Trouble.LATER
        case _:
            return Trouble.BUG


def _worst(problems: tuple[OutsideFault, ...]) -> OutsideFault | None:
    """The one a person must act on, else the one that asks for the longest wait."""
    person = next((p for p in problems if isinstance(p, UserMustAct)), None)
    waits = [p for p in problems if isinstance(p, TryLater)]
    return person or (max(waits, key=lambda p: p.after) if waits else next(iter(problems), None))
