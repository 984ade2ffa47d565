"""The same street under a simulated clock: weeks of mail and calendar again, and what the bot would have done.

A mail becomes visible at its Date and an entry at its CREATED; the bot takes a turn whenever something happened, at every
hour at which drafts appear, and at midnight before the first day. Nothing waits, and nothing given is touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.cadence.opportunity import Opportunity
from bot.cadence.worktime import WorkTime
from bot.jobs.playground import Playground
from bot.model import Form, Put, Stage
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
class Shown:
    """One thing to tell: an effect that took place, or a stage that an opportunity took."""

    at: dt.datetime
    done: Done | None
    opportunity: Opportunity | None


ACTS_AT = dt.time(10, 0)


def replay(
    arrivals: Sequence[Arrival],
    playground: Playground,
    world: World,
    begin: dt.date,
    end: dt.date,
    approve: Approve,
    after_turn: Callable[[dt.datetime, Outcome], None] = lambda at, outcome: None,
) -> Iterator[Shown]:
    """Play from the beginning of `begin` to the end of `end`, both included, in the account's zone."""
    return Replay(arrivals, playground, world, begin, end, approve, after_turn).play()


class Replay:
    """One playing."""

    def __init__(
        self,
        arrivals: Sequence[Arrival],
        playground: Playground,
        world: World,
        begin: dt.date,
        end: dt.date,
        approve: Approve,
        after_turn: Callable[[dt.datetime, Outcome], None],
    ) -> None:
        self.playground, self.world, self.approve, self.after_turn = playground, world, approve, after_turn
        self.arrivals = sorted(arrivals, key=lambda a: a.at)
        self.worktime = WorkTime(world.account.country, world.account.zone)
        self.begin, self.end = begin, end
        self.to_handle: dict[str, dt.datetime] = {}  # when the rep looks at which draft
        self.stages: dict[str, Stage] = {}

    def play(self) -> Iterator[Shown]:
        """Walk through the moments at which something happens."""
        start = self._at(self.begin, dt.time())
        waiting = [a for a in self.arrivals if a.at >= start]
        for arrival in self.arrivals[: len(self.arrivals) - len(waiting)]:
            self._show(arrival)
        yield from self._turn(start)
        day = self.begin
        while day <= self.end:
            midnight = self._at(day + dt.timedelta(1), dt.time())
            today = [a for a in waiting if a.at < midnight]
            waiting = waiting[len(today) :]
            yield from self._day(day, today)
            day += dt.timedelta(1)

    def _day(self, day: dt.date, arrivals: Sequence[Arrival]) -> Iterator[Shown]:
        """The moments of one day in order; the rep's own look at his drafts comes at ten."""
        appears, acts = self._at(day, self.world.account.policy.appear_at), self._at(day, ACTS_AT)
        moments = sorted({appears, acts, *(a.at for a in arrivals)})
        pending = list(arrivals)
        for moment in moments:
            happened = moment == appears
            while pending and pending[0].at <= moment:
                self._show(pending.pop(0))
                happened = True
            if moment == acts and self._handle_drafts(moment):
                happened = True
            if happened:
                yield from self._turn(moment)

    def _turn(self, now: dt.datetime) -> Iterator[Shown]:
        outcome = turn(self.world, now)
        for done in outcome.done:
            effect = done.effect
            if isinstance(effect, Put) and effect.touch.form is Form.DRAFT:
                self.to_handle.setdefault(effect.touch.key, self._next_look(now))
            yield Shown(now, done, None)
        for o in outcome.view.opportunities if outcome.view else ():
            if self.stages.get(o.opening) is not o.stage:
                self.stages[o.opening] = o.stage
                yield Shown(now, None, o)
        self.after_turn(now, outcome)

    def _next_look(self, now: dt.datetime) -> dt.datetime:
        """Ten o'clock of the working day on which a draft appears, or of the next where it appears later than that."""
        today = self.worktime.day(now)
        if self.worktime.is_working(today) and now <= self._at(today, ACTS_AT):
            return self._at(today, ACTS_AT)
        return self._at(self.worktime.after(today), ACTS_AT)

    def _handle_drafts(self, now: dt.datetime) -> bool:
        """The rep looks at the drafts whose time has come; whether he did anything."""
        if self.approve is Approve.IGNORED:
            return False
        acted = False
        for key, path in list(self.playground.drafts()):
            if (due := self.to_handle.get(key)) is None or due > now:
                continue
            del self.to_handle[key]
            acted = True
            if self.approve is Approve.SENT:
                self.playground.send(path, now)
            else:
                self.playground.discard(path)
        return acted

    def _show(self, arrival: Arrival) -> None:
        if arrival.is_entry:
            self.playground.note(arrival.data, arrival.name)
        else:
            self.playground.arrive(arrival.data, sent=arrival.sent)

    def _at(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, self.world.account.zone)
