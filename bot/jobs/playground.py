"""A mailbox and a calendar on disk in which customers and the rep act by themselves: what replay and the demo play on.

Everything here is what a person or his mail program would do to the files; the bot sees only the Maildir and the folder
of .ics files, as it would any other.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from collections.abc import Iterator
from pathlib import Path

KEY = re.compile(rb"^X-Followup-Key:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb"^Date:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)


class Playground:
    """A fresh Maildir (Inbox, .Sent, .Drafts) and calendar folder below `root`."""

    def __init__(self, root: Path) -> None:
        self.mail, self.calendar = root / "mail", root / "calendar"
        self._n = 0
        for folder in (self.mail, self.mail / ".Sent", self.mail / ".Drafts"):
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(parents=True, exist_ok=True)
        for folder in (self.mail / ".Sent", self.mail / ".Drafts"):
            (folder / "maildirfolder").touch()  # the mark of a subfolder in Maildir++
        self.calendar.mkdir(parents=True, exist_ok=True)

    def arrive(self, data: bytes, *, sent: bool) -> None:
        """A mail comes in, or the rep sends one by hand."""
        self._n += 1
        folder = self.mail / ".Sent" / "cur" if sent else self.mail / "cur"
        (folder / f"{1_000_000_000 + self._n}.P{self._n}.playground:2,S").write_bytes(data)

    def note(self, data: bytes, name: str) -> None:
        """The rep writes an entry into his calendar."""
        (self.calendar / name).write_bytes(data)

    def drafts(self) -> Iterator[tuple[str, Path]]:
        """Every draft that lies there, by its touch's key."""
        for part in ("cur", "new"):
            for path in sorted((self.mail / ".Drafts" / part).iterdir()):
                if found := KEY.search(path.read_bytes()[:65536]):
                    yield found[1].decode("ascii", "replace"), path

    def send(self, path: Path, at: dt.datetime) -> None:
        """The rep sends a draft unchanged: his mail program moves it to the sent mail under the present date."""
        dated = b"Date: " + email.utils.format_datetime(at).encode() + b"\n"
        head, blank, body = path.read_bytes().partition(b"\n\n")
        if b"\r\n\r\n" in head + blank + body and b"\n\n" not in head:
            head, blank, body = path.read_bytes().partition(b"\r\n\r\n")
            dated = dated.replace(b"\n", b"\r\n")
        self.arrive(_DATE.sub(lambda _: dated, head + b"\n", count=1)[:-1] + blank + body, sent=True)
        path.unlink()

    def rewrite(self, path: Path, data: bytes) -> None:
        """The rep changes a draft: his mail program saves it as a new file and deletes the old one."""
        self._n += 1
        (self.mail / ".Drafts" / "cur" / f"{1_000_000_000 + self._n}.P{self._n}.playground:2,DS").write_bytes(data)
        path.unlink()

    def discard(self, path: Path) -> None:
        """The rep refuses a draft by deleting it."""
        path.unlink()
