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
from collections.abc import Sequence
from dataclasses import replace

from bot import labels, profiling
from bot.absorbing import absorb
from bot.acting import act
from bot.cadence.diff import diff
from bot.cadence.fold import fold, leave_of
from bot.cadence.plan import plan, standing_today
from bot.cadence.settle import fingerprint
from bot.cadence.worktime import WorkTime
from bot.drafting import Desk
from bot.model import (
    EntryRecord,
    Form,
    MailRecord,
    Record,
)
from bot.signing import signed
from bot.world import FORM, LISTED, Account, Done, Outcome, Progress, Taken, View, World, no_progress

__all__ = [
    "Account",
    "Done",
    "Outcome",
    "Progress",
    "Taken",
    "View",
    "World",
    "absorb",
    "act",
    "no_progress",
    "preview",
    "turn",
    "view",
]


def turn(world: World, now: dt.datetime) -> Outcome:
    """One walk down the street. Raises TryLater where another process holds the account; what goes wrong at one end of the
    world is told in `problems` and does not keep the rest from being done."""
    now = now.astimezone(world.account.zone)
    memory, name = world.memory, world.account.name
    with memory.turn(name, now):
        listed = LISTED in memory.facts(name)
        unknown = profiling.asked(world, now)
        if unknown is not None and not listed:  # a mail is read once: whose it is must be known before
            return Outcome(problems=(unknown,))
        world = replace(world, account=profiling.known(world.account, memory))
        taken = absorb(world, now)
        if "mail" in taken.faults and not listed:  # half a mailbox: an answer may lie in the other half
            return Outcome(taken.records, taken.unreadable, problems=taken.problems)
        if not listed:
            memory.set_fact(name, LISTED, "yes")
        if memory.facts(name).get("thought") == _thought(world, now):
            return Outcome(taken.records, taken.unreadable, problems=taken.problems)
        seen = view(world, now)
        done, faults, refusals = act(world, seen, frozenset(FORM[source] for source in taken.faults))
        if "mail" not in taken.faults and (unshown := labels.show(world, seen.opportunities)) is not None:
            faults = (*faults, unshown)
        if done:  # hear of what we put ourselves at once: the rep may delete it before the next turn looks
            absorb(world, now)
        elif not taken.faults and not faults:
            memory.set_fact(name, "thought", _thought(world, now))
        return Outcome(taken.records, taken.unreadable, done, (*taken.problems, *faults), refusals, seen)


def preview(world: World, now: dt.datetime) -> View:
    """What a turn would do now, from what memory holds. Writes nothing."""
    account = profiling.known(world.account, world.memory)
    return view(replace(world, account=account), now.astimezone(account.zone))


# --- records become a view


def view(world: World, now: dt.datetime) -> View:
    """Fold, plan and diff what memory holds."""
    account, memory = world.account, world.memory
    records = memory.records(account.name)
    standings = memory.standings(account.name)
    worktime = WorkTime(account.country, account.zone, leave_of(records, account.zone), account.weekdays)
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
        signed(account.rep, account.profile.signature_html, memory.facts(account.name)),
        account.zone,
        account.country,
        account.language,
        account.policy,
        world.templates,
        world.library,
        {o.opening: o for o in opportunities},
        tuple(standings.values()),
        now,
        worktime,
        {r.sender.email: r.reading.phone for r in records if isinstance(r, MailRecord) and r.reading.phone},
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
