"""Whole months in which anything may happen: customers write anything at any time, the rep sends, edits, deletes, drags and
goes on leave; and what must hold all the while."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.cadence.plan import plan
from bot.model import Address, Form, Kind, Mark, Stage, State
from tests.cadence.story import Story, Told

PEOPLE = tuple(Address(f"{n}@{d}.example", n.title()) for d in ("acme", "halefoods") for n in ("dana", "bob"))
FREE = Address("ike@gmail.com", "Ike Brand")
EVERYONE = (*PEOPLE, FREE)
ANSWERS = (
    Kind.ACCEPTED, Kind.ENGAGED, Kind.HOLDING, Kind.LATER, Kind.EARLY_NO, Kind.FIRM_NO, Kind.OPT_OUT, Kind.REFERRAL,
    Kind.LEFT, Kind.ACKNOWLEDGED, Kind.AWAY, Kind.AUTOMATIC, Kind.NOTHING,
)  # fmt: skip
PLACES = (("US", "America/Chicago"), ("GB", "Europe/London"), ("AU", "Australia/Sydney"), ("IN", "Asia/Kolkata"))
QUIET = frozenset({Stage.WON, Stage.LOST, Stage.CLOSED, Stage.STOPPED, Stage.YOUR_TURN, Stage.LATER})


class Months(RuleBasedStateMachine):
    """One rep's months, a rule for each thing that can happen."""

    @initialize(place=st.sampled_from(PLACES), begin=st.dates(dt.date(2024, 1, 1), dt.date(2027, 12, 1)))
    def start(self, place: tuple[str, str], begin: dt.date) -> None:
        self.story = Story(*place)
        self.now = dt.datetime.combine(begin, dt.time(9), self.story.zone)
        self.told = Told()
        self.quotes: list[str] = []
        self.mails: list[str] = []
        self.stopped: set[str] = set()
        self.dragged: dict[str, dt.datetime] = {}
        self.story.turn(self.now, self.told)

    def stamp(self) -> str:
        """The present moment, a minute on: no two things happen at once."""
        self.now += dt.timedelta(minutes=1)
        return self.now.replace(tzinfo=None).isoformat()

    @rule(to=st.lists(st.sampled_from(EVERYONE), min_size=1, max_size=2, unique=True), amount=st.integers(100, 90000))
    def quotes_somebody(self, to: list[Address], amount: int) -> None:
        number = f"Q-{3000 + len(self.quotes)}"
        self.quotes.append(self.story.quote(self.stamp(), number=number, amount=str(amount), to=to))
        self.mails.append(self.quotes[-1])

    @precondition(lambda self: self.mails)
    @rule(data=st.data(), kind=st.sampled_from(ANSWERS), who=st.sampled_from(EVERYONE), threaded=st.booleans())
    def a_customer_writes(self, data: st.DataObject, kind: Kind, who: Address, threaded: bool) -> None:
        day = self.now.date() + dt.timedelta(data.draw(st.integers(-3, 90)))
        marks = frozenset({Mark.MACHINE}) if kind in (Kind.AWAY, Kind.AUTOMATIC) else frozenset()
        reply_to = data.draw(st.sampled_from(self.mails)) if threaded else None
        date = day if kind in (Kind.HOLDING, Kind.LATER) and data.draw(st.booleans()) else None
        until = day if kind is Kind.AWAY else None
        self.mails.append(
            self.story.heard(self.stamp(), kind, sender=who, reply_to=reply_to, date=date, until=until, marks=marks)
        )
        if kind is Kind.OPT_OUT:
            self.stopped.add(who.email)

    @precondition(lambda self: self.mails)
    @rule(data=st.data(), to=st.sampled_from(EVERYONE), mark=st.sampled_from([None, Mark.CONFIRMED, Mark.CLOSES]))
    def the_rep_writes(self, data: st.DataObject, to: Address, mark: Mark | None) -> None:
        reply_to = data.draw(st.none() | st.sampled_from(self.mails))
        marks = frozenset({mark} - {None})
        self.mails.append(self.story.mail(self.stamp(), Kind.NOTHING, to=(to,), reply_to=reply_to, marks=marks))

    @rule(who=st.sampled_from(EVERYONE), days=st.integers(0, 20), accepted=st.booleans())
    def a_meeting(self, who: Address, days: int, accepted: bool) -> None:
        start = (self.now + dt.timedelta(days=days)).replace(tzinfo=None).isoformat()
        people = {"accepted": (who,)} if accepted else {"invited": (who,)}
        self.story.entry(self.stamp(), Kind.MEETING, start, title=f"Meeting {who.name}", **people)

    @rule(days=st.integers(1, 15))
    def the_rep_goes_on_leave(self, days: int) -> None:
        begin = self.now.date() + dt.timedelta(1)
        end = begin + dt.timedelta(days)
        marks = frozenset({Mark.LEAVE})
        self.story.entry(self.stamp(), Kind.NOTHING, str(begin), str(end), title="Leave", all_day=True, marks=marks)

    @rule(verdict=st.sampled_from(["sent", "discarded"]))
    def the_rep_handles_his_drafts(self, verdict: str) -> None:
        self.stamp()
        self.story.approve(self.now, verdict)

    @rule()
    def the_rep_edits_his_drafts(self) -> None:
        for key, s in self.story.standings.items():
            if s.form is Form.DRAFT and s.state is State.STANDING:
                self.story.standings[key] = replace(s, state=State.EDITED)

    @rule(days=st.integers(1, 10))
    def the_rep_drags_his_reminders(self, days: int) -> None:
        for key, s in self.story.standings.items():
            if s.form is Form.REMINDER and s.state is State.STANDING and s.start and s.start > self.now:
                start = s.start + dt.timedelta(days)
                self.story.standings[key] = replace(s, state=State.EDITED, start=start, changed=self.now)
                self.dragged[key] = start

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        for _ in range(days):
            self.now = dt.datetime.combine(self.now.date() + dt.timedelta(1), dt.time(8), self.story.zone)
            self.story.turn(self.now, self.told)

    @rule()
    def a_turn(self) -> None:
        self.story.turn(self.now, self.told)

    # --- what must hold after a turn

    def _after_a_turn(self) -> None:
        self.story.turn(self.now, self.told)

    @invariant()
    def nobody_has_two_open_drafts(self) -> None:
        if not hasattr(self, "story"):
            return
        self._after_a_turn()
        seen: set[str] = set()
        for s in self.story.standings.values():
            if s.form is Form.DRAFT and s.state in (State.STANDING, State.EDITED):
                assert not seen & set(s.people), f"two open drafts for {seen & set(s.people)}"
                seen |= set(s.people)

    @invariant()
    def nobody_is_written_to_who_asked_to_stop(self) -> None:
        for s in getattr(self, "story", Story()).standings.values():
            if s.form is Form.DRAFT and s.state is State.STANDING:
                assert not self.stopped & set(s.people)

    @invariant()
    def nothing_is_drafted_where_the_customer_has_spoken(self) -> None:
        if not hasattr(self, "story"):
            return
        stages = {o.opening: o for o in self.told.last}
        for s in self.story.standings.values():
            if s.form is Form.DRAFT and s.state is State.STANDING and s.step != "early_no":
                assert stages[s.opening].stage not in QUIET, (s.step, stages[s.opening].stage)

    @invariant()
    def no_day_has_more_drafts_than_the_cap(self) -> None:
        if hasattr(self, "story"):
            days = [d for d, _ in self.told.drafts]
            assert all(days.count(d) <= self.story.policy.drafts_per_day for d in set(days))

    @invariant()
    def drafts_appear_on_working_days_only(self) -> None:
        if not hasattr(self, "story") or not self.told.drafts:
            return
        day, _ = self.told.drafts[-1]
        assert day.weekday() < 5

    @invariant()
    def every_open_matter_has_a_next_date_or_a_reason(self) -> None:
        if not hasattr(self, "story"):
            return
        wish = plan(
            self.told.last,
            account="story",
            policy=self.story.policy,
            worktime=self.story.worktime(self.now),
            now=self.now,
        )
        looks = {x.opening: x for x in wish.outlooks}
        for o in self.told.last:
            if o.is_open:
                assert o.opening in looks
                assert looks[o.opening].day is not None or looks[o.opening].because

    @invariant()
    def what_the_rep_dragged_stays_where_it_is(self) -> None:
        for key, start in getattr(self, "dragged", {}).items():
            s = self.story.standings[key]
            if s.state is State.EDITED:
                assert s.start == start


Months.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMonths = Months.TestCase
