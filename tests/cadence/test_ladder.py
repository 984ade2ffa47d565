"""The standard ladder: which step on which day, and what moves it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from bot.cadence.policy import Band, Policy, ladders
from bot.model import Address, Kind, Mark
from tests.cadence.story import DANA, Story

D = dt.date.fromisoformat


def test_a_quote_nobody_answers_runs_the_whole_ladder_once() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    told = story.play("2026-06-01", "2026-08-14")
    assert told.drafts == [
        (D("2026-06-04"), "first"),
        (D("2026-06-11"), "value"),
        (D("2026-06-23"), "decision"),  # 19 June and 3 July are holidays
        (D("2026-07-02"), "close"),
    ]
    assert told.reminders == [(D("2026-06-08"), "call", D("2026-06-08"))]
    assert told.stages[quote] == [(D("2026-06-01"), "waiting"), (D("2026-07-17"), "closed")]


def test_an_ignored_draft_blocks_every_later_step() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    told = story.play("2026-06-01", "2026-08-14", "ignored")
    assert told.drafts == [(D("2026-06-04"), "first")]
    assert told.reminders == []


def test_discarded_steps_are_spent_and_the_matter_closes_all_the_same() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    told = story.play("2026-06-01", "2026-08-14", "discarded")
    assert [s for _, s in told.drafts] == ["first", "value", "decision", "close"]
    assert told.stage(quote) == "closed"


def test_a_late_first_mail_moves_the_steps_after_it() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    told = story.play("2026-06-01", "2026-06-09", "ignored")
    story.approve(story.at("2026-06-10 10:00"), "sent")  # six working days late
    later = story.play("2026-06-10", "2026-06-30")
    assert told.drafts == [(D("2026-06-04"), "first")]
    assert later.reminders[0][2] == D("2026-06-12")
    assert later.drafts[0] == (D("2026-06-17"), "value")


def test_a_question_makes_it_the_reps_turn_and_his_answer_restarts_the_count() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    asked = story.heard("2026-06-02 11:00", Kind.ENGAGED, reply_to=quote)
    story.mail("2026-06-10 15:00", Kind.NOTHING, reply_to=asked)
    told = story.play("2026-06-01", "2026-06-16")
    assert told.stages[quote] == [
        (D("2026-06-01"), "waiting"),
        (D("2026-06-02"), "your_turn"),
        (D("2026-06-10"), "waiting"),
    ]
    assert told.drafts == [(D("2026-06-15"), "first")]


def test_a_bare_thanks_and_a_machine_leave_the_count_alone() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-01 10:00", Kind.ACKNOWLEDGED, reply_to=quote)
    story.heard("2026-06-02 10:00", Kind.AUTOMATIC, reply_to=quote, marks=frozenset({Mark.MACHINE}))
    assert story.play("2026-06-01", "2026-06-05").drafts == [(D("2026-06-04"), "first")]


def test_a_chase_by_hand_counts_as_the_first_step() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.mail("2026-06-03 15:00", Kind.NOTHING, reply_to=quote)
    told = story.play("2026-06-01", "2026-06-16")
    assert told.drafts == [(D("2026-06-15"), "value")]
    assert [on for _, _, on in told.reminders] == [D("2026-06-10")]


def test_the_draft_goes_when_the_rep_writes_himself() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.mail("2026-06-05 11:00", Kind.NOTHING, reply_to=quote)
    told = story.play("2026-06-01", "2026-06-08", "ignored")
    assert told.drafts == [(D("2026-06-04"), "first")]
    assert told.withdrawn == [(D("2026-06-05"), "first")]


def test_an_afterthought_of_the_same_day_is_no_chase() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.mail("2026-06-01 09:20", Kind.NOTHING, reply_to=quote)
    assert story.play("2026-06-01", "2026-06-05").drafts == [(D("2026-06-04"), "first")]


def test_after_the_last_valid_day_nothing_comes_but_the_close() -> None:
    story = Story()
    story.quote("2026-06-01 09:00", valid_until=D("2026-06-12"))
    told = story.play("2026-06-01", "2026-07-10")
    assert [s for _, s in told.drafts] == ["first", "value", "close"]


def test_two_quotes_to_one_person_never_lie_open_together_and_one_draft_covers_both() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.quote("2026-06-01 09:30", number="Q-1043", amount="900")
    told = story.play("2026-06-01", "2026-07-20")
    assert [s for _, s in told.drafts] == ["first", "value", "decision", "close"]
    assert {o.stage.value for o in told.last} == {"closed"}


def test_three_working_days_lie_between_two_mails_to_one_person() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.quote("2026-06-03 09:30", number="Q-1043", amount="900")
    told = story.play("2026-06-01", "2026-06-12", "ignored")
    assert told.drafts == [(D("2026-06-08"), "first")]


def test_the_answer_of_any_recipient_counts_for_all() -> None:
    bob = Address("bob@acme.example", "Bob Hale")
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=(DANA, bob))
    story.heard("2026-06-05 09:00", Kind.ENGAGED, sender=bob, reply_to=quote)
    told = story.play("2026-06-01", "2026-07-20")
    assert told.drafts == [(D("2026-06-04"), "first")]
    assert told.stage(quote) == "your_turn"


def test_a_first_run_puts_one_draft_for_a_fresh_quote_and_none_for_an_old_one() -> None:
    story = Story()
    story.quote("2026-05-01 09:00")  # day 20 when first seen
    story.quote("2026-01-05 09:00", number="Q-7", to=(Address("old@elsewhere.example"),))
    told = story.play("2026-06-01", "2026-06-05")
    assert told.drafts == [(D("2026-06-01"), "first")]


def test_no_more_drafts_a_day_than_the_cap_and_the_dearest_first() -> None:
    story = Story()
    for n in range(20):
        to = (Address(f"p{n}@c{n}.example"),)
        story.quote("2026-06-01 09:00", number=f"Q-2{n:03}", amount=str(100 + n), to=to)
    told = story.play("2026-06-01", "2026-06-05")
    assert [d for d, _ in told.drafts].count(D("2026-06-04")) == 15
    assert len(told.drafts) == 20
    dearest = {s.opening for s in story.standings.values() if s.at.date() == D("2026-06-04")}
    assert "m20@story" in dearest
    assert "m1@story" not in dearest


def test_a_large_quote_climbs_its_own_ladder_and_closes_after_it() -> None:
    policy = Policy(bands=(Band(Decimal(50000), ladders()["large"]),))
    story = Story(policy=policy)
    large = story.quote("2026-06-01 09:00", amount="65650")
    small = story.quote("2026-06-01 09:30", number="Q-2", amount="900", to=(Address("bob@hale.example"),))
    told = story.play("2026-06-01", "2026-07-31")
    steps = {o.opening: [s.step for s in sorted(o.standings.values(), key=lambda s: s.at)] for o in told.last}
    assert steps[large] == ["first", "call", "value", "call2", "decision", "call3", "close"]
    assert steps[small] == ["first", "call", "value", "decision", "close"]
    assert told.stage(small) == "closed"
    assert told.stage(large) == "waiting"


def test_the_last_mail_may_come_before_the_quote_expires() -> None:
    story = Story(policy=Policy(expiry_lead_days=3))
    story.quote("2026-06-01 09:00", valid_until=D("2026-06-19"))
    told = story.play("2026-06-01", "2026-07-10")
    assert told.drafts == [
        (D("2026-06-04"), "first"),
        (D("2026-06-11"), "value"),
        (D("2026-06-16"), "decision"),
        (D("2026-07-02"), "close"),
    ]


def test_no_draft_on_the_customers_own_holiday() -> None:
    story = Story()
    story.quote("2026-05-11 09:00", to=(Address("anna@kunde.de"),))  # Ascension Day is the 14th in Germany
    assert story.play("2026-05-11", "2026-05-15").drafts == [(D("2026-05-15"), "first")]


def test_a_person_and_a_company_have_their_caps() -> None:
    story = Story(policy=Policy(company_per_week=2, person_per_year=1))
    for n in range(4):
        story.quote("2026-06-01 09:00", number=f"Q-4{n}", amount="500", to=(Address(f"p{n}@acme.example"),))
    told = story.play("2026-06-01", "2026-07-31")
    assert [d for d, _ in told.drafts] == [D("2026-06-04"), D("2026-06-04"), D("2026-06-11"), D("2026-06-11")]


def test_useful_things_while_a_callback_is_awaited_where_the_policy_asks_for_them() -> None:
    story = Story(policy=Policy(value_before_callback=True, draft_on_callback_day=True))
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-09-08"))
    told = story.play("2026-03-02", "2026-09-08")
    assert [s for _, s in told.drafts] == ["nurture1", "nurture2", "nurture3", "callback_mail"]
    assert told.drafts[-1][0] == D("2026-09-08")
