"""A customer matter told as a list of what happened, and played through fold, plan and diff without any world around it.

story = Story()
quote = story.quote("2026-04-06 10:15")
story.heard("2026-04-08 09:00", Kind.ENGAGED)
told = story.play("2026-04-06", "2026-06-05")
told.drafts -> [(day, step), ...]
"""

from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from bot.cadence.diff import diff
from bot.cadence.fold import fold, leave_of
from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import plan, standing_today
from bot.cadence.policy import Policy
from bot.cadence.sent import number_digests
from bot.cadence.worktime import WorkTime
from bot.model import (
    Address,
    Attendee,
    Direction,
    EntryRecord,
    Form,
    Instruction,
    Kind,
    MailRecord,
    Put,
    Reading,
    Record,
    Standing,
    State,
    mention,
)

REP = Address("alex@northwind.example", "Alex Reed")
DANA = Address("dana@acme.example", "Dana Ruiz")


@dataclass
class Told:
    """What a playing showed."""

    drafts: list[tuple[dt.date, str]] = field(default_factory=list)
    reminders: list[tuple[dt.date, str, dt.date]] = field(default_factory=list)  # put on, step, lies on
    withdrawn: list[tuple[dt.date, str]] = field(default_factory=list)
    stages: dict[str, list[tuple[dt.date, str]]] = field(default_factory=dict)
    last: tuple[Opportunity, ...] = ()

    def stage(self, opening: str) -> str:
        return self.stages[opening][-1][1]


class Story:
    """Everything that happens to one rep."""

    def __init__(self, country: str = "US", zone: str = "America/Chicago", policy: Policy | None = None) -> None:
        self.country, self.zone, self.policy = country, zoneinfo.ZoneInfo(zone), policy or Policy()
        self.records: list[Record] = []
        self.instructions: list[Instruction] = []
        self.standings: dict[str, Standing] = {}
        self._ids = itertools.count(1)
        self._threads: dict[str, tuple[str, ...]] = {}

    # --- what happens

    def at(self, text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(text).replace(tzinfo=self.zone)

    def mail(
        self,
        at: str,
        kind: Kind,
        *,
        sender: Address = REP,
        to: Sequence[Address] = (DANA,),
        cc: Sequence[Address] = (),
        reply_to: str | None = None,
        topic: str = "",
        **reading: Any,
    ) -> str:
        """One mail with its reading; its id."""
        id_ = f"m{next(self._ids)}@story"
        references = (*self._threads[reply_to], reply_to) if reply_to else ()
        self._threads[id_] = references
        direction = Direction.SENT if sender == REP else Direction.RECEIVED
        said = Reading(kind, words=reading.pop("words", kind.value), rule=f"story.{kind.value}", **reading)
        self.records.append(
            MailRecord(
                id_, f"ref-{id_}", "", self.at(at), direction, sender, tuple(to), tuple(cc), reply_to, references,
                mention(topic) if topic else "", None, said,
            )
        )  # fmt: skip
        return id_

    def quote(self, at: str, *, number: str | None = "Q-1042", amount: str = "65650", **more: Any) -> str:
        mentions = frozenset(number_digests(number)) | more.pop("mentions", frozenset())
        return self.mail(
            at, Kind.QUOTE, number=number, amount=Decimal(amount), currency="USD", mentions=mentions, **more
        )

    def heard(self, at: str, kind: Kind, *, sender: Address = DANA, **more: Any) -> str:
        return self.mail(at, kind, sender=sender, to=(REP,), **more)

    def entry(
        self,
        at: str,
        kind: Kind,
        start: str,
        end: str | None = None,
        *,
        title: str = "",
        accepted: Sequence[Address] = (),
        invited: Sequence[Address] = (),
        all_day: bool = False,
        **reading: Any,
    ) -> str:
        id_ = f"e{next(self._ids)}@story"
        people = (*(Attendee(a, "ACCEPTED") for a in accepted), *(Attendee(a) for a in invited))
        words = frozenset(mention(w) for w in title.split())
        said = Reading(kind, words=title, rule=f"story.{kind.value}", mentions=words, **reading)
        begin = self.at(start)
        self.records.append(
            EntryRecord(
                id_, f"ref-{id_}", "", self.at(at), begin, self.at(end) if end else begin + dt.timedelta(minutes=30), all_day,
                title, people, False, None, said,
            )
        )  # fmt: skip
        return id_

    def instruct(self, at: str, verb: str, subject: str, **more: Any) -> None:
        self.instructions.append(Instruction(verb, subject, self.at(at), **more))

    # --- how it is played

    def seen(self, now: dt.datetime) -> list[Record]:
        return [r for r in self.records if r.at <= now]

    def worktime(self, now: dt.datetime) -> WorkTime:
        return WorkTime(self.country, self.zone, leave_of(self.seen(now), self.zone))

    def fold(self, now: dt.datetime) -> tuple[Opportunity, ...]:
        return fold(
            self.seen(now),
            tuple(self.standings.values()),
            [i for i in self.instructions if i.at <= now],
            me=frozenset({REP.email}),
            policy=self.policy,
            worktime=self.worktime(now),
            now=now,
        )

    def turn(self, now: dt.datetime, told: Told) -> None:
        """One turn: fold, plan, diff, and the effects as memory would keep them."""
        worktime, opportunities = self.worktime(now), self.fold(now)
        today = now.date()
        wish = plan(
            opportunities,
            account="story",
            policy=self.policy,
            worktime=worktime,
            now=now,
            put_today=standing_today(self.standings.values(), worktime, today),
        )
        for effect in diff(wish.touches, self.standings.values(), now, {}):
            if isinstance(effect, Put):
                t, known = effect.touch, effect.known
                base = known if known and known.state is State.STANDING else None
                self.standings[t.key] = Standing(
                    t.key, t.form, State.STANDING, t.opening, t.step, t.round, tuple(a.email for a in t.people),
                    base.at if base else now, now, "ref", "etag", "digest", t.fingerprint, t.start, t.because, t.covers,
                )  # fmt: skip
                if t.form is Form.DRAFT:
                    told.drafts.append((today, t.step))
                else:
                    assert t.start is not None
                    told.reminders.append((today, t.step, t.start.date()))
            else:
                s = effect.standing
                self.standings[s.key] = replace(s, state=State.WITHDRAWN, changed=now)
                told.withdrawn.append((today, s.step))
        for o in opportunities:
            line = told.stages.setdefault(o.opening, [])
            if not line or line[-1][1] != o.stage:
                line.append((today, o.stage.value))
        told.last = opportunities

    def approve(self, now: dt.datetime, verdict: str) -> None:
        """The rep handles the drafts that lie there."""
        for key, s in list(self.standings.items()):
            if s.form is not Form.DRAFT or s.state is not State.STANDING or verdict == "ignored":
                continue
            if verdict == "discarded":
                self.standings[key] = replace(s, state=State.DISCARDED, changed=now)
                continue
            id_ = f"s{next(self._ids)}@story"
            to = tuple(Address(e) for e in s.people)
            reading = Reading(Kind.NOTHING, rule="own draft")
            self.records.append(
                MailRecord(id_, "ref", "", now, Direction.SENT, REP, to, (), s.opening, (s.opening,), "", key, reading)
            )
            self.standings[key] = replace(s, state=State.SENT, changed=now)

    def play(self, begin: str, end: str, verdict: str = "sent") -> Told:
        """Turns at midnight before the first day, at each arrival, each morning, and after the rep's look at ten."""
        told = Told()
        first, last = dt.date.fromisoformat(begin), dt.date.fromisoformat(end)
        self.turn(dt.datetime.combine(first, dt.time(), self.zone), told)
        day = first
        while day <= last:
            morning = dt.datetime.combine(day, self.policy.appear_at, self.zone)
            ten = dt.datetime.combine(day, dt.time(10), self.zone)
            arrivals = {r.at for r in self.records if r.at.date() == day and not (isinstance(r, MailRecord) and r.key)}
            moments = sorted({morning, ten, *arrivals, *(i.at for i in self.instructions if i.at.date() == day)})
            for moment in moments:
                if moment == ten and self.worktime(moment).is_working(day):
                    self.approve(moment, verdict)
                self.turn(moment, told)
            day += dt.timedelta(1)
        return told
