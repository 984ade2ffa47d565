"""What a rep and his correspondents do with the fake mailbox and calendar."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from bot.providers.base import Mailbox
from bot.providers.gmail import Gmail
from bot.providers.google_api import gmail_wire
from bot.providers.wire import Meter, Wire
from tests.contract.mailbox import MailWorld
from tests.fakes.google.server import FakeGoogle

ADDRESS = "nora@kiln.example"


class Clock:
    """A time that only moves when told."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at

    def __call__(self) -> dt.datetime:
        return self.at


class GmailWorld(MailWorld):
    """The contract's mailbox, at the fake."""

    def __init__(self, fake: FakeGoogle, **settings: Any) -> None:
        self.fake, self.store, self.settings = fake, fake.mail, settings
        self.wires: list[Wire] = []
        self._broken = itertools.count()

    def open(self) -> Mailbox:
        wire = gmail_wire(lambda: "good", Meter(), stand_ins=self.fake.stand_ins, clock=self.fake.now, read_seconds=0.4)
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
