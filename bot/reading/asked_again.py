"""Whether a customer asks for the quote that he has had already: "could you resend it?", "I can't find your quote".

A sentence is enough, in any language we have words for; one that wishes for another quote is none. The words are in
asked_again.toml.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from dataclasses import dataclass

from bot.reading.language import fold

MOST_TEXT = 4000  # characters of a mail that are looked at: who asks for a paper says so early
_SENTENCE_END = re.compile(r"[.?!;](?=\s|$)|\n\s{0,100}\n")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language."""

    send: re.Pattern[str]
    object: re.Pattern[str]
    again: re.Pattern[str]
    lost: re.Pattern[str]
    other: re.Pattern[str]

    def ask(self, sentence: str) -> bool:
        """Whether a sentence asks for the same quote."""
        if not self.object.search(sentence) or self.other.search(sentence):
            return False
        return bool(self.lost.search(sentence) or (self.send.search(sentence) and self.again.search(sentence)))


@functools.cache
def _languages() -> tuple[_Words, ...]:
    file = importlib.resources.files("bot.reading") / "asked_again.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(_Words(**{key: _any(words) for key, words in table.items()}) for table in tables.values())


def _any(words: list[str]) -> re.Pattern[str]:
    """A pattern of these words; one with a star may go on."""
    spelt = (re.escape(word.removesuffix("*")) + ("" if word.endswith("*") else r"(?![^\W_])") for word in words)
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(spelt)})")


def asks_again(own: str) -> bool:
    """Whether the writer's own words ask for the quote again."""
    sentences = _SENTENCE_END.split(fold(own[:MOST_TEXT]).replace("\u2019", "'"))
    return any(words.ask(" ".join(sentence.split())) for sentence in sentences for words in _languages())
