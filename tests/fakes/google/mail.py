"""A mailbox as Gmail keeps it: messages that never change, drafts whose message is another after every save, threads by
references, and a history of all of it."""

from __future__ import annotations

import base64
import datetime as dt
import email
import email.policy
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from tests.fakes.google.search import Search

_PREFIX = re.compile(r"^(?:\s*(?:re|fwd?|aw|wg)\s*:)+\s*", re.IGNORECASE)
_IDS = re.compile(r"<([^<>\s]+)>")


class Gone(Exception):
    """404."""


class Wrong(Exception):
    """400, with its reason."""


@dataclass
class Mail:
    id: str
    thread: str
    raw: bytes
    labels: set[str]
    at: dt.datetime
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    words: frozenset[str] = frozenset()
    has_file: bool = False
    history: int = 0

    @property
    def message_id(self) -> str:
        return next(iter(_IDS.findall(self.headers.get("message-id", ""))), "")

    @property
    def subject(self) -> str:
        return _PREFIX.sub("", self.headers.get("subject", "")).strip().casefold()


class MailStore:
    """One mailbox. `now` tells the time."""

    def __init__(self, address: str, now: Any) -> None:
        self.address, self.now = address, now
        self.mails: dict[str, Mail] = {}
        self.drafts: dict[str, str] = {}  # draft id -> message id
        self.history: list[tuple[int, str, str, tuple[str, ...]]] = []  # id, kind, message id, labels
        self.ghosts: dict[str, dict[str, Any]] = {}  # what history still says of deleted messages
        self.oldest = 1000
        self.index_lag: dt.timedelta = dt.timedelta(0)
        self.indexed: dict[str, dt.datetime] = {}
        self.loses_headers_on_edit = False
        self._ids = itertools.count(0x18F0000000000000, 0x1001)
        self._history = itertools.count(1001)
        self.last = 1000
        self._threads: dict[str, list[str]] = {}  # Message-ID -> threads it is in
        self.user_labels: dict[str, str] = {}
        self._labels = itertools.count(1)
        self.send_as = [
            {"sendAsEmail": address, "displayName": "", "signature": "", "isPrimary": True, "isDefault": True}
        ]

    # --- what the world does

    def insert(self, raw: bytes, labels: Iterable[str], thread: str | None = None) -> Mail:
        """A message comes into being."""
        mail = Mail(f"{next(self._ids):016x}", "", raw, set(labels), self.now())
        self._read(mail)
        mail.thread = self._thread_of(mail, thread)
        for one in [mail.message_id]:
            self._threads.setdefault(one, []).append(mail.thread)
        self.mails[mail.id] = mail
        self.indexed[mail.id] = self.now() + self.index_lag
        self._record("messagesAdded", mail, ())
        return mail

    def remove(self, message_id: str) -> None:
        """A message is deleted for good."""
        mail = self.mails.pop(message_id)
        self.ghosts[mail.id] = {"id": mail.id, "threadId": mail.thread, "labelIds": sorted(mail.labels)}
        self._record("messagesDeleted", mail, ())

    def label(self, message_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        mail = self.mails[message_id]
        added, removed = set(add) - mail.labels, set(remove) & mail.labels
        mail.labels |= added
        mail.labels -= removed
        if added:
            self._record("labelsAdded", mail, tuple(sorted(added)))
        if removed:
            self._record("labelsRemoved", mail, tuple(sorted(removed)))

    def make_label(self, name: str) -> str:
        """A label of the rep's; its id."""
        one = f"Label_{next(self._labels)}"
        self.user_labels[one] = name
        return one

    def save_draft(self, draft_id: str | None, raw: bytes, thread: str | None) -> str:
        """A draft is made or saved: its message is a new one each time."""
        if draft_id is None:
            draft_id = f"r{next(self._ids):d}"
        else:
            self.remove(self.drafts[draft_id])
        self.drafts[draft_id] = self.insert(raw, ["DRAFT"], thread).id
        return draft_id

    def drop_draft(self, draft_id: str) -> None:
        if draft_id not in self.drafts:
            raise Gone
        self.remove(self.drafts.pop(draft_id))

    def send_draft(self, draft_id: str, at: dt.datetime | None = None) -> Mail:
        """The rep sends a draft: its message goes, and one with the label SENT comes."""
        mail = self.mails[self.drafts[draft_id]]
        raw = mail.raw
        if at is not None:
            raw = re.sub(
                rb"(?im)^Date:[^\n]*\n", b"Date: " + email.utils.format_datetime(at).encode() + b"\r\n", raw, count=1
            )
        sent = self.insert(raw, ["SENT"], mail.thread)
        self.drop_draft(draft_id)
        return sent

    def expire_history(self) -> None:
        self.last = next(self._history)
        self.oldest = self.last + 1

    def draft_of(self, message_id: str) -> str | None:
        return next((d for d, m in self.drafts.items() if m == message_id), None)

    def _record(self, kind: str, mail: Mail, labels: tuple[str, ...]) -> None:
        self.last = next(self._history)
        mail.history = self.last
        self.history.append((self.last, kind, mail.id, labels))

    def _read(self, mail: Mail) -> None:
        whole = email.message_from_bytes(mail.raw, policy=email.policy.compat32)
        for name, value in whole.items():
            mail.headers.setdefault(name.lower(), " ".join(str(value).split()))
        parts = [p for p in whole.walk() if not p.is_multipart()]
        names = [str(name) for p in parts if (name := p.get_filename())]
        texts = [
            p.get_payload(decode=True) for p in parts if p.get_content_type() == "text/plain" and not p.get_filename()
        ]
        words = [t.decode("utf-8", "replace") for t in texts if isinstance(t, bytes)]
        mail.has_file = bool(names)
        mail.text = " ".join("\n".join([mail.headers.get("subject", ""), *words, *names]).split())
        mail.words = frozenset(re.findall(r"\w+", mail.text.casefold()))
        try:
            mail.at = parsedate_to_datetime(mail.headers.get("date", ""))
            if mail.at.tzinfo is None:
                mail.at = mail.at.replace(tzinfo=dt.UTC)
        except (ValueError, TypeError):
            mail.at = self.now()

    def _thread_of(self, mail: Mail, wanted: str | None) -> str:
        """Gmail's rule: a thread takes a mail whose references name one of its mails and whose subject is the same."""
        named = _IDS.findall(mail.headers.get("references", "") + " " + mail.headers.get("in-reply-to", ""))
        threads = [t for one in named for t in self._threads.get(one, ())]
        if wanted is not None and wanted not in threads:
            threads = []
        for thread in [wanted, *threads] if wanted in threads else threads:
            if any(other.subject == mail.subject for other in self.mails.values() if other.thread == thread):
                return str(thread)
        return mail.id

    # --- what the API tells

    def resource(self, mail: Mail, form: str, wanted: list[str]) -> dict[str, Any]:
        """A Message."""
        found: dict[str, Any] = {
            "id": mail.id, "threadId": mail.thread, "labelIds": sorted(mail.labels), "historyId": str(mail.history),
            "internalDate": str(int(mail.at.timestamp() * 1000)), "sizeEstimate": len(mail.raw), "snippet": mail.text[:80],
        }  # fmt: skip
        if form == "raw":
            found["raw"] = base64.urlsafe_b64encode(mail.raw).decode()
        elif form in ("metadata", "full"):
            names = {name.lower() for name in wanted}
            rows = [(n, v) for n, v in mail.headers.items() if not names or n in names]
            found["payload"] = {"headers": [{"name": n.title(), "value": v} for n, v in rows]}
        return found

    def search(self, query: str, labels: Iterable[str], *, spam: bool) -> Iterator[Mail]:
        """The messages that a query finds, newest first."""
        search, labels = Search(query), set(labels)
        hidden = set() if spam or search.looks_anywhere else {"SPAM", "TRASH"}
        for mail in sorted(self.mails.values(), key=lambda m: (m.at, m.id), reverse=True):
            seen = self.now() >= self.indexed[mail.id] or not query
            if seen and labels <= mail.labels and not (hidden & mail.labels) and search.finds(mail):
                yield mail

    def changes(self, since: int, kinds: set[str]) -> list[dict[str, Any]]:
        """History records after `since`. Raises Gone where it has expired."""
        if since < self.oldest - 1 or since > self.last:
            raise Gone
        names = {"messageAdded": "messagesAdded", "messageDeleted": "messagesDeleted", "labelAdded": "labelsAdded",
                 "labelRemoved": "labelsRemoved"}  # fmt: skip
        allowed = {names[k] for k in kinds} or set(names.values())
        records = []
        for at, kind, message_id, labels in self.history:
            if at <= since or kind not in allowed:
                continue
            mail = self.mails.get(message_id)
            message = (
                {"id": mail.id, "threadId": mail.thread, "labelIds": sorted(mail.labels)}
                if mail is not None
                else dict(self.ghosts[message_id])
            )
            detail: dict[str, Any] = {"message": message}
            if kind.startswith("labels"):
                detail["labelIds"] = list(labels)
            records.append(
                {"id": str(at), "messages": [{"id": message["id"], "threadId": message["threadId"]}], kind: [detail]}
            )
        return records
