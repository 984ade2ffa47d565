"""read, when, money: what a mail, an entry or a few words say."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import commands
from bot.cli import show
from bot.cli.options import Country, Json, Me, Zone, local_zone, zone_of
from bot.errors import UserMustAct
from bot.model import Reading, Unreadable

SHOWN = (
    "kind", "date", "date_to", "until", "number", "amount", "currency", "valid_until", "contact", "address", "permanent",
    "words", "rule",
)  # fmt: skip


def read(
    paths: Annotated[list[Path], typer.Argument(help="An .eml or .ics file, a folder of them, a Maildir or an mbox.")],
    me: Me,
    zone: Zone = "",
    country: Country = "US",
    as_json: Json = False,
) -> None:
    """Say what each mail or entry is: a quote, an answer, an absence, a callback ..., with the words that decided it.

    Writes nothing. Relative dates count from the mail's own Date.
    """
    where = zone_of(zone or local_zone())
    for item in commands.readings(paths, me, where.key, country):
        if as_json:
            show.json_line(_row(item))
        else:
            row = _row(item)
            told = " ".join(f"{k}={show.plain(row[k])}" for k in SHOWN[1:-2] if row.get(k) not in (None, ""))
            show.say(f"{row['file']}: {row['kind']} {told}")
            if row.get("words"):
                show.say(f"    {row['words']!r} ({row['rule']})", "dim")


def _row(item: commands.Read) -> dict[str, object]:
    if isinstance(item.reading, Unreadable):
        return {
            "file": item.label,
            "message_id": None,
            "kind": "unreadable",
            "words": item.reading.reason,
            "rule": "unreadable",
        }
    reading: Reading = item.reading
    return {
        "file": item.label,
        "message_id": item.id,
        **{key: getattr(reading, key) for key in SHOWN},
        "marks": reading.marks,
        "own_text": item.own_text,
    }


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
    row = commands.when_row(text, begin, country)
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
        _answer_lines(lambda q: {"amounts": commands.money_rows(str(q["text"]), str(q.get("country", "US")))})
        return
    if not text:
        raise typer.BadParameter("say the words, or use --jsonl", param_hint="TEXT")
    rows = commands.money_rows(text, country)
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
    return commands.when_row(
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
