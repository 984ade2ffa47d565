"""A record as a line of the table of records, and back.

The reading has a text of its own: most mails say one of a few things, and where thousands of readings are equal they
are parsed once and shared.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import gc
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Column

from bot.model import EntryRecord, MailRecord, Reading, Record
from bot.store.codec import Codec, parse_many
from bot.store.schema import records

KEPT = (records.c.source, records.c.ref, records.c.etag, records.c.body, records.c.reading)

_APART = frozenset({"ref", "etag", "reading"})
_MAIL = Codec(MailRecord, leave_out=_APART)
_ENTRY = Codec(EntryRecord, leave_out=_APART)
_READING = Codec(Reading)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table, the account left out."""

    row: str
    source: str
    at: dt.datetime
    ref: str
    etag: str
    body: str
    reading: str


def columns() -> list[Column[Any]]:
    """The table's columns in the order of Row's fields."""
    return [records.c[field.name] for field in fields(Row)]


def row_of(record: Record) -> Row:
    """The line that keeps a record."""
    match record:
        case MailRecord():
            source, at, body = "mail", record.at, _MAIL.pack(record)
            identity = [source, record.direction.value, record.sender.email, record.id]
        case EntryRecord():
            source, at, body = "calendar", max(record.at, record.end), _ENTRY.pack(record)
            identity = [source, record.id]
    key = hashlib.blake2b("\n".join(identity).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Row(key, source, at, record.ref, record.etag, body, _READING.pack(record.reading))


def record_of(row: Row) -> Record:
    """The record that a line keeps."""
    (record,) = records_of([(row.source, row.ref, row.etag, row.body, row.reading)])
    return record


@functools.lru_cache(maxsize=20_000)
def _reading(text: str) -> Reading:
    """A reading from its text: most lines say nothing, and a turn reads the lines of the turn before again."""
    return _READING.unpack(text)


def records_of(lines: Sequence[tuple[str, str, str, str, str]]) -> tuple[Record, ...]:
    """The records of many lines, in their order; of each line the columns that KEPT names."""
    found: list[Record] = []
    with _collector_paused():
        bodies = parse_many(body for _, _, _, body, _ in lines)
        for (source, ref, etag, _, said), body in zip(lines, bodies, strict=True):
            reading = _reading(said)
            codec: Codec[MailRecord] | Codec[EntryRecord] = _MAIL if source == "mail" else _ENTRY
            found.append(codec.build(body, ref=ref, etag=etag, reading=reading))
    return tuple(found)


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing in the block becomes garbage: without the collector looking through it again and again, loading many
    records takes half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
