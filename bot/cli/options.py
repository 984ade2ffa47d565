"""The options that several commands share, said once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Annotated

import typer

Me = Annotated[
    list[str], typer.Option("--me", metavar="ADDRESS", help="The rep's own address; repeat it for further ones.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
Zone = Annotated[str, typer.Option("--zone", help="The rep's time zone, such as America/Chicago.")]
Country = Annotated[
    str, typer.Option("--country", help="The rep's country, two letters: holidays, dates and money follow it.")
]
ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.", envvar="FOLLOWUP_CONFIG")]
DEFAULT_CONFIG = Path("followup.yaml")


def local_zone() -> str:
    """This machine's time zone by its IANA name; UTC where it has none."""
    link = Path("/etc/localtime")
    try:
        name = str(link.resolve()).partition("zoneinfo/")[2]
        zoneinfo.ZoneInfo(name)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return "UTC"
    return name or "UTC"


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """The zone, or wrong usage."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise typer.BadParameter(f"{name!r} is no time zone; try one such as Europe/London") from unknown


def date_of(text: str) -> dt.date:
    """A day written YYYY-MM-DD, or wrong usage."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text!r} is no day; write it like 2026-03-31") from wrong
