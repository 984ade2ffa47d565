"""connect: sign in to the services that hold a rep's mail and calendar. One command a vendor, each in a module of its
own below bot.commands, loaded when it is asked for: the vendors' libraries take their time."""

from __future__ import annotations

import importlib
import webbrowser
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile

connect = typer.Typer(name="connect", help="Sign in to a mail and calendar service.", no_args_is_help=True)

Account = Annotated[str | None, typer.Option("--account", help="One account of the config; else all of them.")]


@connect.command()
def google(
    config: ConfigFile = DEFAULT_CONFIG,
    account: Account = None,
    paste: Annotated[
        bool, typer.Option("--paste", help="For a machine without a browser: paste the address it ends at elsewhere.")
    ] = False,
) -> None:
    """Sign in with Google, for accounts of kind gmail and google, and make the calendar for reminders."""
    vendor = importlib.import_module("bot.commands.connect_google")

    def opened(url: str) -> None:
        show.say("Open this page and sign in:")
        show.say(url)
        if not paste:
            webbrowser.open(url)

    def pasted() -> str:
        show.say("In the end the browser shows a page that cannot be reached. Copy its whole address.")
        return str(typer.prompt("Address"))

    for line in vendor.connect(config, account, vendor.Person(opened, pasted if paste else None)):
        show.say(line)


@connect.command()
def microsoft(
    config: ConfigFile = DEFAULT_CONFIG,
    account: Account = None,
    code: Annotated[
        bool, typer.Option("--code", help="For a machine without a browser: type a code into a browser elsewhere.")
    ] = False,
) -> None:
    """Sign in to Microsoft 365, for accounts of kind graph."""
    vendor = importlib.import_module("bot.commands.connect_microsoft")
    for line in vendor.connect(config, account, vendor.Person(code, show.say)):
        show.say(line)
