"""An event of Graph's JSON <-> model.Entry.

A view of the calendar gives no properties of ours with its changes (Graph reference, "event: delta": no $expand), so our
key is also in the transactionId, which the service keeps and gives back to the app that set it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.errors import NotReadable
from bot.model import Address, Attendee, Entry, Reminder
from bot.providers import ics
from bot.providers.graph_message import KEY, MARK, property_of, time_of
from bot.providers.graph_zones import moment_of, written

Event = Mapping[str, Any]

PREFER = ('outlook.timezone="UTC"', 'outlook.body-content-type="text"')
_OURS = re.compile(r"followup:([^:\s]{1,200})(?::\d{1,12})?")
_DAY, _NOON, _LONGEST = dt.timedelta(days=1), 12, dt.timedelta(days=366)
AUTOMATIC_REPLIES = "automatic-replies"  # the ref and uid of an entry that stands in no calendar
_STATUSES = {
    "accepted": "ACCEPTED", "organizer": "ACCEPTED", "declined": "DECLINED", "tentativelyAccepted": "TENTATIVE",
}  # fmt: skip


def entry_of(event: Event, zone: dt.tzinfo, master: Event | None = None) -> Entry:
    """The Entry; its etag is a digest of what a person sees of it. `zone` is the rep's: a whole day is his. An
    occurrence comes with its times alone and takes the rest from its `master`. Raises NotReadable where the times
    cannot be read."""
    whole = {**(master or {}), **{name: value for name, value in event.items() if value is not None}}
    start, end = moment_of(event.get("start"), zone), moment_of(event.get("end"), zone)
    if start is None or end is None:
        raise NotReadable("not a calendar entry: it has no time that can be read")
    all_day = bool(whole.get("isAllDay"))
    if all_day:
        start, end = (dt.datetime.combine(one.date(), dt.time(), zone) for one in (start, end))
        end = max(end, start + _DAY)
    uid = str(whole.get("iCalUId") or whole.get("id") or "")
    if event.get("type") in ("occurrence", "exception"):
        uid = f"{uid}#{start.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    title = _line(whole.get("subject"))
    is_away = whole.get("showAs") == "oof" and (all_day or end - start > _DAY) and not whole.get("attendees")
    entry = Entry(
        ref=str(event.get("id", "")),
        etag="",
        uid=uid,
        created=time_of(whole.get("createdDateTime")) or start,
        start=start,
        end=max(end, start),
        all_day=all_day,
        title=ics.away(title) if is_away else title,
        notes=_notes(whole),
        attendees=_guests(whole),
        organizer=_organizer(whole),
        cancelled=bool(whole.get("isCancelled")),
        key=key_of(whole),
    )
    return replace(entry, etag=ics.content_digest(entry))


def absence_of(settings: Any, zone: dt.tzinfo) -> Entry | None:
    """The whole days for which the mailbox answers by itself, as an entry of leave; None where it does not, or nobody
    knows until when (Graph reference, "automaticRepliesSetting")."""
    given = settings.get("automaticRepliesSetting") if isinstance(settings, dict) else None
    if not isinstance(given, dict) or given.get("status") != "scheduled":
        return None
    start = moment_of(given.get("scheduledStartDateTime"), zone)
    end = moment_of(given.get("scheduledEndDateTime"), zone)
    if start is None or end is None:
        return None
    start, end = start.astimezone(zone), end.astimezone(zone)
    first = start.date() + (_DAY if start.hour >= _NOON else dt.timedelta())  # who leaves in the afternoon was there
    behind = end.date() + (_DAY if end.hour >= _NOON else dt.timedelta())
    if behind <= first or behind - first > _LONGEST:
        return None
    days = [dt.datetime.combine(day, dt.time(), zone) for day in (first, behind)]
    entry = Entry(AUTOMATIC_REPLIES, "", AUTOMATIC_REPLIES, days[0], days[0], days[1], all_day=True, title=ics.AWAY)
    return replace(entry, etag=ics.content_digest(entry))


def key_of(event: Event) -> str | None:
    """Our key on an event, by its property or by its transactionId."""
    ours = _OURS.fullmatch(str(event.get("transactionId") or ""))
    return property_of(event, KEY) or (ours[1] if ours else None)


def mark_of(event: Event) -> str:
    """The digest of what we wrote there, as the event itself says."""
    return property_of(event, MARK)


def body_of(reminder: Reminder) -> dict[str, Any]:
    """A reminder as Graph takes it: no guests, so that nobody is ever invited; free, so that nobody finds the rep busy;
    with an alarm at its start."""
    plain = ics.entry_of(reminder)
    return {
        "subject": plain.title,
        "body": {"contentType": "text", "content": plain.notes},
        "start": written(plain.start),
        "end": written(plain.end),
        "isAllDay": False,
        "showAs": "free",
        "isReminderOn": True,
        "reminderMinutesBeforeStart": 0,
        "singleValueExtendedProperties": [
            {"id": KEY, "value": reminder.key},
            {"id": MARK, "value": ics.content_digest(plain)},
        ],
    }


def transaction(reminder: Reminder, *, again: bool) -> str:
    """The id by which the service knows a creation that comes twice. `again`: what stood under it was taken away by
    ourselves, and it is to be made once more."""
    return f"followup:{reminder.key}" + (f":{int(reminder.at.timestamp())}" if again else "")


def _line(value: Any) -> str:
    return " ".join(str(value or "").split())


def _notes(event: Event) -> str:
    body = event.get("body")
    text = str(body.get("content") or "") if isinstance(body, dict) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _guests(event: Event) -> tuple[Attendee, ...]:
    found = []
    given = event.get("attendees")
    for one in given if isinstance(given, list) else []:
        if not isinstance(one, dict) or one.get("type") == "resource":
            continue
        person = _person(one)
        status = one.get("status") or {}
        if person is not None:
            found.append(Attendee(person, _STATUSES.get(str(status.get("response")), "NEEDS-ACTION")))
    return tuple(found)


def _organizer(event: Event) -> Address | None:
    """Who invites; nobody where there are no guests, for the service names the owner of every entry."""
    given = event.get("organizer")
    return _person(given) if isinstance(given, dict) and event.get("attendees") else None


def _person(given: Mapping[str, Any]) -> Address | None:
    inner = given.get("emailAddress")
    email = str(inner.get("address") or "").strip().casefold() if isinstance(inner, dict) else ""
    if not isinstance(inner, dict) or "@" not in email:
        return None
    name = _line(inner.get("name"))
    return Address(email, "" if name.casefold() == email else name)
