"""How much of a draft is left in the mail that was sent, without keeping a text: word pairs as short digests.

The sketch of a text is the two-byte digests of its neighbouring words, sorted: enough to count what two texts share
(Dice's coefficient over the pairs), too little to read either.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from itertools import pairwise

from bot.model import Message
from bot.reading.body import body_of

MOST_WORDS = 400  # of a text that are compared; a letter has 125
_WORD = re.compile(r"[^\W_]+")
_SIZE = 2  # bytes of one digest


def sketch_of(text: str) -> str:
    """The sketch of a text; "" of one without words."""
    return base64.b64encode(b"".join(sorted(_pairs(text)))).decode("ascii")


def alike(sketch: str, sent: Message) -> int:
    """How alike the new text of a mail is to the text of the sketch, from 0 to 100; 100 where no word differs. History that is
    quoted below does not count, the signature does."""
    data = base64.b64decode(sketch)
    ours = Counter(data[i : i + _SIZE] for i in range(0, len(data), _SIZE))
    body = body_of(sent)
    theirs = Counter(_pairs(f"{body.own}\n{body.signature}"))
    total = ours.total() + theirs.total()
    return 200 * (ours & theirs).total() // total if total else 100


def _pairs(text: str) -> list[bytes]:
    words = _WORD.findall(text.casefold())[:MOST_WORDS]
    return [
        hashlib.blake2b(f"{one} {other}".encode(), digest_size=_SIZE).digest()
        for one, other in pairwise(["", *words, ""] if words else [])
    ]
