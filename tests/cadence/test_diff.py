"""What turns what stands into what should: never a second draft under one key, never what is a person's own."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import replace

import pytest

from bot.cadence.diff import diff
from bot.model import Form, Put, Standing, State, Touch, Withdraw

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
NOW = dt.datetime(2026, 6, 10, 9, 0, tzinfo=CHICAGO)


def a_standing(state: State, form: Form = Form.DRAFT, start: dt.datetime | None = None) -> Standing:
    return Standing("k", form, state, "m1", "first", "r", (), NOW, NOW, fingerprint="old", start=start)


def a_touch(fingerprint: str = "old") -> Touch:
    return Touch("k", Form.DRAFT, "m1", "first", "r", NOW.date(), (), "", fingerprint)


@pytest.mark.parametrize(
    ("state", "same", "other"),
    [
        (State.STANDING, False, True),  # written again only where its facts are others
        (State.INTENDED, True, True),
        (State.WITHDRAWN, True, True),
        (State.EDITED, False, False),
        (State.SENT, False, False),
        (State.DISCARDED, False, False),
    ],
)
def test_what_is_put_again(state: State, same: bool, other: bool) -> None:
    known = a_standing(state)
    for fingerprint, expected in (("old", same), ("new", other)):
        touch = a_touch(fingerprint)
        assert diff([touch], [known], NOW, {}) == ((Put(touch, known),) if expected else ())
    assert diff([a_touch()], [], NOW, {}) == (Put(a_touch(), None),)


@pytest.mark.parametrize(
    ("form", "gone"),
    [
        (Form.DRAFT, {State.STANDING, State.INTENDED}),
        (Form.REMINDER, {State.STANDING, State.INTENDED, State.EDITED}),  # a dragged reminder still is ours
    ],
)
def test_what_is_taken_away(form: Form, gone: set[State]) -> None:
    for state in State:
        known = a_standing(state, form)
        effects = diff([], [known], NOW, {"m1": "the customer has answered"})
        assert effects == ((Withdraw(known, "the customer has answered"),) if state in gone else ())


def test_a_reminder_goes_to_the_end_of_its_local_day_and_a_draft_always() -> None:
    midnight = dt.datetime(2026, 6, 10, 5, 0, tzinfo=dt.UTC)  # in Chicago
    for start, goes in ((midnight, True), (midnight - dt.timedelta(seconds=1), False)):
        known = a_standing(State.STANDING, Form.REMINDER, start)
        assert bool(diff([], [known], NOW, {})) is goes
        assert diff([], [replace(known, form=Form.DRAFT)], NOW, {})


def test_what_goes_goes_first() -> None:
    old = replace(a_standing(State.STANDING), key="old")
    assert [type(e) for e in diff([a_touch()], [old], NOW, {})] == [Withdraw, Put]
