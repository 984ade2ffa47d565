"""connect: sign in to the services that hold a rep's mail and calendar. One command a vendor, each in a module of its
own below bot.commands."""

from __future__ import annotations

import typer

connect = typer.Typer(name="connect", help="Sign in to a mail and calendar service.", no_args_is_help=True)
