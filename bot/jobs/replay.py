"""The same street under a simulated clock: weeks of mail and calendar again, and what the bot would have done.

Who acts in it is handed in (`People`): a rep who does the same with every draft, or a whole cast with minds of their own.
A mail becomes visible at its Date and an entry at its CREATED; the bot takes a turn whenever something happened, at every
hour at which drafts appear, and at midnight before the first day. Nothing waits, and nothing given is touched.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.cadence.opportunity import Opportunity
from bot.cadence.worktime import WorkTime
from bot.jobs.playground import Playground
from bot.model import Form, Instruction, Put, Stage, Touch
from bot.pipeline import Done, Outcome, World, turn


class Approve(StrEnum):
    """What the rep does with each draft: sends it unchanged, leaves it lying, or deletes it."""

    SENT = "sent"
    IGNORED = "ignored"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that becomes visible at a moment: a mail's bytes (received or sent by hand), or an entry's."""

    at: dt.datetime
    data: bytes
    name: str
    is_entry: bool
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Something the rep tells the bot at a moment: a note, a stop."""

    at: dt.datetime
    instruction: Instruction


Coming = Arrival | Told


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of the rep's look at a draft: whether he did anything to it, whether he will look at it again at his next
    look, and what follows from it in the world, all of it later than the look."""

    acted: bool
    again: bool = False
    follows: Sequence[Coming] = ()


class People(Protocol):
    """Who acts in a playing: the rep, and whoever answers him."""

    def look(self, touch: Touch, draft: Path, now: dt.datetime) -> Handled:
        """The rep looks at a draft that lies there."""
        ...

    def see(self, done: Done, now: dt.datetime) -> Sequence[Coming]:
        """What follows from something that the bot has just done."""
        ...


@dataclass(frozen=True, slots=True)
class Uniform:
    """A rep who does the same with every draft, and customers who never answer one."""

    playground: Playground
    approve: Approve

    def look(self, touch: Touch, draft: Path, now: dt.datetime) -> Handled:
        """Send, leave or delete it."""
        match self.approve:
            case Approve.SENT:
                self.playground.send(draft, now)
            case Approve.DISCARDED:
                self.playground.discard(draft)
            case Approve.IGNORED:
                return Handled(acted=False)
        return Handled(acted=True)

    def see(self, done: Done, now: dt.datetime) -> Sequence[Coming]:
        """Nothing follows."""
        return ()


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing to tell: an effect that took place, or a stage that an opportunity took."""

    at: dt.datetime
    done: Done | None
    opportunity: Opportunity | None


ACTS_AT = dt.time(10, 0)
AT_ONCE = dt.timedelta(0)


def replay(
    coming: Sequence[Coming],
    playground: Playground,
    world: World,
    begin: dt.date,
    end: dt.date,
    people: People,
    after_turn: Callable[[dt.datetime, Outcome], None] = lambda at, outcome: None,
    every: dt.timedelta = AT_ONCE,
) -> Iterator[Shown]:
    """Play from the beginning of `begin` to the end of `end`, both included, in the account's zone. `every` is how often the
    bot looks for news: with some hours, what happens waits for the next full multiple of them in the rep's day."""
    return Replay(coming, playground, world, begin, end, people, after_turn, every).play()


class Replay:
    """One playing."""

    def __init__(
        self,
        coming: Sequence[Coming],
        playground: Playground,
        world: World,
        begin: dt.date,
        end: dt.date,
        people: People,
        after_turn: Callable[[dt.datetime, Outcome], None],
        every: dt.timedelta,
    ) -> None:
        self.playground, self.world, self.people, self.after_turn = playground, world, people, after_turn
        self.every = every
        self.due: dt.datetime | None = None  # the next turn, where something has happened
        self.coming = sorted(coming, key=_at)
        self.worktime = WorkTime(world.account.country, world.account.zone)
        self.begin, self.end = begin, end
        self.to_handle: dict[str, tuple[dt.datetime, Touch]] = {}  # when the rep looks at which draft
        self.stages: dict[str, Stage] = {}

    def play(self) -> Iterator[Shown]:
        """Walk through the moments at which something happens."""
        start = self._moment(self.begin, dt.time())
        while self.coming and self.coming[0].at < start:
            self._show(self.coming.pop(0))
        yield from self._turn(start)
        day = self.begin
        while day <= self.end:
            yield from self._day(day)
            day += dt.timedelta(1)

    def _day(self, day: dt.date) -> Iterator[Shown]:
        """The moments of one day in order; the rep's own look at his drafts comes at ten."""
        appears, acts = self._moment(day, self.world.account.policy.appear_at), self._moment(day, ACTS_AT)
        midnight = self._moment(day + dt.timedelta(1), dt.time())
        routine = sorted({appears, acts})
        if self.every and not self.worktime.is_working(day):
            routine = []  # nothing appears on a day off; what time alone changes is seen on the next working day
        while moments := [*routine[:1], *(at for at in (*map(_at, self.coming[:1]), self.due) if at and at < midnight)]:
            moment = min(moments)
            routine = [m for m in routine if m > moment]
            while self.coming and self.coming[0].at <= moment:
                self._show(self.coming.pop(0))
                self._wake(moment)
            if moment == acts and self._handle_drafts(moment):
                self._wake(moment)
            if moment == appears or (self.due is not None and self.due <= moment):
                self.due = None
                yield from self._turn(moment)

    def _wake(self, now: dt.datetime) -> None:
        """Something has happened: the bot will take a turn, at once or when it looks next."""
        if self.due is None:
            midnight = self._moment(self.worktime.day(now), dt.time())
            self.due = midnight - (midnight - now) // self.every * self.every if self.every else now

    def _turn(self, now: dt.datetime) -> Iterator[Shown]:
        outcome = turn(self.world, now)
        for done in outcome.done:
            effect = done.effect
            if isinstance(effect, Put) and effect.touch.form is Form.DRAFT:
                look = self.to_handle.get(effect.touch.key, (self._next_look(now), None))[0]
                self.to_handle[effect.touch.key] = look, effect.touch
            self._expect(self.people.see(done, now))
            yield Shown(now, done, None)
        for o in outcome.view.opportunities if outcome.view else ():
            if self.stages.get(o.opening) is not o.stage:
                self.stages[o.opening] = o.stage
                yield Shown(now, None, o)
        self.after_turn(now, outcome)

    def _next_look(self, now: dt.datetime) -> dt.datetime:
        """Ten o'clock of the working day on which a draft appears, or of the next where it appears later than that."""
        today = self.worktime.day(now)
        if self.worktime.is_working(today) and now <= self._moment(today, ACTS_AT):
            return self._moment(today, ACTS_AT)
        return self._moment(self.worktime.after(today), ACTS_AT)

    def _handle_drafts(self, now: dt.datetime) -> bool:
        """The rep looks at the drafts whose time has come; whether he did anything."""
        acted = False
        for key, path in list(self.playground.drafts()):
            due, touch = self.to_handle.get(key, (None, None))
            if due is None or touch is None or due > now:
                continue
            handled = self.people.look(touch, path, now)
            if handled.again:
                self.to_handle[key] = self._moment(self.worktime.after(self.worktime.day(now)), ACTS_AT), touch
            else:
                del self.to_handle[key]
            self._expect(handled.follows)
            acted = acted or handled.acted
        return acted

    def _expect(self, follows: Sequence[Coming]) -> None:
        for one in follows:
            bisect.insort(self.coming, one, key=_at)

    def _show(self, coming: Coming) -> None:
        match coming:
            case Told(instruction=instruction):
                self.world.memory.instruct(self.world.account.name, instruction)
            case Arrival(is_entry=True):
                self.playground.note(coming.data, coming.name)
            case Arrival():
                self.playground.arrive(coming.data, sent=coming.sent)

    def _moment(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, self.world.account.zone)


def _at(coming: Coming) -> dt.datetime:
    return coming.at
