"""The new text of a mail: its plain words without quoted or forwarded history and without the signature.

Every rule decides on this text, so an error here is an error everywhere: history left in makes the customer say what we
wrote, a line cut too much makes him say nothing. history.py finds what is quoted, signature.py what closes the mail,
html.py reads HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.model import Message
from bot.reading.frame import Writer, frame
from bot.reading.history import mark_history, mark_quoted_lines
from bot.reading.html import lines_of_html
from bot.reading.html_marks import Mark
from bot.reading.signature import cut_signature

MOST_TEXT = 64 * 1024
_MOST_LINES = 5000
_LONGEST_PLACEHOLDER = 400
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head|body|div|p|table)\b", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\u00ad\ufeff]")


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a mail, cut. `text` is all of it as plain words; `own` what the writer wrote this time, line breaks
    kept; `signature` his signature and `quoted` the history he answered, both as they stand in `text` ("" where there
    is none)."""

    text: str
    own: str
    signature: str = ""
    quoted: str = ""


def body_of(message: Message) -> Body:
    """Cut a mail's text. HTML is read where there is no plain text, or none that says anything."""
    lines, marks = _lines(message)
    mark_history(lines, marks)
    text = "\n".join(lines)
    _mark_signatures(lines, marks, Writer.of(message.sender.name, message.sender.email))
    own = _joined(lines, marks, Mark.NONE)
    return Body(text, own, _joined(lines, marks, Mark.SIGNATURE), _joined(lines, marks, Mark.QUOTED))


def _lines(message: Message) -> tuple[list[str], list[Mark]]:
    plain = message.plain
    if plain and not _MARKUP.match(plain) and not (message.html and _is_placeholder(plain)):
        rows = _visible(plain[:MOST_TEXT]).split("\n")[:_MOST_LINES]
        lines = [row if row == "-- " else row.rstrip() for row in rows]
        marks = [Mark.NONE] * len(lines)
        mark_quoted_lines(lines, marks)
        return lines, marks
    lines, marks = lines_of_html(message.html or plain)
    lines = [_visible(line) for line in lines[:_MOST_LINES]]
    return lines, marks[:_MOST_LINES]


def _visible(text: str) -> str:
    """Text without invisible characters, no-break spaces as spaces."""
    if text.isascii():
        return text
    return _INVISIBLE.sub("", text.replace("\xa0", " ").replace("\u202f", " "))


def _is_placeholder(plain: str) -> bool:
    """Whether the plain part only says that the mail is HTML, or says nothing."""
    text = plain.strip()
    if not text:
        return True
    return len(text) < _LONGEST_PLACEHOLDER and bool(frame().placeholder.search(text))


def _mark_signatures(lines: list[str], marks: list[Mark], writer: Writer) -> None:
    """Look for a signature where one can be: above the history, and at the very end."""
    own = [i for i, mark in enumerate(marks) if mark is Mark.NONE]
    blocks = _blocks(own, marks)
    told = [block for block in blocks if any(lines[i].strip() for i in block)]
    for block in {id(b): b for b in (told[:1] + told[-1:])}.values():
        gone = cut_signature([lines[i] for i in block], writer, alone=len(told) == 1)
        for place in gone:
            marks[block[place]] = Mark.SIGNATURE


def _blocks(own: list[int], marks: list[Mark]) -> list[list[int]]:
    """Stretches of own lines between quoted ones; a signature that the markup names does not part them."""
    blocks: list[list[int]] = []
    for i in own:
        if blocks and Mark.QUOTED not in marks[blocks[-1][-1] + 1 : i]:
            blocks[-1].append(i)
        else:
            blocks.append([i])
    return blocks


def _joined(lines: list[str], marks: list[Mark], wanted: Mark) -> str:
    """The lines of one mark; where others stood between them, an empty line."""
    out: list[str] = []
    last = -1
    for i, mark in enumerate(marks):
        if mark is not wanted:
            continue
        if out and last < i - 1 and out[-1]:
            out.append("")
        if lines[i] or last == i - 1:
            out.append(lines[i])
        last = i
    return "\n".join(out).strip("\n").rstrip()
