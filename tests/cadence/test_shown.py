"""What the mails show of how their matters stand, and what the rep says about a thread by one of its mails."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.cadence.shown import changed, shown
from bot.model import Form, Kind, Shown, Stage, Standing, State
from tests.cadence.story import Story

MONDAY, TUESDAY, FRIDAY = "2026-04-06 10:15", "2026-04-07 09:00", "2026-04-10 09:00"


def seen(story: Story, at: str) -> dict[str, Shown]:
    now = story.at(at)
    return shown(story.fold(now), story.standings.values(), story.seen(now))


def ready(story: Story, opening: str, state: State = State.STANDING, covers: tuple[str, ...] = ()) -> None:
    at = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
    story.standings["k"] = Standing("k", Form.DRAFT, state, opening, "first", "1", (), at, at, covers=covers)


def test_the_newest_mail_shows_it_alone() -> None:
    story = Story()
    quote = story.quote(MONDAY)
    assert seen(story, TUESDAY) == {f"ref-{quote}": Shown.WAITING}
    answer = story.heard(TUESDAY, Kind.ENGAGED, reply_to=quote)
    assert seen(story, FRIDAY) == {f"ref-{answer}": Shown.YOUR_TURN}


def test_a_draft_that_lies_there_is_shown_for_all_it_speaks_for() -> None:
    story = Story()
    one, two = story.quote(MONDAY), story.quote(TUESDAY, number="Q-7")
    ready(story, one, covers=(two,))
    assert set(seen(story, FRIDAY).values()) == {Shown.DRAFT_READY}
    ready(story, one, State.EDITED)
    assert seen(story, FRIDAY) == {f"ref-{one}": Shown.DRAFT_READY, f"ref-{two}": Shown.WAITING}
    ready(story, one, State.SENT)
    assert set(seen(story, FRIDAY).values()) == {Shown.WAITING}


def test_what_is_over_shows_nothing() -> None:
    story = Story()
    quote = story.quote(MONDAY)
    story.heard(TUESDAY, Kind.FIRM_NO, reply_to=quote)
    assert seen(story, FRIDAY) == {}


def test_of_two_matters_on_one_mail_the_more_urgent_counts() -> None:
    story = Story()
    one, two = story.quote(MONDAY), story.quote(MONDAY, number="Q-7")
    story.records = [replace(r, ref=f"ref-{one}") if r.id == two else r for r in story.records]
    ready(story, two)
    assert seen(story, TUESDAY) == {f"ref-{one}": Shown.DRAFT_READY}


def test_only_what_differs_is_written() -> None:
    known = {"a": Shown.WAITING, "b": Shown.WAITING, "c": Shown.YOUR_TURN}
    wanted = {"a": Shown.WAITING, "b": Shown.DRAFT_READY, "d": Shown.WAITING}
    assert changed(wanted, known) == {"b": Shown.DRAFT_READY, "c": None, "d": Shown.WAITING}
    assert changed(wanted, wanted) == {}


def test_a_mail_in_angle_brackets_stands_for_its_thread() -> None:
    story = Story()
    quote = story.quote(MONDAY)
    other = story.quote(MONDAY, number="Q-7")
    answer = story.heard(TUESDAY, Kind.HOLDING, reply_to=quote)
    story.instruct("2026-04-08 09:00", "stop", f"<{answer}>")
    stages = {o.opening: o.stage for o in story.fold(story.at(FRIDAY))}
    assert stages[quote] is Stage.STOPPED and stages[other] is not Stage.STOPPED, "the person is not stopped"


def test_without_brackets_it_is_nobody() -> None:
    story = Story()
    quote = story.quote(MONDAY)
    answer = story.heard(TUESDAY, Kind.HOLDING, reply_to=quote)
    for subject in (answer, "<unknown@story>", "<", "<>"):
        story.instruct("2026-04-08 09:00", "stop", subject)
    assert [o.stage for o in story.fold(story.at(FRIDAY))] == [Stage.WAITING]
