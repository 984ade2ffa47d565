"""What a sent mail says: a quote, a promise, or nothing."""

from __future__ import annotations

from bot.model import Kind, Message, Reading
from bot.reading.body import Body
from bot.reading.settings import ReadSettings


def read_sent(message: Message, body: Body, settings: ReadSettings) -> Reading:
    """Read a mail the rep wrote."""
    return Reading(Kind.NOTHING, rule="stub")
