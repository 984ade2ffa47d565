"""What a rep and his correspondents do with the fake mailbox and calendar."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from bot.model import Entry
from bot.providers import ics
from bot.providers.base import Calendar, Mailbox
from bot.providers.gmail import Gmail
from bot.providers.google_api import calendar_wire, gmail_wire
from bot.providers.google_calendar import GoogleCalendar
from bot.providers.wire import Meter, Wire
from tests.contract.calendar import CalendarWorld
from tests.contract.mailbox import LabelWorld, MailWorld
from tests.fakes.google.server import FakeGoogle

ADDRESS = "nora@kiln.example"


class Clock:
    """A time that only moves when told."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at


class GmailWorld(MailWorld, LabelWorld):
    """The contract's mailbox, at the fake."""

    def __init__(self, fake: FakeGoogle, **settings: Any) -> None:
        self.fake, self.store, self.settings = fake, fake.mail, settings
        self.wires: list[Wire] = []
        self._broken = itertools.count()

    def open(self) -> Mailbox:
        wire = gmail_wire(
            lambda: "good",
            Meter(),
            labelling=bool(self.settings.get("marks")),
            stand_ins=self.fake.stand_ins,
            clock=self.fake.now,
            read_seconds=20.0,
        )
        self.wires.append(wire)
        return Gmail(wire, me=(ADDRESS,), now=self.fake.now, **self.settings)

    def close(self) -> None:
        for wire in self.wires:
            wire.close()

    def receive(self, data: bytes) -> None:
        self.store.insert(data, ["INBOX", "UNREAD"])

    def send(self, data: bytes) -> None:
        self.store.insert(data, ["SENT"])

    def receive_broken(self) -> None:
        self.store.insert(b"\x00\x01\x02 not a mail at all \xff" * 20 + b"%d" % next(self._broken), ["INBOX"])

    def delete(self, message_id: str) -> None:
        for mail in [m for m in self.store.mails.values() if m.message_id == message_id]:
            self.store.label(mail.id, add=["TRASH"], remove=["INBOX"])

    def drafts(self) -> list[bytes]:
        return [self.store.mails[m].raw for m in self.store.drafts.values()]

    def draft_id(self, key: str) -> str:
        (found,) = [d for d, m in self.store.drafts.items() if self.store.mails[m].headers.get("x-followup-key") == key]
        return found

    def edit_draft(self, key: str, text: str) -> None:
        draft = self.draft_id(key)
        old = self.store.mails[self.store.drafts[draft]]
        edited = message_from_bytes(old.raw, policy=policy.SMTP)
        assert isinstance(edited, EmailMessage)
        for part in edited.walk():
            if part.get_content_type() == "text/plain":
                part.set_content(text)
        raw = edited.as_bytes()
        if self.store.loses_headers_on_edit:
            raw = re.sub(rb"(?im)^X-Followup-[^\r\n]*\r\n", b"", raw)
        self.store.save_draft(draft, raw, old.thread)

    def delete_draft(self, key: str) -> None:
        self.store.drop_draft(self.draft_id(key))

    def send_draft(self, key: str) -> None:
        self.store.send_draft(self.draft_id(key))

    def expired(self, cursor: str) -> str:
        self.store.expire_history()
        return cursor

    def set_label(self, message_id: str, name: str, *, on: bool = True) -> None:
        found = {n: one for one, n in self.store.user_labels.items()}
        one = found.get(name) or self.store.make_label(name)
        for mail in [m for m in self.store.mails.values() if m.message_id == message_id]:
            self.store.label(mail.id, **{"add" if on else "remove": [one]})

    def label_draft(self, name: str) -> None:
        """Gmail labels the whole conversation."""
        (draft,) = (self.store.mails[m] for m in self.store.drafts.values())
        one = self.store.make_label(name)
        for mail in [m for m in self.store.mails.values() if m.thread == draft.thread]:
            self.store.label(mail.id, add=[one])

    def labels_of(self, message_id: str) -> set[str]:
        (mail,) = (m for m in self.store.mails.values() if m.message_id == message_id)
        return {self.store.user_labels[one] for one in mail.labels if one in self.store.user_labels}

    def writes(self) -> int:
        return sum(verb != "GET" for verb, _ in self.fake.trace)


class GoogleCalendarWorld(CalendarWorld):
    """The contract's calendar, at the fake: the rep's primary one and our own."""

    def __init__(self, fake: FakeGoogle, zone: dt.tzinfo) -> None:
        self.fake, self.store, self.zone = fake, fake.calendar, zone
        self.own = str(self.store.add_calendar("Follow-ups")["id"])
        self.wires: list[Wire] = []

    def open(self) -> Calendar:
        wire = calendar_wire(
            lambda: "good", Meter(), stand_ins=self.fake.stand_ins, clock=self.fake.now, read_seconds=20.0
        )
        self.wires.append(wire)
        return GoogleCalendar(wire, self.own, self.zone, now=self.fake.now)

    def close(self) -> None:
        for wire in self.wires:
            wire.close()

    def add(self, data: bytes, *, replaces: bool = False) -> None:
        for entry in ics.parse(data, "", "", self.zone):
            event = event_of(entry)
            if replaces and (old := self.find(entry.uid)) is not None:
                self.store.change(old[0], old[1]["id"], event, None, whole=False)
            else:
                self.store.insert("primary", event)

    def add_broken(self) -> None:
        made = self.store.insert("primary", {"summary": "no start", "start": {}, "end": {}})
        self.store.save("primary", {**made, "start": {}})

    def find(self, uid: str) -> tuple[str, dict[str, Any]] | None:
        for calendar, events in self.store.events.items():
            for event in events.values():
                own = event.get("extendedProperties", {}).get("private", {}).get("followupUid")
                if event["status"] != "cancelled" and uid in (own, event["iCalUID"]):
                    return calendar, event
        return None

    def there(self, uid: str) -> tuple[str, dict[str, Any]]:
        found = self.find(uid)
        assert found is not None
        return found

    def delete(self, uid: str) -> None:
        calendar, event = self.there(uid)
        self.store.cancel(calendar, event["id"])

    def ours(self) -> list[bytes]:
        live = [e for e in self.store.events[self.own].values() if e["status"] != "cancelled"]
        return [_ics_of(event) for event in live]

    def drag(self, uid: str, start: dt.datetime) -> None:
        calendar, event = self.there(uid)
        end = start + dt.timedelta(minutes=15)
        self.store.save(
            calendar, {**event, "start": {"dateTime": start.isoformat()}, "end": {"dateTime": end.isoformat()}}
        )

    def retitle(self, uid: str, title: str) -> None:
        calendar, event = self.there(uid)
        self.store.save(calendar, {**event, "summary": title})

    def touch(self, uid: str) -> None:
        calendar, event = self.there(uid)
        self.store.save(calendar, {**event, "colorId": "7", "sequence": 4})

    def expired(self, cursor: str) -> str:
        self.store.expire_tokens()
        return cursor


def event_of(entry: Entry) -> dict[str, Any]:
    """An entry as the rep's own calendar program would hand it to Google."""

    def moment(at: dt.datetime) -> dict[str, str]:
        return {"date": at.date().isoformat()} if entry.all_day else {"dateTime": at.isoformat()}

    statuses = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
    guests = [
        {
            "email": g.address.email,
            "displayName": g.address.name,
            "responseStatus": statuses.get(g.status, "needsAction"),
        }
        for g in entry.attendees
    ]
    return {
        "iCalUID": entry.uid,
        "created": entry.created.isoformat(),
        "summary": entry.title,
        "description": entry.notes,
        "start": moment(entry.start),
        "end": moment(entry.end),
        "status": "cancelled" if entry.cancelled else "confirmed",
        **({"attendees": guests} if guests else {}),
        **({"organizer": {"email": entry.organizer.email}} if entry.organizer else {}),
    }


def _ics_of(event: dict[str, Any]) -> bytes:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event['iCalUID']}",
        *(f"ATTENDEE:mailto:{a['email']}" for a in event.get("attendees", ())),
    ]
    return "\r\n".join([*lines, "END:VEVENT", ""]).encode()
