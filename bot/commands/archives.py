"""Archives: mailboxes, folders and calendars read as files, without any account."""

from __future__ import annotations

import datetime as dt
import tempfile
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from bot import app
from bot import config as settings_file
from bot.config import Config
from bot.jobs.playground import Playground
from bot.jobs.replay import Approve, Arrival, Shown, Uniform, replay
from bot.jobs.survey import survey
from bot.model import Entry, Message, Unreadable
from bot.pipeline import Account
from bot.providers import archive
from bot.reading.settings import ReadSettings
from bot.reports.pile import Pile, pile
from bot.writing.facts import Rep

Bytes = Callable[[int, int], None]  # bytes read so far, bytes in all


def pile_of_archive(
    paths: Sequence[Path],
    *,
    me: Sequence[str],
    zone: str,
    country: str,
    now: dt.datetime,
    config: Config,
    close_rate: Decimal | None = None,
    progress: Bytes | None = None,
) -> Pile:
    """What the open quotes in mboxes, Maildirs or folders are worth at `now`."""
    settings = ReadSettings.of(list(me), zone, country)

    def walk() -> Iterator[Message | Entry | Unreadable]:
        for path in paths:
            for _, item in archive.messages(path, settings.zone, progress=progress):
                yield item

    opportunities, wish, worktime = survey(walk, settings, config.policy, now)
    outlooks = {o.opening: o for o in wish.outlooks}
    return pile(opportunities, outlooks, policy=config.policy, worktime=worktime, now=now, close_rate=close_rate)


def arrivals_of(mail: Path, calendar: Path | None, me: Sequence[str], zone: dt.tzinfo) -> tuple[list[Arrival], str]:
    """Everything that lies there as it came in, and the name the rep signs with in his From header."""
    own = {a.casefold() for a in me}
    found: list[Arrival] = []
    names: Counter[str] = Counter()
    for label, data, item in archive.originals(mail, zone):
        if isinstance(item, Message) and not item.is_draft:
            sent = item.sender.email in own
            if sent and item.sender.name:
                names[item.sender.name] += 1
            found.append(Arrival(item.at, data, label, False, sent))
    for number, (_, data, item) in enumerate(archive.originals(calendar, zone) if calendar else ()):
        if isinstance(item, Entry):
            found.append(Arrival(item.created, data, f"{number}.ics", True))
    return found, next((name for name, _ in names.most_common(1)), "")


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
    settings = settings_file.load(config) if config else settings_file.defaults()
    where = zoneinfo.ZoneInfo(zone)
    own = tuple(dict.fromkeys(a.casefold() for a in me))
    arrivals, name = arrivals_of(mail, calendar, own, where)
    rep = settings.accounts[0].rep if settings.accounts else Rep(name or own[0], own[0])
    language = settings.accounts[0].language if settings.accounts else "en"
    with tempfile.TemporaryDirectory(prefix="followup-replay-") as folder:
        playground = Playground(Path(folder))
        account = Account("replay", own, rep, where, country.upper(), language, settings.policy)
        world = app.playing(playground, account, app.library_of(settings.library))
        try:
            yield from replay(arrivals, playground, world, begin, end, Uniform(playground, approve))
        finally:
            world.memory.close()
