"""Holds, callbacks, people who are away or gone, and the stages they lead to."""

from __future__ import annotations

import datetime as dt

from bot.cadence.policy import Policy
from bot.cadence.sent import number_digests
from bot.model import Address, Kind, Mark
from tests.cadence.story import DANA, REP, Story

D = dt.date.fromisoformat
MACHINE = frozenset({Mark.MACHINE})
BOB = Address("bob@acme.example", "Bob Hale")


def test_holding_with_a_date_holds_through_it_and_the_next_step_follows() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.HOLDING, reply_to=quote, date=D("2026-06-12"))
    told = story.play("2026-06-01", "2026-06-30")
    assert told.drafts[0] == (D("2026-06-15"), "first")
    assert told.stage(quote) == "waiting"


def test_holding_after_the_first_mail_goes_on_with_the_next_step() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-05 09:00", Kind.HOLDING, reply_to=quote, date=D("2026-06-12"))
    told = story.play("2026-06-01", "2026-06-30")
    assert told.reminders == [(D("2026-06-15"), "call", D("2026-06-15"))]
    assert told.drafts == [(D("2026-06-04"), "first"), (D("2026-06-18"), "value"), (D("2026-06-30"), "decision")]


def test_away_holds_all_matters_of_the_person_and_the_rest_of_the_wait_follows() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 10:00", Kind.AWAY, marks=MACHINE, until=D("2026-06-15"))
    told = story.play("2026-06-01", "2026-06-30")
    assert told.stages[quote] == [(D("2026-06-01"), "waiting"), (D("2026-06-02"), "away"), (D("2026-06-15"), "waiting")]
    assert told.drafts[0] == (D("2026-06-17"), "first")  # one day of the wait was over: two are left


def test_a_callback_stands_at_once_and_nothing_is_drafted_before_it() -> None:
    story = Story()
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-09-05"))
    told = story.play("2026-03-02", "2026-09-14")
    assert told.reminders == [(D("2026-03-04"), "callback", D("2026-09-08"))]  # Saturday before Labor Day
    assert told.drafts == [(D("2026-09-11"), "first")]  # without contact the count starts on the callback's day


def test_a_newer_date_moves_the_reminder_and_makes_no_second_one() -> None:
    story = Story()
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-06-08"))
    story.heard("2026-03-20 10:00", Kind.LATER, reply_to=quote, date=D("2026-07-06"))
    told = story.play("2026-03-02", "2026-04-15")
    assert [on for _, _, on in told.reminders] == [D("2026-06-08"), D("2026-07-06")]
    assert len({s.key for s in story.standings.values()}) == 1


def test_an_answer_takes_the_callback_away() -> None:
    story = Story()
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-06-08"))
    story.heard("2026-04-01 10:00", Kind.ENGAGED)
    told = story.play("2026-03-02", "2026-04-15")
    assert told.withdrawn == [(D("2026-04-01"), "callback")]
    assert told.stage(quote) == "your_turn"


def test_a_callback_overdue_when_first_seen_surfaces_now() -> None:
    story = Story()
    quote = story.quote("2024-03-04 15:00")
    story.heard("2024-03-06 10:00", Kind.LATER, reply_to=quote, date=D("2024-09-06"))
    told = story.play("2026-06-01", "2026-06-02")
    assert told.reminders == [(D("2026-06-01"), "callback", D("2026-06-01"))]
    assert told.drafts == []


def test_opt_out_stops_every_thread_of_that_person_for_good_and_nobody_elses() -> None:
    story = Story()
    first = story.quote("2026-06-01 09:00")
    second = story.quote("2026-06-02 09:00", number="Q-1043")
    other = story.quote("2026-06-02 09:30", number="Q-1044", to=(BOB,))
    story.heard("2026-06-03 09:00", Kind.OPT_OUT, reply_to=first)
    story.heard("2026-06-10 09:00", Kind.ENGAGED)
    told = story.play("2026-06-01", "2026-07-30")
    assert told.stage(first) == told.stage(second) == "stopped"
    assert [s for _, s in told.drafts] == ["first", "value", "decision", "close"]
    assert told.stage(other) == "closed"


def test_an_opt_out_for_the_whole_company_stops_his_colleagues_too() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    other = story.quote("2026-06-02 09:30", number="Q-1044", to=(BOB,))
    story.heard("2026-06-03 09:00", Kind.OPT_OUT, marks=frozenset({Mark.WHOLE_COMPANY}))
    told = story.play("2026-06-01", "2026-07-30")
    assert told.stage(other) == "stopped"
    assert told.drafts == []


def test_a_stranger_who_names_the_number_cannot_win_lose_or_stop() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    mallory = Address("mallory@elsewhere.example")

    story.heard("2026-06-02 09:00", Kind.OPT_OUT, sender=mallory, mentions=frozenset(number_digests("Q-1042")))
    told = story.play("2026-06-01", "2026-06-05")
    assert told.stage(quote) == "waiting"
    story.heard("2026-06-08 09:00", Kind.FIRM_NO, sender=mallory, mentions=frozenset(number_digests("Q-1042")))
    assert story.play("2026-06-08", "2026-06-08").stage(quote) == "your_turn"


def test_a_win_in_a_fresh_mail_wins_only_the_matter_it_names() -> None:

    story = Story()
    first = story.quote("2026-06-01 09:00")
    second = story.quote("2026-06-01 09:30", number="Q-1043")
    story.heard("2026-06-02 09:00", Kind.ACCEPTED, mentions=frozenset(number_digests("Q-1043")))
    told = story.play("2026-06-01", "2026-06-02")
    assert told.stage(second) == "won"
    assert told.stage(first) == "waiting"


def test_a_bounced_address_is_undeliverable_and_asks_to_be_mended() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    daemon = Address("mailer-daemon@northwind.example")
    story.heard("2026-06-01 09:01", Kind.BOUNCED, sender=daemon, address=DANA.email, permanent=True, marks=MACHINE)
    told = story.play("2026-06-01", "2026-07-30")
    assert told.stage(quote) == "undeliverable"
    assert told.drafts == []
    assert [s for _, s, _ in told.reminders] == ["mend_address"]


def test_a_delayed_delivery_changes_nothing() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    daemon = Address("mailer-daemon@northwind.example")
    story.heard("2026-06-01 19:01", Kind.BOUNCED, sender=daemon, address=DANA.email, permanent=False, marks=MACHINE)
    assert story.play("2026-06-01", "2026-06-05").drafts == [(D("2026-06-04"), "first")]


def test_the_others_are_still_written_to_where_one_is_away_or_bounced() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=(DANA, BOB))
    story.heard("2026-06-01 09:05", Kind.AWAY, marks=MACHINE, until=D("2026-08-03"))
    told = story.play("2026-06-01", "2026-06-05")
    assert told.drafts == [(D("2026-06-04"), "first")]
    assert told.stage(quote) == "waiting"
    assert {s.people for s in story.standings.values()} == {(BOB.email,)}


def test_an_accepted_meeting_holds_and_the_count_starts_from_it() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-02 09:00", Kind.MEETING, "2026-06-10 10:00", "2026-06-10 11:00", accepted=(DANA, REP))
    told = story.play("2026-06-01", "2026-06-16")
    assert told.drafts == [(D("2026-06-15"), "first")]


def test_an_unanswered_invitation_holds_nothing() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-02 09:00", Kind.MEETING, "2026-06-10 10:00", "2026-06-10 11:00", invited=(DANA,))
    assert story.play("2026-06-01", "2026-06-05").drafts == [(D("2026-06-04"), "first")]


def test_after_a_no_show_one_kind_draft_comes_and_the_ladder_keeps_its_gap() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-03 15:00", Kind.NO_SHOW, "2026-06-03 14:00", title="No show Dana Ruiz", accepted=(DANA,))
    told = story.play("2026-06-01", "2026-06-12")
    assert told.drafts[:2] == [(D("2026-06-04"), "no_show"), (D("2026-06-09"), "first")]


def test_a_promise_holds_through_its_day() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    asked = story.heard("2026-06-02 11:00", Kind.ENGAGED, reply_to=quote)
    story.mail("2026-06-03 09:00", Kind.PROMISED, reply_to=asked, date=D("2026-06-11"))
    told = story.play("2026-06-01", "2026-06-17")
    assert told.reminders == [(D("2026-06-03"), "promised", D("2026-06-11"))]
    assert told.drafts == [(D("2026-06-16"), "first")]


def test_a_calendar_note_is_a_callback_of_its_own_and_holds_the_persons_quotes() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    note = story.entry(
        "2026-06-02 09:00",
        Kind.CALLBACK_NOTE,
        "2026-06-02 08:30",
        title="Dana Ruiz: call in August",
        date=D("2026-08-03"),
    )
    told = story.play("2026-06-01", "2026-06-30")
    assert told.stage(quote) == told.stage(note) == "later"
    assert [(s, on) for _, s, on in told.reminders] == [("callback", D("2026-08-03"))]
    assert told.drafts == []


def test_an_entry_that_lies_on_the_callback_day_already_is_the_reminder() -> None:
    story = Story()
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-06-08"))
    story.entry("2026-03-04 10:00", Kind.NOTHING, "2026-06-08 09:00", title="Call Dana Ruiz")
    told = story.play("2026-03-02", "2026-06-12")
    assert told.reminders == []
    assert told.drafts == [(D("2026-06-11"), "first")]


def test_an_early_no_is_lost_after_ten_working_days_and_answered_only_with_a_note() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.EARLY_NO, reply_to=quote)
    told = story.play("2026-06-01", "2026-06-30")
    assert told.drafts == []
    assert told.stages[quote][-1] == (D("2026-06-16"), "lost")

    noted = Story()
    quote = noted.quote("2026-06-01 09:00")
    noted.heard("2026-06-02 09:00", Kind.EARLY_NO, reply_to=quote)
    noted.instruct("2026-06-02 12:00", "note", DANA.email, text="their chiller is from 1994")
    told = noted.play("2026-06-01", "2026-06-30")
    assert told.drafts == [(D("2026-06-03"), "early_no")]
    assert told.stage(quote) == "lost"


def test_closed_means_closed_until_the_customer_writes() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-09-01 09:00", Kind.ENGAGED, reply_to=quote)
    told = story.play("2026-06-01", "2026-09-02")
    assert [s for _, s in told.stages[quote]] == ["waiting", "closed", "your_turn"]
    assert len(told.drafts) == 4


def test_a_revised_quote_takes_the_matter_over() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.quote("2026-06-03 09:00", number="Q-1042B", amount="60000", marks=frozenset({Mark.REVISED}))
    told = story.play("2026-06-01", "2026-06-10")
    assert told.drafts == [(D("2026-06-08"), "first")]
    assert [o.opening for o in told.last] == [quote]
    assert told.last[0].quote.number == "Q-1042B"


def test_the_reps_own_words_can_win_or_end_a_matter() -> None:
    won, ended = Story(), Story()
    for story, mark, stage in ((won, Mark.CONFIRMED, "won"), (ended, Mark.CLOSES, "stopped")):
        quote = story.quote("2026-06-01 09:00")
        story.mail("2026-06-02 09:00", Kind.NOTHING, reply_to=quote, marks=frozenset({mark}))
        told = story.play("2026-06-01", "2026-06-30")
        assert told.stage(quote) == stage
        assert told.drafts == []


def test_no_draft_on_the_reps_leave_and_a_colleague_is_no_answer() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.entry(
        "2026-06-01 08:00", Kind.NOTHING, "2026-06-03", "2026-06-13", all_day=True, marks=frozenset({Mark.LEAVE})
    )
    story.heard("2026-06-02 08:00", Kind.ENGAGED, sender=Address("marek@northwind.example"), reply_to=quote)
    told = story.play("2026-06-01", "2026-06-17")
    assert told.drafts == [(D("2026-06-16"), "first")]


def test_stop_snooze_and_resume() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.instruct("2026-06-02 09:00", "snooze", DANA.email, until=D("2026-06-12"))
    story.instruct("2026-06-16 09:00", "stop", quote)
    told = story.play("2026-06-01", "2026-06-30")
    assert told.drafts == [(D("2026-06-15"), "first")]
    assert told.stage(quote) == "stopped"


def test_a_second_turn_at_the_same_instant_wants_nothing_new() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.LATER, reply_to=quote, date=D("2026-08-03"))
    told = story.play("2026-06-01", "2026-06-04")
    before = len(told.drafts) + len(told.reminders) + len(told.withdrawn)
    story.turn(story.at("2026-06-04 10:00"), told)
    assert len(told.drafts) + len(told.reminders) + len(told.withdrawn) == before


def test_the_rep_may_tell_what_came_by_phone_and_whom_to_ask_instead() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.REFERRAL, reply_to=quote)
    story.instruct("2026-06-03 09:00", "redirect", quote, text="yvonne@acme.example")
    told = story.play("2026-06-01", "2026-06-08")
    assert told.drafts == [(D("2026-06-08"), "first")]
    assert {s.people for s in story.standings.values()} == {("yvonne@acme.example",)}
    story.instruct("2026-06-09 09:00", "won", quote)
    assert story.play("2026-06-09", "2026-06-12").stage(quote) == "won"


def test_a_thank_you_after_a_meeting_where_the_policy_asks_for_it() -> None:
    story = Story(policy=Policy(thanks_after_meeting=True))
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-02 09:00", Kind.MEETING, "2026-06-10 10:00", "2026-06-10 11:00", accepted=(DANA, REP))
    told = story.play("2026-06-01", "2026-06-17")
    assert told.drafts == [(D("2026-06-11"), "thanks"), (D("2026-06-16"), "first")]


def test_words_nobody_understood_are_an_answer_from_a_customer_and_nothing_from_a_stranger() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-06-02 09:00", Kind.NOTHING, sender=Address("news@acme.example"))
    told = story.play("2026-06-01", "2026-06-02")
    assert told.stage(quote) == "waiting"
    story.heard("2026-06-03 09:00", Kind.NOTHING)
    assert story.play("2026-06-03", "2026-06-05").stage(quote) == "your_turn"


def test_a_mail_about_something_else_moves_no_count_but_keeps_the_gap() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.mail("2026-06-03 09:00", Kind.NOTHING)
    assert story.play("2026-06-01", "2026-06-10").drafts == [(D("2026-06-08"), "first")]


def test_a_no_to_one_matter_leaves_the_others_alone() -> None:
    story = Story()
    first = story.quote("2026-06-01 09:00")
    second = story.quote("2026-06-01 09:30", number="Q-1043")
    story.heard("2026-06-02 09:00", Kind.FIRM_NO, mentions=frozenset(number_digests("Q-1042")))
    told = story.play("2026-06-01", "2026-06-05")
    assert (told.stage(first), told.stage(second)) == ("lost", "waiting")
    assert told.drafts == [(D("2026-06-04"), "first")]


def test_a_note_that_lies_on_the_day_it_speaks_of_is_the_reminder() -> None:
    story = Story()
    quote = story.quote("2026-03-02 15:00")
    story.heard("2026-03-04 10:00", Kind.LATER, reply_to=quote, date=D("2026-06-08"))
    story.entry("2026-03-04 10:05", Kind.CALLBACK_NOTE, "2026-06-08 10:00", title="Call Dana Ruiz")
    told = story.play("2026-03-02", "2026-06-05")
    assert [s for s in story.standings.values() if s.state.value == "standing"] == []
    assert told.stage(quote) == "later"


def test_the_draft_for_a_new_date_goes_when_one_is_set() -> None:
    story = Story()
    story.quote("2026-06-01 09:00")
    story.entry("2026-06-03 15:00", Kind.NO_SHOW, "2026-06-03 14:00", title="No show Dana Ruiz", accepted=(DANA,))
    story.entry("2026-06-05 11:00", Kind.MEETING, "2026-06-12 14:00", accepted=(DANA,))
    told = story.play("2026-06-01", "2026-06-08", "ignored")
    assert told.drafts == [(D("2026-06-04"), "no_show")]
    assert told.withdrawn == [(D("2026-06-05"), "no_show")]


def test_an_opt_out_of_one_in_copy_stops_him_alone_and_that_of_the_one_it_was_handed_to_stops_the_matter() -> None:
    for sender, stage in ((BOB, "waiting"), (Address("kim@acme.example"), "stopped")):
        story = Story()
        quote = story.quote("2026-06-01 09:00", cc=(BOB,))
        story.heard("2026-06-02 09:00", Kind.OPT_OUT, sender=sender, reply_to=quote)
        assert story.play("2026-06-01", "2026-06-03").stage(quote) == stage


def test_who_asks_to_stop_after_the_close_is_stopped_and_who_is_away_is_not_closed_meanwhile() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-08-03 09:00", Kind.OPT_OUT)
    assert story.play("2026-06-01", "2026-08-04").stage(quote) == "stopped"
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.heard("2026-07-06 09:00", Kind.AWAY, marks=MACHINE, until=D("2026-08-10"))
    assert story.play("2026-06-01", "2026-08-14").stage(quote) == "waiting"
