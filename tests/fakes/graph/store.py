"""What lies in the fake: folders, messages, events, and a log of every change, from which deltas are told."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.graph.odata import Item, Refused, normal

WELL_KNOWN = ("inbox", "sentitems", "drafts", "archive", "deleteditems", "junkemail", "outbox")


@dataclass
class Message:
    """A message: the resource as the service keeps it, and what is not in the resource."""

    number: int
    resource: Item
    properties: dict[str, str] = field(default_factory=dict)
    attachments: list[Item] = field(default_factory=list)
    mime: bytes = b""
    purged: bool = False

    @property
    def immutable(self) -> str:
        return f"AAkALgAAAAAAHYQD-{self.number:06}_"

    @property
    def folder(self) -> str:
        return str(self.resource["parentFolderId"])

    @property
    def changing(self) -> str:
        """The id that changes with the folder."""
        return f"AAMkAGI2{self.folder[-4:]}-{self.number:06}="


@dataclass
class Event:
    """An event of the calendar."""

    number: int
    resource: Item
    properties: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def immutable(self) -> str:
        return f"AAkEVENT-{self.number:06}_"


@dataclass
class Change:
    """One line of the log: what happened to which message in which folder ("calendar" for events)."""

    folder: str
    number: int
    kind: str  # upsert, read, gone


class Store:
    """One user's mailbox and calendar."""

    def __init__(self, address: str = "nora@kiln.example", name: str = "Nora Falk") -> None:
        self.address, self.name = address, name
        self.lock = threading.RLock()
        self.folders: dict[str, Item] = {}
        self.roles: dict[str, str] = {}
        self.messages: dict[int, Message] = {}
        self.events: dict[int, Event] = {}
        self.transactions: dict[str, int] = {}
        self.log: list[Change] = []
        self.tree_log: list[str] = []
        self.generation = 1  # a token of an older one is dead
        self._numbers, self._keys, self._clock = itertools.count(1), itertools.count(1), itertools.count()
        for name_ in WELL_KNOWN:
            self.roles[name_] = self.make_folder(name_)

    def now(self) -> str:
        at = dt.datetime(2026, 4, 7, 8, 0, tzinfo=dt.UTC) + dt.timedelta(seconds=next(self._clock))
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def make_folder(self, name: str, parent: str = "AQMkROOT=") -> str:
        ref = f"AQMkF{len(self.folders):04}="
        self.folders[ref] = {"id": ref, "displayName": name, "parentFolderId": parent}
        self.tree_log.append(ref)
        return ref

    def remove_folder(self, ref: str) -> None:
        del self.folders[ref]
        self.tree_log.append(ref)
        for message in self.messages.values():
            if message.folder == ref:
                message.purged = True

    # --- messages

    def add(self, folder: str, resource: Item, **more: Any) -> Message:
        """A new message in a folder (its role or id)."""
        with self.lock:
            number, at = next(self._numbers), self.now()
            whole = {
                "createdDateTime": at, "lastModifiedDateTime": at, "categories": [], "isRead": False, "isDraft": False,
                "hasAttachments": False, "subject": None, "bodyPreview": "", "importance": "normal",
                "body": {"contentType": "html", "content": ""}, "from": None, "sender": None, "toRecipients": [],
                "ccRecipients": [], "bccRecipients": [], "replyTo": [], "internetMessageId": None,
                "conversationId": f"CONV{number}", "parentFolderId": self.roles.get(folder, folder),
                "receivedDateTime": None, "sentDateTime": None, "flag": {"flagStatus": "notFlagged"}, **resource,
            }  # fmt: skip
            message = Message(number, whole, **more)
            self.messages[number] = message
            self.changed(message)
            return message

    def changed(self, message: Message, kind: str = "upsert") -> None:
        message.resource["changeKey"] = f"CQAAABYAAAC{next(self._keys):08}"
        message.resource["lastModifiedDateTime"] = self.now()
        self.log.append(Change(message.folder, message.number, kind))

    def move(self, message: Message, folder: str) -> None:
        with self.lock:
            self.log.append(Change(message.folder, message.number, "gone"))
            message.resource["parentFolderId"] = self.roles.get(folder, folder)
            self.changed(message)

    def purge(self, message: Message) -> None:
        with self.lock:
            message.purged = True
            self.log.append(Change(message.folder, message.number, "gone"))

    def find(self, ref: str) -> Message:
        for message in self.messages.values():
            if ref in (message.immutable, message.changing) and not message.purged:
                return message
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def living(self) -> list[Message]:
        return [m for m in self.messages.values() if not m.purged]

    def render(self, message: Message, names: list[str], immutable: bool) -> Item:
        """The message as the service shows it; `names` are the properties to expand."""
        found = {**message.resource, "id": message.immutable if immutable else message.changing}
        found["@odata.etag"] = f'W/"{message.resource["changeKey"]}"'
        if wanted := [{"id": n, "value": message.properties[n]} for n in names if n in message.properties]:
            found["singleValueExtendedProperties"] = wanted
        return found

    # --- events

    def add_event(self, resource: Item, properties: dict[str, str] | None = None) -> Event:
        with self.lock:
            number, at = next(self._numbers), self.now()
            whole = {
                "createdDateTime": at, "lastModifiedDateTime": at, "iCalUId": f"040000008200E{number:05}",
                "isAllDay": False, "isCancelled": False, "isOrganizer": True, "subject": "", "type": "singleInstance",
                "body": {"contentType": "text", "content": ""}, "attendees": [], "showAs": "busy",
                "isReminderOn": False, "reminderMinutesBeforeStart": 15, "seriesMasterId": None, "transactionId": None,
                "organizer": {"emailAddress": {"name": self.name, "address": self.address}}, "recurrence": None,
                **resource,
            }  # fmt: skip
            event = Event(number, whole, {normal(k): v for k, v in (properties or {}).items()})
            self.events[number] = event
            self.event_changed(event)
            return event

    def event_changed(self, event: Event, kind: str = "upsert") -> None:
        event.resource["changeKey"] = f"DwAAABYAAAC{next(self._keys):08}"
        event.resource["lastModifiedDateTime"] = self.now()
        self.log.append(Change("calendar", event.number, kind))

    def delete_event(self, event: Event) -> None:
        with self.lock:
            event.deleted = True
            self.event_changed(event, "gone")

    def find_event(self, ref: str) -> Event:
        for event in self.events.values():
            if event.immutable == ref and not event.deleted:
                return event
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def render_event(self, event: Event, names: list[str]) -> Item:
        found = {**event.resource, "id": event.immutable, "@odata.etag": f'W/"{event.resource["changeKey"]}"'}
        if wanted := [{"id": n, "value": event.properties[n]} for n in names if n in event.properties]:
            found["singleValueExtendedProperties"] = wanted
        return found


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()
