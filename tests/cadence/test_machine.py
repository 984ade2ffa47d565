"""Whole months in which anything may happen: customers write anything at any time, the rep quotes, answers, sends, edits, deletes,
drags, notes, tells and goes on leave, the program is down for days; and what must hold all the while.

What must hold is told here a second time, without the fold: who was answered, who was written to when, and what was dragged
are kept by the machine itself.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.cadence.plan import plan
from bot.cadence.policy import Policy, Spread
from bot.freemail import company_of
from bot.model import Address, Form, Kind, Mark, Stage, Standing, State
from tests.cadence.story import Story, Told

PEOPLE = tuple(Address(f"{n}@{d}.example", n.title()) for d in ("acme", "halefoods") for n in ("dana", "bob"))
FREE = Address("ike@gmail.com", "Ike Brand")
EVERYONE = (*PEOPLE, FREE)
ANSWERS = (
    Kind.ACCEPTED, Kind.ENGAGED, Kind.HOLDING, Kind.LATER, Kind.EARLY_NO, Kind.FIRM_NO, Kind.OPT_OUT, Kind.REFERRAL,
    Kind.LEFT, Kind.ACKNOWLEDGED, Kind.AWAY, Kind.AUTOMATIC, Kind.NOTHING,
)  # fmt: skip
FINAL = frozenset({Kind.ACCEPTED, Kind.FIRM_NO, Kind.OPT_OUT, Kind.ENGAGED, Kind.REFERRAL, Kind.LEFT})
PLACES = (
    ("US", "America/Chicago"), ("GB", "Europe/London"), ("AU", "Australia/Lord_Howe"), ("IN", "Asia/Kolkata"),
    ("CA", "America/St_Johns"), ("NZ", "Pacific/Auckland"),
)  # fmt: skip
BEGINNINGS = st.one_of(
    st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 1)),
    # before a leap day, the clocks going forward and back on both sides of the world, Christmas and Easter
    st.sampled_from([dt.date(2024, 2, 26), dt.date(2028, 2, 21), dt.date(2026, 3, 5), dt.date(2026, 3, 26)]),
    st.sampled_from([dt.date(2026, 10, 1), dt.date(2026, 10, 28), dt.date(2027, 12, 17), dt.date(2026, 3, 30)]),
)
POLICIES = (
    Policy(),
    Policy(drafts_per_day=2, company_per_week=2, person_per_year=4),
    Policy(
        value_before_callback=True, draft_on_callback_day=True, thanks_after_meeting=True, resend_when_asked=True,
        dormant_every_days=30, dormant_per_week=1, expiry_lead_days=3, nurture=(Spread(10, (Fraction(1, 2),), (5,)),),
    ),
)  # fmt: skip
QUIET = frozenset({Stage.WON, Stage.LOST, Stage.CLOSED, Stage.STOPPED, Stage.YOUR_TURN, Stage.LATER})
SITUATIONS = {  # the drafts that may lie in a quiet stage
    Stage.YOUR_TURN: ("early_no", "resend"), Stage.LATER: ("nurture", "callback_mail"), Stage.CLOSED: ("dormant",),
}  # fmt: skip
NEED_NO_GAP = ("no_show", "early_no", "thanks", "resend")
LIES = (State.STANDING, State.EDITED)


class Months(RuleBasedStateMachine):
    """One rep's months, a rule for each thing that can happen."""

    @initialize(place=st.sampled_from(PLACES), begin=BEGINNINGS, policy=st.integers(0, len(POLICIES) - 1))
    def start(self, place: tuple[str, str], begin: dt.date, policy: int) -> None:
        self.story = Story(*place, policy=POLICIES[policy])
        self.now = dt.datetime.combine(begin, dt.time(9), self.story.zone)
        self.told = Told()
        self.mails: list[str] = []
        self.quotes: dict[str, set[str]] = {}  # the emails each was sent to
        self.root: dict[str, str] = {}  # the quote in whose thread a mail lies
        self.answered: set[str] = (
            set()
        )  # quotes that one of theirs has answered for good, and nothing has happened since
        self.stopped: set[str] = set()
        self.bounced: set[str] = set()
        self.written: dict[str, list[dt.date]] = {a.email: [] for a in EVERYONE}  # days the rep wrote to them
        self.seen: dict[str, dt.datetime] = {}  # drafts looked at already, by when they were put
        self.dragged: dict[str, dt.datetime] = {}
        self.refused: set[str] = set()
        self.story.turn(self.now, self.told)
        self.quotes_them([PEOPLE[0]], 5000, None)
        self.quotes_them([PEOPLE[3], PEOPLE[2]], 900, 30)

    def stamp(self) -> str:
        """The present moment, a minute on: no two things happen at once."""
        self.now += dt.timedelta(minutes=1)
        return self.now.replace(tzinfo=None).isoformat()

    def forget(self, *emails: str) -> None:
        """Something has happened with these people: their answers are no longer the last word."""
        self.answered = {q for q in self.answered if not self.quotes[q] & set(emails)}

    def wrote(self, *to: Address) -> None:
        for a in to:
            self.written[a.email].append(self.now.date())
        self.forget(*(a.email for a in to))

    # --- what the rep sends

    @rule(
        to=st.lists(st.sampled_from(EVERYONE), min_size=1, max_size=2, unique=True),
        amount=st.integers(100, 90000),
        valid=st.none() | st.integers(2, 60),
    )
    def quotes_somebody(self, to: list[Address], amount: int, valid: int | None) -> None:
        self.quotes_them(to, amount, valid)

    def quotes_them(self, to: list[Address], amount: int, valid: int | None) -> None:
        number = f"Q-{3000 + len(self.quotes)}"
        until = self.now.date() + dt.timedelta(valid) if valid else None
        id_ = self.story.quote(self.stamp(), number=number, amount=str(amount), to=to, valid_until=until)
        self.quotes[id_], self.root[id_] = {a.email for a in to}, id_
        self.mails.append(id_)
        self.wrote(*to)

    @precondition(lambda self: self.quotes)
    @rule(data=st.data())
    def revises_a_quote(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(sorted(self.quotes)))
        to = [a for a in EVERYONE if a.email in self.quotes[old]]
        marks = frozenset({Mark.REVISED})
        id_ = self.story.quote(self.stamp(), number=f"Q-{len(self.mails)}-R", to=to, reply_to=old, marks=marks)
        self.root[id_] = old
        self.mails.append(id_)
        self.wrote(*to)

    @precondition(lambda self: self.mails)
    @rule(
        data=st.data(),
        to=st.sampled_from(EVERYONE),
        mark=st.sampled_from([None, Mark.CONFIRMED, Mark.CLOSES, Mark.WITHDRAWN, Mark.CHASES]),
        promised=st.none() | st.integers(1, 40),
    )
    def the_rep_writes(self, data: st.DataObject, to: Address, mark: Mark | None, promised: int | None) -> None:
        reply_to = data.draw(st.none() | st.sampled_from(self.mails))
        kind = Kind.PROMISED if promised else Kind.NOTHING
        date = self.now.date() + dt.timedelta(promised) if promised else None
        marks = frozenset({mark} - {None})
        id_ = self.story.mail(self.stamp(), kind, to=(to,), reply_to=reply_to, marks=marks, date=date)
        if reply_to in self.root:
            self.root[id_] = self.root[reply_to]
            self.answered.discard(self.root[reply_to])
        self.mails.append(id_)
        self.wrote(to)

    @rule(verdict=st.sampled_from(["sent", "discarded", "edited"]))
    def the_rep_handles_his_drafts(self, verdict: str) -> None:
        self.stamp()
        self.handle(verdict)

    def handle(self, verdict: str) -> None:
        for s in self._drafts(State.STANDING):
            if verdict == "edited":
                self.story.standings[s.key] = replace(s, state=State.EDITED)
            elif verdict == "discarded":
                self.refused.add(s.key)
            elif verdict == "sent":
                for email in s.people:
                    self.written[email].append(self.now.date())
        if verdict != "edited":
            self.story.approve(self.now, verdict)

    # --- what the customers send

    @precondition(lambda self: self.mails)
    @rule(data=st.data(), kind=st.sampled_from(ANSWERS), threaded=st.sampled_from([True, True, False]))
    def a_customer_writes(self, data: st.DataObject, kind: Kind, threaded: bool) -> None:
        day = self.now.date() + dt.timedelta(data.draw(st.integers(-3, 90)))
        marks = frozenset({Mark.MACHINE}) if kind in (Kind.AWAY, Kind.AUTOMATIC) else frozenset()
        if kind is Kind.OPT_OUT and data.draw(st.booleans()):
            marks |= {Mark.WHOLE_COMPANY}
        reply_to = data.draw(st.sampled_from(self.mails)) if threaded else None
        asked = self.quotes[self.root[reply_to]] if reply_to in self.root and data.draw(st.booleans()) else set()
        who = data.draw(st.sampled_from([a for a in EVERYONE if not asked or a.email in asked]))
        date = day if kind in (Kind.HOLDING, Kind.LATER) and data.draw(st.booleans()) else None
        until = day if kind is Kind.AWAY else None
        id_ = self.story.heard(self.stamp(), kind, sender=who, reply_to=reply_to, date=date, until=until, marks=marks)
        self.mails.append(id_)
        if kind not in (Kind.AWAY, Kind.AUTOMATIC):
            self.forget(who.email)
            self.bounced.discard(who.email)
        if kind is Kind.OPT_OUT:
            whole = {a.email for a in EVERYONE if company_of(a.email) and company_of(a.email) == company_of(who.email)}
            self.stopped |= {who.email} | (whole if Mark.WHOLE_COMPANY in marks else set())
        if reply_to in self.root:
            quote = self.root[id_] = self.root[reply_to]
            if kind not in (Kind.AWAY, Kind.AUTOMATIC):
                self.answered.discard(quote)
            if kind in FINAL and who.email in self.quotes[quote]:
                self.answered.add(quote)

    @precondition(lambda self: self.quotes)
    @rule(data=st.data(), permanent=st.booleans())
    def a_mail_bounces(self, data: st.DataObject, permanent: bool) -> None:
        quote = data.draw(st.sampled_from(sorted(self.quotes)))
        email = data.draw(st.sampled_from(sorted(self.quotes[quote])))
        daemon = Address("mailer-daemon@mx.example")
        self.story.heard(
            self.stamp(), Kind.BOUNCED, sender=daemon, reply_to=quote, address=email, permanent=permanent,
            marks=frozenset({Mark.MACHINE}),
        )  # fmt: skip
        self.bounced |= {email} if permanent else set()

    # --- what stands in the calendar

    @rule(
        who=st.sampled_from(EVERYONE),
        kind=st.sampled_from([Kind.MEETING, Kind.MEETING, Kind.CALLBACK_NOTE, Kind.NO_SHOW, Kind.CALL_ATTEMPTED]),
        days=st.integers(0, 70),
        accepted=st.booleans(),
    )
    def something_stands_in_the_calendar(self, who: Address, kind: Kind, days: int, accepted: bool) -> None:
        ahead = dt.timedelta(days // 4) if kind is Kind.MEETING else -dt.timedelta(hours=1)
        date = self.now.date() + dt.timedelta(days + 1) if kind is Kind.CALLBACK_NOTE else None
        start = (self.now + ahead).replace(tzinfo=None).isoformat()
        yes, asked = ((who,), ()) if accepted else ((), (who,))
        self.story.entry(self.stamp(), kind, start, title=f"Call {who.name}", accepted=yes, invited=asked, date=date)
        self.forget(who.email)

    @rule(days=st.integers(1, 15))
    def the_rep_goes_on_leave(self, days: int) -> None:
        begin = self.now.date() + dt.timedelta(1)
        end = begin + dt.timedelta(days)
        marks = frozenset({Mark.LEAVE})
        self.story.entry(self.stamp(), Kind.NOTHING, str(begin), str(end), title="Leave", all_day=True, marks=marks)

    @rule(days=st.integers(0, 10))
    def the_rep_drags_or_deletes_his_reminders(self, days: int) -> None:
        for key, s in self.story.standings.items():
            if s.form is not Form.REMINDER or s.state not in LIES or s.start is None or s.start <= self.now:
                continue
            start, state = s.start + dt.timedelta(days), State.EDITED if days else State.DISCARDED
            self.story.standings[key] = replace(s, state=state, start=start, changed=self.now)
            if days:
                self.dragged[key] = start
            else:
                self.refused.add(key)
                self.dragged.pop(key, None)

    # --- what the rep tells the bot

    @rule(
        verb=st.sampled_from(["stop", "snooze", "decides", "ladder", "resume", "note", "won", "lost"]),
        who=st.sampled_from(EVERYONE),
        days=st.integers(1, 40),
        name=st.sampled_from(["", "small", "large", "persistent"]),
    )
    def the_rep_tells_the_bot(self, verb: str, who: Address, days: int, name: str) -> None:
        until = self.now.date() + dt.timedelta(days) if verb in ("snooze", "decides") else None
        self.story.instruct(self.stamp(), verb, who.email, until=until, text=name)
        self.forget(who.email)
        if verb == "stop":
            self.stopped.add(who.email)
        elif verb == "resume":
            self.stopped -= {who.email}

    # --- time

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.pass_days(days, "ignored")

    @rule(days=st.integers(3, 25), habit=st.sampled_from(["sent", "sent", "ignored", "discarded"]))
    def weeks_pass(self, days: int, habit: str) -> None:
        self.pass_days(days, habit)

    def pass_days(self, days: int, habit: str) -> None:
        """Each day a turn at eight, and at ten the rep does what he always does with what lies there."""
        for _ in range(days):
            self.now = dt.datetime.combine(self.now.date() + dt.timedelta(1), dt.time(8), self.story.zone)
            self.story.turn(self.now, self.told)
            self._look_at_new_drafts()
            self.now += dt.timedelta(hours=2)
            if habit != "ignored" and self.story.worktime(self.now).is_working(self.now.date()):
                self.handle(habit)
                self.story.turn(self.now, self.told)
                self._look_at_new_drafts()

    @rule(days=st.integers(2, 12))
    def the_program_is_down(self, days: int) -> None:
        self.now = dt.datetime.combine(self.now.date() + dt.timedelta(days), dt.time(11), self.story.zone)

    # --- what must hold after a turn

    def _drafts(self, *states: State) -> list[Standing]:
        return [s for s in self.story.standings.values() if s.form is Form.DRAFT and s.state in states]

    def _look_at_new_drafts(self) -> None:
        """Each draft once, at the turn that put it."""
        worktime, policy = self.story.worktime(self.now), self.story.policy
        for s in self._drafts(State.STANDING):
            if self.seen.get(s.key) == s.at:
                continue
            self.seen[s.key] = s.at
            day = worktime.day(s.at)
            assert worktime.is_working(day), (s.step, day)
            assert s.at.astimezone(self.story.zone).time() >= policy.appear_at
            assert s.key not in self.refused, f"{s.step} was refused once"
            if s.step not in NEED_NO_GAP:
                for email in s.people:
                    last = max((d for d in self.written[email] if d <= day), default=None)
                    assert last is None or worktime.count(last, day) >= policy.min_gap_days, (s.step, email, last, day)

    @invariant()
    def what_holds_after_a_turn(self) -> None:
        if not hasattr(self, "story"):
            return
        self.story.turn(self.now, self.told)
        self._look_at_new_drafts()
        self._nobody_has_two_open_drafts()
        self._nobody_is_written_to_who_must_not_be()
        self._nothing_is_drafted_where_the_customer_has_spoken()
        self._the_caps_hold()
        self._every_open_matter_has_a_next_date_or_a_reason()
        self._what_the_rep_dragged_or_deleted_stays_so()

    def _nobody_has_two_open_drafts(self) -> None:
        most = Counter(email for s in self._drafts(*LIES) for email in s.people)
        assert all(n == 1 for n in most.values()), most

    def _nobody_is_written_to_who_must_not_be(self) -> None:
        for s in self._drafts(State.STANDING):
            assert not (self.stopped | self.bounced) & set(s.people), (s.step, s.people)

    def _nothing_is_drafted_where_the_customer_has_spoken(self) -> None:
        stages = {o.opening: o.stage for o in self.told.last}
        for s in self._drafts(State.STANDING):
            for opening in (s.opening, *s.covers):
                stage = stages[opening]
                assert stage not in QUIET or s.step.startswith(SITUATIONS.get(stage, ())), (s.step, stage)
                assert opening not in self.answered or s.step in ("early_no", "resend"), (s.step, opening)

    def _the_caps_hold(self) -> None:
        policy, zone = self.story.policy, self.story.zone
        days = Counter(s.at.astimezone(zone).date() for s in self._drafts(*State) if s.state is not State.INTENDED)
        assert all(n <= policy.drafts_per_day for n in days.values())
        reached = self._drafts(*LIES, State.SENT)
        for a in EVERYONE:
            theirs = sorted(s.at.date() for s in reached if a.email in s.people)
            assert all(sum(0 <= (b - d).days < 365 for b in theirs) <= policy.person_per_year for d in theirs)
        for company in {company_of(a.email) for a in PEOPLE}:
            theirs = sorted(s.at.date() for s in reached if company in map(company_of, s.people))
            assert all(sum(0 <= (b - d).days < 7 for b in theirs) <= policy.company_per_week for d in theirs)

    def _every_open_matter_has_a_next_date_or_a_reason(self) -> None:
        worktime = self.story.worktime(self.now)
        wish = plan(self.told.last, account="story", policy=self.story.policy, worktime=worktime, now=self.now)
        looks = {x.opening: x for x in wish.outlooks}
        for o in self.told.last:
            if o.is_open:
                look = looks[o.opening]
                assert look.day is not None or look.because
                assert look.day is None or look.day >= self.now.date(), (look, self.now)

    def _what_the_rep_dragged_or_deleted_stays_so(self) -> None:
        for key, start in self.dragged.items():
            s = self.story.standings[key]
            assert s.state is not State.EDITED or s.start == start
            rivals = [
                r
                for r in self.story.standings.values()
                if r.key != key and (r.opening, r.step, r.round) == (s.opening, s.step, s.round) and r.state in LIES
            ]
            assert not rivals
        for key in self.refused:
            assert self.story.standings[key].state is State.DISCARDED


Months.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMonths = Months.TestCase
