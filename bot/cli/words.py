"""lint, preview, words: what the bot writes, before it writes it to anybody, and what the rep makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import DEFAULT_CONFIG, ConfigFile, Json
from bot.commands import words as texts
from bot.reports.wordings import Fate


def lint(
    templates: Annotated[
        Path | None, typer.Argument(help="Your own templates folder; none: those that come with the program.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold every template and wording against the rules of tone: no pressure, no check-ins, 50-125 words, one question."""
    faults = texts.lint(templates)
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
    shown = texts.preview_of(config, account, step, who) if who else texts.preview_sample(step, language)
    for title, text in shown:
        show.say(title, "bold")
        show.say()
        show.say(text)
        show.say("-" * 60, "dim")


def words_(
    config: ConfigFile = DEFAULT_CONFIG,
    account: Annotated[str | None, typer.Option(help="One account of the config.")] = None,
    as_json: Json = False,
) -> None:
    """Show what you made of the drafts: which wordings you send as they are, edit, rewrite or throw away."""
    columns = ["wording", *Fate, "begins"]
    for name, rows in texts.fates_of(config, account):
        if as_json:
            for row in rows:
                show.json_line({"account": name, **row})
            continue
        show.table(
            name,
            columns,
            [[row["where"], *(row[fate] for fate in Fate), row["begins"]] for row in rows],
            right=list(Fate),
        )
        if not rows:
            show.say("no draft has been sent or thrown away yet")
