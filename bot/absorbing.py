"""The world becomes records: pages of mail and calendar taken in, each with its cursor, and what they say of our own touches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bot import labels
from bot.errors import CursorExpired, OutsideFault
from bot.model import (
    Entry,
    EntryRecord,
    Form,
    Kind,
    Mark,
    Message,
)
from bot.providers.base import Page
from bot.reading.settings import ReadSettings
from bot.recording import News, calendar_news, mail_news, unlisted
from bot.signing import learn
from bot.store.base import Source
from bot.world import FORM, Taken, World, to_look_for


def absorb(world: World, now: dt.datetime) -> Taken:
    """Take in what is new; one source's fault spares the other."""
    records, unreadable = 0, 0
    faults: dict[Source, OutsideFault] = {}
    for source in _sources(world):
        try:
            for new, bad in _absorb_source(world, source, now):
                records, unreadable = records + new, unreadable + bad
        except OutsideFault as fault:
            faults[source] = fault
    return Taken(records, unreadable, faults)


def _sources(world: World) -> tuple[Source, ...]:
    return ("mail", "calendar") if world.calendar is not None else ("mail",)


def _absorb_source(world: World, source: Source, now: dt.datetime) -> Iterator[tuple[int, int]]:
    """A cursor that has expired begins a fresh listing, once."""
    cursor = world.memory.cursor(world.account.name, source)
    try:
        yield from _absorb_pages(world, source, cursor, now)
    except CursorExpired:
        if cursor is None:
            raise
        yield from _absorb_pages(world, source, None, now)


def _absorb_pages(world: World, source: Source, cursor: str | None, now: dt.datetime) -> Iterator[tuple[int, int]]:
    memory, name, settings = world.memory, world.account.name, world.account.reading
    for page, news in _news(world, source, cursor, settings, now):
        for standing in news.standings:  # before the page: a crash in between brings the page again
            memory.settle(name, standing)
        for subject, at in _opt_outs(news):
            memory.suppress(name, subject, at)
        learn(memory, name, (m for m in page.upserts if isinstance(m, Message)), settings)
        labels.take(world, (m for m in page.upserts if isinstance(m, Message)), now)
        if page.ends:
            memory.set_fact(name, to_look_for(FORM[source]), "to do")
        memory.absorb(
            name, source, news.records, page.removals, page.unreadables, page.cursor, begins=page.begins, ends=page.ends
        )
        world.progress(f"read {source}", len(page.upserts) + len(page.unreadables))
        yield len(page.upserts), len(page.unreadables)
    if to_look_for(FORM[source]) in memory.facts(name):
        _settle_unlisted(world, FORM[source], now)


def _settle_unlisted(world: World, form: Form, now: dt.datetime) -> None:
    """After a fresh listing, and after something was put: what should lie somewhere and was never listed is gone. A draft that
    is deleted before the mailbox first told of it leaves no other trace."""
    memory, name = world.memory, world.account.name
    standings = [s for s in memory.standings(name).values() if s.form is form]
    changed, early = unlisted(standings, memory.records(name), now)
    for standing in changed:
        memory.settle(name, standing)
    if not early:
        memory.set_fact(name, to_look_for(form), None)


def _news(
    world: World, source: Source, cursor: str | None, settings: ReadSettings, now: dt.datetime
) -> Iterator[tuple[Page[Message] | Page[Entry], News]]:
    name = world.account.name
    if source == "mail":
        for mail in world.mailbox.changes(cursor):
            yield mail, mail_news(mail, world.memory.standings(name), settings, now)
    elif world.calendar is not None:
        for entries in world.calendar.changes(cursor):
            yield entries, calendar_news(entries, world.memory.standings(name), settings, now)


def _opt_outs(news: News) -> Iterator[tuple[str, dt.datetime]]:
    """Who asked us to stop: he is suppressed for every account, before anything else happens."""
    for r in news.records:
        if r.reading.kind is Kind.OPT_OUT and not isinstance(r, EntryRecord) and r.sender.email:
            yield r.sender.email, r.at
            if Mark.WHOLE_COMPANY in r.reading.marks:
                yield f"@{r.sender.domain}", r.at
