"""The library of useful things: what a rep may send a customer that is worth opening, and the choice of one that fits.

A library is a folder of YAML files, one item each or a list of them. The caller reads the files; `parse_items` reads
their text. An item never goes twice to one person, and never after its last day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.errors import UserMustAct

MAX_FILE = 64 * 1024  # characters; a file of items is a page or two
MAX_TITLE = 120
MAX_SUMMARY = 300


class ItemKind(StrEnum):
    """What an item is; the templates word each kind in its own way."""

    ARTICLE = "article"
    EVENT = "event"
    CONFERENCE = "conference"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Item:
    """One useful thing. `begins`..`ends` are the days of an event or conference, `expires` the last day on which it
    may be sent (an event without one expires the day before it begins). Empty `segments` fit everybody, an empty
    `language` everyone who is written to in any language. `summary` is one or two sentences in the rep's own
    voice."""

    id: str
    kind: ItemKind
    title: str
    url: str = ""
    summary: str = ""
    segments: frozenset[str] = frozenset()
    place: str = ""
    begins: dt.date | None = None
    ends: dt.date | None = None
    expires: dt.date | None = None
    language: str = ""

    def last_day(self) -> dt.date | None:
        """The last day on which sending it makes sense, or None where it does not age."""
        before = self.begins - dt.timedelta(days=1) if self.begins else None
        days = [day for day in (self.expires, before) if day]
        return min(days) if days else None


@dataclass(frozen=True, slots=True)
class Reader:
    """The person a thing should be useful to, as far as is known: nothing is guessed."""

    language: str
    segments: frozenset[str] = frozenset()
    place: str = ""


def fitting(
    items: Iterable[Item], reader: Reader, today: dt.date, used_ids: frozenset[str] = frozenset()
) -> Item | None:
    """The item that fits best, or None.

    Out: what this person already had (`used_ids`), what has expired, another language, a segment that is not his.
    Before others: a matching segment, then a matching place, then what expires soonest; ties go by id, so the choice
    is stable.
    """

    def fits(item: Item) -> bool:
        last = item.last_day()
        return (
            item.id not in used_ids
            and (last is None or today <= last)
            and item.language in ("", reader.language)
            and (not item.segments or bool(item.segments & reader.segments))
            and (item.kind is not ItemKind.CONFERENCE or not reader.place or _near(item.place, reader.place))
        )

    def rank(item: Item) -> tuple[int, int, dt.date, str]:
        place = bool(reader.place and item.place) and _near(item.place, reader.place)
        return (-len(item.segments & reader.segments), -int(place), item.last_day() or dt.date.max, item.id)

    return min(filter(fits, items), key=rank, default=None)


def parse_items(source: str, name: str) -> tuple[Item, ...]:
    """The items of one YAML file. `name` is the file's, for the errors.

    Raises UserMustAct, naming the file, the item and what to write instead, for anything that is not an item.
    """
    if len(source) > MAX_FILE:
        raise UserMustAct(f"{name}: longer than {MAX_FILE} characters", "Split it into several files.")
    if "&" in source and re.search(r"(?m)(^|[\s\[{,:-])&\w", source):  # an anchor: the way to make a small file huge
        raise UserMustAct(f"{name}: YAML anchors are not read here", "Write the value out, or put it in quotes.")
    try:
        data = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        where = getattr(fault, "problem_mark", None)
        line = f":{where.line + 1}" if where else ""
        raise UserMustAct(f"{name}{line}: not readable as YAML", "Compare it with library.example/.") from fault
    rows = data if isinstance(data, list) else [] if data is None else [data]
    return tuple(_item(row, f"{name}, item {n}" if len(rows) > 1 else name) for n, row in enumerate(rows, 1))


def _item(row: Any, where: str) -> Item:
    if not isinstance(row, dict):
        raise UserMustAct(f"{where}: an item is a list of `key: value` lines", "Compare it with library.example/.")
    known = {"id", "kind", "title", "url", "summary", "segments", "place", "begins", "ends", "expires", "language"}
    if unknown := sorted(str(key) for key in row if key not in known):
        raise UserMustAct(f"{where}: unknown key {unknown[0]!r}", f"Known keys: {', '.join(sorted(known))}.")
    text = {key: _line(row.get(key), key, where) for key in ("id", "title", "url", "summary", "place", "language")}
    for key in ("id", "title"):
        if not text[key]:
            raise UserMustAct(f"{where}: {key!r} is missing", f"Add a line `{key}: ...`.")
    if len(text["title"]) > MAX_TITLE or len(text["summary"]) > MAX_SUMMARY:
        raise UserMustAct(
            f"{where}: too long for a short mail", f"Title up to {MAX_TITLE}, summary up to {MAX_SUMMARY} characters."
        )
    if not (text["url"] or text["summary"]):
        raise UserMustAct(f"{where}: neither url nor summary", "Say what it is, or where it is to be found.")
    if text["url"] and urlsplit(text["url"]).scheme not in ("http", "https"):
        raise UserMustAct(f"{where}: the url is not a web address", "Begin it with https://.")
    try:
        kind = ItemKind(row.get("kind", ""))
    except ValueError as fault:
        raise UserMustAct(f"{where}: unknown kind", f"One of: {', '.join(ItemKind)}.") from fault
    segments = row.get("segments") or []
    if not isinstance(segments, list):
        raise UserMustAct(f"{where}: segments is not a list", "Write it as [dental, schools].")
    return Item(
        id=text["id"],
        kind=kind,
        title=text["title"],
        url=text["url"],
        summary=text["summary"],
        segments=frozenset(str(tag).strip().casefold() for tag in segments),
        place=text["place"],
        begins=_day(row.get("begins"), "begins", where),
        ends=_day(row.get("ends"), "ends", where),
        expires=_day(row.get("expires"), "expires", where),
        language=text["language"].casefold(),
    )


def _line(value: Any, key: str, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int):
        raise UserMustAct(f"{where}: {key!r} is not a line of text", "Put it in quotes.")
    return " ".join(str(value).split())


def _day(value: Any, key: str, where: str) -> dt.date | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise UserMustAct(f"{where}: {key!r} is not a day", "Write it as 2026-03-31.")
    return value


def _near(one: str, other: str) -> bool:
    """Whether two place names share a word: "Leeds, UK" and "Leeds"."""
    words = [{w for w in re.findall(r"\w+", place.casefold()) if len(w) > 2} for place in (one, other)]
    return bool(words[0] & words[1])
