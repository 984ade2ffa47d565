"""The rep's promise to come back to the customer at a time: "I'll call you Thursday with a firm date"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reading.dates import Moment, Relation, nearest
from bot.reading.quotewords import pattern
from bot.reading.totals import Scan

SENTENCE_END = re.compile(r"[.!?]\s|\n\s*\n|[!?;]$")
FARTHEST = 160


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise with its time; `words` are the sentence's own."""

    moment: Moment
    words: str
    rule: str


def find_promise(seen: Scan, moments: Sequence[Moment]) -> Promise | None:
    """The first promise that names a time; `moments` are those of the same text."""
    if not moments:
        return None
    text = seen.text
    for rule, match in seen.matches.of("promises"):
        begin, end = _sentence(text, match)
        if pattern("promise_other").search(text, match.start(), end):
            continue
        inside = [
            m
            for m in moments
            if begin <= m.start < end
            and not (m.current and m.relation is not Relation.AFTER)
            and not _conditional(text, begin, m, match)
        ]
        own = [m for m in inside if not _of_others(text, m, match)]
        moment = nearest(own or inside, match.start(), match.end())
        if moment is not None and abs(moment.start - match.end()) <= FARTHEST:
            words = text[min(match.start(), moment.start) : max(match.end(), moment.end)]
            return Promise(moment, " ".join(words.split()), rule.name)
    return None


def _sentence(text: str, match: re.Match[str]) -> tuple[int, int]:
    begin = 0
    for stop in SENTENCE_END.finditer(text, 0, match.start()):
        begin = stop.end()
    after = SENTENCE_END.search(text, match.end())
    return begin, after.start() + 1 if after else len(text)


def _conditional(text: str, begin: int, moment: Moment, match: re.Match[str]) -> bool:
    """Whether the moment belongs to the customer's part: "if you let me know by Friday, I'll order it"."""
    return moment.end <= match.start() and pattern("conditions").search(text, begin, moment.start) is not None


def _of_others(text: str, moment: Moment, match: re.Match[str]) -> bool:
    """Whether a moment before the promise tells what others do: "they are back Thursday, so I'll have it to you Friday"."""
    between = text[moment.end : match.start()]
    return moment.end <= match.start() and pattern("promise_breaks").search(between) is not None
