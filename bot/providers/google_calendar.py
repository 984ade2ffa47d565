"""A rep's calendar at Google, by its API.

Notes, meetings and leave are read from the rep's primary calendar; reminders are written into a calendar of our own,
which the program made itself ("Follow-ups"): the only one its sign-in lets it write to.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import CursorExpired, TryLater, UserMustAct
from bot.model import Entry, Form, Reminder, Standing, State, Unreadable
from bot.providers import ics
from bot.providers.base import Page
from bot.providers.google_api import BadRequest, Client, Refused
from bot.providers.google_events import WITHDRAWN, body_of, entry_of, event_id, was_withdrawn, written_digest
from bot.providers.wire import OutcomeUnknown, Wire

PAGE_EVENTS = 2500
TITLE = "Follow-ups"
_VERSION = "gcal1:"
_PRIMARY, _OWN = "primary", "own"
_FRESH = 24 * 3600  # seconds after which a quiet calendar's cursor is renewed: Google lets old ones expire
_DECIDED = frozenset((State.STANDING, State.EDITED, State.SENT, State.DISCARDED))


@dataclass(frozen=True, slots=True)
class _Reached:
    """How far each calendar has been read: a sync token; of one that is still being listed the page token, or ""."""

    calendar: str  # the id of our own
    at: int
    syncs: Mapping[str, str]
    pages: Mapping[str, str]


class GoogleCalendar:
    """bot.providers.base.Calendar over Google Calendar. `own` is the id of the calendar that reminders go to (see
    `make_own`); bare days are in `zone`."""

    def __init__(
        self,
        wire: Wire,
        own: str,
        zone: dt.tzinfo,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._client, self.meter = Client(wire, "calendar.v3"), wire.meter
        self._events = self._client.api.events()
        self._own, self._zone, self._now = own, zone, now

    # --- news

    def changes(self, since: str | None) -> Iterator[Page[Entry]]:
        """News since the cursor, or everything (see base.Calendar); both calendars in one request. A listing that was
        broken off goes on where it was."""
        begins = since is None
        reached = self._reached_at(since)
        while reached.pages:
            page, reached = self._listed(reached)
            if page == Page() and reached.pages:
                continue  # nothing to tell before the next calendar
            yield replace(page, cursor=_encode(reached), begins=begins, ends=not reached.pages)
            begins = False
        yield from self._news(reached)

    def _reached_at(self, since: str | None) -> _Reached:
        if since is None:
            return _Reached(
                self._own, self._unix(), {}, dict.fromkeys((_PRIMARY, _OWN) if self._own else (_PRIMARY,), "")
            )
        reached = _decode(since)
        if reached.calendar != self._own:
            raise CursorExpired("The reminders go to another calendar now; the calendars are listed afresh.")
        return reached

    def _listed(self, reached: _Reached) -> tuple[Page[Entry], _Reached]:
        """The next page of a fresh listing."""
        name, token = next(iter(reached.pages.items()))
        arguments = {"calendarId": self._id(name), "maxResults": PAGE_EVENTS}
        try:
            answer = self._client.ask(self._events.list(**arguments, **({"pageToken": token} if token else {})))
        except BadRequest as fault:
            if not token:
                raise
            raise CursorExpired("Google no longer knows the place in the calendar; it is listed afresh.") from fault
        except Refused as fault:
            raise self._refused(name, fault) from fault
        page = self._page(name, answer.get("items", ()), fresh=True)
        pages, syncs = dict(reached.pages), dict(reached.syncs)
        if answer.get("nextPageToken"):
            pages[name] = str(answer["nextPageToken"])
        else:
            del pages[name]
            syncs[name] = str(answer.get("nextSyncToken", ""))
        return page, replace(reached, pages=pages, syncs=syncs)

    def _news(self, reached: _Reached) -> Iterator[Page[Entry]]:
        """What has changed, as one page. A cursor that still holds gets none, unless it grows old."""
        calls = {
            name: self._events.list(calendarId=self._id(name), syncToken=token, maxResults=PAGE_EVENTS)
            for name, token in reached.syncs.items()
        }
        found: Page[Entry] = Page()
        syncs = dict(reached.syncs)
        for name, answer in self._client.ask_all(calls).items():
            if isinstance(answer, Refused):
                raise self._refused(name, answer)
            told: dict[str, Any] | None = answer if isinstance(answer, dict) else None
            while told is not None:
                page = self._page(name, told.get("items", ()), fresh=False)
                found = Page(
                    found.upserts + page.upserts, found.removals + page.removals, found.unreadables + page.unreadables
                )
                syncs[name] = str(told.get("nextSyncToken", syncs[name]))
                more = told.get("nextPageToken")
                told = self._further(name, reached.syncs[name], str(more)) if more else None
        if found != Page() or self._unix() - reached.at > _FRESH:
            yield replace(found, cursor=_encode(replace(reached, syncs=syncs, at=self._unix())))

    def _further(self, name: str, sync: str, page: str) -> dict[str, Any]:
        try:
            return self._client.ask(
                self._events.list(calendarId=self._id(name), syncToken=sync, pageToken=page, maxResults=PAGE_EVENTS)
            )
        except BadRequest as fault:
            raise TryLater("Google no longer knows the place in a list of changes") from fault
        except Refused as fault:
            raise self._refused(name, fault) from fault

    def _page(self, name: str, events: Any, *, fresh: bool) -> Page[Entry]:
        upserts: list[Entry] = []
        broken: list[Unreadable] = []
        gone: list[str] = []
        for event in events:
            ref = f"{name}/{event.get('id', '')}"
            if event.get("status") == "cancelled":
                if not fresh:
                    gone.append(ref)
                continue
            match entry_of(event, ref, self._zone):
                case Entry() as entry:
                    upserts.append(entry)
                case Unreadable() as unreadable:
                    broken.append(unreadable)
        return Page(tuple(upserts), tuple(gone), tuple(broken))

    # --- what stands

    def put(self, reminder: Reminder, known: Standing | None = None) -> Standing | None:
        """Make the reminder stand (see base.Calendar), under an id that follows from its key. What is missing of the
        Standing is copied from `known`, or left empty for the caller; `start` is where the entry is now."""
        wanted, digest = body_of(reminder), ics.content_digest(ics.entry_of(reminder))
        event = self._stands(reminder.key)
        if event is None:
            if known is not None and known.state in _DECIDED:
                return None
            event = self._insert(reminder.key, wanted)
        is_ours = self._is_ours(event, known) or self._entry(event).etag == digest
        if event.get("status") == "cancelled":
            if not was_withdrawn(event):
                return None  # a person has deleted it: he declined
            event, is_ours = self._rewrite(event, wanted)
        elif is_ours and self._entry(event).etag != digest:
            event, is_ours = self._rewrite(event, wanted)
        if event.get("status") == "cancelled":
            return None
        return _standing(reminder, known, self._entry(event), digest, is_ours=is_ours)

    def withdraw(self, standing: Standing) -> bool:
        """Take the reminder away if it still is as we wrote it (see base.Calendar). It is called off with a mark of ours,
        so that it may stand again, which one that a person deleted may not."""
        event = self._stands(standing.key)
        if event is None or event.get("status") == "cancelled":
            return False
        if not self._is_ours(event, standing):
            return False
        marks = {**event.get("extendedProperties", {}).get("private", {}), WITHDRAWN: "yes"}
        body = {"status": "cancelled", "extendedProperties": {"private": marks}}
        call = self._events.patch(calendarId=self._own, eventId=event["id"], body=body, sendUpdates="none")
        try:
            return self._write(call, event) is not None
        except OutcomeUnknown:
            now = self._stands(standing.key)
            if now is None or (now.get("status") == "cancelled" and was_withdrawn(now)):
                return True
            raise

    def _insert(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        call = self._events.insert(calendarId=self._own, body={**body, "id": event_id(key)}, sendUpdates="none")
        try:
            return self._client.ask(call)
        except Refused as fault:
            there = self._stands(key) if fault.status == 409 else None
            if there is None:
                raise self._refused(_OWN, fault) from fault
            return there

    def _rewrite(self, event: dict[str, Any], body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The event with another content, which is ours then; as a person has made it, where he did in this moment."""
        call = self._events.update(calendarId=self._own, eventId=event["id"], body=body, sendUpdates="none")
        if (written := self._write(call, event)) is not None:
            return written, True
        return self._stands_by_id(str(event["id"])) or {**event, "status": "cancelled"}, False

    def _write(self, call: Any, event: dict[str, Any]) -> dict[str, Any] | None:
        """Write an event only as it was seen (If-Match, RFC 9110, 13.1.1); None where it is another by now."""
        call.headers["If-Match"] = str(event.get("etag", "*"))
        try:
            return self._client.ask(call)
        except Refused:
            return None

    def _stands(self, key: str) -> dict[str, Any] | None:
        return self._stands_by_id(event_id(key))

    def _stands_by_id(self, one: str) -> dict[str, Any] | None:
        if not self._own:
            raise UserMustAct("there is no calendar for reminders yet", "make it: followup connect google")
        try:
            return self._client.ask(self._events.get(calendarId=self._own, eventId=one))
        except Refused:
            return None

    def _is_ours(self, event: dict[str, Any], known: Standing | None) -> bool:
        """Whether it is as we wrote it: by what it says of itself, or by what memory knows."""
        ours = {written_digest(event), known.digest if known is not None else ""}
        return self._entry(event).etag in ours

    def _entry(self, event: dict[str, Any]) -> Entry:
        found = entry_of({**event, "status": "confirmed"}, f"{_OWN}/{event['id']}", self._zone)
        if not isinstance(found, Entry):
            raise TryLater("Google answered with an entry that cannot be read")
        return found

    def _id(self, name: str) -> str:
        return self._own if name == _OWN else name

    def _refused(self, name: str, fault: Refused) -> Exception:
        if fault.status == 410:
            return CursorExpired("Google no longer knows the place reached in the calendar; it is listed afresh.")
        if fault.status == 404 and name == _OWN:
            return UserMustAct("the calendar for reminders is gone", "make it again: followup connect google")
        return TryLater(f"Google Calendar answered {fault.status}")

    def _unix(self) -> int:
        return int(self._now().timestamp())


def make_own(wire: Wire, known: str = "") -> str:
    """The id of our own calendar: the one known, where it is still there, or a new one."""
    client = Client(wire, "calendar.v3")
    if known:
        try:
            client.ask(client.api.calendars().get(calendarId=known))
        except Refused:
            known = ""
    return known or str(client.ask(client.api.calendars().insert(body={"summary": TITLE}))["id"])


def _standing(reminder: Reminder, known: Standing | None, seen: Entry, digest: str, *, is_ours: bool) -> Standing:
    """Where the reminder stands, and how. `digest` is that of what Google made of it; of an edited one it stays that of
    what we wrote, or would have."""
    state = State.STANDING if is_ours else State.EDITED
    wrote = seen.etag if is_ours else (known.digest if known is not None and known.digest else digest)
    base = known or Standing(reminder.key, Form.REMINDER, state, "", "", "", (), reminder.at, reminder.at)
    return replace(
        base,
        state=state,
        at=reminder.at,
        changed=reminder.at,
        ref=seen.ref,
        etag=seen.etag,
        digest=wrote,
        start=seen.start,
    )


def _encode(reached: _Reached) -> str:
    row = {"own": reached.calendar, "at": reached.at, "syncs": dict(reached.syncs), "pages": dict(reached.pages)}
    return _VERSION + base64.b64encode(json.dumps(row, separators=(",", ":")).encode()).decode()


def _decode(cursor: str) -> _Reached:
    """What a cursor says. Raises CursorExpired where it is not one of ours, or of another version."""
    try:
        if not cursor.startswith(_VERSION):
            raise ValueError("another version")
        row = json.loads(base64.b64decode(cursor.removeprefix(_VERSION), validate=True))
        tokens = [{str(k): str(v) for k, v in row[name].items()} for name in ("syncs", "pages")]
        return _Reached(str(row["own"]), int(row["at"]), tokens[0], tokens[1])
    except (ValueError, TypeError, AttributeError, KeyError, binascii.Error) as fault:
        raise CursorExpired(f"The place reached in the calendar cannot be read ({fault}).") from fault
