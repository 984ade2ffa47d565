"""plan(opportunities, policy, now) -> the whole wish: every touch that should stand at `now`, and what comes next. Pure.

Each opportunity wishes for itself; then the wishes are settled among the people they would reach (settle.py). What stands
already and is still wished for is wished again: `diff` makes the delta.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.cadence.hours import Busy, call_start
from bot.cadence.ladder import next_due
from bot.cadence.opportunity import Callback, Opportunity, Situation
from bot.cadence.policy import Policy, StepName
from bot.cadence.settle import LIES, Past, Wish, fingerprint, settle
from bot.cadence.warm import dormant_step, few_a_week, nurture_days
from bot.cadence.worktime import WorkTime
from bot.model import Form, MailRecord, Stage, Standing, State, Touch


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes next in an open opportunity: a day and a step, or the reason why nothing does."""

    opening: str
    day: dt.date | None
    step: str | None
    because: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole wish at a moment, and the outlook of every open opportunity."""

    touches: tuple[Touch, ...]
    outlooks: tuple[Outlook, ...]


def touch_key(account: str, opening: str, step: str, round_: str) -> str:
    """The key of a touch: a hash without any date in it, so that a moved date makes no second touch."""
    return hashlib.blake2b("\x1f".join((account, opening, step, round_)).encode(), digest_size=10).hexdigest()


def plan(
    opportunities: Sequence[Opportunity],
    *,
    account: str,
    policy: Policy,
    worktime: WorkTime,
    now: dt.datetime,
    put_today: int = 0,
    busy: Sequence[Busy] = (),
) -> Plan:
    """Everything that should stand. `put_today` drafts have been put today already and count against the cap."""
    planner = Planner(account, policy, worktime, now, tuple(busy))
    wishes: list[Wish] = []
    outlooks: list[Outlook] = []
    for o in opportunities:
        mine, outlook = planner.wishes(o)
        wishes += mine
        if outlook is not None:
            outlooks.append(outlook)
    dormant = [w for w in wishes if w.touch.template == StepName.DORMANT]
    wishes = [w for w in wishes if w not in dormant] + list(few_a_week(dormant, opportunities, policy, now))
    reminders = tuple(w.touch for w in wishes if w.touch.form is Form.REMINDER)
    drafts = [w for w in wishes if w.touch.form is Form.DRAFT]
    past = Past.of(opportunities, planner.today, put_today)
    chosen = settle(drafts, past, policy, planner.today, planner.appears_now)
    return Plan((*chosen, *reminders), tuple(outlooks))


class Planner:
    """The settings of one planning; no state."""

    def __init__(
        self, account: str, policy: Policy, worktime: WorkTime, now: dt.datetime, busy: tuple[Busy, ...]
    ) -> None:
        self.account, self.policy, self.worktime, self.now, self.busy = account, policy, worktime, now, busy
        self.today = worktime.day(now)
        self.appears_now = worktime.is_working(self.today) and now >= worktime.moment(self.today, policy.appear_at)

    # --- what one opportunity wishes

    def wishes(self, o: Opportunity) -> tuple[list[Wish], Outlook | None]:
        """What the opportunity wants to stand, and its outlook where it is open."""
        match o.stage:
            case Stage.LATER:
                return self._callback(o)
            case Stage.WAITING if o.is_quote:
                return self._waiting(o)
            case Stage.YOUR_TURN:
                return self._your_turn(o)
            case Stage.AWAY:
                return [], self._look(o, None, None, o.because)
            case Stage.UNDELIVERABLE:
                return self._mend(o)
            case Stage.WAITING:
                return [], self._look(o, None, None, "nothing to follow up")
            case Stage.CLOSED:
                return self._dormant(o), None
            case _:
                return [], None

    def _callback(self, o: Opportunity) -> tuple[list[Wish], Outlook]:
        call = o.callback
        assert call is not None
        look = self._look(o, max(call.day, self.today), call.step, o.because)
        drafts = [*self._while_waiting(o, call)]
        if call.elsewhere:
            return drafts, look
        day = call.day if call.day >= self.today else self.worktime.at_or_after(self.today)
        touch = self._touch(o, call.step, call.round, Form.REMINDER, day, o.because)
        return [*drafts, self._wish(o, touch)], look

    def _while_waiting(self, o: Opportunity, call: Callback) -> Iterable[Wish]:
        """Where the policy asks for it: something useful now and then in the wait, and a draft on the morning of the call. A
        day that has passed is not made up."""
        if not o.is_quote or not o.people or call.step != StepName.CALLBACK:
            return
        for step, day in nurture_days(self.worktime.day(o.since), call.day, self.policy, self.worktime):
            yield from self._on_its_day(o, step, StepName.NURTURE, call.round, day, call.day - dt.timedelta(1))
        if self.policy.draft_on_callback_day:
            mail = StepName.CALLBACK_MAIL
            yield from self._on_its_day(o, mail, mail, call.round, call.day, call.day)

    def _on_its_day(
        self, o: Opportunity, step: str, template: str, round_: str, day: dt.date, last: dt.date
    ) -> Iterable[Wish]:
        """A draft on its day alone, or as far behind the rep's last mail as any two mails lie; none after `last`."""
        if o.mailed is not None and o.mailed <= day:
            day = max(day, self.worktime.add(o.mailed, self.policy.min_gap_days))
        touch = replace(self._touch(o, step, round_, Form.DRAFT, day, o.because), template=template)
        wish = self._wish(o, touch)
        known = o.standings.get(touch.key)
        if known is not None and known.state in (State.SENT, State.DISCARDED):
            return
        if wish.lies or day == self.today <= last:
            yield wish

    def _dormant(self, o: Opportunity) -> list[Wish]:
        due = dormant_step(o, self.policy, self.worktime, self.today)
        if due is None or not o.people:
            return []
        day = due[1] if o.mailed is None else max(due[1], self.worktime.add(o.mailed, self.policy.min_gap_days))
        touch = self._touch(o, due[0], o.round, Form.DRAFT, day, f"closed since {self.worktime.day(o.since)}")
        return [self._wish(o, replace(touch, template=StepName.DORMANT))]

    def _your_turn(self, o: Opportunity) -> tuple[list[Wish], Outlook]:
        look = self._look(o, self.today, None, f"your turn: {o.because}")
        if (asked := o.asked_again) is not None and self.policy.resend_when_asked and o.people:
            return [self._wish(o, self._resend(o, asked), urgent=True)], look
        if o.early_no is None or not o.note or not o.people:
            return [], look
        round_ = o.early_no.id
        touch = self._touch(o, StepName.EARLY_NO, round_, Form.DRAFT, self.worktime.after(o.early_no.day), o.because)
        return [self._wish(o, touch, urgent=True)], look

    def _resend(self, o: Opportunity, asked: MailRecord) -> Touch:
        """The quote once more, the working day it is asked for or the next."""
        day = self.worktime.at_or_after(self.worktime.day(asked.at))
        return self._touch(o, StepName.RESEND, asked.id, Form.DRAFT, day, "the customer asks for the quote again")

    def _mend(self, o: Opportunity) -> tuple[list[Wish], Outlook]:
        """One to-do to find the right address; once its day is past it is not made again."""
        key = touch_key(self.account, o.opening, StepName.MEND_ADDRESS, o.round)
        known = o.standings.get(key)
        day = self.worktime.day(known.start) if known and known.start else self.worktime.at_or_after(self.today)
        look = self._look(o, max(day, self.today), StepName.MEND_ADDRESS, o.because)
        if day < self.today:
            return [], look
        touch = self._touch(o, StepName.MEND_ADDRESS, o.round, Form.REMINDER, day, o.because)
        return [self._wish(o, touch)], look

    def _waiting(self, o: Opportunity) -> tuple[list[Wish], Outlook]:
        wishes = [*self._calls_standing(o)]
        for situation, step, because in self._situations(o):
            if (wish := self._answering(o, situation, step, because)) is not None:
                return [*wishes, wish], self._look(o, max(wish.touch.due, self.today), step, because)
        due = next_due(o, self.policy, self.worktime)
        if due is None:
            return wishes, self._look(o, None, None, "the ladder is used up")
        if (self.today - self.worktime.day(o.sent)).days > self.policy.oldest_days:
            return wishes, self._look(o, None, None, f"older than {self.policy.oldest_days} days")
        lies = due.standing is not None and due.standing.state in LIES
        silent = self.worktime.count(max(due.last, o.hold or due.last), self.today, o.pauses)
        ladder = self.policy.ladder_for(o.quote.amount, o.ladder)
        if silent > self.policy.closed_after(ladder) and not lies:
            if not self.policy.close_old_quotes:
                return wishes, self._look(o, None, None, f"nobody followed up for {silent} working days")
            close = self.policy.step(StepName.CLOSE, o.quote.amount, o.ladder) or due.step
            due = replace(due, step=close, standing=o.steps.get(close.name))
        day = due.day
        if due.step.form is Form.DRAFT and o.mailed is not None:
            day = max(day, self.worktime.add(o.mailed, self.policy.min_gap_days))
        because = self._why(o, due.step.name)
        touch = self._touch(o, due.step.name, o.round, due.step.form, day, because)
        look = self._look(o, max(day, self.today), due.step.name, because)
        if day > self.today or (due.step.form is Form.REMINDER and not self.appears_now):
            return wishes, look
        if due.step.form is Form.REMINDER:
            touch = self._touch(o, due.step.name, o.round, Form.REMINDER, self.today, because)
        return [*wishes, self._wish(o, touch)], look

    def _calls_standing(self, o: Opportunity) -> Iterable[Wish]:
        """Call reminders of this round that lie today or later stay as long as the quote waits."""
        for s in o.steps.values():
            if s.form is Form.REMINDER and s.state in LIES and s.start and self.worktime.day(s.start) >= self.today:
                if self.policy.step(s.step, o.quote.amount, o.ladder) is None:
                    continue
                touch = self._touch(o, s.step, o.round, Form.REMINDER, self.worktime.day(s.start), s.because)
                yield Wish(touch, False, True)

    def _situations(self, o: Opportunity) -> Iterable[tuple[Situation, str, str]]:
        """What asks for a mail of its own before the ladder goes on."""
        if o.no_show is not None:
            yield o.no_show, StepName.NO_SHOW, "the customer did not come to the meeting"
        if o.met is not None and self.policy.thanks_after_meeting:
            yield o.met, StepName.THANKS, "you met, and nothing has been written since"

    def _answering(self, o: Opportunity, situation: Situation, step: str, because: str) -> Wish | None:
        """One mail, from the working day after, within three; none where the rep has written since."""
        touch = self._touch(o, step, situation.id, Form.DRAFT, self.worktime.after(situation.day), because)
        known = o.standings.get(touch.key)
        if known is not None and known.state in (State.SENT, State.DISCARDED):
            return None
        if o.mailed is not None and o.mailed > situation.day:
            return None
        lies = known is not None and known.state in LIES
        if not lies and self.worktime.count(situation.day, self.today) > self.policy.min_gap_days:
            return None
        return Wish(touch, True, lies)

    # --- pieces

    def _wish(self, o: Opportunity, touch: Touch, *, urgent: bool = False) -> Wish:
        known = o.standings.get(touch.key)
        lies = known is not None and known.state in LIES
        if known is not None and lies and known.covers:
            touch = replace(touch, covers=known.covers)
        return Wish(touch, urgent, lies)

    def _touch(self, o: Opportunity, step: str, round_: str, form: Form, day: dt.date, because: str) -> Touch:
        key = touch_key(self.account, o.opening, step, round_)
        people = o.people if form is Form.DRAFT else (o.people or o.everyone)
        q = o.quote
        facts = fingerprint(
            step,
            *(a.email for a in people),
            q.number or "",
            str(q.amount or ""),
            str(day) if form is Form.REMINDER else "",
        )
        start = self._start(o, key, day) if form is Form.REMINDER else None
        rung = self.policy.step(step, q.amount, o.ladder)
        template = rung.template if rung else ""
        worth = q.amount or Decimal(0)
        return Touch(key, form, o.opening, step, round_, day, people, because, facts, start, (), worth, template)

    def _start(self, o: Opportunity, key: str, day: dt.date) -> dt.datetime:
        """Where a reminder lies on its day: where it stands already, else in a free hour of both."""
        known = o.standings.get(key)
        if known is not None and known.start is not None and self.worktime.day(known.start) == day:
            return known.start
        emails = [a.email for a in o.people or o.everyone]
        return call_start(day, emails, policy=self.policy, worktime=self.worktime, busy=self.busy)

    def _why(self, o: Opportunity, step: str) -> str:
        since = f"no answer since {o.anchor}" if not o.hold_because else f"no answer since {o.anchor}; {o.hold_because}"
        number = f", quote {o.quote.number}" if o.quote.number else ""
        return f"{step}: {since}{number}"

    def _look(self, o: Opportunity, day: dt.date | None, step: str | None, because: str) -> Outlook:
        """The outlook; a draft that is due waits for a working day."""
        on = self.worktime.at_or_after(day) if day is not None and step is not None else day
        return Outlook(o.opening, on, step, because)


def standing_today(standings: Iterable[Standing], worktime: WorkTime, today: dt.date) -> int:
    """How many drafts were put on that day, whatever became of them."""
    return sum(
        s.form is Form.DRAFT and worktime.day(s.at) == today and s.state is not State.INTENDED for s in standings
    )
