"""The last test of a run: what all the others asked of the network (trace.py)."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request

import pytest

from tests import trace

FORBIDDEN = (
    ("google", "POST", "/gmail/v1/users/me/messages/send"), ("google", "POST", "/gmail/v1/users/me/drafts/send"),
    ("google", "POST", "/calendar/v3/calendars/primary/events"), ("google", "POST", "/gmail/v1/users/me/messages/1/trash"),
    ("graph", "POST", "/v1.0/me/sendMail"), ("graph", "POST", "/me/messages/1/send"), ("graph", "POST", "/me/messages/1/reply"),
    ("graph", "POST", "/me/events/1/accept"), ("graph", "DELETE", "/me/mailFolders/inbox"),
)  # fmt: skip


def test_the_trace_would_show_it() -> None:
    for vendor, method, path in FORBIDDEN:
        assert not trace.MAY[vendor].fullmatch(f"{method} {path}"), path


@pytest.mark.skipif(
    any(name.startswith("FOLLOWUP_LIVE_") for name in os.environ), reason="live accounts need the network"
)
def test_there_is_no_network() -> None:
    before = set(trace.OUTSIDE)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("https://gmail.googleapis.com/", timeout=1)
    with pytest.raises(OSError, match="no network"), socket.socket() as plain:
        plain.connect(("192.0.2.1", 443))
    assert {"gmail.googleapis.com", "192.0.2.1"} <= trace.OUTSIDE
    trace.OUTSIDE.clear()
    trace.OUTSIDE.update(before)


def test_nothing_was_asked_for_that_may_not_be() -> None:
    assert trace.beyond() == []
    assert trace.OUTSIDE <= trace.EXPECTED, "somebody tried to reach another machine"
