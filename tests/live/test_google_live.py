"""A real mailbox and calendar at Google, where somebody asks for it: FOLLOWUP_LIVE_GOOGLE names a config, FOLLOWUP_LIVE_ACCOUNT
an account of it that is signed in. Best one made for tests: drafts and an entry are made there, and taken away again. Never
in CI.

What only the live service can tell is printed (run with -s): see the end of docs/google.md.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import time
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.model import Address, Draft, Reminder, Shown, State
from bot.providers.base import LABELS
from bot.providers.gmail_calls import Calls
from bot.providers.google_api import Client, Refused
from bot.providers.mime import KEY_HEADER

CONFIG = os.environ.get("FOLLOWUP_LIVE_GOOGLE", "")
pytestmark = pytest.mark.skipif(not CONFIG, reason="FOLLOWUP_LIVE_GOOGLE is not set: no live account")
LAG = 30.0  # seconds in which history must tell of a write


@pytest.fixture
def account() -> Iterator[tuple[Any, Any]]:
    with app.opened(Path(CONFIG)) as opened:
        config = opened.accounts(os.environ.get("FOLLOWUP_LIVE_ACCOUNT"))[0]
        yield opened, config


@pytest.fixture
def mailbox(account: tuple[Any, Any]) -> Any:
    opened, config = account
    return opened.mailbox(config)


def _draft(config: Any, source: str | None) -> Draft:
    key = uuid.uuid4().hex[:20]
    me = Address(config.me[0])
    now = dt.datetime.now(dt.UTC)
    return Draft(key, me, (me,), (), "Re: followup-bot live test", "A first wording.", "", None, (), source, now)


def _calls(mailbox: Any) -> Calls:
    calls: Calls = mailbox._calls
    return calls


def test_the_rep_is_known(mailbox: Any, account: tuple[Any, Any]) -> None:
    profile = mailbox.profile()
    assert account[1].me[0] in [a.email for a in profile.addresses]
    print("addresses:", len(profile.addresses), "| a signature:", bool(profile.signature_html))


def test_a_draft_is_made_found_rewritten_and_taken_away(mailbox: Any, account: tuple[Any, Any]) -> None:
    calls = _calls(mailbox)
    newest = next(iter(calls.ids("in:inbox")), ())
    draft = _draft(account[1], newest[0][0] if newest else None)
    before = calls.history_now()
    first = mailbox.put(draft)
    try:
        assert first is not None and first.state is State.STANDING
        again = account[0].mailbox(account[1]).put(draft)
        assert again is not None and (again.ref, again.digest) == (first.ref, first.digest), "found by its key"
        changed = mailbox.put(dataclasses.replace(draft, text="A second wording."), first)
        assert changed is not None and changed.ref == first.ref and changed.state is State.STANDING
        first = changed
        lying = calls.draft(first.ref.removeprefix("draft/"))
        assert lying is not None and message_from_bytes(lying.data)[KEY_HEADER] == draft.key
        print("in the thread of what it answers:", bool(newest) and lying.thread == newest[0][1])
        print("history tells of it after", _seconds_until(lambda: lying.id in calls.history(before)[0]))
        own = str(message_from_bytes(lying.data)["Message-ID"]).strip("<>")
        found = f"in:drafts rfc822msgid:{own}"
        print("search finds it after", _seconds_until(lambda: any(page for page in calls.ids(found))))
    finally:
        assert first is not None and mailbox.withdraw(first) is True
    assert mailbox.withdraw(first) is False


def _seconds_until(reached: Any) -> str:
    begun = time.monotonic()
    while time.monotonic() - begun < LAG:
        if reached():
            return f"{time.monotonic() - begun:.1f} s"
        time.sleep(1)
    return f"more than {LAG:.0f} s"


def test_a_label_is_put_on_and_taken_off(mailbox: Any) -> None:
    if not mailbox.marks:
        pytest.skip("labels are not asked for, or not granted")
    calls = _calls(mailbox)
    newest = next(iter(calls.ids("in:inbox")), ())
    if not newest:
        pytest.skip("the inbox is empty")
    ref = newest[0][0]
    for state in (Shown.WAITING, Shown.WAITING, None):
        mailbox.mark({ref: state})
    (raw,) = (found for _, found in calls.raws([ref]))
    names = calls.labels()
    assert not {names[one] for one in raw.labels if one in names} & set(LABELS.values())  # type: ignore[union-attr]


def test_a_reminder_is_made_moved_and_taken_away(account: tuple[Any, Any]) -> None:
    opened, config = account
    calendar = opened.calendar(config)
    if calendar is None:
        pytest.skip("the account has no calendar")
    key, start = uuid.uuid4().hex[:20], dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=300)
    reminder = Reminder(
        key, f"{key}@followup-bot", start, start + dt.timedelta(minutes=15), "followup-bot live test", "Two\nlines", start
    )  # fmt: skip
    standing = calendar.put(reminder)
    try:
        assert standing is not None and calendar.put(reminder) == standing, "found by its id"
        moved = dataclasses.replace(
            reminder, start=start + dt.timedelta(days=1), end=reminder.end + dt.timedelta(days=1)
        )
        standing = calendar.put(moved, standing)
        assert standing is not None and standing.start == moved.start
        seen = [e for page in calendar.changes(None) for e in page.upserts if e.key == key]
        assert len(seen) == 1 and seen[0].etag == standing.digest
    finally:
        assert standing is not None and calendar.withdraw(standing) is True
    assert calendar.withdraw(standing) is False


def test_what_sends_is_refused_before_it_leaves(mailbox: Any) -> None:
    client: Client = mailbox._calls._client
    with pytest.raises(Exception, match="sends mail"):
        client.ask(client.api.users().drafts().send(userId="me", body={"id": "none"}))
    with pytest.raises(Refused):
        client.ask(client.api.users().drafts().get(userId="me", id="r-1"))
