"""What a mail or an entry says: files read by themselves, without account or memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.model import Entry, Message, Reading, Unreadable
from bot.providers import archive
from bot.reading.body import body_of
from bot.reading.read import read, read_entry
from bot.reading.settings import ReadSettings


@dataclass(frozen=True, slots=True)
class Read:
    """What one mail or entry says; `own_text` is the mail's new text."""

    label: str
    id: str | None
    reading: Reading | Unreadable
    own_text: str | None = None


def readings(paths: Sequence[Path], me: Sequence[str], zone: str, country: str) -> Iterator[Read]:
    """Read everything that lies at the paths. Raises UserMustAct for a path that is not there."""
    settings = ReadSettings.of(list(me), zone, country)
    for path in paths:
        for label, item in archive.messages(path, settings.zone):
            match item:
                case Unreadable():
                    yield Read(label, None, item)
                case Entry():
                    yield Read(label, item.uid, read_entry(item, settings))
                case Message():
                    body = body_of(item)
                    yield Read(label, item.id, read(item, settings, body), body.own)
