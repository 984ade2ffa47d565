"""The hour at which new things appear, what is said of the days to come, and what a talk or a request for the quote does."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.cadence.plan import Outlook, plan
from bot.cadence.policy import Policy
from bot.model import Address, Form, Kind, Mark, State
from tests.cadence.story import DANA, REP, Story, Told

D = dt.date.fromisoformat
TALK = frozenset({Mark.TALK})


def drafts_at(story: Story, now: str) -> list[str]:
    told = Told()
    story.turn(story.at(now), told)
    return [step for _, step in (*told.drafts, *((day, step) for day, step, _ in told.reminders))]


def outlook(story: Story, now: str) -> list[Outlook]:
    at = story.at(now)
    worktime = story.worktime(at)
    return list(plan(story.fold(at), account="story", policy=story.policy, worktime=worktime, now=at).outlooks)


# --- the hour


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        ("2026-06-03 23:59", []),  # the day before
        ("2026-06-04 07:59", []),
        ("2026-06-04 08:00", ["first"]),
        ("2026-06-06 12:00", []),  # first seen on a Saturday
        ("2026-06-19 12:00", []),  # on a public holiday
        ("2026-06-22 07:00", []),
        ("2026-06-22 23:59", ["first"]),
    ],
)
def test_a_new_draft_appears_on_a_working_day_from_its_hour_on(now: str, steps: list[str]) -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    assert drafts_at(story, now) == steps


@pytest.mark.parametrize(
    ("now", "steps"), [("2026-06-06 12:00", []), ("2026-06-08 07:59", []), ("2026-06-08 08:00", ["call"])]
)
def test_so_does_a_call_of_the_ladder(now: str, steps: list[str]) -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.play("2026-06-01", "2026-06-05")
    assert drafts_at(story, now) == steps


def test_a_call_agreed_stands_at_any_hour() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-06 23:00", Kind.LATER, reply_to=quote, date=D("2026-06-07"))
    assert drafts_at(story, "2026-06-06 23:30") == ["callback"]
    (reminder,) = story.standings.values()
    assert (reminder.form, reminder.start) == (Form.REMINDER, story.at("2026-06-08 10:00"))


# --- what comes next


def test_what_comes_next_is_told_of_what_is_open() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    assert outlook(story, "2026-06-01 10:00") == [
        Outlook(quote, D("2026-06-04"), "first", "first: no answer since 2026-06-01, quote Q-1042")
    ]
    (saturday,) = outlook(story, "2026-06-06 10:00")
    assert (saturday.day, saturday.step) == (D("2026-06-08"), "first")
    story.heard("2026-06-08 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-13"))
    (later,) = outlook(story, "2026-06-08 10:00")
    assert (later.day, later.step) == (D("2026-06-15"), "callback")
    story.heard("2026-06-09 09:00", Kind.ENGAGED, reply_to=quote)
    (turn,) = outlook(story, "2026-06-09 10:00")
    assert (turn.day, turn.step) == (D("2026-06-09"), None)
    assert turn.because.startswith("your turn: engaged")
    story.heard("2026-06-10 09:00", Kind.FIRM_NO, reply_to=quote)
    assert outlook(story, "2026-06-10 10:00") == []


def test_of_one_away_nothing_comes_next_and_it_says_until_when() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.AWAY, marks=frozenset({Mark.MACHINE}), until=D("2026-06-15"))
    assert outlook(story, "2026-06-02 10:00") == [Outlook(quote, None, None, "away until 2026-06-15")]


# --- talks


def test_a_talk_is_contact_and_the_count_starts_from_it() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-03 10:00", Kind.NOTHING, "2026-06-03 10:00", title="Spoke to Dana Ruiz", marks=TALK)
    assert story.play("2026-06-01", "2026-06-09").drafts == [(D("2026-06-08"), "first")]


@pytest.mark.parametrize(("said", "stage"), [(Kind.FIRM_NO, "lost"), (Kind.ACCEPTED, "won"), (Kind.OPT_OUT, "stopped")])
def test_a_talk_opens_nothing_that_is_over(said: Kind, stage: str) -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 10:00", said, reply_to=quote)
    story.entry("2026-06-03 10:00", Kind.NOTHING, "2026-06-03 10:00", title="Spoke to Dana Ruiz", marks=TALK)
    told = story.play("2026-06-01", "2026-06-12")
    assert told.stage(quote) == stage
    assert told.drafts == []


def test_a_talk_before_the_quote_moves_nothing_and_one_before_the_agreed_call_leaves_it() -> None:
    story = Story()
    quote = story.quote("2026-06-03 09:00")
    story.entry("2026-06-03 10:00", Kind.NOTHING, "2026-06-02 10:00", title="Spoke to Dana Ruiz", marks=TALK)
    assert story.play("2026-06-03", "2026-06-08").drafts == [(D("2026-06-08"), "first")]
    for day, stage in (("2026-06-16", "later"), ("2026-06-17", "waiting")):
        story = Story()
        quote = story.quote("2026-06-03 09:00")
        story.heard("2026-06-04 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-17"))
        story.entry(f"{day} 11:00", Kind.NOTHING, f"{day} 11:00", title="Spoke to Dana Ruiz", marks=TALK)
        assert story.play("2026-06-03", day).stage(quote) == "later"
        assert story.fold(story.at(f"{day} 12:00"))[0].stage == stage


def test_a_meeting_on_the_last_day_of_a_hold_ends_it() -> None:
    for hold, first in (("2026-06-05", D("2026-06-10")), ("2026-06-10", D("2026-06-11"))):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        story.heard("2026-06-02 09:00", Kind.HOLDING, reply_to=quote, date=D(hold))
        story.entry("2026-06-02 10:00", Kind.MEETING, "2026-06-05 10:00", "2026-06-05 11:00", accepted=(DANA, REP))
        assert story.play("2026-06-01", "2026-06-12").drafts == [(first, "first")]


# --- the quote once more


@pytest.mark.parametrize(("asked", "day"), [("2026-06-05 11:00", "2026-06-05"), ("2026-06-06 11:00", "2026-06-08")])
def test_the_quote_goes_again_once_where_the_policy_asks_for_it(asked: str, day: str) -> None:
    for resend_when_asked in (True, False):
        story = Story(policy=Policy(resend_when_asked=resend_when_asked))
        quote = story.quote("2026-06-01 09:00")
        story.heard(asked, Kind.ENGAGED, reply_to=quote, marks=frozenset({Mark.ASKS_AGAIN}))
        told = story.play("2026-06-01", "2026-06-10")
        assert told.drafts == [(D("2026-06-04"), "first"), *([(D(day), "resend")] if resend_when_asked else [])]
        assert told.stage(quote) == ("waiting" if resend_when_asked else "your_turn")


def test_a_refused_copy_of_the_quote_is_not_offered_again() -> None:
    story = Story(policy=Policy(resend_when_asked=True))
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 11:00", Kind.ENGAGED, reply_to=quote, marks=frozenset({Mark.ASKS_AGAIN}))
    told = story.play("2026-06-01", "2026-06-30", "discarded")
    assert [s for _, s in told.drafts] == ["resend"]
    assert told.stage(quote) == "your_turn"


# --- nobody twice


def test_what_stands_is_rewritten_in_place_when_its_facts_change_and_never_beside_itself() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=(DANA, Address("bob@acme.example")))
    story.play("2026-06-01", "2026-06-04", "ignored")
    story.heard("2026-06-05 09:00", Kind.OPT_OUT, sender=Address("bob@acme.example"))
    told = story.play("2026-06-05", "2026-06-05", "ignored")
    assert told.drafts == [(D("2026-06-05"), "first")]
    (only,) = (s for s in story.standings.values() if s.state is State.STANDING)
    assert (only.opening, only.people) == (quote, (DANA.email,))
