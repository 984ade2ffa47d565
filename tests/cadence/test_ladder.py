"""The standard ladder: which step on which day, and what moves it."""

from __future__ import annotations

import datetime as dt

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
    assert told.stages[quote] == [(D("2026-06-01"), "waiting"), (D("2026-06-02"), "your_turn"), (D("2026-06-10"), "waiting")]
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
