"""A stand-in for compose.py until it is here."""

from __future__ import annotations

import email.policy
import hashlib
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import formataddr, format_datetime

from bot.model import Draft, Message
from bot.providers.mime import KEY_HEADER


def compose(draft: Draft, original: Message | None, *, language: str = "en") -> bytes:
    m = EmailMessage()
    m["From"] = str(draft.sender)
    m["To"] = ", ".join(formataddr((a.name, a.email)) for a in draft.to)
    if draft.cc:
        m["Cc"] = ", ".join(formataddr((a.name, a.email)) for a in draft.cc)
    m["Subject"] = draft.subject
    m["Date"] = format_datetime(draft.at)
    m["Message-ID"] = f"<{draft.key}@followup>"
    m[KEY_HEADER] = draft.key
    if draft.answers:
        m["In-Reply-To"] = f"<{draft.answers}>"
    quoted = "".join(f"> {line}\n" for line in original.plain.splitlines()) if original else ""
    m.set_content(draft.text + "\n\n" + quoted)
    return m.as_bytes(policy=email.policy.SMTP)


def content_digest(data: bytes) -> str:
    m = BytesParser(policy=email.policy.compat32).parsebytes(data)
    text = str(m.get_payload()).replace("\r\n", "\n").rstrip()
    said = "\n".join([*(str(m[h]) for h in ("To", "Cc", "Subject")), text])
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()
