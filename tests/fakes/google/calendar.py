"""Calendars as Google keeps them: sync tokens that expire, ids given by the client, deleted entries that stay as
cancelled ones."""

from __future__ import annotations

import copy
import itertools
import re
from typing import Any

from tests.fakes.google.mail import Gone, Wrong

_ID = re.compile(r"[a-v0-9]{5,1024}")


class Conflict(Exception):
    """409."""


class Stale(Exception):
    """412."""


class Expired(Exception):
    """410."""


class CalendarStore:
    """The calendars of one person, by id; "primary" is there from the start."""

    def __init__(self, address: str, now: Any) -> None:
        self.now = now
        self.calendars: dict[str, dict[str, Any]] = {"primary": {"summary": address, "id": "primary"}}
        self.events: dict[str, dict[str, dict[str, Any]]] = {"primary": {}}
        self.changed: dict[str, dict[str, int]] = {"primary": {}}
        self.made_here: set[str] = set()  # calendars that the program made: the only ones it may write to
        self.oldest = 0
        self._count = itertools.count(1)
        self.last = 0

    def add_calendar(self, summary: str) -> dict[str, Any]:
        calendar_id = f"c{next(self._count):06d}@group.calendar.google.com"
        self.calendars[calendar_id] = {
            "kind": "calendar#calendar",
            "id": calendar_id,
            "summary": summary,
            "etag": '"1"',
        }
        self.events[calendar_id], self.changed[calendar_id] = {}, {}
        self.made_here.add(calendar_id)
        return self.calendars[calendar_id]

    def of(self, calendar_id: str) -> dict[str, dict[str, Any]]:
        if calendar_id not in self.events:
            raise Gone
        return self.events[calendar_id]

    def insert(self, calendar_id: str, body: dict[str, Any]) -> dict[str, Any]:
        events = self.of(calendar_id)
        event_id = body.get("id") or f"ev{next(self._count):08d}"
        if not _ID.fullmatch(event_id):
            raise Wrong("Invalid resource id value.")
        if event_id in events:
            raise Conflict
        if "start" not in body or "end" not in body:
            raise Wrong("Missing end time.")
        event = {
            "kind": "calendar#event", "id": event_id, "status": "confirmed", "iCalUID": f"{event_id}@google.com",
            "created": self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"), **copy.deepcopy(body),
        }  # fmt: skip
        return self.save(calendar_id, event)

    def save(self, calendar_id: str, event: dict[str, Any]) -> dict[str, Any]:
        """Keep an event as it is now, under a new etag."""
        self.last = next(self._count)
        event["etag"] = f'"{self.last}"'
        event["updated"] = self.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.of(calendar_id)[event["id"]] = event
        self.changed[calendar_id][event["id"]] = self.last
        return event

    def change(
        self, calendar_id: str, event_id: str, body: dict[str, Any], match: str | None, *, whole: bool
    ) -> dict[str, Any]:
        event = self.of(calendar_id).get(event_id)
        if event is None:
            raise Gone
        if match is not None and match != event["etag"]:
            raise Stale
        kept = {n: event[n] for n in ("kind", "id", "iCalUID", "created")} if whole else event
        return self.save(calendar_id, {"status": "confirmed", **copy.deepcopy(kept), **copy.deepcopy(body)})

    def cancel(self, calendar_id: str, event_id: str) -> None:
        """A person deletes an event."""
        self.save(calendar_id, {**self.of(calendar_id)[event_id], "status": "cancelled"})

    def listed(self, calendar_id: str, since: int | None) -> list[dict[str, Any]]:
        """Everything that is not cancelled, or what changed after `since`, cancelled or not."""
        events, changed = self.of(calendar_id), self.changed[calendar_id]
        if since is None:
            return [e for e in events.values() if e["status"] != "cancelled"]
        if since < self.oldest:
            raise Expired
        return sorted((e for i, e in events.items() if changed[i] > since), key=lambda e: changed[e["id"]])

    def expire_tokens(self) -> None:
        self.oldest = self.last + 1
        self.last = next(self._count)
