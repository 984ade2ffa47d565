"""The mailbox contract over a Maildir, in each of the layouts that servers write."""

from __future__ import annotations

import itertools
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.providers import maildir_news
from bot.providers.base import Mailbox
from bot.providers.maildir import Maildir
from tests.contract.mailbox import MailboxContract, MailWorld


class MaildirWorld(MailWorld):
    """A Maildir as a server and a mail program handle it. `in_place`: the program saves an edit into the same file;
    else it writes a new one, without our file name, and removes the old, as IMAP has it."""

    def __init__(self, root: Path, sent: str, drafts: str, *, inbox: str = ".", in_place: bool = False) -> None:
        self.root, self.inbox, self.sent, self.drafts_folder = root, inbox, sent, drafts
        self.in_place = in_place
        self.count = itertools.count(1775_000_000)
        for folder in (inbox, sent, drafts):
            for part in ("tmp", "new", "cur"):
                (root / folder / part).mkdir(parents=True)

    def open(self) -> Mailbox:
        return Maildir(self.root)

    def deliver(self, folder: str, data: bytes, part: str = "cur", flags: str = ":2,S") -> Path:
        name = f"{next(self.count)}.M7P9.host,S={len(data)}" + (flags if part == "cur" else "")
        (self.root / folder / "tmp" / name).write_bytes(data)
        return (self.root / folder / "tmp" / name).rename(self.root / folder / part / name)

    def receive(self, data: bytes) -> None:
        self.deliver(self.inbox, data, "new")

    def send(self, data: bytes) -> None:
        self.deliver(self.sent, data)

    def receive_broken(self) -> None:
        self.deliver(self.inbox, b"\x00\x01\x02 not a mail at all \xff" * 20, "new")

    def delete(self, message_id: str) -> None:
        for path in self.files():
            if message_id.encode() in path.read_bytes():
                path.unlink()

    def files(self) -> list[Path]:
        return [p for part in ("cur", "new") for p in self.root.rglob(f"{part}/*")]

    def drafts(self) -> list[bytes]:
        return [path.read_bytes() for path in self.files() if path.parent.parent == self.root / self.drafts_folder]

    def draft_file(self, key: str) -> Path:
        (path,) = [p for p in self.files() if f"X-Followup-Key: {key}\r\n".encode() in p.read_bytes()]
        return path

    def edit_draft(self, key: str, text: str) -> None:
        path = self.draft_file(key)
        edited = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        assert isinstance(edited, EmailMessage)
        for part in edited.walk():
            if part.get_content_type() == "text/plain":
                part.set_content(text)
        if self.in_place:
            path.write_bytes(edited.as_bytes())
            return
        self.deliver(self.drafts_folder, edited.as_bytes(), flags=":2,DS")
        path.unlink()

    def delete_draft(self, key: str) -> None:
        self.draft_file(key).unlink()

    def send_draft(self, key: str) -> None:
        path = self.draft_file(key)
        self.deliver(self.sent, path.read_bytes())
        path.unlink()

    def expired(self, cursor: str) -> str:
        return cursor.replace("maildir1:", "maildir0:")


class TestMaildirOfDovecot(MailboxContract):
    page_size = 20

    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MailWorld:
        monkeypatch.setattr(maildir_news, "PAGE_MAILS", self.page_size)
        return MaildirWorld(tmp_path, ".Sent", ".Drafts")


class TestMaildirOfMutt(MailboxContract):
    page_size = 20

    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MailWorld:
        monkeypatch.setattr(maildir_news, "PAGE_MAILS", self.page_size)
        return MaildirWorld(tmp_path, "Gesendet", "Entw&APw-rfe", inbox="INBOX", in_place=True)
