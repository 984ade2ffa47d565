"""The rep's signature: as the config says, else as his mailbox tells it, else as his own mails of late end.

What is learned is kept among memory's facts: digests of the signatures of his newest mails, and the text of the one that
most of them bear. It is the rep's own text and nobody else's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.model import Direction, Message
from bot.reading.html import lines_of_html
from bot.reading.own_signature import signature_of
from bot.reading.read import direction_of
from bot.reading.settings import ReadSettings
from bot.store.base import Memory
from bot.writing.facts import Rep

_FACT = "signature"
NEWEST = 8  # mails of the rep that are compared
ENOUGH = 3  # of them that must end alike


@dataclass(frozen=True, slots=True)
class _Learned:
    """`seen`: when a mail was sent and the digest of its signature, newest first; `text` of the established one."""

    seen: tuple[tuple[str, str], ...] = ()
    text: str = ""


def signed(rep: Rep, page: str, facts: Mapping[str, str]) -> Rep:
    """The rep with his signature. `page` is the HTML that his mailbox tells ("" where it tells none)."""
    if rep.signature.strip():
        return rep
    told = "\n".join(line.strip() for line in lines_of_html(page)[0]).strip() if page else ""
    if told:
        return replace(rep, signature=told, signature_html=page)
    return replace(rep, signature=_kept(facts).text)


def learn(memory: Memory, account: str, mails: Iterable[Message], settings: ReadSettings) -> None:
    """Take in how the rep's own mails end, those he wrote himself."""
    known = now = _kept(memory.facts(account))
    own = [mail for mail in mails if mail.key is None and direction_of(mail, settings) is Direction.SENT]
    for mail in sorted(own, key=lambda mail: mail.at, reverse=True):  # so that of a page of old mail few are read
        now = _with(now, mail)
    if now != known:
        memory.set_fact(account, _FACT, json.dumps({"seen": now.seen, "text": now.text}, ensure_ascii=False))


def _with(known: _Learned, mail: Message) -> _Learned:
    at = mail.at.astimezone(dt.UTC).isoformat()
    if len(known.seen) >= NEWEST and at <= known.seen[-1][0]:
        return known  # too old to tell how he signs today
    text = signature_of(mail)
    digest = hashlib.blake2b(f"{mail.sender.email}\n{text}".encode(), digest_size=8).hexdigest() if text else ""
    seen = tuple(sorted({*known.seen, (at, digest)}, reverse=True)[:NEWEST])
    like = [one for _, one in seen if one]
    if digest and like.count(digest) >= ENOUGH and like.count(digest) * 2 > len(like):
        return _Learned(seen, text)
    return _Learned(seen, known.text)


def _kept(facts: Mapping[str, str]) -> _Learned:
    try:
        row: Any = json.loads(facts.get(_FACT, "{}"))
        return _Learned(tuple((str(at), str(digest)) for at, digest in row["seen"]), str(row["text"]))
    except (ValueError, TypeError, KeyError):
        return _Learned()
