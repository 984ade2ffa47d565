"""The new text of a mail: its plain words without quoted or forwarded history and without the signature."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Message

MOST_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail, cut. `text` is all of it as plain words; `own` what the writer wrote this time, line breaks kept;
    `signature` his signature and `quoted` the history he answered, both as they stand in `text` ("" where there is none)."""

    text: str
    own: str
    signature: str = ""
    quoted: str = ""


def body_of(message: Message) -> Body:
    """Cut a mail's text."""
    text = (message.plain or message.html)[:MOST_TEXT]
    return Body(text, text)
