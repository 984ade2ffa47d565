"""What a calendar entry says."""

from __future__ import annotations

from bot.model import Entry, Kind, Reading
from bot.reading.settings import ReadSettings


def read_note(entry: Entry, settings: ReadSettings) -> Reading:
    """Read a calendar entry."""
    return Reading(Kind.NOTHING, rule="stub")
