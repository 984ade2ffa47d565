"""Google's own list of methods against the wall: of everything the two APIs can do, the program can do what is named here,
and nothing else."""

from __future__ import annotations

import re

import pytest

from bot.providers.google_api import CALENDAR_ALLOWED, GMAIL_ALLOWED, LABELLING_ALLOWED
from bot.providers.wire_wall import Forbidden, Wall
from tests.fakes.google import contract

MAY = {
    "gmail.users.getProfile", "gmail.users.messages.list", "gmail.users.messages.get", "gmail.users.threads.get",
    "gmail.users.history.list", "gmail.users.drafts.list", "gmail.users.drafts.get", "gmail.users.drafts.create",
    "gmail.users.drafts.update", "gmail.users.drafts.delete", "gmail.users.settings.sendAs.list",
    "calendar.events.list", "calendar.events.get", "calendar.events.insert", "calendar.events.update", "calendar.events.patch",
    "calendar.calendars.get", "calendar.calendars.insert", "gmail.users.labels.list",
}  # fmt: skip
MAY_LABEL = {"gmail.users.labels.create", "gmail.users.messages.modify"}


@pytest.mark.parametrize("labelling", [False, True])
def test_of_all_methods_only_the_named_ones_pass(labelling: bool) -> None:
    wall = Wall((*GMAIL_ALLOWED, *CALENDAR_ALLOWED, *(LABELLING_ALLOWED if labelling else ())))
    passed, refused = set(), 0
    for method in contract.methods():
        path = method.pattern.pattern
        host = "gmail.googleapis.com" if method.document == "gmail.v1" else "www.googleapis.com"
        for calendar in ("primary", "c1@group.calendar.google.com"):
            filled = re.sub(r"\(\?P<userId>[^)]*\)", "me", path)
            filled = re.sub(r"\(\?P<calendarId>[^)]*\)", calendar, filled)
            filled = re.sub(r"\(\?P<\w+>[^)]*\)", "abc1", filled)
            try:
                wall.check(method.verb, f"https://{host}{filled}", {}, b"")
                passed.add((method.id, calendar))
            except Forbidden:
                refused += 1
    assert {name for name, _ in passed} == (MAY | MAY_LABEL if labelling else MAY) and refused > 150
    writes = {"calendar.events.insert", "calendar.events.update", "calendar.events.patch"}
    assert not any(name in writes and calendar == "primary" for name, calendar in passed), (
        "the rep's own calendar is only read"
    )
