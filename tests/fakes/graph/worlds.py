"""The fake seen from the other side: what the rep, his customers and his mail program do."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from bot.providers import graph_api, ics
from bot.providers.base import Calendar, Mailbox
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_event import transaction
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Wire
from tests.contract.calendar import CalendarWorld
from tests.contract.mailbox import LabelWorld, MailWorld
from tests.fakes.graph import exchange
from tests.fakes.graph.server import Server
from tests.fakes.graph.service import HOST
from tests.fakes.graph.store import Event, Message, Store

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 4, 8, 7, 0, tzinfo=dt.UTC)


def connected(server: Server, *, clock: dt.datetime = NOW, user: str = "me") -> Graph:
    """A connection as a newly started process makes it."""
    wire = Wire(
        graph_api.allowed(HOST), bearer=lambda: "a-token", meter=graph_api.meter(), stand_ins={HOST: server.base}
    )
    return Graph(wire, HOST, user, clock=lambda: clock)


class GraphMailWorld(MailWorld, LabelWorld):
    """A mailbox in Exchange Online and the people around it."""

    marks = False

    def __init__(self, server: Server) -> None:
        self.server, self.service, self.store = server, server.service, server.service.store
        self._open: list[Graph] = []

    def open(self) -> Mailbox:
        self._open.append(connected(self.server))
        return GraphMail(self._open[-1], marks=self.marks)

    def close(self) -> None:
        for graph in self._open:
            graph.wire.close()

    def receive(self, data: bytes) -> None:
        exchange.take_in(self.store, data, "inbox")

    def send(self, data: bytes) -> None:
        exchange.take_in(self.store, data, "sentitems")

    def receive_broken(self) -> None:
        exchange.take_in(self.store, b"\x00\x01\x02 not a mail at all \xff" * 20, "inbox")

    def delete(self, message_id: str) -> None:
        for one in self.store.living():
            if one.resource["internetMessageId"] == f"<{message_id}>":
                self.store.move(one, "deleteditems")

    def drafts(self) -> list[bytes]:
        lying = [one for one in self.store.living() if one.folder == self.store.roles["drafts"]]
        return [exchange.as_mime(self.store, one) for one in lying]

    def keyed(self, key: str) -> Message:
        (found,) = [
            one for one in self.store.living()
            if one.folder == self.store.roles["drafts"] and key in one.properties.values()
        ]  # fmt: skip
        return found

    def edit_draft(self, key: str, text: str) -> None:
        draft = self.keyed(key)
        body = draft.resource["body"]["content"]
        _, rule, quoted = body.partition('<hr tabindex="-1"')
        draft.resource["body"] = {"contentType": "html", "content": f"<html><body>{text}<br>{rule}{quoted}"}
        self.store.changed(draft)

    def delete_draft(self, key: str) -> None:
        self.store.move(self.keyed(key), "deleteditems")

    def send_draft(self, key: str, at: dt.datetime | None = None) -> None:
        draft = self.keyed(key)
        sent = (at or NOW).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        draft.resource |= {"isDraft": False, "sentDateTime": sent, "receivedDateTime": sent}
        self.store.move(draft, "sentitems")

    def expired(self, cursor: str) -> str:
        self.store.generation += 1
        return cursor

    def _with_id(self, message_id: str) -> Message:
        (found,) = (m for m in self.store.living() if m.resource["internetMessageId"] == f"<{message_id}>")
        return found

    def set_label(self, message_id: str, name: str, *, on: bool = True) -> None:
        message = self._with_id(message_id)
        kept = [one for one in message.resource["categories"] if one != name]
        message.resource["categories"] = [*kept, *([name] if on else [])]
        self.store.changed(message)

    def label_draft(self, name: str) -> None:
        """Outlook puts it on the one item."""
        (draft,) = (one for one in self.store.living() if one.folder == self.store.roles["drafts"])
        draft.resource["categories"] = [name]
        self.store.changed(draft)

    def labels_of(self, message_id: str) -> set[str]:
        return set(self._with_id(message_id).resource["categories"])

    def writes(self) -> int:
        return sum(method != "GET" for method, _ in self.service.calls)


class GraphCalendarWorld(CalendarWorld):
    """A calendar in Exchange Online and the person who uses it."""

    def __init__(self, server: Server) -> None:
        self.server, self.store = server, server.service.store
        self._open: list[Graph] = []

    def open(self) -> Calendar:
        self._open.append(connected(self.server))
        return GraphCalendar(self._open[-1], ZONE)

    def close(self) -> None:
        for graph in self._open:
            graph.wire.close()

    def add(self, data: bytes) -> None:
        for entry in ics.parse(data, "x", "", ZONE):
            self.store.add_event(event_of(entry, self.store))

    def add_broken(self) -> None:
        nowhere = {"dateTime": "some day", "timeZone": "UTC"}
        self.store.add_event({"start": nowhere, "end": nowhere, "subject": "??"})

    def event(self, uid: str) -> Event:
        key = uid.partition("@")[0]
        (found,) = [
            one for one in self.store.events.values()
            if not one.deleted and (one.resource["iCalUId"] == uid or one.resource["transactionId"] == f"followup:{key}")
        ]  # fmt: skip
        return found

    def delete(self, uid: str) -> None:
        self.store.delete_event(self.event(uid))

    def ours(self) -> list[bytes]:
        found = []
        for one in self.store.events.values():
            if not one.deleted and (one.resource["transactionId"] or "").startswith("followup:"):
                lines = [f"{name}:{one.resource[name]}" for name in ("subject", "transactionId")]
                lines += [f"ATTENDEE:{guest}" for guest in one.resource["attendees"]]
                found.append("\r\n".join(lines).encode())
        return found

    def drag(self, uid: str, start: dt.datetime) -> None:
        event = self.event(uid)
        event.resource |= {"start": when(start), "end": when(start + dt.timedelta(minutes=15))}
        self.store.event_changed(event)

    def retitle(self, uid: str, title: str) -> None:
        event = self.event(uid)
        event.resource["subject"] = title
        self.store.event_changed(event)

    def touch(self, uid: str) -> None:
        self.store.event_changed(self.event(uid))

    def expired(self, cursor: str) -> str:
        self.store.generation += 1
        return cursor


def when(moment: dt.datetime) -> dict[str, str]:
    return {"dateTime": moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": "UTC"}


def event_of(entry: ics.Entry, store: Store) -> dict[str, object]:
    """An entry as the service keeps it. A whole day has its own midnights."""
    words = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentativelyAccepted"}
    guests = [
        {**exchange.person(g.address), "type": "required", "status": {"response": words.get(g.status, "none")}}
        for g in entry.attendees
    ]
    start, end = when(entry.start), when(entry.end)
    if entry.all_day:
        start = {"dateTime": f"{entry.start:%Y-%m-%d}T00:00:00.0000000", "timeZone": "UTC"}
        end = {"dateTime": f"{entry.end:%Y-%m-%d}T00:00:00.0000000", "timeZone": "UTC"}
    return {
        "iCalUId": entry.uid, "subject": entry.title, "body": {"contentType": "text", "content": entry.notes},
        "start": start, "end": end, "isAllDay": entry.all_day, "isCancelled": entry.cancelled, "attendees": guests,
        "createdDateTime": entry.created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"organizer": exchange.person(entry.organizer)} if entry.organizer else {}),
    }  # fmt: skip


__all__ = ["NOW", "ZONE", "GraphCalendarWorld", "GraphMailWorld", "connected", "event_of", "transaction", "when"]
