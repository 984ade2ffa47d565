"""ONE TURN of one account: the page to read first.

    mailbox.changes, calendar.changes -> absorb        the world becomes records, with their readings
    fold                                               records become opportunities
    plan                                               opportunities become the touches that should stand
    diff                                               wanted and standing become effects
    act: intend -> put or withdraw -> settle           effects become the world, idempotently

A crash anywhere is repaired by running again: a page and its cursor are absorbed together; a touch is written down before
it is put, and `put` looks for its key first. A dry run (`preview`) is everything but the last line.

What could not be read is not written to: a customer's answer may lie in the mail that did not come.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cadence.diff import diff
from bot.cadence.fold import fold, leave_of
from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import Outlook, Plan, plan, standing_today
from bot.cadence.policy import Policy
from bot.cadence.settle import fingerprint
from bot.cadence.worktime import WorkTime
from bot.drafting import Desk, Written, written
from bot.errors import CursorExpired, OutsideFault
from bot.model import (
    Draft,
    Effect,
    Entry,
    EntryRecord,
    Form,
    Kind,
    Mark,
    Message,
    Put,
    Record,
    Standing,
    State,
    Withdraw,
)
from bot.providers.base import Calendar, Mailbox, Page
from bot.reading.settings import ReadSettings
from bot.recording import News, calendar_news, listed_keys, mail_news, unlisted
from bot.store.base import Memory, Source
from bot.writing.facts import Rep
from bot.writing.templates import Templates, WritingRefusal
from bot.writing.values import Item

Progress = Callable[[str, int], None]  # what is being done, and how many more of it

FORM: Mapping[Source, Form] = {"mail": Form.DRAFT, "calendar": Form.REMINDER}  # what we put where
LISTED = "mail was listed"  # a fact: the mailbox has been read to its end once


def no_progress(what: str, more: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """One rep, and the rules he works by."""

    name: str
    me: tuple[str, ...]
    rep: Rep
    zone: zoneinfo.ZoneInfo
    country: str
    language: str
    policy: Policy

    @property
    def reading(self) -> ReadSettings:
        """The rep as the readers know him."""
        return ReadSettings.of(list(self.me), self.zone.key, self.country)


@dataclass(frozen=True, slots=True)
class World:
    """What a turn of an account works with. `calendar` may be missing."""

    account: Account
    mailbox: Mailbox
    calendar: Calendar | None
    memory: Memory
    templates: Templates
    library: tuple[Item, ...] = ()
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True)
class Taken:
    """What a turn took in: how many records, how many unreadable, and what went wrong at which end of the world."""

    records: int
    unreadable: int
    faults: Mapping[Source, OutsideFault]

    @property
    def problems(self) -> tuple[OutsideFault, ...]:
        return tuple(self.faults.values())


@dataclass(frozen=True, slots=True)
class Done:
    """An effect that took place, with what was written where something was put."""

    effect: Effect
    written: Written | None


@dataclass(frozen=True, slots=True)
class View:
    """What memory amounts to at a moment: every opportunity, the wish, and the effects that are still to do."""

    now: dt.datetime
    opportunities: tuple[Opportunity, ...]
    plan: Plan
    effects: tuple[Effect, ...]
    desk: Desk

    @property
    def outlooks(self) -> Mapping[str, Outlook]:
        """What comes next, by opening."""
        return {o.opening: o for o in self.plan.outlooks}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn came to. `view` is None where there was nothing to think about."""

    records: int = 0
    unreadable: int = 0
    done: tuple[Done, ...] = ()
    problems: tuple[OutsideFault, ...] = ()
    refusals: tuple[str, ...] = ()
    view: View | None = None


def turn(world: World, now: dt.datetime) -> Outcome:
    """One walk down the street. Raises TryLater where another process holds the account; what goes wrong at one end of the
    world is told in `problems` and does not keep the rest from being done."""
    now = now.astimezone(world.account.zone)
    memory, name = world.memory, world.account.name
    with memory.turn(name, now):
        taken = absorb(world, now)
        listed = LISTED in memory.facts(name)
        if "mail" in taken.faults and not listed:  # half a mailbox: an answer may lie in the other half
            return Outcome(taken.records, taken.unreadable, problems=taken.problems)
        if not listed:
            memory.set_fact(name, LISTED, "yes")
        if memory.facts(name).get("thought") == _thought(world, now):
            return Outcome(taken.records, taken.unreadable, problems=taken.problems)
        seen = view(world, now)
        done, faults, refusals = act(world, seen, frozenset(FORM[source] for source in taken.faults))
        if done:  # hear of what we put ourselves at once: the rep may delete it before the next turn looks
            absorb(world, now)
        elif not taken.faults and not faults:
            memory.set_fact(name, "thought", _thought(world, now))
        return Outcome(taken.records, taken.unreadable, done, (*taken.problems, *faults), refusals, seen)


def preview(world: World, now: dt.datetime) -> View:
    """What a turn would do now, from what memory holds. Writes nothing."""
    return view(world, now.astimezone(world.account.zone))


# --- the world becomes records


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
        if page.ends:
            memory.set_fact(name, _unlisted(FORM[source]), "to do")
        memory.absorb(
            name, source, news.records, page.removals, page.unreadables, page.cursor, begins=page.begins, ends=page.ends
        )
        world.progress(f"read {source}", len(page.upserts) + len(page.unreadables))
        yield len(page.upserts), len(page.unreadables)
    if _unlisted(FORM[source]) in memory.facts(name):
        _settle_unlisted(world, FORM[source], now)


def _unlisted(form: Form) -> str:
    """The fact that touches of this form are to be looked for among the records."""
    return f"unlisted {form}"


def _settle_unlisted(world: World, form: Form, now: dt.datetime) -> None:
    """After a fresh listing, and after something was put: what should lie somewhere and was never listed is gone. A draft that
    is deleted before the mailbox first told of it leaves no other trace."""
    memory, name = world.memory, world.account.name
    standings = [s for s in memory.standings(name).values() if s.form is form]
    changed, early = unlisted(standings, memory.records(name), now)
    for standing in changed:
        memory.settle(name, standing)
    if not early:
        memory.set_fact(name, _unlisted(form), None)


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


# --- records become a view


def view(world: World, now: dt.datetime) -> View:
    """Fold, plan and diff what memory holds."""
    account, memory = world.account, world.memory
    records = memory.records(account.name)
    standings = memory.standings(account.name)
    worktime = WorkTime(account.country, account.zone, leave_of(records, account.zone))
    me = frozenset(a.casefold() for a in account.me)
    opportunities = fold(
        records,
        tuple(standings.values()),
        memory.instructions(account.name),
        me=me,
        policy=account.policy,
        worktime=worktime,
        now=now,
    )
    wish = plan(
        opportunities,
        account=account.name,
        policy=account.policy,
        worktime=worktime,
        now=now,
        put_today=standing_today(standings.values(), worktime, worktime.day(now)),
        busy=_busy(records, now),
    )
    wanted = [t for t in wish.touches if t.form is Form.DRAFT or world.calendar is not None]
    effects = diff(wanted, standings.values(), now, {o.opening: o.because for o in opportunities})
    desk = Desk(
        account.rep,
        account.zone,
        account.country,
        account.language,
        account.policy,
        world.templates,
        world.library,
        {o.opening: o for o in opportunities},
        tuple(standings.values()),
        now,
    )
    return View(now, opportunities, wish, effects, desk)


def _busy(records: Sequence[Record], now: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """When the rep has something in his calendar, other than our own reminders and all-day entries."""
    return [
        (r.start, r.end)
        for r in records
        if isinstance(r, EntryRecord) and not r.all_day and not r.cancelled and r.key is None and r.end > now
    ]


def _thought(world: World, now: dt.datetime) -> str:
    """What a plan depends on beside time of day: unchanged, there is nothing to think about."""
    policy = world.account.policy
    appears = now.time() >= policy.appear_at
    return f"{world.memory.version(world.account.name)} {now.date()} {appears} {fingerprint(repr((world.account, world.library)))}"


# --- effects become the world


def act(
    world: World, seen: View, unread: frozenset[Form] = frozenset()
) -> tuple[tuple[Done, ...], tuple[OutsideFault, ...], tuple[str, ...]]:
    """Carry out the effects, each by itself: written down, put, settled. What could not be done is told and comes again.
    `unread`: where the world could not be read it is not written to either."""
    done: list[Done] = []
    faults: list[OutsideFault] = []
    refusals: list[str] = []
    broken: set[Form] = set(unread)
    for form in {effect.touch.form for effect in seen.effects if isinstance(effect, Put)} - broken:
        world.memory.set_fact(world.account.name, _unlisted(form), "to do")
    kept: set[str] = set()  # whose old draft could not be taken away: no second one beside it
    for effect in seen.effects:
        form = effect.touch.form if isinstance(effect, Put) else effect.standing.form
        if form in broken or (isinstance(effect, Put) and form is Form.DRAFT and _people(effect) & kept):
            continue
        try:
            match effect:
                case Put():
                    content = _put(world, seen, effect)
                    if content is not None:
                        done.append(Done(effect, content))
                case Withdraw():
                    if _withdraw(world, effect, seen.now):
                        done.append(Done(effect, None))
                    elif form is Form.DRAFT:
                        kept |= set(effect.standing.people)
        except WritingRefusal as refusal:
            refusals.append(f"{effect.touch.step if isinstance(effect, Put) else ''}: {refusal}")
        except OutsideFault as fault:
            faults.append(fault)
            broken.add(form)
        world.progress("put", 1)
    return tuple(done), tuple(faults), tuple(refusals)


def _people(effect: Put) -> set[str]:
    return {a.email for a in effect.touch.people}


def _put(world: World, seen: View, effect: Put) -> Written | None:
    touch, known, memory, name = effect.touch, effect.known, world.memory, world.account.name
    people = tuple(a.email for a in touch.people if a.email)
    if memory.suppressed(people):  # asked last, before each write
        return None
    content = written(touch, seen.desk)
    base = known or Standing(
        touch.key, touch.form, State.INTENDED, touch.opening, touch.step, touch.round, people, seen.now, seen.now
    )
    intended = replace(
        base,
        people=people,
        changed=seen.now,
        fingerprint=touch.fingerprint,
        because=touch.because,
        covers=touch.covers,
        start=touch.start,
        wording=content.wording,
        item=content.item,
    )
    if known is None or known.state is not State.STANDING:
        intended = replace(intended, state=State.INTENDED, at=seen.now)
        memory.intend(
            name, replace(intended, fingerprint="")
        )  # found after a crash, it is put again and so fully known
    else:  # if we die now, what lies there may be of either writing: neither is a person's edit
        memory.settle(name, replace(known, etag="", start=None, fingerprint=""))
    before = known if known is not None and known.state is State.STANDING else None
    if isinstance(content.content, Draft):
        standing = world.mailbox.put(content.content, before)
    else:
        assert world.calendar is not None
        standing = world.calendar.put(content.content, before)
    if standing is None:
        memory.settle(name, replace(intended, state=State.DISCARDED, changed=seen.now))
        return None
    settled = replace(intended, state=standing.state, ref=standing.ref, etag=standing.etag, digest=standing.digest)
    memory.settle(name, settled)
    return content if standing.state is State.STANDING else None


def _withdraw(world: World, effect: Withdraw, now: dt.datetime) -> bool:
    s, memory, name = effect.standing, world.memory, world.account.name
    port: Mailbox | Calendar | None = world.mailbox if s.form is Form.DRAFT else world.calendar
    if port is None:
        return False
    intended = replace(s, state=State.INTENDED, changed=now, because=effect.because)
    memory.intend(name, intended)  # if we die behind the next line, its going is not taken for a person's refusal
    taken = port.withdraw(s) if s.ref else True
    if not taken and s.state is State.INTENDED:  # we did die there, or a person has changed it since
        taken = s.key not in listed_keys(memory.records(name))
    memory.settle(name, replace(intended, state=State.WITHDRAWN if taken else State.EDITED))
    return taken
