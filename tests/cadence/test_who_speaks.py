"""Whose mail counts for which matter, and what a mail of the rep's own moves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bot.cadence.policy import Policy
from bot.cadence.sent import number_digests
from bot.model import Address, Kind, Mark
from tests.cadence.story import DANA, REP, Story

D = dt.date.fromisoformat
MACHINE = frozenset({Mark.MACHINE})
BOB = Address("bob@acme.example", "Bob Hale")
KIM = Address("kim@acme.example", "Kim Lund")


# --- away and back


def test_who_answers_from_his_leave_is_back_and_a_machine_in_his_name_is_not() -> None:
    for kind, marks, first in (
        (Kind.ENGAGED, frozenset[Mark](), [(D("2026-06-10"), "first")]),
        (Kind.AUTOMATIC, MACHINE, []),
    ):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        story.heard("2026-06-02 09:00", Kind.AWAY, marks=MACHINE, until=D("2026-06-29"))
        story.heard("2026-06-05 09:00", kind, reply_to=quote, marks=marks)
        if kind is Kind.ENGAGED:
            story.mail("2026-06-05 11:00", Kind.NOTHING, reply_to=quote)
        assert story.play("2026-06-01", "2026-06-12").drafts == first


def test_away_without_a_day_means_the_policy_s_working_days() -> None:
    story = Story(policy=Policy(away_without_date_days=2))
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.AWAY, marks=MACHINE)
    told = story.play("2026-06-01", "2026-06-08")
    assert told.stages[quote][1:] == [(D("2026-06-02"), "away"), (D("2026-06-04"), "waiting")]
    assert told.drafts == [(D("2026-06-08"), "first")]


def test_a_notice_from_another_address_of_his_counts_in_the_thread_and_nowhere_else() -> None:
    for reply, stage in ((True, "away"), (False, "waiting")):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        other = Address("d.ruiz@acme.example")
        more = {"reply_to": quote} if reply else {}
        story.heard("2026-06-02 09:00", Kind.AWAY, sender=other, marks=MACHINE, until=D("2026-06-29"), **more)
        assert story.play("2026-06-01", "2026-06-03").stage(quote) == stage


# --- gone and unreachable


@pytest.mark.parametrize(("to", "stage"), [((DANA,), "your_turn"), ((DANA, BOB), "waiting")])
def test_a_colleague_s_word_that_he_has_left_counts_for_the_one_we_wrote_to(
    to: tuple[Address, ...], stage: str
) -> None:
    """Where we wrote to two, nobody knows which of them is meant."""
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=to)
    story.heard("2026-06-02 09:00", Kind.LEFT, sender=KIM, reply_to=quote, marks=MACHINE)
    told = story.play("2026-06-01", "2026-06-03")
    assert told.stage(quote) == "waiting"  # a machine speaks for its own address
    story.heard("2026-06-03 11:00", Kind.LEFT, sender=KIM, reply_to=quote)
    story.mail("2026-06-03 12:00", Kind.NOTHING, reply_to=quote, to=to)
    assert story.play("2026-06-03", "2026-06-26").stage(quote) == stage
    assert bool([s for s in story.standings.values() if DANA.email in s.people]) is (stage == "waiting")


@pytest.mark.parametrize(
    ("to", "more", "stage"),
    [
        ((DANA,), {"permanent": True}, "undeliverable"),
        ((DANA, BOB), {"permanent": True}, "waiting"),  # which of the two, it does not say
        ((DANA,), {"permanent": False}, "waiting"),
        ((DANA,), {"permanent": True, "marks": frozenset({Mark.MACHINE, Mark.DELAYED})}, "waiting"),
        ((DANA,), {"permanent": True, "address": "DANA@Acme.example"}, "undeliverable"),
        ((DANA,), {"permanent": True, "address": "somebody@else.example"}, "waiting"),
    ],
)
def test_what_came_back_is_known_by_its_address_or_its_thread(
    to: tuple[Address, ...], more: dict[str, object], stage: str
) -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=to)
    story.heard("2026-06-01 09:01", Kind.BOUNCED, sender=Address("daemon@mx.example"), reply_to=quote, **more)
    assert story.play("2026-06-01", "2026-06-02").stage(quote) == stage


def test_a_bounce_that_belongs_to_nothing_changes_nothing() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-01 09:01", Kind.BOUNCED, sender=Address("daemon@mx.example"), permanent=True)
    assert story.play("2026-06-01", "2026-06-02").stage(quote) == "waiting"


def test_an_address_that_answers_again_is_alive() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard(
        "2026-06-01 09:01", Kind.BOUNCED, sender=Address("daemon@mx.example"), address=DANA.email, permanent=True
    )
    story.heard("2026-06-02 09:00", Kind.ACKNOWLEDGED, reply_to=quote)
    told = story.play("2026-06-01", "2026-06-05")
    assert [s for _, s in told.stages[quote]] == ["waiting", "undeliverable", "waiting"]
    assert told.drafts == [(D("2026-06-04"), "first")]


def test_who_asks_to_be_called_without_any_quote_gets_his_call_and_no_chase() -> None:
    story = Story()
    asked = story.heard("2026-06-02 09:00", Kind.LATER, sender=KIM, date=D("2026-06-10"))
    story.heard("2026-06-02 09:30", Kind.LATER, sender=Address("pat@summit.example"))  # names no day: nothing to keep
    told = story.play("2026-06-01", "2026-06-30")
    assert told.stages == {asked: [(D("2026-06-02"), "later"), (D("2026-06-11"), "your_turn")]}
    assert told.reminders == [(D("2026-06-02"), "callback", D("2026-06-10"))]
    assert told.drafts == []


# --- the rep's own mail


def test_a_promise_to_a_stranger_is_kept_in_mind() -> None:
    story = Story()
    promised = story.mail("2026-06-02 09:00", Kind.PROMISED, to=(KIM,), date=D("2026-06-10"))
    told = story.play("2026-06-01", "2026-06-12")
    assert told.reminders == [(D("2026-06-02"), "promised", D("2026-06-10"))]
    assert told.stages[promised] == [(D("2026-06-02"), "later"), (D("2026-06-11"), "your_turn")]


def test_a_second_quote_to_the_same_person_is_a_matter_of_its_own_unless_it_revises_the_first() -> None:
    for marks, matters in ((frozenset[Mark](), 2), (frozenset({Mark.REVISED}), 1)):
        story = Story()
        story.quote("2026-06-01 09:00")
        story.quote("2026-06-03 09:00", number="Q-2000", amount="10", marks=marks)
        last = story.play("2026-06-01", "2026-06-03").last
        assert len(last) == matters
        assert last[-1].quote.amount == Decimal(10)
        assert last[-1].anchor == D("2026-06-03")


def test_a_price_repeated_in_the_thread_is_a_chase_and_to_somebody_new_it_begins_again() -> None:
    for to, steps in (((DANA,), ["value"]), ((DANA, BOB), ["first"])):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        story.quote("2026-06-03 09:00", reply_to=quote, to=to)
        told = story.play("2026-06-01", "2026-06-15")
        assert len(told.last) == 1
        assert [s for _, s in told.drafts][:1] == steps


def test_a_newer_quote_that_names_two_takes_both_over_and_an_answer_to_either_counts() -> None:
    story = Story()
    first = story.quote("2026-06-01 09:00")
    second = story.quote("2026-06-02 09:00", number="Q-2000")
    both = frozenset(number_digests("Q-1042")) | frozenset(number_digests("Q-2000"))
    newer = story.quote("2026-06-03 09:00", number="Q-3000", mentions=both)
    told = story.play("2026-06-01", "2026-06-04")
    assert sorted((told.stage(first), told.stage(second))) == ["stopped", "waiting"]
    heir = first if told.stage(first) == "waiting" else second
    for answered in (first, second, newer):
        answer = Story()
        answer.records, answer._threads = list(story.records), dict(story._threads)
        answer.heard("2026-06-05 09:00", Kind.ENGAGED, reply_to=answered)
        told = answer.play("2026-06-05", "2026-07-31")
        assert told.stage(heir) == "your_turn"
        assert told.drafts == []


def test_what_a_number_goes_by() -> None:
    assert number_digests(None) == number_digests("") == ()
    assert len(number_digests("Q-104")) == 1  # too short to be no accident
    assert len(number_digests("Q-1042")) == 2
    assert len(number_digests("Q-2026-77")) == 1  # a year
    assert len(number_digests("2019-4711-12345")) == 3
    assert number_digests("1042") == number_digests("Q-1042")[1:]


def test_a_draft_that_spoke_for_a_quote_counts_for_the_round_it_came_in_alone() -> None:
    story = Story()
    dear = story.quote("2026-06-01 09:00")
    cheap = story.quote("2026-06-01 09:30", number="Q-2000", amount="900")
    asked = story.heard("2026-06-05 09:00", Kind.ENGAGED, reply_to=cheap)
    story.mail("2026-06-05 11:00", Kind.NOTHING, reply_to=asked)
    story.instruct("2026-06-05 12:00", "won", dear)
    told = story.play("2026-06-01", "2026-06-12")
    assert told.drafts == [(D("2026-06-04"), "first"), (D("2026-06-10"), "first")]
    assert told.stage(cheap) == "waiting"


def test_a_mail_in_the_wait_for_a_call_leaves_the_call_where_it_is() -> None:
    for at, reminders in (("2026-06-09 11:00", []), ("2026-06-10 11:00", [(D("2026-06-10"), "callback")])):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-10"))
        story.mail(at, Kind.NOTHING, reply_to=quote, sender=REP)
        told = story.play("2026-06-01", "2026-06-10")
        assert told.withdrawn == reminders  # on the day itself the rep has written instead
        assert told.stage(quote) == ("waiting" if reminders else "later")


def test_a_note_allows_one_answer_to_an_early_no_and_ten_working_days_run_from_it() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.EARLY_NO, reply_to=quote)
    story.instruct("2026-06-02 12:00", "note", DANA.email, text="their chiller is from 1994")
    told = story.play("2026-06-01", "2026-06-30")
    assert told.drafts == [(D("2026-06-03"), "early_no")]
    assert told.stages[quote][-1] == (D("2026-06-17"), "lost")


def test_the_day_after_the_rep_s_leave_is_a_working_day() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    leave = frozenset({Mark.LEAVE})
    story.entry("2026-06-01 08:00", Kind.NOTHING, "2026-06-03", "2026-06-10", all_day=True, marks=leave)
    assert story.play("2026-06-01", "2026-06-12").drafts == [(D("2026-06-11"), "first")]


def test_who_only_ever_had_a_copy_stops_for_himself_though_others_had_one_since() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00", cc=(BOB,))
    story.mail("2026-06-01 10:00", Kind.NOTHING, reply_to=quote, cc=(KIM,))
    story.heard("2026-06-02 09:00", Kind.OPT_OUT, sender=BOB, reply_to=quote)
    assert story.play("2026-06-01", "2026-06-03").stage(quote) == "waiting"


def test_a_call_counts_for_every_quote_of_the_person() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.quote("2026-06-01 09:30", number="Q-2000")
    story.entry("2026-06-05 11:00", Kind.CALL_ATTEMPTED, "2026-06-05 11:00", invited=(DANA,))
    told = story.play("2026-06-01", "2026-06-09")
    assert [o.attempts for o in told.last] == [(D("2026-06-05"),)] * 2
    assert told.reminders == []


def test_an_entry_on_the_day_of_the_call_to_which_he_is_invited_is_the_reminder() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-10"))
    story.entry("2026-06-02 09:00", Kind.NOTHING, "2026-06-10 15:00", title="Phone", invited=(DANA,))
    assert story.play("2026-06-01", "2026-06-09").reminders == []
