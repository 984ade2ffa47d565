"""The signature that a writer's mail program sets below his mails: his name and what stands under it.

Footers of telephones and the disclaimers that a company's server adds are none of it: they come by themselves to whatever
is sent. The closing phrase is not either: it is the letter's.
"""

from __future__ import annotations

from bot.model import Message
from bot.reading.body import body_of
from bot.reading.frame import Writer, frame
from bot.reading.signature_lines import is_contact, is_name, is_title

MOST_LINES = 10
MOST_TEXT = 500  # characters


def signature_of(message: Message) -> str:
    """The signature's lines, beginning with the writer's name; "" where there is none of at least two lines."""
    writer, words = Writer.of(message.sender.name, message.sender.email), frame()
    cut = body_of(message).signature
    spans = words.trims.spans(cut)
    added = {
        n for sort in ("footers", "disclaimers") for first, last in spans.get(sort, ()) for n in range(first, last + 1)
    }
    lines = [line.strip() for line in cut.splitlines()]
    names = [n for n, line in enumerate(lines) if n not in added and is_name(line, writer, words) > 1]
    if not names:
        return ""
    begin = names[-1]  # "Alex", typed by hand, may stand over it
    kept = [lines[begin]]
    for n, line in enumerate(lines[begin + 1 :], begin + 1):
        if n in added or (line and not is_contact(line, writer, words) and not is_title(line, words)):
            break
        kept.append(line)
    text = "\n".join(kept).strip()
    return text if "\n" in text and len(kept) <= MOST_LINES and len(text) <= MOST_TEXT else ""
