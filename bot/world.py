"""What a turn works with, and what it comes to: the values that its steps hand to each other."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import Outlook, Plan
from bot.cadence.policy import Policy
from bot.cadence.worktime import MONDAY_TO_FRIDAY
from bot.drafting import Desk, Written
from bot.errors import OutsideFault
from bot.model import Effect, Form
from bot.providers.base import Calendar, Mailbox, Profile
from bot.reading.settings import ReadSettings
from bot.store.base import Memory, Source
from bot.writing.facts import Rep
from bot.writing.templates import Templates
from bot.writing.values import Item

Progress = Callable[[str, int], None]  # what is being done, and how many more of it

FORM: Mapping[Source, Form] = {"mail": Form.DRAFT, "calendar": Form.REMINDER}  # what we put where
LISTED = "mail was listed"  # a fact: the mailbox has been read to its end once
REFUSED = "refused"  # a fact: the touches that cannot be written, by key, as JSON


def no_progress(what: str, more: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """One rep, and the rules he works by. `profile` is what his mailbox's vendor knows of him (bot/profiling.py)."""

    name: str
    me: tuple[str, ...]
    rep: Rep
    zone: zoneinfo.ZoneInfo
    country: str
    language: str
    policy: Policy
    profile: Profile = field(default_factory=Profile)

    @property
    def reading(self) -> ReadSettings:
        """The rep as the readers know him."""
        return ReadSettings.of(list(self.me), self.zone.key, self.country)

    @property
    def weekdays(self) -> frozenset[int]:
        """The days of the week on which he works (0: Monday)."""
        return self.profile.hours.days if self.profile.hours is not None else MONDAY_TO_FRIDAY


@dataclass(frozen=True, slots=True)
class World:
    """What a turn of an account works with. `calendar` may be missing."""

    account: Account
    mailbox: Mailbox
    calendar: Calendar | None
    memory: Memory
    templates: Templates
    library: tuple[Item, ...] = ()
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True)
class Taken:
    """What a turn took in: how many records, how many unreadable, and what went wrong at which end of the world."""

    records: int
    unreadable: int
    faults: Mapping[Source, OutsideFault]

    @property
    def problems(self) -> tuple[OutsideFault, ...]:
        return tuple(self.faults.values())


@dataclass(frozen=True, slots=True)
class Done:
    """An effect that took place, with what was written where something was put."""

    effect: Effect
    written: Written | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A touch that should stand and cannot be written, and why. It is tried again when something changes."""

    key: str
    opening: str
    step: str
    reason: str

    def __str__(self) -> str:
        return f"{self.step}: {self.reason}"


def refusals_of(memory: Memory, account: str) -> tuple[Refusal, ...]:
    """What could not be written when the account was last thought about."""
    rows = json.loads(memory.facts(account).get(REFUSED, "{}"))
    return tuple(Refusal(key, *row) for key, row in rows.items())


@dataclass(frozen=True, slots=True)
class View:
    """What memory amounts to at a moment: every opportunity, the wish, and the effects that are still to do."""

    now: dt.datetime
    opportunities: tuple[Opportunity, ...]
    plan: Plan
    effects: tuple[Effect, ...]
    desk: Desk

    @property
    def outlooks(self) -> Mapping[str, Outlook]:
        """What comes next, by opening."""
        return {o.opening: o for o in self.plan.outlooks}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to. `view` is None where there was nothing to think about."""

    records: int = 0
    unreadable: int = 0
    done: tuple[Done, ...] = ()
    problems: tuple[OutsideFault, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    view: View | None = None


def to_look_for(form: Form) -> str:
    """The fact that touches of this form are to be looked for among the records."""
    return f"unlisted {form}"
