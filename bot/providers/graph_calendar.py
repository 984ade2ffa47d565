"""A rep's calendar in Microsoft 365, by Graph: changes of a view of it, and reminders that never have guests.

The window of a view is frozen into its token, and changes have been reported missing; so once a week the calendar is
listed afresh, with a window around that day.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bot.errors import CursorExpired, NotReadable, TryLater
from bot.model import Entry, Form, Reminder, Standing, State, Unreadable
from bot.providers import ics
from bot.providers.base import Page
from bot.providers.graph_api import Graph, Part, good, items, query, refusal
from bot.providers.graph_event import (
    AUTOMATIC_REPLIES,
    PREFER,
    Event,
    absence_of,
    body_of,
    entry_of,
    mark_of,
    transaction,
)
from bot.providers.graph_folders import link_after
from bot.providers.graph_message import KEY, MARK, property_of

PAGE_EVENTS = 200
BEFORE, AFTER = dt.timedelta(days=370), dt.timedelta(days=1100)  # five years together is the most a view may have
FRESH_EVERY = dt.timedelta(days=7)
_VERSION = "graphcalendar1:"
_SETTINGS = Part("GET", "/mailboxSettings", prefer=PREFER)
_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))
_EXPAND = f"singleValueExtendedProperties($filter=id eq '{KEY}' or id eq '{MARK}')"


@dataclass(frozen=True, slots=True)
class _Reached:
    """The link reached, whether a fresh listing is under way, the day on which that began, and the absence that the
    mailbox announces."""

    link: str
    fresh: bool
    begun: dt.date
    absence: str = ""

    def encode(self) -> str:
        rows = json.dumps([self.link, self.fresh, self.begun.isoformat(), self.absence])
        return _VERSION + base64.b64encode(rows.encode()).decode()


@dataclass(frozen=True, slots=True)
class _Stands:
    """An event under a key of ours."""

    event: Event
    entry: Entry

    @property
    def path(self) -> str:
        return f"/events/{quote(self.entry.ref, safe='')}"

    @property
    def etag(self) -> str:
        return str(self.event.get("@odata.etag") or f'W/"{self.event.get("changeKey")}"')

    def is_ours(self, known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what memory knows, or by its own mark."""
        return self.entry.etag in (mark_of(self.event), known.digest if known is not None else "")


class GraphCalendar:
    """bot.providers.base.Calendar over Graph. `zone` is the rep's, in which his whole days lie."""

    def __init__(self, graph: Graph, zone: dt.tzinfo) -> None:
        self._graph, self._zone, self.meter = graph, zone, graph.wire.meter
        self._quiet: tuple[str, _Reached] | None = None

    # --- news

    def changes(self, since: str | None) -> Iterator[Page[Entry]]:
        """News since the cursor, or everything in the window (see base.Calendar). A listing that was broken off goes on
        where it was; once a week a fresh one is begun."""
        today = self._graph.now().date()
        reached = self._beginning(today) if since is None else _decode(since)
        if self._quiet is not None and self._quiet[0] == since:
            reached = self._quiet[1]
        begins = since is None
        if today - reached.begun >= FRESH_EVERY:
            reached, begins = self._beginning(today), True
        absence = self._absence()
        told = absence.etag if absence is not None else ""
        fresh, ended = reached.fresh, False
        while not ended:
            part = self._part(reached)
            page = good(self._graph.ask(part) if fresh else self._graph.expected(part))
            link, ended = link_after(self._graph, page)
            reached = replace(reached, link=link, fresh=fresh and not ended)
            upserts, removals, broken = self._look(items(page))
            if ended and (fresh or told != reached.absence):
                upserts = upserts if absence is None else (*upserts, absence)
                removals = removals if absence is not None or fresh else (*removals, AUTOMATIC_REPLIES)
                reached = replace(reached, absence=told)
            if upserts or removals or broken or (fresh and ended):
                yield Page(upserts, removals, broken, reached.encode(), begins, fresh and ended)
                begins, since = False, reached.encode()
        if since is not None:
            self._quiet = since, reached
        self._graph.expect(self._part(reached))
        self._graph.expect(_SETTINGS)

    def _absence(self) -> Entry | None:
        """The rep's leave, where he has set automatic replies for a time."""
        answer = self._graph.expected(_SETTINGS)
        if answer.status in (
            403,
            404,
        ):  # not granted, or a mailbox without settings: then there is none that we know of
            return None
        return absence_of(good(answer), self._zone)

    def _beginning(self, today: dt.date) -> _Reached:
        midnight = dt.datetime.combine(today, dt.time(), dt.UTC)
        first, last = (f"{midnight + by:%Y-%m-%dT%H:%M:%SZ}" for by in (-BEFORE, AFTER))
        return _Reached(f"/calendarView/delta?startDateTime={first}&endDateTime={last}", True, today)

    def _part(self, reached: _Reached) -> Part:
        return Part("GET", reached.link, prefer=(*PREFER, f"odata.maxpagesize={PAGE_EVENTS}"))

    def _look(self, changes: Sequence[Event]) -> tuple[tuple[Entry, ...], tuple[str, ...], tuple[Unreadable, ...]]:
        """What changes come to; of one entry twice the later counts. The master of a series is no entry itself."""
        latest = {str(one["id"]): one for one in changes if "id" in one}
        masters = self._masters(list(latest.values()))
        upserts, broken = [], []
        for ref, one in latest.items():
            if "@removed" in one or one.get("type") == "seriesMaster":
                continue
            try:
                upserts.append(entry_of(one, self._zone, masters.get(str(one.get("seriesMasterId")))))
            except NotReadable as fault:
                broken.append(Unreadable(ref, str(fault)))
        gone = tuple(ref for ref, one in latest.items() if "@removed" in one)
        return tuple(upserts), gone, tuple(broken)

    def _masters(self, changes: Sequence[Event]) -> dict[str, Event]:
        """The masters of the occurrences among the changes: those that came along, and the others asked for."""
        found = {str(one["id"]): one for one in changes if one.get("type") == "seriesMaster"}
        wanted = {str(one["seriesMasterId"]) for one in changes if one.get("seriesMasterId")} - found.keys()
        names = sorted(wanted)
        answers = self._graph.ask_all([Part("GET", f"/events/{quote(one, safe='')}", prefer=PREFER) for one in names])
        for name, answer in zip(names, answers, strict=True):
            if answer.status != 404:
                found[name] = good(answer)
        return found

    # --- what stands

    def put(self, reminder: Reminder, known: Standing | None = None) -> Standing | None:
        """Make the reminder stand (see base.Calendar). What is missing of the Standing is copied from `known`, or left
        empty for the caller; `start` is where the entry is now."""
        digest = ics.content_digest(ics.entry_of(reminder))
        found = self._under(reminder.key)
        edited = next((one for one in found if not one.is_ours(known) and one.entry.etag != digest), None)
        stands = edited or next((one for one in found if one.entry.etag == digest), None)
        if stands is None:
            stands = self._write(found[0], reminder) if found else self._make(reminder, known)
        if stands is None:
            return None
        self._remove([one for one in found if one.path != stands.path and one.is_ours(known)])
        return _standing(reminder, known, stands, digest, edited=edited is not None)

    def withdraw(self, standing: Standing) -> bool:
        """Take the reminder away if it still is as we wrote it (see base.Calendar)."""
        found = self._under(standing.key)
        return bool(found) and all(one.is_ours(standing) for one in found) and self._remove(found)

    def _under(self, key: str) -> list[_Stands]:
        """The events with this key."""
        named = f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY}' and ep/value eq '{key.replace(chr(39), chr(39) * 2)}')"
        answer = self._graph.ask(Part("GET", "/events" + query(filter=named, expand=_EXPAND, top="20"), prefer=PREFER))
        found = [one for one in items(good(answer)) if property_of(one, KEY) == key and not one.get("isCancelled")]
        return [_Stands(one, entry_of(one, self._zone)) for one in found]

    def _make(self, reminder: Reminder, known: Standing | None) -> _Stands | None:
        """A new event; None where a person has deleted it."""
        if known is not None and known.state in _DECIDED:
            return None
        again = known is not None and known.state is State.WITHDRAWN
        body = {**body_of(reminder), "transactionId": transaction(reminder, again=again)}
        answer = self._graph.ask(Part("POST", "/events", body, prefer=PREFER))
        if answer.status == 409:  # it was made before: it stands, or a person has deleted it
            return next(iter(self._under(reminder.key)), None)
        return self._checked(reminder, good(answer))

    def _write(self, stands: _Stands, reminder: Reminder) -> _Stands:
        answer = self._graph.ask(Part("PATCH", stands.path, body_of(reminder), prefer=PREFER, if_match=stands.etag))
        return self._checked(reminder, good(answer))

    def _checked(self, reminder: Reminder, event: Event) -> _Stands:
        """What the service says it has kept. Where it tidied our words into others, its own are marked as ours."""
        stands = _Stands(event, entry_of(event, self._zone))
        if stands.entry.attendees:
            raise TryLater("Microsoft 365 put guests into a reminder of ours")
        if stands.entry.etag != ics.content_digest(ics.entry_of(reminder)):
            body = {"singleValueExtendedProperties": [{"id": MARK, "value": stands.entry.etag}]}
            answer = self._graph.ask(Part("PATCH", stands.path, body, prefer=PREFER, if_match=stands.etag))
            stands = replace(stands, event=good(answer))
        return stands

    def _remove(self, found: Sequence[_Stands]) -> bool:
        """Take events away, each only if it still is what was looked at."""
        taken = True
        for one in found:
            answer = self._graph.ask(Part("DELETE", one.path, if_match=one.etag))
            if answer.status in (404, 409, 412):
                taken = False
            elif not answer.is_good:
                raise refusal(answer)
        return taken


def _standing(reminder: Reminder, known: Standing | None, stands: _Stands, digest: str, *, edited: bool) -> Standing:
    """Where the reminder stands, and how. `digest` of an edited one stays that of what we wrote, or would have."""
    wrote = (known.digest if known is not None else "") or mark_of(stands.event) or digest
    return replace(
        known or Standing(reminder.key, Form.REMINDER, State.STANDING, "", "", "", (), reminder.at, reminder.at),
        state=State.EDITED if edited else State.STANDING,
        at=reminder.at,
        changed=reminder.at,
        ref=stands.entry.ref,
        etag=stands.entry.etag,
        digest=wrote if edited else stands.entry.etag,
        start=stands.entry.start,
    )


def _decode(cursor: str) -> _Reached:
    """What a cursor says. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        rows: Mapping[str, Any] = json.loads(base64.b64decode(cursor.removeprefix(_VERSION), validate=True))
        link, fresh, begun, absence = rows
        return _Reached(str(link), bool(fresh), dt.date.fromisoformat(begun), str(absence))
    except (ValueError, TypeError) as fault:
        raise CursorExpired(f"The place reached in the calendar cannot be read ({fault}).") from fault
