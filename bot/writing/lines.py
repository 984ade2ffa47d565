"""Text of foreign origin made fit for a letter: no breaks, no control or direction marks, no more than so many
characters."""

from __future__ import annotations

from collections.abc import Iterator


def line(text: str, limit: int) -> str:
    """Text of foreign origin as one line: no breaks, no control or direction marks, cut to `limit` characters."""
    text = text[: limit * 4]
    return " ".join((text if text.isprintable() else "".join(_plain(text))).split())[:limit].strip()


def text_of(text: str, limit: int) -> str:
    """The same for text that may have several lines."""
    return "\n".join(line(one, limit) for one in text[:limit].strip().splitlines())


def _plain(text: str) -> Iterator[str]:
    for c in text:
        yield c if c.isprintable() or c in _JOINERS else "" if c in _INVISIBLE else " "


# Marks that turn the direction of what follows, or that show nothing at all. Joiners stay: scripts and emoji need them.
_INVISIBLE = frozenset("\u200b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u00ad\u00a0")
