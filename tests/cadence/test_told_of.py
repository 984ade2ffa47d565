"""What a matter tells of itself: its history, the mail a draft would answer, how often it was followed up; and notes to call."""

from __future__ import annotations

import datetime as dt

from bot.cadence.policy import Policy
from bot.model import Address, Kind, Mark
from tests.cadence.story import DANA, REP, Story

D = dt.date.fromisoformat
MACHINE = frozenset({Mark.MACHINE})
KIM = Address("kim@lund.example", "Kim Lund")


def test_everything_that_happened_is_in_the_history_with_its_record() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    events = [(quote, "quote")]
    asked = story.heard("2026-06-02 09:00", Kind.ENGAGED, reply_to=quote)
    answered = story.mail("2026-06-02 11:00", Kind.NOTHING, reply_to=asked)
    away = story.heard("2026-06-02 11:01", Kind.AWAY, marks=MACHINE, until=D("2026-06-03"))
    tried = story.entry("2026-06-03 10:00", Kind.CALL_ATTEMPTED, "2026-06-03 10:00", title="Dana Ruiz: no answer")
    missed = story.entry(
        "2026-06-03 15:00", Kind.NO_SHOW, "2026-06-03 14:00", title="No show Dana Ruiz", accepted=(DANA,)
    )
    spoke = story.entry(
        "2026-06-04 10:00", Kind.NOTHING, "2026-06-04 09:00", "2026-06-04 09:30", title="Spoke to Dana Ruiz",
        marks=frozenset({Mark.TALK}),
    )  # fmt: skip
    noted = story.entry(
        "2026-06-05 10:00", Kind.CALLBACK_NOTE, "2026-06-05 10:00", title="Dana Ruiz: call", date=D("2026-06-15")
    )
    bounced = story.heard(
        "2026-06-05 11:00", Kind.BOUNCED, sender=Address("daemon@mx.example"), address=DANA.email, marks=MACHINE
    )
    left = story.heard("2026-06-08 09:00", Kind.LEFT, reply_to=quote, marks=MACHINE)
    over = story.heard("2026-06-09 09:00", Kind.OPT_OUT, reply_to=quote)
    events += [
        (asked, "engaged"), (answered, "you wrote"), (away, "away"), (tried, "call_attempted"), (missed, "no_show"),
        (spoke, "spoke"), (noted, "callback_note"), (bounced, "bounced"), (left, "left"), (over, "opt_out"),
    ]  # fmt: skip
    found = next(o for o in story.fold(story.at("2026-06-10 09:00")) if o.opening == quote)
    assert [(h.record, h.what) for h in found.history] == events
    at = {r.id: r.at for r in story.records} | {spoke: story.at("2026-06-04 09:30")}  # when it was over
    assert all(h.at == at[h.record] for h in found.history)
    assert all(h.because for h in found.history)
    assert (found.touches, found.attempts) == (1, ())  # the call; the talk began the count again


def test_a_draft_answers_the_newest_mail_of_the_matter_that_moved_it() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    asked = story.heard("2026-06-02 09:00", Kind.ENGAGED, reply_to=quote)
    answered = story.mail("2026-06-03 09:00", Kind.NOTHING, reply_to=asked)
    story.heard("2026-06-04 09:00", Kind.ACKNOWLEDGED, reply_to=answered)
    promised = story.mail("2026-06-05 09:00", Kind.PROMISED, reply_to=answered, date=D("2026-06-10"))
    refused = story.heard("2026-06-08 09:00", Kind.FIRM_NO, reply_to=promised)
    story.mail("2026-06-09 09:00", Kind.NOTHING, reply_to=refused)
    expected = [
        ("2026-06-01 10:00", quote),
        ("2026-06-02 10:00", asked),
        ("2026-06-03 10:00", answered),
        ("2026-06-04 10:00", answered),
        ("2026-06-05 10:00", promised),
    ]
    for now, answers in expected:
        (found,) = story.fold(story.at(now))
        assert found.answers is not None
        assert found.answers.id == answers
    (lost,) = story.fold(story.at("2026-06-10 10:00"))
    assert lost.stage == "lost"
    assert lost.answers is not None
    assert lost.answers.id == promised
    assert lost.offer is not None
    assert lost.offer.id == quote


def test_touches_are_drafts_sent_calls_due_or_tried_and_chases_by_hand() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.play("2026-06-01", "2026-06-08")
    assert story.fold(story.at("2026-06-08 12:00"))[0].touches == 1  # the call is today
    assert story.fold(story.at("2026-06-09 12:00"))[0].touches == 2
    story.entry("2026-06-09 13:00", Kind.CALL_ATTEMPTED, "2026-06-09 13:00", title="Dana Ruiz: no answer")
    story.entry("2026-06-09 14:00", Kind.CALL_ATTEMPTED, "2026-06-09 14:00", title="Dana Ruiz: no answer")
    story.mail("2026-06-09 15:00", Kind.NOTHING, reply_to=quote)
    assert story.fold(story.at("2026-06-09 16:00"))[0].touches == 5


# --- notes to call


def test_a_note_about_somebody_without_a_quote_is_kept_and_ends_as_the_rep_s_turn() -> None:
    story = Story()
    note = story.entry("2026-06-02 09:00", Kind.CALLBACK_NOTE, "2026-06-10 10:00", title="Call Kim", invited=(KIM, REP))
    told = story.play("2026-06-01", "2026-06-30")
    assert told.stages[note] == [(D("2026-06-02"), "later"), (D("2026-06-11"), "your_turn")]
    assert (told.reminders, told.drafts) == ([], [])  # the entry itself is the reminder
    assert told.last[0].everyone == (KIM,)


def test_a_note_goes_when_the_quote_it_held_is_answered() -> None:
    for kind, stage in ((Kind.ENGAGED, "your_turn"), (Kind.ACCEPTED, "won"), (Kind.OPT_OUT, "stopped")):
        story = Story()
        quote = story.quote("2026-06-01 09:00")
        note = story.entry(
            "2026-06-02 09:00", Kind.CALLBACK_NOTE, "2026-06-02 09:00", title="Dana Ruiz: call", date=D("2026-06-22")
        )
        story.heard("2026-06-08 09:00", kind, reply_to=quote)
        told = story.play("2026-06-01", "2026-06-30")
        assert [on for _, _, on in told.reminders] == [D("2026-06-22")]
        assert told.withdrawn == [(D("2026-06-08"), "callback")]
        assert told.stage(quote) == stage
        assert told.stage(note) != "later"
        assert told.drafts == []


def test_a_date_of_the_customer_s_own_replaces_the_note_and_makes_one_reminder() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.entry(
        "2026-06-02 09:00", Kind.CALLBACK_NOTE, "2026-06-02 09:00", title="Dana Ruiz: call", date=D("2026-06-22")
    )
    story.heard("2026-06-08 09:00", Kind.LATER, reply_to=quote, date=D("2026-06-24"))
    told = story.play("2026-06-01", "2026-06-10")
    assert [(s.start.date() if s.start else None) for s in story.standings.values() if s.state == "standing"] == [
        D("2026-06-24")
    ]
    assert told.stage(quote) == "later"


# --- the dormant, and waits


def test_a_few_words_to_the_dormant_keep_their_distance_and_stop_at_an_opt_out() -> None:
    policy = Policy(dormant_every_days=30, dormant_most=2)
    story = Story(policy=policy)
    quote = story.quote("2026-01-05 09:00")
    (closed,) = (day for day, stage in story.play("2026-01-05", "2026-02-28").stages[quote] if stage == "closed")
    due = closed + dt.timedelta(30)
    story.mail(f"{due - dt.timedelta(1)} 09:00", Kind.NOTHING, topic="spare parts")
    late = story.play("2026-03-01", str(due + dt.timedelta(10)))
    assert [s for _, s in late.drafts] == ["dormant1"]
    worktime = story.worktime(story.at("2026-03-01 09:00"))
    assert late.drafts[0][0] == worktime.add(due - dt.timedelta(1), policy.min_gap_days)
    story.heard(f"{due + dt.timedelta(11)} 09:00", Kind.OPT_OUT)
    assert story.play(str(due + dt.timedelta(11)), str(due + dt.timedelta(70))).drafts == []
