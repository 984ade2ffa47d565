"""Mail and entries that lie in files: .eml and .ics, folders of them, Maildirs, mboxes. Read-only, one at a time.

What a file is, its content tells, not its name. A rep's years of sent mail, as Google Takeout or Thunderbird hand
them over, may be one file of many gigabytes: it is streamed, and `progress` hears how far the reading is.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import NotReadable
from bot.model import Entry, Message, Unreadable
from bot.providers import ics, mbox, mime
from bot.providers.disk import faults, read_capped
from bot.providers.folders import Role, role_of
from bot.providers.maildir_tree import Folder, folders, is_draft, look
from bot.providers.mime_headers import decode_words

Item = Message | Entry | Unreadable
Original = tuple[str, bytes, Item]
Progress = Callable[[int, int], None]  # bytes read so far, bytes in all

MOST_BYTES = 50_000_000  # of one mail; what lies behind is the rest of an attachment
_SNIFF = 16_384
_HEADER = re.compile(
    rb"^(?:from|to|date|subject|received|message-id|return-path|delivered-to|mime-version):", re.I | re.M
)
_LABELS = re.compile(rb"^X-Gmail-Labels:([^\r\n]{0,2000}(?:\r?\n[ \t][^\r\n]{0,2000}){0,20})", re.I | re.M)
_MOZILLA = re.compile(rb"^X-Mozilla-Status:[ \t]*([0-9a-f]{4})\b", re.I | re.M)
_EXPUNGED = 0x0008  # https://www-archive.mozilla.org/mailnews/arch/msgdb: deleted, and only not yet compacted away
_UNREAD = frozenset((Role.TRASH, Role.IGNORED))


class _Kind(StrEnum):
    """What a file holds."""

    MAIL = "mail"
    APPLE_MAIL = "apple mail"
    CALENDAR = "calendar"
    MBOX = "mbox"
    OTHER = "other"


def messages(path: Path, zone: dt.tzinfo, *, progress: Progress | None = None) -> Iterator[tuple[str, Item]]:
    """Every mail and entry in `path`, with a label: the file's path, of a mail in an mbox "PATH#n" counted from 1. A
    file given by itself must be something of these, else it is Unreadable; in a folder, other files are passed over,
    and so are trash, spam and templates. Times of entries without a zone are in `zone`. Raises UserMustAct where
    there is no such path."""
    for label, _, item in originals(path, zone, progress=progress):
        yield label, item


def originals(path: Path, zone: dt.tzinfo, *, progress: Progress | None = None) -> Iterator[Original]:
    """Like `messages`, with the bytes each item was read from (of a file of entries: the whole file's, with each)."""
    with faults(path):
        path.stat()
        walk = _Walk(zone, progress, _total(path) if progress is not None else 0)
        yield from walk.folder(path) if path.is_dir() else walk.file(path, alone=True)


@dataclass(slots=True)
class _Walk:
    """One reading of an archive."""

    zone: dt.tzinfo
    progress: Progress | None
    total: int
    done: int = 0

    def folder(self, root: Path) -> Iterator[Original]:
        """Everything below a folder: the Maildirs first, then the other files, by name."""
        maildirs = folders(root)
        for folder in maildirs:
            if folder.role not in _UNREAD:
                yield from self._maildir(folder)
        for path in _plain_files(root, frozenset(folder.path for folder in maildirs)):
            yield from self.file(path, alone=False)

    def _maildir(self, folder: Folder) -> Iterator[Original]:
        """The mails of a Maildir folder, by the time in their names."""
        found = look(folder).names
        for handle in sorted(found, key=lambda handle: found[handle].partition("/")[2]):
            yield from self._mail(folder.path / found[handle], draft=is_draft(handle))

    def file(self, path: Path, *, alone: bool) -> Iterator[Original]:
        """What one file holds. `alone`: it was asked for by name."""
        try:
            head, status = read_capped(path, _SNIFF)
        except OSError as fault:
            yield str(path), b"", Unreadable(str(path), fault.strerror or type(fault).__name__)
            return
        match _kind_of(path, head):
            case _Kind.MAIL:
                yield from self._mail(path)
            case _Kind.APPLE_MAIL:
                yield from self._mail(path, apple=True)
            case _Kind.CALENDAR:
                yield from self._calendar(path)
            case _Kind.MBOX:
                if alone or role_of(path.stem) not in _UNREAD:
                    yield from self._mbox(path)
            case _Kind.OTHER:
                self._step(status.st_size)
                if alone and head.strip():
                    yield str(path), b"", Unreadable(str(path), "neither a mail nor a calendar nor a mailbox")

    def _mail(self, path: Path, *, draft: bool = False, apple: bool = False) -> Iterator[Original]:
        """The mail in a file; a file that is gone meanwhile is none."""
        label = str(path)
        try:
            data, status = read_capped(path, MOST_BYTES)
        except FileNotFoundError:
            return
        except OSError as fault:
            yield label, b"", Unreadable(label, fault.strerror or type(fault).__name__)
            return
        self._step(status.st_size)
        if apple:
            length, _, rest = data.partition(b"\n")
            data = rest[: int(length)] if length.strip().isdigit() else rest
        yield label, data, _parse(data, label, draft, dt.datetime.fromtimestamp(max(0.0, status.st_mtime), dt.UTC))

    def _calendar(self, path: Path) -> Iterator[Original]:
        """The entries of an .ics file."""
        label = str(path)
        try:
            data, status = read_capped(path, ics.MOST_BYTES)
            self._step(status.st_size)
            for item in ics.entries(data, label, "", self.zone):
                yield label, data, item
        except OSError as fault:
            yield label, b"", Unreadable(label, fault.strerror or type(fault).__name__)
        except NotReadable as fault:
            yield label, b"", Unreadable(label, str(fault))

    def _mbox(self, path: Path) -> Iterator[Original]:
        """The mails of an mbox. Those that a mail program has marked as thrown away, or as spam, are passed over."""
        drafts = role_of(path.stem) is Role.DRAFTS
        with path.open("rb") as file:
            for number, mail in enumerate(mbox.mails(file, MOST_BYTES, self._step), 1):
                label = f"{path}#{number}"
                role = _marked(mail.data)
                if role not in _UNREAD:
                    yield label, mail.data, _parse(mail.data, label, drafts or role is Role.DRAFTS, mail.delivered)

    def _step(self, count: int) -> None:
        """So many bytes more have been read."""
        self.done += count
        if self.progress is not None:
            self.progress(self.done, max(self.total, self.done))


def _parse(data: bytes, label: str, draft: bool, received: dt.datetime | None) -> Item:
    """The mail, or why it cannot be read. `received`, the time of a file that may have been copied since, stands in
    only where the mail itself says nothing."""
    try:
        return mime.parse(data, label, is_draft=draft)
    except NotReadable as fault:
        reason = str(fault)
    try:
        return mime.parse(data, label, is_draft=draft, received=received)
    except NotReadable:
        return Unreadable(label, reason)


def _kind_of(path: Path, head: bytes) -> _Kind:
    """What a file is, from its beginning; its name decides only where that says nothing."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = path.suffix.lower()
    if start[:15].upper().startswith((b"BEGIN:VCALENDAR", b"BEGIN:VEVENT")) or suffix == ".ics":
        return _Kind.CALENDAR
    if mbox.begins(start) and suffix != ".eml":  # one mail saved with its separator line is still one mail
        return _Kind.MBOX
    if suffix == ".emlx" and start.partition(b"\n")[0].strip().isdigit():
        return _Kind.APPLE_MAIL
    if suffix == ".eml" or len({found.lower() for found in _HEADER.findall(_header_of(start))}) >= 2:
        return _Kind.MAIL
    return _Kind.OTHER


def _header_of(data: bytes) -> bytes:
    """The header lines of a mail, as far as they lie in its first 16 kB."""
    ends = [at for gap in (b"\n\n", b"\n\r\n") if (at := data.find(gap, 0, _SNIFF)) >= 0]
    return data[: min(ends, default=_SNIFF)]


def _marked(data: bytes) -> Role:
    """What a mail program has marked a mail as: Gmail in the labels of its export, Thunderbird in its status."""
    header = _header_of(data)
    found = _MOZILLA.search(header)
    if found is not None and int(found[1], 16) & _EXPUNGED:
        return Role.TRASH
    labels = _LABELS.search(header)
    if labels is None:
        return Role.MAIL
    names = decode_words(re.sub(r"\r?\n[ \t]", " ", labels[1].decode("utf-8", "replace"))).split(",")
    roles = {role_of(name.strip().strip('"')) for name in names}
    return next((role for role in (Role.TRASH, Role.IGNORED, Role.DRAFTS, Role.SENT) if role in roles), Role.MAIL)


def _plain_files(root: Path, maildirs: frozenset[Path]) -> Iterator[Path]:
    """Every file below `root`, by name, that does not lie in a Maildir; hidden ones are left out."""
    for here, inside, names in os.walk(root):
        if Path(here) in maildirs:
            inside[:] = [name for name in inside if name not in ("cur", "new", "tmp")]
        else:
            for name in sorted(names):
                path = Path(here, name)
                if not name.startswith(".") and path.is_file():
                    yield path
        inside[:] = sorted(name for name in inside if not name.startswith("."))


def _total(path: Path) -> int:
    """The bytes that a reading of `path` will go through, near enough to show how far it is."""
    if not path.is_dir():
        return path.stat().st_size
    maildirs = folders(path)
    read = {folder.path for folder in maildirs if folder.role not in _UNREAD}
    files = [p for f in read for part in ("cur", "new") if (f / part).is_dir() for p in (f / part).iterdir()]
    files += _plain_files(path, frozenset(folder.path for folder in maildirs))
    return sum(file.stat().st_size for file in files if file.is_file())
