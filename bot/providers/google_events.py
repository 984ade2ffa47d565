"""Events of Google Calendar <-> Entry and Reminder (Calendar API v3, resource "Event").

A repeating event is its first occurrence, and each occurrence that was moved or changed by itself is an entry of its
own, as bot.providers.ics has it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import re
from dataclasses import replace
from typing import Any

from bot.model import Address, Attendee, Entry, Reminder, Unreadable
from bot.providers import ics

KEY, DIGEST, UID, WITHDRAWN = "followupKey", "followupDigest", "followupUid", "followupWithdrawn"
_STATUS = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE"}
_NO_ENTRY = frozenset(("workingLocation", "birthday"))
_MOST_GUESTS = 200
_MOST_TEXT = 65_536
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]{0,200}>", re.IGNORECASE)
# What the web client writes; "Mia <mia@acme.example>" is text.
_TAG = re.compile(
    r"</?(?:a|b|i|u|s|p|br|div|span|ul|ol|li|em|strong|html-blob|h[1-6])(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_EMAIL = re.compile(r"[^\s<>@,;:\"]{1,100}@[^\s<>@,;:\"]{1,200}")
_DAY = dt.timedelta(days=1)


def entry_of(event: dict[str, Any], ref: str, zone: dt.tzinfo) -> Entry | Unreadable | None:
    """An event as an entry; bare days are in `zone`. None for what is no entry at all (where somebody works that day). Its
    etag is the digest of what a person sees of it, so that a save which changes nothing is no edit."""
    if event.get("eventType") in _NO_ENTRY:
        return None
    try:
        start, all_day = _moment(event.get("start"), zone)
        least = start + _DAY if all_day else start
        end = max(_moment(event["end"], zone)[0], least) if "end" in event else least
    except (ValueError, TypeError, KeyError, OverflowError) as fault:
        return Unreadable(ref, f"not a calendar entry: {fault}")
    own, title = event.get("extendedProperties", {}).get("private", {}), _plain(event.get("summary"))
    try:
        created = dt.datetime.fromisoformat(str(event.get("created", "")))
    except ValueError:
        created = start
    entry = Entry(
        ref=ref,
        etag="",
        uid=own.get(UID) or _uid(event),
        created=created if created.tzinfo is not None and created.year > 1900 else start,
        start=start,
        end=end,
        all_day=all_day,
        title=ics.away(title) if event.get("eventType") == "outOfOffice" else title,
        notes=_plain(event.get("description")),
        attendees=tuple(filter(None, map(_guest, event.get("attendees", ())[:_MOST_GUESTS]))),
        organizer=_person(event.get("organizer")),
        cancelled=event.get("status") == "cancelled",
        key=own.get(KEY) or None,
    )
    return replace(entry, etag=ics.content_digest(entry))


def written_digest(event: dict[str, Any]) -> str:
    """The digest of what we wrote, as the event itself says; "" where it is none of ours."""
    return str(event.get("extendedProperties", {}).get("private", {}).get(DIGEST, ""))


def was_withdrawn(event: dict[str, Any]) -> bool:
    """Whether it was we who called it off, and not a person."""
    return WITHDRAWN in event.get("extendedProperties", {}).get("private", {})


def event_id(key: str) -> str:
    """The id under which a touch's reminder is made, the same every time: base32hex in lower case, as the API wants
    it."""
    return "fu" + base64.b32hexencode(hashlib.sha256(key.encode("utf-8", "replace")).digest()[:20]).decode().lower()


def body_of(reminder: Reminder) -> dict[str, Any]:
    """What is written for a reminder. There are no guests in it and never will be: an event with guests sends mail. The
    rep counts as free, and is reminded when it begins."""
    wished = ics.entry_of(reminder)
    return {
        "summary": wished.title,
        "description": wished.notes,
        "start": {"dateTime": _utc(wished.start)},
        "end": {"dateTime": _utc(wished.end)},
        "status": "confirmed",
        "transparency": "transparent",
        "reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 0}]},
        "extendedProperties": {
            "private": {KEY: reminder.key, DIGEST: ics.content_digest(wished), UID: reminder.uid},
        },
    }


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: Any, zone: dt.tzinfo) -> tuple[dt.datetime, bool]:
    """A start or an end, and whether it is a bare day. Raises ValueError, TypeError, KeyError."""
    if "dateTime" in value:
        at = dt.datetime.fromisoformat(str(value["dateTime"]))
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)), False
    return dt.datetime.combine(dt.date.fromisoformat(str(value["date"])), dt.time(), zone), True


def _uid(event: dict[str, Any]) -> str:
    uid = str(event.get("iCalUID") or event["id"])
    original = event.get("originalStartTime", {})
    when = re.sub(r"\D", "", str(original.get("dateTime") or original.get("date") or ""))[:14]
    return f"{uid}#{when}" if event.get("recurringEventId") and when else uid


def _plain(text: object) -> str:
    """Text for a person; the web client writes notes as HTML."""
    plain = str(text or "")[:_MOST_TEXT]
    if _TAG.search(plain):
        plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", plain))).replace("\xa0", " ")
    return _CONTROL.sub("", plain.replace("\r\n", "\n")).strip()


def _guest(guest: dict[str, Any]) -> Attendee | None:
    person = None if guest.get("resource") else _person(guest)
    return None if person is None else Attendee(person, _STATUS.get(str(guest.get("responseStatus")), "NEEDS-ACTION"))


def _person(given: dict[str, Any] | None) -> Address | None:
    email = str((given or {}).get("email", "")).strip()
    if given is None or not _EMAIL.fullmatch(email):
        return None
    return Address(email.casefold(), _CONTROL.sub("", str(given.get("displayName", "")))[:200])
