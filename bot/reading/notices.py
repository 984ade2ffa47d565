"""What a machine's mail says: away, bounced, automatic; None where a person wrote it."""

from __future__ import annotations

from bot.model import Message, Reading
from bot.reading.body import Body
from bot.reading.settings import ReadSettings


def read_notice(message: Message, body: Body, settings: ReadSettings) -> Reading | None:
    """Read a mail that a machine wrote, or a newsletter; None: a person's."""
    return None
