"""Where a rule begins and ends: the last day of a hold, the first after it, and what must stay quiet for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bot.cadence.policy import Policy
from bot.model import Address, Kind, Mark, State
from tests.cadence.story import DANA, Story

D = dt.date.fromisoformat


# --- after an answer or a stop


@pytest.mark.parametrize(
    ("kind", "stage"),
    [
        (Kind.ENGAGED, "your_turn"),
        (Kind.REFERRAL, "your_turn"),
        (Kind.NOTHING, "your_turn"),
        (Kind.ACCEPTED, "won"),
        (Kind.FIRM_NO, "lost"),
        (Kind.EARLY_NO, "lost"),
        (Kind.OPT_OUT, "stopped"),
    ],
)
@pytest.mark.parametrize("at", ["2026-06-03 16:00", "2026-06-04 08:00", "2026-06-05 09:00", "2026-06-12 09:00"])
def test_an_answer_ends_the_chase_whenever_it_comes(kind: Kind, stage: str, at: str) -> None:
    """The evening before a draft appears, at its very minute, while it lies there, and between two of them."""
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard(at, kind, reply_to=quote)
    before = [(D("2026-06-04"), "first")] if at > "2026-06-04 08:00" else []
    told = story.play("2026-06-01", "2026-08-14", "ignored")
    assert told.drafts == before
    assert [step for _, step in told.withdrawn] == ["first"] * len(before)
    assert told.stage(quote) == stage
    assert not [s for s in story.standings.values() if s.state is State.STANDING]


@pytest.mark.parametrize("kind", [Kind.ENGAGED, Kind.ACKNOWLEDGED, Kind.HOLDING, Kind.LATER, Kind.EARLY_NO])
def test_a_won_matter_stays_won_whatever_comes_after_but_a_plain_no(kind: Kind) -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.ACCEPTED, reply_to=quote)
    story.heard("2026-06-03 09:00", kind, reply_to=quote, date=D("2026-06-22"))
    told = story.play("2026-06-01", "2026-07-03")
    assert told.stage(quote) == "won"
    assert (told.drafts, told.reminders) == ([], [])
    story.heard("2026-07-06 09:00", Kind.FIRM_NO, reply_to=quote)
    assert story.play("2026-07-06", "2026-07-06").stage(quote) == "lost"


def test_the_rep_stops_and_resumes_a_thread_a_person_and_a_company() -> None:
    for resumed in (True, False):
        for subject in ("thread", "<mail>", DANA.email, "@acme.example"):
            story = Story()
            quote = story.quote("2026-06-01 09:00")
            other = story.quote("2026-06-01 09:30", number="Q-7", to=(Address("pat@summit.example"),))
            said = {"thread": quote, "<mail>": f"<{quote}>"}.get(subject, subject)
            story.instruct("2026-06-02 09:00", "stop", said)
            told = story.play("2026-06-01", "2026-06-05")
            assert (told.stage(quote), told.stage(other)) == ("stopped", "waiting")
            assert [s.opening for s in story.standings.values()] == [other]
            if resumed:
                story.instruct("2026-06-08 09:00", "resume", said)
            told = story.play("2026-06-08", "2026-06-11")
            assert told.stage(quote) == ("waiting" if resumed else "stopped")
            # a thread's count begins again with the word of the rep; a person's was never broken off
            first = D("2026-06-11") if subject in ("thread", "<mail>") else D("2026-06-08")
            mine = [s.at.date() for s in story.standings.values() if s.opening == quote]
            assert mine[:1] == ([first] if resumed else [])


@pytest.mark.parametrize("whom", ["thread", DANA.email, "@acme.example"])
def test_the_rep_cannot_lift_what_the_customer_asked_for(whom: str) -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.OPT_OUT, reply_to=quote)
    story.instruct("2026-06-02 12:00", "stop", quote if whom == "thread" else whom)
    story.instruct("2026-06-03 09:00", "resume", quote if whom == "thread" else whom)
    told = story.play("2026-06-01", "2026-07-03")
    assert told.stage(quote) == "stopped"
    assert told.drafts == []


# --- holds


@pytest.mark.parametrize(
    ("until", "first"),
    [
        ("2026-06-02", "2026-06-04"),  # over before the draft is due
        ("2026-06-03", "2026-06-04"),
        ("2026-06-04", "2026-06-05"),  # through its day
        ("2026-06-05", "2026-06-08"),
        ("2026-06-06", "2026-06-08"),  # a Saturday
        ("2026-06-07", "2026-06-08"),
        ("2026-06-08", "2026-06-09"),
    ],
)
def test_a_hold_lasts_through_its_day_and_ends_with_it(until: str, first: str) -> None:
    for told_by in ("customer", "rep"):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        if told_by == "rep":
            story.instruct("2026-06-01 12:00", "snooze", quote, until=D(until))
        else:
            story.heard("2026-06-01 12:00", Kind.HOLDING, reply_to=quote, date=D(until))
        assert story.play("2026-06-01", "2026-06-12").drafts[0] == (D(first), "first")


def test_a_hold_without_a_day_or_with_one_that_is_past_or_too_far_lasts_for_the_policy_s() -> None:
    """Five working days after 2 June; said in the year before, a day is no hold until then."""
    for date in (None, D("2026-05-29"), D("2026-11-30")):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        story.heard("2026-06-02 12:00", Kind.HOLDING, reply_to=quote, date=date)
        assert story.play("2026-06-01", "2026-06-12").drafts == [(D("2026-06-09"), "first")]
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 12:00", Kind.HOLDING, reply_to=quote, date=D("2026-11-29"))  # 180 days, the most
    assert story.play("2026-06-01", "2026-07-31").drafts == []


def test_of_a_span_the_end_is_waited_for() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 12:00", Kind.HOLDING, reply_to=quote, date=D("2026-06-08"), date_to=D("2026-06-12"))
    assert story.play("2026-06-01", "2026-06-16").drafts == [(D("2026-06-15"), "first")]


@pytest.mark.parametrize(("until", "last"), [("2026-06-15", [(D("2026-06-16"), "decision")]), ("2026-06-16", [])])
def test_the_mail_before_a_quote_expires_keeps_to_a_hold(until: str, last: list[tuple[dt.date, str]]) -> None:
    story = Story(policy=Policy(expiry_lead_days=3))
    quote = story.quote("2026-06-01 09:00", valid_until=D("2026-06-19"))
    story.heard("2026-06-12 09:00", Kind.HOLDING, reply_to=quote, date=D(until))
    assert story.play("2026-06-01", "2026-07-01").drafts == [
        (D("2026-06-04"), "first"),
        (D("2026-06-11"), "value"),
        *last,
    ]


# --- the ladder


@pytest.mark.parametrize("tried", ["2026-06-04 15:00", "2026-06-05 11:00"])
def test_a_call_the_rep_has_tried_is_not_asked_of_him_again(tried: str) -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry(tried, Kind.CALL_ATTEMPTED, tried, title="Dana Ruiz: no answer")
    told = story.play("2026-06-01", "2026-06-12")
    assert told.reminders == []
    assert told.drafts == [(D("2026-06-04"), "first"), (D("2026-06-11"), "value")]
    assert told.last[0].touches == 3  # two mails and the call


def test_a_call_tried_before_the_first_mail_stands_for_none_after_it() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-02 11:00", Kind.CALL_ATTEMPTED, "2026-06-02 11:00", title="Dana Ruiz: no answer")
    assert [on for _, _, on in story.play("2026-06-01", "2026-06-12").reminders] == [D("2026-06-08")]


@pytest.mark.parametrize(("refused", "calls"), [("2026-06-05", [D("2026-06-08")]), ("2026-06-08", [])])
def test_a_refusal_spends_the_steps_whose_day_had_come_by_then(refused: str, calls: list[dt.date]) -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    before = story.play("2026-06-01", "2026-06-04", "ignored")
    story.approve(story.at(f"{refused} 07:00"), "discarded")
    told = story.play(refused, "2026-06-12")
    assert before.drafts == [(D("2026-06-04"), "first")]
    assert [on for _, _, on in told.reminders] == calls
    assert told.drafts == [(D("2026-06-11"), "value")]


def test_a_draft_nobody_looks_at_stays_where_it_is_and_alone() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    told = story.play("2026-06-01", "2026-10-30", "ignored")
    assert (told.drafts, told.reminders, told.withdrawn) == ([(D("2026-06-04"), "first")], [], [])


def test_a_quote_is_left_alone_from_the_day_it_is_too_old() -> None:
    for first_seen, drafts in (("2026-06-11", ["first"]), ("2026-06-12", [])):
        story = Story(policy=Policy(oldest_days=10))
        story.quote("2026-06-01 09:00")
        assert [s for _, s in story.play(first_seen, first_seen).drafts] == drafts


@pytest.mark.parametrize(("first_seen", "steps"), [("2026-07-17", ["first"]), ("2026-07-20", ["close"])])
def test_an_old_quote_gets_its_close_alone_where_the_policy_asks_for_it(first_seen: str, steps: list[str]) -> None:
    """Thirty-two working days after 1 June is 17 July."""
    for close_old_quotes in (True, False):
        story = Story(policy=Policy(close_old_quotes=close_old_quotes))
        story.quote("2026-06-01 09:00")
        told = story.play(first_seen, first_seen)
        assert [s for _, s in told.drafts] == (steps if close_old_quotes or steps == ["first"] else [])


@pytest.mark.parametrize(("first_seen", "step"), [("2026-06-08", "no_show"), ("2026-06-09", "first")])
def test_a_no_show_is_answered_within_three_working_days_or_never(first_seen: str, step: str) -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-03 15:00", Kind.NO_SHOW, "2026-06-03 14:00", title="No show Dana Ruiz", accepted=(DANA,))
    assert [s for _, s in story.play(first_seen, first_seen).drafts] == [step]


def test_who_was_written_to_after_he_did_not_come_gets_no_second_mail_about_it() -> None:
    for at, drafts in (("2026-06-03 16:00", ["no_show"]), ("2026-06-04 07:00", [])):
        story = Story()
        story.quote("2026-06-01 09:00")
        story.entry("2026-06-03 15:00", Kind.NO_SHOW, "2026-06-03 14:00", title="No show Dana Ruiz", accepted=(DANA,))
        story.mail(at, Kind.NOTHING, topic="the spare parts")
        assert [s for _, s in story.play("2026-06-01", "2026-06-05").drafts] == drafts


@pytest.mark.parametrize(("valid_until", "steps"), [("2026-06-10", ["first"]), ("2026-06-11", ["first", "value"])])
def test_a_mail_may_come_on_the_last_valid_day_and_none_after_it(valid_until: str, steps: list[str]) -> None:
    story = Story()
    story.quote("2026-06-01 09:00", valid_until=D(valid_until))
    assert [s for _, s in story.play("2026-06-01", "2026-06-30").drafts] == steps


def test_one_day_before_a_quote_expires_is_a_lead_too() -> None:
    story = Story(policy=Policy(expiry_lead_days=1))
    story.quote("2026-06-01 09:00", valid_until=D("2026-06-10"))
    told = story.play("2026-06-01", "2026-06-12")
    assert told.drafts == [(D("2026-06-04"), "first"), (D("2026-06-09"), "value")]


@pytest.mark.parametrize(("hold", "closed"), [("2026-06-03", "2026-07-17"), ("2026-07-08", "2026-07-22")])
def test_a_matter_is_closed_neither_before_its_day_nor_soon_after_a_hold(hold: str, closed: str) -> None:
    """Day 32, or ten working days after the hold, also where the rep refused every draft."""
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.instruct("2026-06-01 12:00" if hold < "2026-06-04" else "2026-07-06 12:00", "snooze", quote, until=D(hold))
    told = story.play("2026-06-01", "2026-07-31", "discarded")
    assert told.stages[quote][-1] == (D(closed), "closed")


# --- callbacks


def test_a_call_agreed_holds_through_its_day_and_the_count_starts_from_it() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-10"))
    told = story.play("2026-06-01", "2026-06-16")
    assert told.stages[quote][1:] == [(D("2026-06-02"), "later"), (D("2026-06-11"), "waiting")]
    assert told.drafts == [(D("2026-06-15"), "first")]


def test_a_reminder_the_rep_has_moved_stays_and_a_newer_day_gets_one_of_its_own() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-10"))
    story.play("2026-06-01", "2026-06-03")
    ((key, reminder),) = story.standings.items()
    story.standings[key] = replace(reminder, state=State.EDITED, start=story.at("2026-06-12 10:00"))
    told = story.play("2026-06-04", "2026-06-12")
    assert (told.reminders, told.withdrawn, told.drafts) == ([], [], [])
    assert told.stage(quote) == "later"
    story.heard("2026-06-12 11:00", Kind.LATER, reply_to=quote, date=D("2026-06-24"))
    later = story.play("2026-06-12", "2026-06-15")
    assert [on for _, _, on in later.reminders] == [D("2026-06-24")]
    assert later.withdrawn == [(D("2026-06-12"), "callback")]
    assert len(story.standings) == 2


def test_not_now_without_a_day_means_the_policy_s_working_days() -> None:
    story = Story(policy=Policy(later_without_date_days=4))
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote)
    assert [on for _, _, on in story.play("2026-06-01", "2026-06-03").reminders] == [D("2026-06-08")]


def test_a_machine_that_says_he_has_left_makes_it_the_rep_s_turn_and_nothing_goes_to_him() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LEFT, reply_to=quote, marks=frozenset({Mark.MACHINE}))
    told = story.play("2026-06-01", "2026-07-03")
    assert told.stage(quote) == "your_turn"
    assert told.drafts == []
