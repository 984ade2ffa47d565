"""Mails out of an mbox file, as a stream (RFC 4155, and its relatives that quote more or less).

A mail begins with a line "From SENDER DATE" after an empty one, or at the start of the file. A line of its text that
begins so is written ">From ", which is undone. Writers that forget to quote are forgiven as far as can be: a true
separator tells a time and has a header line below it. Memory holds one piece of the file and one mail, whatever the
size of the file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

PIECE = 4_000_000  # bytes read at a time
_HEAD = 1_000  # bytes that a separator and the beginning of the line below it may take
_MARK = b"\nFrom "
_BEHIND = len(_MARK) + 2  # what of a piece the next one needs: a mark cut in two, and an empty line before it
_HEADER_BELOW = rb"[^\r\n]{0,100}\r?\n(?=[!-9;-~]{1,100}:|>From )"
_SEPARATOR = re.compile(rb"From [^\r\n]{0,400}?\d\d?:\d\d" + _HEADER_BELOW)
_STRICT = re.compile(rb"From [^\r\n]{0,300}? [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?" + _HEADER_BELOW)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_WHEN = re.compile(rb"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?: ([+-])(\d\d)(\d\d))? (\d{4})")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


@dataclass(frozen=True, slots=True)
class Piece:
    """One mail of an mbox: its bytes without the separator, at most as many as asked for; when the separator says
    that it was delivered; and how long it is in the file."""

    data: bytes
    delivered: dt.datetime | None
    length: int


def begins(head: bytes) -> bool:
    """Whether a file that begins with `head` is an mbox."""
    return _SEPARATOR.match(head.lstrip(b"\r\n")) is not None


def mails(file: BinaryIO, most: int, read: Callable[[int], None] | None = None) -> Iterator[Piece]:
    """The mails of an mbox, in their order. Of each at most `most` bytes are kept. `read` is told the bytes of each
    piece read. What lies before the first separator is no mail. Raises OSError."""
    window, searched = b"\n\n", 0  # as if an empty line came before the file
    current: _Growing | None = None
    while True:
        piece = file.read(PIECE)
        if read is not None:
            read(len(piece))
        window += piece
        end = len(window) - _HEAD if piece else len(window)
        start = 0
        while (at := window.find(_MARK, searched, end)) >= 0:
            searched = at + 1
            line = _separator(window, at)
            if line is None:
                continue
            if current is not None:
                current.add(window[start : at + 1])
                yield current.done()
            start = at + 1 + len(line)
            searched = start - 1
            current = _Growing(most, _when(line))
        keep = max(start, end - _BEHIND) if piece else end
        if current is not None:
            current.add(window[start:keep])
        searched = max(searched, end - len(_MARK) + 1, keep) - keep
        window = window[keep:]
        if not piece:
            break
    if current is not None:
        yield current.done()


@dataclass(slots=True)
class _Growing:
    """A mail in the making."""

    most: int
    delivered: dt.datetime | None
    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, part: bytes) -> None:
        """More of it; what goes beyond `most` is counted and dropped."""
        if self.length < self.most:
            self.parts.append(part[: self.most - self.length])
        self.length += len(part)

    def done(self) -> Piece:
        """The mail, quoting undone."""
        data = b"".join(self.parts)
        if b">From " in data:
            data = _QUOTED.sub(rb"\1", data)
        return Piece(data, self.delivered, self.length)


def _separator(window: bytes, at: int) -> bytes | None:
    """The separator line after the line end at `at`; None where what stands there is text."""
    after_empty = window[at - 1 : at] == b"\n" or window[at - 2 : at] == b"\n\r"
    found = (_SEPARATOR if after_empty else _STRICT).match(window, at + 1)
    return found[0] if found is not None else None


def _when(line: bytes) -> dt.datetime | None:
    """The time a separator tells; one without an offset is in UTC, as RFC 4155 has it."""
    found = _WHEN.search(line)
    if found is None or found[1] not in _MONTHS:
        return None
    month, day, hour, minute, second = _MONTHS.index(found[1]) + 1, *(int(part) for part in found.groups()[1:5])
    offset = dt.timedelta(0)
    if found[6]:
        offset = dt.timedelta(hours=int(found[7]), minutes=int(found[8])) * (-1 if found[6] == b"-" else 1)
    try:
        return dt.datetime(int(found[9]), month, day, hour, minute, second, tzinfo=dt.timezone(offset))
    except ValueError:
        return None
