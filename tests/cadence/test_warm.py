"""What comes while nothing is due: value touches in a wait, a few words to the closed; and what the rep says of one quote."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from bot.cadence.policy import Policy, Spread
from bot.model import Address, Kind
from tests.cadence.story import DANA, Story

D = dt.date.fromisoformat


@pytest.mark.parametrize(("wait", "days"), [(20, []), (28, [14]), (89, [44]), (90, [30, 60, 76]), (42, [21])])
def test_a_wait_is_shared_out_by_its_length(wait: int, days: list[int]) -> None:
    assert Policy().spread(wait) == days


def test_how_a_wait_is_shared_out_is_data() -> None:
    spread = (Spread(60, (Fraction(1, 4),), (21, 7)),)
    story = Story(policy=Policy(value_before_callback=True, nurture=spread))
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-06-12"))  # a hundred days
    told = story.play("2026-03-02", "2026-06-12")
    days = [D("2026-03-30"), D("2026-05-22"), D("2026-06-05")]  # the first would be Sunday the 29th
    assert told.drafts == [(day, f"nurture{n}") for n, day in enumerate(days, 1)]


DORMANT = Policy(dormant_every_days=91, dormant_most=2)


def test_the_dormant_hear_from_us_once_a_quarter_and_not_for_ever() -> None:
    story = Story(policy=DORMANT)
    quote = story.quote("2026-01-05 09:00")
    told = story.play("2026-01-05", "2027-03-01")
    closed = next(day for day, stage in told.stages[quote] if stage == "closed")
    assert [(s, (day - closed).days) for day, s in told.drafts[-2:]] == [("dormant1", 91), ("dormant2", 182)]
    assert told.stage(quote) == "closed"


def test_nobody_dormant_is_woken_where_the_policy_does_not_ask_for_it() -> None:
    story = Story()
    story.quote("2026-01-05 09:00")
    assert story.play("2026-01-05", "2026-09-01").drafts[-1][1] == "close"


def test_who_answered_or_is_in_talks_again_is_not_dormant() -> None:
    story = Story(policy=DORMANT)
    lost = story.quote("2026-01-05 09:00", to=(Address("pat@summit.example"),))
    story.quote("2026-01-05 10:00", number="Q-7")
    story.heard("2026-03-16 10:00", Kind.FIRM_NO, sender=Address("pat@summit.example"), reply_to=lost)
    later = story.quote("2026-05-18 10:00", number="Q-8")
    told = story.play("2026-01-05", "2026-06-30")
    assert not [s for _, s in told.drafts if s.startswith("dormant")]
    assert told.stage(later) == "waiting"


def test_the_dormant_are_woken_a_few_a_week() -> None:
    story = Story(policy=Policy(dormant_every_days=91, dormant_per_week=2))
    for n in range(5):
        story.quote("2026-01-05 09:00", number=f"Q-5{n}", to=(Address(f"p{n}@firm{n}.example"),))
    told = story.play("2026-01-05", "2026-06-30")
    woken = [day for day, s in told.drafts if s == "dormant1"]
    assert len(woken) == 5
    assert all(sum(0 <= (b - a).days < 7 for b in woken) <= 2 for a in woken)


def test_when_they_decide_is_waited_for() -> None:
    story = Story()
    quote = story.quote("2026-04-06 10:15")
    story.instruct("2026-04-08 09:00", "decides", quote, until=D("2026-04-24"))
    told = story.play("2026-04-06", "2026-05-08")
    assert told.drafts[:2] == [(D("2026-04-27"), "first"), (D("2026-05-04"), "value")]
    assert "they decide on 2026-04-24" in next(s.because for s in story.standings.values() if s.step == "first")


def test_one_quote_may_climb_a_ladder_of_its_own() -> None:
    story = Story()
    hot = story.quote("2026-04-06 10:15")
    usual = story.quote("2026-04-06 10:30", number="Q-9", to=(Address("pat@summit.example"),))
    story.instruct("2026-04-06 11:00", "ladder", hot, text="persistent")
    told = story.play("2026-04-06", "2026-05-29")
    steps = {opening: [s.step for s in story.standings.values() if s.opening == opening] for opening in (hot, usual)}
    assert steps[hot] == ["first", "call", "value", "call2", "call3", "decision", "call4", "close"]
    assert steps[usual] == ["first", "call", "value", "decision", "close"]
    assert told.stages[hot][-1] == (D("2026-05-20"), "closed")  # ten working days after its close


def test_a_ladder_can_be_given_back() -> None:
    story = Story()
    story.quote("2026-04-06 10:15")
    story.instruct("2026-04-06 11:00", "ladder", DANA.email, text="persistent")
    story.instruct("2026-04-06 12:00", "ladder", DANA.email, text="")
    assert story.play("2026-04-06", "2026-04-13").drafts == [(D("2026-04-09"), "first")]


def test_a_mail_on_the_morning_of_the_call_keeps_its_distance() -> None:
    story = Story(policy=Policy(draft_on_callback_day=True))
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-04-15"))
    story.mail("2026-04-14 11:00", Kind.NOTHING, topic="something else")
    assert "callback_mail" not in [s for _, s in story.play("2026-03-02", "2026-04-17").drafts]
