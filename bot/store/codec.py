"""Frozen values <-> JSON text, driven by their type hints: a field added to the model needs nothing here.

A field that has its default is left out, so a row written before the field existed reads as the default, and the many
records that say nothing stay short. Sets are sorted: equal values give equal text. Datetimes are written in UTC.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Convert = Callable[[Any], Any]

BATCH = 500  # texts parsed at once: one call of the parser for many short texts takes half the time of many calls


class Codec(Generic[T]):
    """Writes and reads values of one dataclass. `leave_out` are fields that are kept elsewhere: `unpack` is given
    them."""

    def __init__(self, cls: type[T], leave_out: frozenset[str] = frozenset()) -> None:
        self._cls = cls
        self._fields = _fields(cls, leave_out)
        self._names = frozenset(name for name, _, _, _ in self._fields)
        self._reads = tuple((name, read) for name, _, _, read in self._fields if read is not None)

    def pack(self, value: T) -> str:
        """The value as JSON text, the same text for equal values."""
        return json.dumps(_encode(self._fields, value), separators=(",", ":"))

    def unpack(self, text: str, **elsewhere: Any) -> T:
        """The value that the text and the fields kept elsewhere make up."""
        return self.build(json.loads(text), **elsewhere)

    def build(self, parsed: dict[str, Any], **elsewhere: Any) -> T:
        """Like `unpack`, of text already parsed, which it consumes. A field that the model no longer has is passed
        over."""
        if not parsed.keys() <= self._names:
            parsed = {name: value for name, value in parsed.items() if name in self._names}
        for name, read in self._reads:
            if name in parsed:
                parsed[name] = read(parsed[name])
        parsed.update(elsewhere)
        return self._cls(**parsed)


def parse_many(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each text parsed, in order."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == BATCH:
            yield from json.loads(f"[{','.join(batch)}]")
            batch.clear()
    yield from json.loads(f"[{','.join(batch)}]")


# name, default, how to write it, how to read it (None: JSON has it as it is)
Field = tuple[str, Any, Convert | None, Convert | None]


def _fields(cls: type, leave_out: frozenset[str] = frozenset()) -> tuple[Field, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        (f.name, f.default, *_converters(hints[f.name])) for f in dataclasses.fields(cls) if f.name not in leave_out
    )


def _encode(fields: tuple[Field, ...], value: Any) -> dict[str, Any]:
    """The fields that differ from their defaults."""
    out = {}
    for name, default, write, _ in fields:
        item = getattr(value, name)
        if default is dataclasses.MISSING or item != default:
            out[name] = item if write is None or item is None else write(item)
    return out


def _converters(hint: Any) -> tuple[Convert | None, Convert | None]:
    """How a value of this type is written and read; None: JSON has it as it is."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (a for a in args if a is not types.NoneType)
        write, read = _converters(inner)
        return write, read and _unless_none(read)
    if origin in (tuple, frozenset):
        return _collection(origin, *_converters(args[0]))
    if isinstance(hint, type):
        if dataclasses.is_dataclass(hint):
            return _nested(hint)
        if issubclass(hint, Enum):
            return (lambda member: member.value), {member.value: member for member in hint}.__getitem__
        if hint in _PLAIN:
            return _PLAIN[hint]
    raise TypeError(f"memory cannot keep a field of type {hint!r}")


def _utc(moment: dt.datetime) -> str:
    """ISO 8601 in UTC. A hostile date whose instant lies outside the calendar's years is moved to their edge."""
    try:
        return moment.astimezone(dt.UTC).isoformat()
    except OverflowError:
        return "0001-01-01T00:00:00+00:00" if moment.year < 2000 else "9999-12-31T23:59:59.999999+00:00"


_PLAIN: dict[type, tuple[Convert | None, Convert | None]] = {
    str: (None, None),
    bool: (None, None),
    int: (None, None),
    dt.datetime: (_utc, dt.datetime.fromisoformat),
    dt.date: (dt.date.isoformat, dt.date.fromisoformat),
    Decimal: (str, Decimal),
}


def _unless_none(read: Convert) -> Convert:
    return lambda value: None if value is None else read(value)


def _collection(origin: type, write: Convert | None, read: Convert | None) -> tuple[Convert, Convert]:
    """A tuple keeps its order, a frozenset is sorted."""
    order: Convert = list if origin is tuple else sorted

    def write_all(values: Any) -> list[Any]:
        return list(order(values if write is None else map(write, values)))

    def read_all(values: Any) -> Any:
        return origin(values if read is None else map(read, values)) if values else origin()

    return write_all, read_all


def _nested(cls: type) -> tuple[Convert, Convert]:
    """A dataclass within another: one of texts alone (an address) as a list of them, and equal ones read as one and the
    same value, for the same few people are in thousands of records; any other as an object of its own."""
    fields = _fields(cls)
    if all(convert is None for field in fields for convert in field[2:]):
        names = [name for name, _, _, _ in fields]
        shared = functools.lru_cache(maxsize=100_000)(cls)
        return (lambda value: [getattr(value, name) for name in names]), (lambda texts: shared(*texts))
    codec: Codec[Any] = Codec(cls)
    return (lambda value: _encode(fields, value)), codec.build
