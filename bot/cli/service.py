"""once, plan, explain, doctor, init: the bot at work, and how it is with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile, Json
from bot.cli.plays import effect_row
from bot.commands import accounts, care
from bot.errors import UserMustAct
from bot.model import Draft, Effect, Form, Put, Withdraw
from bot.pipeline import Outcome

AccountName = Annotated[str | None, typer.Option("--account", help="One account of the config; else all of them.")]


def once(config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None, as_json: Json = False) -> None:
    """Take one turn now: read what is new, put and withdraw what should change."""
    failed = False
    with show.bar() as progress:
        tasks: dict[str, int] = {}

        def more(what: str, count: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=None)
            progress.advance(tasks[what], count)  # type: ignore[arg-type]

        outcomes = list(accounts.once(config, account, more))
    for name, outcome in outcomes:
        tell_outcome(name, outcome, as_json)
        failed = failed or bool(outcome.problems)
    if failed:
        raise typer.Exit(75)


def tell_outcome(name: str, outcome: Outcome, as_json: bool) -> None:
    """A turn of an account, as it is shown: effects, problems, and a line that sums up."""
    for done in outcome.done:
        if as_json:
            show.json_line({"account": name, **effect_row(done)})
        else:
            show.say(f"{name}: {_line(done.effect)}")
            if done.written and isinstance(done.written.content, Draft):
                show.say(f"    {done.written.content.subject}", "dim")
    for problem in outcome.problems:
        show.fault(problem)
    for refusal in outcome.refusals:
        show.say(f"{name}: not written: {refusal}", "yellow")
    if not as_json:
        unread = f", {outcome.unreadable} unreadable" if outcome.unreadable else ""
        show.say(f"{name}: {outcome.records} new records{unread}, {len(outcome.done)} effects", "dim")


def _line(effect: Effect) -> str:
    match effect:
        case Put(touch=touch):
            who = ", ".join(a.name or a.email for a in touch.people)
            what = "draft" if touch.form is Form.DRAFT else f"reminder on {touch.start:%Y-%m-%d %H:%M}"
            return f"put {what} {touch.step} for {who}: {touch.because}"
        case Withdraw(standing=s):
            return f"withdraw {s.form} {s.step} for {', '.join(s.people)}: {effect.because}"


def plan(config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None, as_json: Json = False) -> None:
    """A dry run: what a turn would put or withdraw now, and why. Writes nothing, not even into the bot's own memory."""
    for name, seen, problems in accounts.looks(config, account):
        for effect in seen.effects:
            if as_json:
                show.json_line({"account": name, **accounts.planned_row(effect)})
            else:
                show.say(f"{name}: {_line(effect)}")
        if not seen.effects and not as_json:
            show.say(f"{name}: nothing to do")
        for problem in problems:
            show.fault(problem)


def explain(
    who: Annotated[str, typer.Argument(help="An address, a name, a quote's number or a thread's Message-ID.")],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
    as_json: Json = False,
) -> None:
    """Tell a matter's whole story: what was read, by which words and rule, where it stands and what comes next."""
    found = False
    for name, o, outlook, lines in accounts.explain(config, account, who):
        found = True
        if as_json:
            show.json_line(accounts.story_row(name, o, outlook, lines))
            continue
        people = ", ".join(str(a) for a in o.everyone)
        show.say(f"{o.quote.number or o.quote.subject or o.opening}  {people}", "bold")
        show.say(f"  stage   {o.stage} since {show.day(o.since.date(), 'US')}: {o.because}")
        if outlook is not None:
            show.say(f"  next    {outlook.step or '-'} {outlook.day or ''} {outlook.because}")
        show.table(
            "",
            ("when", "what", "the words or the rule behind it"),
            [(f"{x.at:%Y-%m-%d %H:%M}", x.what, x.because) for x in lines],
        )
        show.say()
    if not found:
        raise UserMustAct(
            f"nothing is known of {who!r}",
            "name an address, a person, a quote's number or a thread; `followup pile` lists them",
        )


def doctor(config: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Check the config, mailbox, calendar, memory, clock, zone and templates, and say what to mend."""
    bad = False
    for check in care.doctor(config):
        bad = bad or not check.good
        if as_json:
            show.json_line({"check": check.name, "good": check.good, "found": check.found, "advice": check.advice})
        else:
            show.say(
                f"{'ok  ' if check.good else 'BAD '} {check.name}: {check.found}", "" if check.good else "bold red"
            )
            if check.advice:
                show.say(f"     {check.advice}")
    if bad:
        raise typer.Exit(2)


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_CONFIG,
) -> None:
    """Write a commented config to begin with. An existing file is never overwritten."""
    care.init(path)
    show.say(
        f"{path} is written: fill in your addresses and where your mail lies, then run `followup doctor -c {path}`"
    )
