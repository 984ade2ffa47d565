"""What a received mail of a person says."""

from __future__ import annotations

from bot.model import Kind, Message, Reading
from bot.reading.body import Body
from bot.reading.settings import ReadSettings


def read_answer(message: Message, body: Body, settings: ReadSettings) -> Reading:
    """Read a mail somebody wrote to the rep."""
    return Reading(Kind.NOTHING, rule="stub")
