"""when, money: what a few words say."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import typer

from bot.cli import show
from bot.cli.options import Country, Json, Zone, local_zone, zone_of
from bot.commands import phrases
from bot.errors import UserMustAct


def when(
    text: Annotated[str, typer.Argument(help='Words such as "in 6 months" or "after Easter".')] = "",
    at: Annotated[str, typer.Option(help="Count from this moment (ISO 8601) instead of now.")] = "",
    zone: Zone = "",
    country: Country = "US",
    as_json: Json = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Answer JSON questions from standard input, one a line.")
    ] = False,
) -> None:
    """Say which day or span a few words mean, counted from now."""
    if jsonl:
        _answer_lines(_when_row)
        return
    if not text:
        raise typer.BadParameter("say the words, or use --jsonl", param_hint="TEXT")
    where = zone_of(zone or local_zone())
    begin = _moment(at, where) if at else dt.datetime.now(where)
    row = phrases.when_row(text, begin, country)
    if as_json:
        show.json_line(row)
    elif row["date"] is None:
        show.say("no day that is sure")
    else:
        until = f" to {row['date_to']}" if row["date_to"] not in (None, row["date"]) else ""
        show.say(f"{row['date']}{until}   ({row['words']!r})")


def money(
    text: Annotated[str, typer.Argument(help='Words such as "$65,650.00 plus VAT".')] = "",
    country: Country = "US",
    as_json: Json = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Answer JSON questions from standard input, one a line.")
    ] = False,
) -> None:
    """Say which amounts of money a text names."""
    if jsonl:
        _answer_lines(lambda q: {"amounts": phrases.money_rows(str(q["text"]), str(q.get("country", "US")))})
        return
    if not text:
        raise typer.BadParameter("say the words, or use --jsonl", param_hint="TEXT")
    rows = phrases.money_rows(text, country)
    if as_json:
        show.json_line({"amounts": rows})
    else:
        show.table(
            "",
            ("amount", "currency", "words"),
            [(r["amount"], r["currency"] or "", r["words"]) for r in rows],
            ("amount",),
        )


def _when_row(question: Mapping[str, Any]) -> Mapping[str, object]:
    where = zone_of(str(question.get("zone", "UTC")))
    return phrases.when_row(
        str(question["text"]), _moment(str(question["at"]), where), str(question.get("country", "US"))
    )


def _moment(text: str, where: dt.tzinfo) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text!r} is no moment; write it like 2026-03-31T09:00", param_hint="--at") from wrong
    return at.astimezone(where) if at.tzinfo else at.replace(tzinfo=where)


def _answer_lines(answer: Callable[[Mapping[str, Any]], Mapping[str, object]]) -> None:
    for number, question in _questions():
        try:
            show.json_line(answer(question))
        except (KeyError, TypeError) as missing:
            raise UserMustAct(
                f"standard input, line {number}: no {missing}", "Give the keys that --help names."
            ) from missing


def _questions() -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as wrong:
                raise UserMustAct(
                    f"standard input, line {number}: not JSON ({wrong})", "One JSON object a line."
                ) from wrong
