"""The calls that the program makes to Gmail, and what their answers say."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.errors import CursorExpired, TryLater
from bot.providers.google_api import Client, Refused
from bot.providers.mime import KEY_HEADER
from bot.providers.wire import TooLarge, Wire

BATCH = 10  # parts; more make "too many concurrent requests for user" likely (Gmail API guide, "Batching requests")
_KINDS = ["messageAdded", "messageDeleted", "labelAdded", "labelRemoved"]


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it lies there. `draft` is the id of the draft it is the content of, where that was asked for."""

    id: str
    thread: str
    labels: frozenset[str]
    data: bytes
    received: dt.datetime | None
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message: `labels` are those it has now, `kinds` what happened (history record names)."""

    labels: frozenset[str]
    changed: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Alias:
    """An address the rep may write from, and the signature that the web client would set below."""

    email: str
    name: str
    signature: str
    is_default: bool


class Calls:
    """One mailbox."""

    def __init__(self, wire: Wire) -> None:
        self._client = Client(wire, "gmail.v1")
        self._users = self._client.api.users()
        self._messages, self._drafts = self._users.messages(), self._users.drafts()  # made once: each costs 15 ms
        self._history = self._users.history()

    # --- reading

    def history_now(self) -> str:
        """The id of the newest change."""
        return str(self._client.ask(self._users.getProfile(userId="me"))["historyId"])

    def address(self) -> str:
        """Whose mailbox it is."""
        return str(self._client.ask(self._users.getProfile(userId="me"))["emailAddress"]).casefold()

    def ids(self, query: str) -> Iterator[tuple[tuple[str, str], ...]]:
        """The messages that a search finds, without spam and trash: (id, thread id), newest first, a page at a time."""
        for page in self._client.pages("list", self._messages, userId="me", q=query, maxResults=500):
            yield tuple((str(m["id"]), str(m["threadId"])) for m in page.get("messages", ()))

    def sent_of_late(self, count: int) -> list[str]:
        """The ids of the newest sent mails, by their label: a search may lag behind."""
        call = self._messages.list(userId="me", labelIds=["SENT"], maxResults=count)
        return [str(m["id"]) for m in self._client.ask(call).get("messages", ())]

    def raws(self, ids: Sequence[str]) -> Iterator[tuple[str, Raw | TooLarge | None]]:
        """The messages with these ids, a batch at a time; None for one that is gone."""
        for start in range(0, len(ids), BATCH):
            wanted = {i: self._messages.get(userId="me", id=i, format="raw") for i in ids[start : start + BATCH]}
            for one, answer in self._client.ask_all(wanted).items():
                match answer:
                    case Refused() | None:
                        yield one, None
                    case TooLarge():
                        yield one, answer
                    case _:
                        yield one, _raw(answer)

    def keys(self, ids: Iterable[str]) -> dict[str, tuple[str, frozenset[str]]]:
        """Our key ("" where there is none) and the labels of each of these messages that is still there."""
        found = {}
        listed = list(ids)
        for start in range(0, len(listed), BATCH):
            wanted = {
                i: self._messages.get(userId="me", id=i, format="metadata", metadataHeaders=[KEY_HEADER])
                for i in listed[start : start + BATCH]
            }
            for one, answer in self._client.ask_all(wanted).items():
                if isinstance(answer, dict):
                    found[one] = _key(answer), frozenset(map(str, answer.get("labelIds", ())))
        return found

    def keys_in_thread(self, thread: str) -> list[tuple[str, frozenset[str]]]:
        """Our key and the labels of each message of a thread."""
        call = self._users.threads().get(userId="me", id=thread, format="metadata", metadataHeaders=[KEY_HEADER])
        try:
            answer = self._client.ask(call)
        except Refused:
            return []
        return [(_key(m), frozenset(map(str, m.get("labelIds", ())))) for m in answer.get("messages", ())]

    def history(self, since: str) -> tuple[dict[str, Fate], str]:
        """What became of each message since, and the id of the newest change. Raises CursorExpired."""
        fates: dict[str, Fate] = {}
        newest = since
        arguments = {"userId": "me", "startHistoryId": since, "maxResults": 500, "historyTypes": _KINDS}
        try:
            for page in self._client.pages("list", self._history, **arguments):
                newest = str(page.get("historyId", newest))
                for record in page.get("history", ()):
                    _note(fates, record)
        except Refused as fault:
            raise CursorExpired("Gmail no longer knows the place reached; the mailbox is listed afresh.") from fault
        return fates, newest

    def aliases(self) -> tuple[Alias, ...]:
        """The addresses the rep may write from (Gmail API, users.settings.sendAs)."""
        answer = self._client.ask(self._users.settings().sendAs().list(userId="me"))
        return tuple(
            Alias(
                str(a.get("sendAsEmail", "")).casefold(),
                str(a.get("displayName", "")),
                str(a.get("signature", "")),
                bool(a.get("isDefault")),
            )
            for a in answer.get("sendAs", ())
            if a.get("isPrimary") or a.get("verificationStatus", "accepted") == "accepted"
        )

    # --- labels

    def labels(self) -> dict[str, str]:
        """Every label's name by its id."""
        answer = self._client.ask(self._users.labels().list(userId="me"))
        return {str(one["id"]): str(one["name"]) for one in answer.get("labels", ())}

    def make_label(self, name: str) -> str:
        """Make a label; its id. Raises TryLater where somebody has made it in this moment."""
        body = {"name": name, "labelListVisibility": "labelShow", "messageListVisibility": "show"}
        try:
            return str(self._client.ask(self._users.labels().create(userId="me", body=body))["id"])
        except Refused as fault:
            raise TryLater(f"the label {name} cannot be made now ({fault.status})") from fault

    def relabel(self, message: str, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put labels on a message and take others off; nothing where it is gone."""
        body = {"addLabelIds": list(add), "removeLabelIds": list(remove)}
        try:
            self._client.ask(self._messages.modify(userId="me", id=message, body=body))
        except Refused:
            return

    # --- drafts

    def drafts(self, query: str = "") -> dict[str, str]:
        """Every draft, or those a search finds: draft id -> id of the message that is its content now."""
        arguments = {"userId": "me", "maxResults": 500, **({"q": query} if query else {})}
        pages = self._client.pages("list", self._drafts, **arguments)
        return {str(d["id"]): str(d["message"]["id"]) for page in pages for d in page.get("drafts", ())}

    def draft(self, draft: str) -> Raw | None:
        """A draft as it lies there; None where it is gone."""
        try:
            answer = self._client.ask(self._drafts.get(userId="me", id=draft, format="raw"))
        except Refused:
            return None
        return _raw(answer["message"], str(answer["id"]))

    def drafts_as_they_lie(self, drafts: Sequence[str]) -> dict[str, Raw]:
        """These drafts, without those that are gone or too large, a batch at a time."""
        found = {}
        for start in range(0, len(drafts), BATCH):
            wanted = {one: self._drafts.get(userId="me", id=one, format="raw") for one in drafts[start : start + BATCH]}
            for one, answer in self._client.ask_all(wanted).items():
                if isinstance(answer, dict):
                    found[one] = _raw(answer["message"], one)
        return found

    def create(self, data: bytes, thread: str | None) -> str:
        """Make a draft; its id. Raises OutcomeUnknown where it may have been made."""
        return str(self._client.ask(self._drafts.create(userId="me", body=_body(data, thread)))["id"])

    def update(self, draft: str, data: bytes, thread: str | None) -> bool:
        """Give a draft another content; False where it is gone."""
        try:
            self._client.ask(self._drafts.update(userId="me", id=draft, body=_body(data, thread)))
        except Refused:
            return False
        return True

    def delete(self, draft: str) -> bool:
        """Delete a draft for good; False where it was gone."""
        try:
            self._client.ask(self._drafts.delete(userId="me", id=draft))
        except Refused:
            return False
        return True


def _body(data: bytes, thread: str | None) -> dict[str, Any]:
    message = {"raw": base64.urlsafe_b64encode(data).decode(), **({"threadId": thread} if thread else {})}
    return {"message": message}


def _raw(message: dict[str, Any], draft: str = "") -> Raw:
    try:
        text = str(message.get("raw", ""))
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        data = b""
    try:
        received = dt.datetime.fromtimestamp(int(message["internalDate"]) / 1000, dt.UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        received = None
    labels = frozenset(map(str, message.get("labelIds", ())))
    return Raw(str(message["id"]), str(message.get("threadId", "")), labels, data, received, draft)


def _key(message: dict[str, Any]) -> str:
    headers = message.get("payload", {}).get("headers", ())
    found = (str(h.get("value", "")) for h in headers if str(h.get("name", "")).lower() == KEY_HEADER.lower())
    return next(found, "").strip()


def _note(fates: dict[str, Fate], record: dict[str, Any]) -> None:
    """Take a history record into what is known."""
    for kind in ("messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved"):
        for detail in record.get(kind, ()):
            message = detail["message"]
            one = str(message["id"])
            before = fates.get(one, Fate(frozenset(), frozenset(), frozenset()))
            changed = before.changed | frozenset(map(str, detail.get("labelIds", ())))
            labels = frozenset(map(str, message["labelIds"])) if "labelIds" in message else before.labels
            fates[one] = Fate(labels, changed, before.kinds | {kind})
