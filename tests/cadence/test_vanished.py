"""A draft that is gone from Drafts: sent without our header, or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.model import Address, Direction, Kind, MailRecord, Reading, State
from tests.cadence.story import DANA, REP, Story

BOB = Address("bob@acme.example", "Bob Hale")


def vanished(
    sent: str, seen: str, to: tuple[Address, ...] = (DANA,), about: bool = True, key: str | None = None
) -> Story:
    """A draft that went from Drafts, as noticed at `seen`, and a mail of the rep's at `sent`."""
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.play("2026-06-01", "2026-06-04", "ignored")
    ((name, first),) = story.standings.items()
    story.standings[name] = replace(first, state=State.DISCARDED, changed=story.at(seen))
    thread = (quote,) if about else ()
    said = Reading(Kind.NOTHING)
    story.records.append(
        MailRecord("bare", "ref", "", story.at(sent), Direction.SENT, REP, to, (), None, thread, "", key, said)
    )
    return story


def step_state(story: Story) -> tuple[State, bool]:
    (found,) = story.fold(story.at("2026-06-05 09:00"))
    return found.steps["first"].state if "first" in found.steps else State.WITHDRAWN, found.chased


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("2026-06-04 12:00", "2026-06-04 12:00"),
        ("2026-06-04 12:00", "2026-06-04 14:00"),  # two hours either way
        ("2026-06-04 14:00", "2026-06-04 12:00"),
    ],
)
def test_a_draft_that_went_as_a_mail_without_its_header_was_sent(sent: str, seen: str) -> None:
    assert step_state(vanished(sent, seen)) == (State.SENT, False)
    assert step_state(vanished(sent, seen, to=(BOB, DANA))) == (State.SENT, False)


@pytest.mark.parametrize(
    ("sent", "seen", "more"),
    [
        ("2026-06-04 12:00", "2026-06-04 14:01", {}),
        ("2026-06-04 14:01", "2026-06-04 12:00", {}),
        ("2026-06-04 07:59", "2026-06-04 08:30", {}),  # before the draft was there
        ("2026-06-04 12:00", "2026-06-04 12:00", {"to": (BOB,)}),
        ("2026-06-04 12:00", "2026-06-04 12:00", {"about": False}),
        ("2026-06-04 12:00", "2026-06-04 12:00", {"key": "another draft of ours"}),
    ],
)
def test_another_mail_is_not_the_draft(sent: str, seen: str, more: dict[str, Any]) -> None:
    assert step_state(vanished(sent, seen, **more))[0] is not State.SENT
