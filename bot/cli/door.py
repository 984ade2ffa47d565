"""The commands by name, and what happens when one of them cannot go on."""

from __future__ import annotations

import os
import sys

import typer

from bot.cli import connect, demo, ops, people, piles, plays, reading, service, show, words
from bot.errors import OutsideFault, UserMustAct

door = typer.Typer(
    name="followup",
    help="Finds the quotes nobody answered and puts polite follow-ups into your own Drafts folder. It never sends.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (ops.run, ops.status, ops.backup, ops.restore, ops.forget,
                service.once, service.plan, service.explain, service.doctor, service.init,
                people.stop, people.snooze, people.resume, people.note, people.won, people.lost, people.redirect,
                piles.pile, piles.add, plays.replay, reading.read, reading.when, reading.money,
                demo.demo, words.lint, words.preview):  # fmt: skip
    door.command()(command)
door.command("import")(piles.import_)
door.add_typer(ops.service, name="service")
door.add_typer(connect.connect, name="connect")

WRONG_USAGE, INTERRUPTED, TRY_LATER = 2, 130, 75  # 75: EX_TEMPFAIL of sysexits.h


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
