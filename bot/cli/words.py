"""lint, preview: the words the bot writes, before it writes them to anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile, Json
from bot.commands import words


def lint(
    templates: Annotated[
        Path | None, typer.Argument(help="Your own templates folder; none: those that come with the program.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold every template and wording against the rules of tone: no pressure, no check-ins, 50-125 words, one question."""
    faults = words.lint(templates)
    for fault in faults:
        if as_json:
            show.json_line(fault)
        else:
            show.say(f"{fault['where']}: {fault['rule']}: {fault['words']!r}\n    {fault['advice']}")
    if faults:
        raise typer.Exit(2)
    if not as_json:
        show.say("every wording passes")


def preview(
    step: Annotated[str, typer.Argument(help="A step: first, call, value, decision, close, callback, no_show, ...")],
    who: Annotated[str | None, typer.Argument(help="A real customer, number or thread; none: a made-up one.")] = None,
    language: Annotated[str, typer.Option(help="The language of the made-up customer.")] = "en",
    config: ConfigFile = DEFAULT_CONFIG,
    account: Annotated[str | None, typer.Option(help="One account of the config.")] = None,
) -> None:
    """Show what a step would say, to a made-up or a real customer. Nothing is put anywhere."""
    shown = words.preview_of(config, account, step, who) if who else words.preview_sample(step, language)
    for title, text in shown:
        show.say(title, "bold")
        show.say()
        show.say(text)
        show.say("-" * 60, "dim")
