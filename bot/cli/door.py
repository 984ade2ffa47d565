"""The commands by name, and what happens when one of them cannot go on.

A command's module is loaded when its command is typed: `followup when "in 3 weeks"` needs the readers and nothing of the
database, the calendar or the scheduler, which together take longer to load than all else it does.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from bot.cli import show
from bot.errors import OutsideFault, UserMustAct

# Command -> its module in this package, in which the function or the group of commands has the command's own name (with an
# underscore behind it where Python keeps that name for itself).
COMMANDS = {
    command: module
    for module, commands in {
        "ops": "run status backup restore forget service",
        "service": "once plan explain doctor init",
        "people": "stop snooze decides ladder resume note won lost redirect",
        "piles": "pile add import",
        "plays": "replay",
        "reading": "read",
        "phrases": "when money",
        "demo": "demo",
        "words": "lint preview words",
        "connect": "connect",
    }.items()
    for command in commands.split()
}
WRONG_USAGE, INTERRUPTED, TRY_LATER = 2, 130, 75  # 75: EX_TEMPFAIL of sysexits.h


class Door(TyperGroup):
    """All commands, each loaded when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.commands and cmd_name in COMMANDS:
            self.commands[cmd_name] = _loaded(cmd_name)
        return self.commands.get(cmd_name)


def _loaded(name: str) -> Any:
    """A command, or a group of them, from its module."""
    module = importlib.import_module(f"bot.cli.{COMMANDS[name]}")
    found: typer.Typer | Callable[..., None] = getattr(module, name, None) or getattr(module, f"{name}_")
    around = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return typer.main.get_group(around).commands[name]


door = Door(
    name="followup",
    help="Finds the quotes nobody answered and puts polite follow-ups into your own Drafts folder. It never sends.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def main() -> None:
    """Run a command. Exit status 2 where a person must act, 75 where it may be tried later."""
    try:
        door()
    except UserMustAct as problem:
        show.fault(problem)
        sys.exit(WRONG_USAGE)
    except OutsideFault as problem:
        show.fault(problem)
        sys.exit(TRY_LATER)
    except KeyboardInterrupt:
        show.err.print("stopped; everything is consistent, run it again at any time")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone: nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
