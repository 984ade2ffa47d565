"""read: what a mail or an entry says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import show
from bot.cli.options import Country, Json, Me, Zone, local_zone, zone_of
from bot.commands import saying
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
    for item in saying.readings(paths, me, where.key, country):
        if as_json:
            show.json_line(_row(item))
        else:
            row = _row(item)
            told = " ".join(f"{k}={show.plain(row[k])}" for k in SHOWN[1:-2] if row.get(k) not in (None, ""))
            show.say(f"{row['file']}: {row['kind']} {told}")
            if row.get("words"):
                show.say(f"    {row['words']!r} ({row['rule']})", "dim")


def _row(item: saying.Read) -> dict[str, object]:
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
