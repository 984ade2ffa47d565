"""The composition root: the only file that names concrete providers, stores and engines."""

from __future__ import annotations

import datetime as dt
import tempfile
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cadence.policy import Policy
from bot.errors import NotReadable, UserMustAct
from bot.jobs.playground import Playground
from bot.jobs.replay import Approve, Arrival, Shown, replay
from bot.model import Entry, Message, Reading, Unreadable
from bot.pipeline import Account, World
from bot.providers import ics, mime
from bot.providers.icsdir import IcsDir
from bot.providers.maildir import Maildir
from bot.reading.body import body_of
from bot.reading.dates import when
from bot.reading.money import find_money
from bot.reading.read import read, read_entry
from bot.reading.settings import ReadSettings
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from bot.writing.templates import Templates, packaged_sources


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
        if not path.exists():
            raise UserMustAct(f"{path}: no such file or folder", "Name an .eml, .ics or mbox file, a folder of them, or a Maildir.")
        for label, item in walk(path, settings.zone):
            match item:
                case Unreadable():
                    yield Read(label, None, item)
                case Entry():
                    yield Read(label, item.uid, read_entry(item, settings))
                case Message():
                    body = body_of(item)
                    yield Read(label, item.id, read(item, settings, body), body.own)


def walk(path: Path, zone: dt.tzinfo) -> Iterator[tuple[str, Message | Entry | Unreadable]]:
    for f in sorted(path.rglob("*")) if path.is_dir() else [path]:
        try:
            if f.suffix == ".ics":
                for e in ics.parse(f.read_bytes(), str(f), "", zone):
                    yield str(f), e
            elif f.suffix == ".eml":
                yield str(f), mime.parse(f.read_bytes(), str(f))
        except NotReadable as fault:
            yield str(f), Unreadable(str(f), str(fault))


def when_row(text: str, at: dt.datetime, country: str) -> dict[str, object]:
    """The day or span a few words mean."""
    moment = when(text, at, country.upper())
    return {
        "date": moment.first if moment else None,
        "date_to": moment.last if moment else None,
        "words": moment.words if moment else None,
    }


def money_rows(text: str, country: str) -> list[dict[str, object]]:
    """The amounts a text names."""
    return [{"amount": m.amount, "currency": m.currency, "words": m.words} for m in find_money(text, country.upper())]


def arrivals_of(mail: Path, calendar: Path | None, me: Sequence[str], zone: dt.tzinfo) -> tuple[list[Arrival], str]:
    """Everything that lies in a folder of .eml and one of .ics, and the name the rep signs with in his From header."""
    own = {a.casefold() for a in me}
    found: list[Arrival] = []
    names: Counter[str] = Counter()
    for path in sorted(mail.rglob("*.eml")):
        data = path.read_bytes()
        try:
            message = mime.parse(data, path.name)
        except NotReadable:
            continue
        sent = message.sender.email in own
        if sent and message.sender.name:
            names[message.sender.name] += 1
        found.append(Arrival(message.at, data, path.name, False, sent))
    for path in sorted(calendar.rglob("*.ics")) if calendar else ():
        data = path.read_bytes()
        try:
            entries = ics.parse(data, path.name, "", zone)
        except NotReadable:
            continue
        found.append(Arrival(min(e.created for e in entries), data, path.name, True))
    return found, next((n for n, _ in names.most_common(1)), "")


def replay_files(
    mail: Path,
    calendar: Path | None,
    *,
    me: Sequence[str],
    zone: str,
    country: str,
    begin: dt.date,
    end: dt.date,
    approve: Approve,
    config: Path | None = None,
) -> Iterator[Shown]:
    """Play files again on an embedded mailbox of their own; nothing given is touched."""
    policy = Policy()
    where = zoneinfo.ZoneInfo(zone)
    arrivals, name = arrivals_of(mail, calendar, me, where)
    with tempfile.TemporaryDirectory(prefix="followup-replay-") as folder:
        playground = Playground(Path(folder))
        memory = open_memory(None)
        account = Account("replay", tuple(me), Rep(name or me[0], me[0]), where, country, "en", policy)
        world = World(
            account,
            Maildir(playground.mail),
            IcsDir(playground.calendar, where),
            memory,
            Templates.from_sources(packaged_sources()),
        )
        try:
            yield from replay(arrivals, playground, world, begin, end, approve)
        finally:
            memory.close()
