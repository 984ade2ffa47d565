"""Which files of a mail go along with a draft: the documents of a mail that the rep himself sent, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import NotWritable
from bot.model import Attachment, Draft, Message
from bot.providers.mime_walk import MOST_BYTES as MOST_LOOKED_AT

MOST_BYTES = 3_000_000  # of all files of one draft together: what every mailbox takes in one piece
MOST_FILES = 5
DOCUMENTS = (".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods")


def is_document(name: str) -> bool:
    """Whether a file is a paper by its name: no picture of a signature, no invitation, nothing that runs."""
    return name.casefold().endswith(DOCUMENTS)


def carried(mails: Iterable[Message | None], draft: Draft) -> tuple[Attachment, ...]:
    """The documents of these mails that go along with the draft, those with the same name once. None of a mail that its sender
    did not send, and none at all where they are too many or too large together: half a quote is worse than none. Raises
    NotWritable where there are none and the draft is pointless without."""
    found: dict[str, Attachment] = {}
    for mail in mails:
        if mail is None or mail.is_draft or mail.sender.email != draft.sender.email or mail.size > MOST_LOOKED_AT:
            continue  # of a mail too large to be looked at whole, a file may be cut short
        found |= {f.name: f for f in mail.attachments if is_document(f.name) and f.encoded}
    size = sum(len(f.decoded()) for f in found.values())
    files = tuple(found.values()) if len(found) <= MOST_FILES and size <= MOST_BYTES else ()
    if draft.must_carry and not files:
        raise NotWritable(
            "there is no paper to send again: the mail it came with is gone, or has none that may be attached"
        )
    return files
