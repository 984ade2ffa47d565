"""Whether a writer addresses the reader familiarly: German du, Spanish tú. The words are in familiar.toml.

Only where a letter says so plainly, and says nothing formal: to be too formal is a smaller fault than to be too familiar.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_HEAD = re.compile(r"(?:^|[.!?:;\n])[\s\"„“»«(>*-]{0,6}$")
MOST_TEXT = 4000  # characters of a letter that are looked at


@functools.cache
def _words(language: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    file = importlib.resources.files("bot.reading") / "familiar.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8")).get(language, {})
    familiar, formal, marked = (frozenset(table.get(key, ())) for key in ("familiar", "formal", "marked"))
    return familiar, formal, marked


def is_familiar(own: str, language: str) -> bool:
    """Whether the writer's own words address the reader familiarly; never in a language that we do not know it of."""
    familiar, formal, marked = _words(language)
    said = False
    for found in _WORD.finditer(own[:MOST_TEXT]):
        word, low = found[0], found[0].casefold()
        if low in formal or (
            word in marked and not _SENTENCE_HEAD.search(own, max(0, found.start() - 8), found.start())
        ):
            return False
        said = said or low in familiar
    return said
