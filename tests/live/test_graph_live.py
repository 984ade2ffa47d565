"""A real mailbox in Microsoft 365, where somebody asks for it: FOLLOWUP_LIVE_GRAPH names a config, FOLLOWUP_LIVE_ACCOUNT an
account of it that is signed in. Best a test tenant: drafts and an entry are made there, and taken away again.

What only the live service can tell is printed (run with -s): see the end of docs/microsoft.md.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.model import Address, Draft, Reminder, Shown, State
from bot.providers.base import LABELS
from bot.providers.graph_api import Part, good, items
from bot.providers.graph_folders import link_after
from bot.providers.graph_message import EXPAND, KEY, SELECT, property_of
from bot.providers.graph_news import LISTING

CONFIG = os.environ.get("FOLLOWUP_LIVE_GRAPH", "")
pytestmark = pytest.mark.skipif(not CONFIG, reason="FOLLOWUP_LIVE_GRAPH is not set: no live account")


@pytest.fixture
def account() -> Iterator[tuple[Any, Any]]:
    with app.opened(Path(CONFIG)) as opened:
        config = opened.accounts(os.environ.get("FOLLOWUP_LIVE_ACCOUNT"))[0]
        yield opened, config


def _draft(config: Any, source: str | None) -> Draft:
    key = uuid.uuid4().hex[:20]
    me = Address(config.me[0])
    now = dt.datetime.now(dt.UTC)
    return Draft(key, me, (me,), (), "Re: followup-bot live test", "A first wording.", "", None, (), source, now)


def test_a_draft_is_made_found_rewritten_and_taken_away(account: tuple[Any, Any]) -> None:
    opened, config = account
    mailbox = opened.mailbox(config)
    graph = mailbox._graph
    newest = items(good(graph.ask(Part("GET", "/mailFolders/inbox/messages?$top=1&$select=id"))))
    draft = _draft(config, newest[0]["id"] if newest else None)
    first = mailbox.put(draft)
    try:
        assert first is not None and first.state is State.STANDING
        again = mailbox.put(draft)
        assert again is not None and (again.ref, again.digest) == (first.ref, first.digest), "found by its key"
        changed = mailbox.put(dataclasses.replace(draft, text="A second wording."), first)
        assert changed is not None and changed.ref == first.ref and changed.state is State.STANDING
        first = changed
        print("changes bring the properties:", _told(graph, draft.key))
        item = good(graph.ask(Part("GET", f"/messages/{first.ref}?$select={SELECT}&$expand={EXPAND}")))
        stale = graph.ask(Part("PATCH", f"/messages/{first.ref}", {"categories": []}, if_match='W/"bm90IHRoaXM="'))
        print("If-Match honoured on messages:", stale.status == 412, "| key kept:", property_of(item, KEY) == draft.key)
    finally:
        assert first is not None and mailbox.withdraw(first) is True
    assert mailbox.withdraw(first) is False


def _told(graph: Any, key: str) -> bool:
    link, ended = f"/mailFolders/drafts/messages/delta{LISTING}", False
    while not ended:
        page = good(graph.ask(Part("GET", link)))
        link, ended = link_after(graph, page)
        if any(property_of(one, KEY) == key for one in items(page)):
            return True
    return False


def test_a_category_is_set_told_and_taken_off(account: tuple[Any, Any]) -> None:
    opened, config = account
    mailbox = opened.mailbox(config)
    graph = mailbox._graph
    newest = items(good(graph.ask(Part("GET", "/mailFolders/inbox/messages?$top=1&$select=id"))))
    if not newest:
        pytest.skip("the inbox is empty")
    ref = newest[0]["id"]
    link = good(graph.ask(Part("GET", "/mailFolders/inbox/messages/delta?$deltatoken=latest&$select=id,categories")))
    mailbox.mark({ref: Shown.WAITING})
    try:
        later = good(graph.ask(Part("GET", graph.below(link["@odata.deltaLink"]))))
        told = any(one.get("id") == ref and "categories" in one for one in items(later))
        print("a change of categories alone is told:", told)
    finally:
        mailbox.mark({ref: None})
    left = good(graph.ask(Part("GET", f"/messages/{ref}?$select=categories")))["categories"]
    assert not set(left) & set(LABELS.values())
    print("the rep's addresses are told:", bool(mailbox.profile().addresses), "| his hours:", mailbox.profile().hours)


def test_a_reminder_is_made_moved_and_taken_away(account: tuple[Any, Any]) -> None:
    opened, config = account
    calendar = opened.calendar(config)
    assert calendar is not None
    key, start = uuid.uuid4().hex[:20], dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(days=300)
    reminder = Reminder(
        key,
        f"{key}@followup-bot",
        start,
        start + dt.timedelta(minutes=15),
        "followup-bot live test",
        "Two\nlines",
        start,
    )
    standing = calendar.put(reminder)
    try:
        assert standing is not None and calendar.put(reminder) == dataclasses.replace(standing)
        moved = dataclasses.replace(
            reminder, start=start + dt.timedelta(days=1), end=reminder.end + dt.timedelta(days=1)
        )
        standing = calendar.put(moved, standing)
        assert standing is not None and standing.start == moved.start
        seen = [e for page in calendar.changes(None) for e in page.upserts if e.key == key]
        assert len(seen) == 1 and seen[0].etag == standing.digest, "by its transactionId"
    finally:
        assert standing is not None and calendar.withdraw(standing) is True
