"""Bytes of a mail -> Message. Never raises anything but NotReadable, whatever the bytes."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import email.utils

from bot.errors import NotReadable
from bot.model import Address, Attachment, Message

KEY_HEADER = "X-Followup-Key"


def parse(data: bytes, ref: str, etag: str = "", *, is_draft: bool = False, received: dt.datetime | None = None) -> Message:
    """A mail's bytes as a Message. `received` stands in where the Date header cannot be read."""
    try:  # a stand-in until the walk of our own is here
        m = email.message_from_bytes(data, policy=email.policy.default)
        plain, html, files = "", "", []
        for part in m.walk():
            if part.is_multipart():
                continue
            if part.get_filename():
                files.append(Attachment(part.get_filename() or "", part.get_content_type(), part.get_payload(decode=True) or b""))
            elif part.get_content_type() == "text/plain" and not plain:
                plain = part.get_content()
            elif part.get_content_type() == "text/html" and not html:
                html = part.get_content()
        adr = lambda h: tuple(Address(a.casefold(), n) for n, a in email.utils.getaddresses([str(v) for v in m.get_all(h, [])]) if a)  # noqa: E731
        at = email.utils.parsedate_to_datetime(str(m["Date"]))
        ids = lambda h: tuple(x.strip("<>") for x in str(m.get(h, "")).split())  # noqa: E731
        return Message(ref, etag, next(iter(ids("Message-ID")), ref), at, next(iter(adr("From")), Address("")), adr("To"), adr("Cc"),
                       str(m.get("Subject", "")), next(iter(ids("In-Reply-To")), None), ids("References"), plain, html, tuple(files),
                       {k.lower(): str(v) for k, v in m.items()}, key=m.get(KEY_HEADER), is_draft=is_draft, size=len(data))
    except Exception as fault:
        raise NotReadable(f"{type(fault).__name__}: {fault}") from fault
