"""The composition root: the only file that names concrete providers, stores and engines."""

from __future__ import annotations

import datetime as dt
import tempfile
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.cadence.policy import Policy
from bot.errors import NotReadable
from bot.jobs.playground import Playground
from bot.jobs.replay import Approve, Arrival, Shown, replay
from bot.pipeline import Account, World
from bot.providers import ics, mime
from bot.providers.icsdir import IcsDir
from bot.providers.maildir import Maildir
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from bot.writing.templates import Templates, packaged_sources


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
    policy: Policy,
) -> Iterator[Shown]:
    """Play files again on an embedded mailbox of their own; nothing given is touched."""
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
