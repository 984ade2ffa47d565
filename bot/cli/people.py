"""stop, snooze, decides, ladder, resume, note and the like: what the rep tells the bot about a person, a company or a thread."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile
from bot.commands import care

Who = Annotated[
    str, typer.Argument(help="An address, a domain (@acme.example), a quote's number or a thread's Message-ID.")
]
AccountName = Annotated[str | None, typer.Option("--account", help="One account of the config; else all of them.")]


def stop(who: Who, config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None) -> None:
    """Never follow up with this person, company or thread again. Takes their drafts and reminders away at the next turn."""
    _tell(care.instruct(config, account, "stop", who), "stopped")


def snooze(
    who: Who,
    until: Annotated[str, typer.Argument(help='Until when: YYYY-MM-DD, or words such as "in 3 weeks".')],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
) -> None:
    """Hold everything for them through a day."""
    _tell(care.instruct(config, account, "snooze", who, until=until), "snoozed")


def decides(
    who: Who,
    on: Annotated[str, typer.Argument(help='The day they decide: YYYY-MM-DD, or words such as "Friday".')],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
) -> None:
    """Say when they decide: nothing comes through that day, the next step the working day after."""
    _tell(care.instruct(config, account, "decides", who, until=on), "they decide:")


def ladder(
    who: Who,
    name: Annotated[
        str, typer.Argument(help="small, standard, large or persistent; usual for the policy's own again.")
    ],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
) -> None:
    """Choose another ladder for one quote, or for all of a person's or a company's."""
    _tell(care.choose_ladder(config, account, who, name), f"the {name} ladder for")


def resume(who: Who, config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None) -> None:
    """Take back a stop or a snooze of your own. An opt-out of the customer's stays."""
    _tell(care.instruct(config, account, "resume", who), "resumed")


def note(
    who: Who,
    text: Annotated[str, typer.Argument(help="Why we can help them, in your words.")],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
) -> None:
    """Leave a note: it goes into call scripts, and lets one reasoned answer follow an early "not interested"."""
    _tell(care.instruct(config, account, "note", who, text=text), "noted")


def won(who: Who, config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None) -> None:
    """Say that an order came some other way, by phone or in person."""
    _tell(care.instruct(config, account, "won", who), "won")


def lost(who: Who, config: ConfigFile = DEFAULT_CONFIG, account: AccountName = None) -> None:
    """Say that a no came some other way."""
    _tell(care.instruct(config, account, "lost", who), "lost")


def redirect(
    who: Who,
    to: Annotated[str, typer.Argument(help="The address of the one to ask instead.")],
    config: ConfigFile = DEFAULT_CONFIG,
    account: AccountName = None,
) -> None:
    """Follow up with another person from now on: the successor, or whom the customer pointed to."""
    _tell(care.instruct(config, account, "redirect", who, text=to), f"goes to {to} from now on:")


def _tell(told: tuple[tuple[str, str, dt.date | None], ...], done: str) -> None:
    for account, subject, until in told:
        show.say(f"{account}: {done} {subject}{f' until {until}' if until else ''}")
