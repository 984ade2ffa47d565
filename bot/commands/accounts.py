"""The accounts of a config: turns, looks without a trace, stories, piles, and the service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot import app
from bot.cadence.opportunity import Happening, Opportunity
from bot.cadence.plan import Outlook
from bot.cadence.worktime import WorkTime
from bot.errors import OutsideFault
from bot.model import Effect, Form, Put, Withdraw
from bot.pipeline import Outcome, Progress, View, World, absorb, preview, turn
from bot.reports.pile import Pile, pile
from bot.world import refusals_of


def now_in_utc() -> dt.datetime:
    """The one place on the command line's way where the time is asked for."""
    return dt.datetime.now(dt.UTC)


def once(config: Path, account: str | None, progress: Progress) -> Iterator[tuple[str, Outcome]]:
    """One turn of each account, now."""
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            try:
                yield a.name, turn(opened.world(a, progress), now_in_utc())
            except OutsideFault as fault:
                yield a.name, Outcome(problems=(fault,))


def looks(config: Path, account: str | None) -> Iterator[tuple[str, View, Sequence[OutsideFault]]]:
    """What a turn of each account would do now. Nothing is written anywhere."""
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            with opened.looking(a) as world:
                seen, problems = _look(world)
                yield a.name, seen, problems


def _look(world: World) -> tuple[View, Sequence[OutsideFault]]:
    now = now_in_utc().astimezone(world.account.zone)
    taken = absorb(world, now)
    return preview(world, now), taken.problems


def planned_row(effect: Effect) -> dict[str, object]:
    """An effect to come, as JSON."""
    match effect:
        case Put(touch=t):
            return {
                "effect": t.form, "key": t.key, "thread": t.opening, "step": t.step, "to": [str(a) for a in t.people],
                "due": t.due, "start": t.start, "because": t.because,
            }  # fmt: skip
        case Withdraw(standing=s):
            name = "withdrawn" if s.form is Form.DRAFT else "reminder_withdrawn"
            return {"effect": name, "key": s.key, "thread": s.opening, "step": s.step, "because": effect.because}


Story = tuple[str, Opportunity, Outlook | None, tuple[Happening, ...]]


def explain(config: Path, account: str | None, who: str) -> Iterator[Story]:
    """The matters of a person, a company, a number or a thread, each with its outlook and its history."""
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            with opened.looking(a) as world:
                seen, _ = _look(world)
                refused = {r.opening: r for r in refusals_of(world.memory, a.name)}
                for o in seen.opportunities:
                    if _is_about(o, who):
                        lines = tuple(replace(h, at=h.at.astimezone(a.zone)) for h in o.history)
                        outlook = seen.outlooks.get(o.opening)
                        if outlook is not None and (r := refused.get(o.opening)) is not None:
                            outlook = replace(outlook, because=f"not written: {r}")
                        yield a.name, o, outlook, lines


def _is_about(o: Opportunity, who: str) -> bool:
    wanted = who.casefold().strip("<>")
    names = {o.opening.casefold(), (o.quote.number or "").casefold().lstrip("#")}
    for a in o.everyone:
        names |= {a.email, f"@{a.domain}", a.domain, a.name.casefold(), *a.name.casefold().split()}
    return wanted.lstrip("#") in names - {""}


def story_row(account: str, o: Opportunity, outlook: Outlook | None, lines: Sequence[Happening]) -> dict[str, object]:
    """A story as JSON."""
    return {
        "account": account,
        "thread": o.opening,
        "number": o.quote.number,
        "amount": o.quote.amount,
        "currency": o.quote.currency,
        "people": [str(a) for a in o.everyone],
        "stage": o.stage,
        "since": o.since,
        "because": o.because,
        "next": {"day": outlook.day, "step": outlook.step, "because": outlook.because} if outlook else None,
        "history": [{"at": h.at, "what": h.what, "record": h.record, "because": h.because} for h in lines],
    }


def piles_of_accounts(config: Path, account: str | None, now: dt.datetime) -> Iterator[tuple[str, str, Pile]]:
    """Each account's pile, with its name and country."""
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            with opened.looking(a) as world:
                local = now.astimezone(a.zone)
                absorb(world, local)
                seen = preview(world, local)
                worktime = WorkTime(a.country, a.zone)
                rate = opened.config.close_rate
                policy = opened.config.policy
                yield a.name, a.country, pile(
                    seen.opportunities, seen.outlooks, policy=policy, worktime=worktime, now=local, close_rate=rate
                )  # fmt: skip
