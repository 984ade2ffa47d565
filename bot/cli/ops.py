"""run, status, backup, restore, forget, service install: for those who run an installation."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile, Json
from bot.cli.service import tell_outcome
from bot.commands import installing, ops
from bot.commands.installing import PLACE

_WORDS = {"": "well", "later": "waits", "person": "NEEDS YOU", "bug": "met a bug: see the log"}
_STYLES = {"person": "bold red", "bug": "red"}

service = typer.Typer(help="The service under systemd.", no_args_is_help=True)


def run(
    config: ConfigFile = DEFAULT_CONFIG,
    quiet: Annotated[bool, typer.Option("--log", help="Log JSON lines even at a terminal.")] = False,
) -> None:
    """Run as a service: every account's turn every few minutes and each morning, until it is stopped."""
    at_terminal = sys.stdout.isatty() and not quiet
    ops.serve(config, (lambda name, outcome: tell_outcome(name, outcome, False)) if at_terminal else None)


def status(config: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """How each account is: its last good turn, what lies in its drafts, and what a person must do."""
    found = ops.status(config)
    if as_json:
        for a in found.accounts:
            show.json_line({**asdict(a), "lag": None if a.lag is None else int(a.lag.total_seconds())})
    else:
        _say(found)
    if any(a.trouble == "person" for a in found.accounts):
        raise typer.Exit(2)


def _say(found: ops.Status) -> None:
    lease = found.lease
    if found.serving and lease is not None:
        show.say(f"the service runs: process {lease.process}, since {lease.since:%Y-%m-%d %H:%M} UTC")
    else:
        show.say("the service does not run; `followup run` starts it", "yellow")
    for a in found.accounts:
        show.say(
            f"{a.name}: {_WORDS.get(a.trouble, a.trouble)}; last good turn {_ago(a.lag)}", _STYLES.get(a.trouble, "")
        )
        unsettled = f", {a.unsettled} writes without an answer" if a.unsettled else ""
        show.say(
            f"    {a.drafts} drafts lying ({a.edited} edited), {a.reminders} reminders, {a.quarantined} unreadable"
            f"{unsettled}; {a.hashed} in logs",
            "dim",
        )
        for refusal in a.refused:
            show.say(f"    not written: {refusal}", "yellow")
        if a.text:
            show.say(f"{a.name}: {a.text}", "bold red" if a.trouble == "person" else "")
            if a.advice:
                show.say(f"    {a.advice}")


def _ago(lag: dt.timedelta | None) -> str:
    if lag is None:
        return "never"
    minutes = int(lag.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return (
        f"{minutes} min ago"
        if minutes < 120
        else f"{minutes // 60} h ago"
        if minutes < 2880
        else f"{minutes // 1440} d ago"
    )


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; an older one is replaced once the copy is whole.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write a copy of the bot's memory, also while the service runs."""
    accounts = ops.backup(config, target)
    show.say(f"{target}: {len(accounts)} account(s); it holds customers' addresses, so keep it as safe as the mailbox")


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `followup backup` has written.")],
    config: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Put a backup in memory's place. Who has opted out since, and what was put, sent or refused, is carried over."""
    kept = ops.restore(config, source)
    show.say(f"restored from {source}" + (f"; what it replaced is kept as {kept}" if kept else ""))


def forget(
    person: Annotated[str, typer.Argument(help="The person's address.")], config: ConfigFile = DEFAULT_CONFIG
) -> None:
    """Erase a person from memory, and never write to them again: only a digest that prevents it stays."""
    for account, touched in ops.forget(config, person):
        show.say(f"{account}: {touched} records without them now; their drafts go at the next turn")
    show.say("copies made with `followup backup` still hold them: make new ones and delete the old", "yellow")


@service.command("install")
def install(
    config: ConfigFile = DEFAULT_CONFIG,
    to: Annotated[Path, typer.Option("--to", help="The unit file to write.")] = PLACE,
) -> None:
    """Write the systemd unit for this config, and say what to type next."""
    written = installing.install(config, to)
    show.say(f"{written} is written. Next: systemctl daemon-reload && systemctl enable --now {written.stem}")
