"""Notices written for the tests, one file a language under tests/reading/notices/."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.model import Address, Message, Reading
from bot.reading.body import body_of
from bot.reading.notices import read_notice
from bot.reading.settings import ReadSettings

HERE = Path(__file__).parent / "notices"
SETTINGS = ReadSettings.of(["rep@reader.example"], "Europe/Berlin", "DE")
ENGLISH = ReadSettings.of(["rep@reader.example"], "Europe/London", "GB")


@dataclass(frozen=True)
class Sample:
    """One notice: the mail, and what must be read in it."""

    name: str
    language: str
    row: dict[str, Any]

    def message(self) -> Message:
        row = self.row
        name, _, email = row.get("from", "Pat Lund <pat@customer.example>").rpartition("<")
        return Message(
            ref="r",
            etag="e",
            id="m@customer.example",
            at=dt.datetime.fromisoformat(row.get("at", "2026-03-10T09:00:00+01:00")),
            sender=Address(email.rstrip(">").casefold(), name.strip()),
            to=(Address("rep@reader.example"),),
            subject=row.get("subject", ""),
            plain=row["body"].strip(),
            signs={k.lower(): v for k, v in row.get("headers", {}).items()},
            report=row.get("report", ""),
            returned=row.get("returned", ""),
        )

    def read(self) -> Reading | None:
        message = self.message()
        settings = ENGLISH if self.language in ("en", "bounces", "people") else SETTINGS
        if "country" in self.row:
            settings = ReadSettings.of(["rep@reader.example"], "America/Chicago", self.row["country"])
        return read_notice(message, body_of(message), settings)


def samples(*names: str) -> list[Sample]:
    """The samples of some files, by the files' names without ending."""
    found = []
    for name in names:
        rows = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))["notice"]
        found += [Sample(row["id"], name, row) for row in rows]
    return found
