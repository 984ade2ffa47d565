"""The moments people name in business mail: the front door of the grammar in bot/reading/moments/.

    find_moments(text, at, country)   all of them, with their places, prepositions and doubts; for readers who choose
    nearest(moments, start, end)      of those, the one that belongs to the words found at start..end
    when(text, at, country)           the one moment to come that a short text means

`at` is an aware datetime in the rep's zone; `country` is ISO 3166 alpha-2. No function raises on any text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from bot.reading.moments.composed import CASCADE
from bot.reading.moments.context import Context
from bot.reading.moments.figures import strip_false
from bot.reading.moments.grammar import tags_of
from bot.reading.moments.lean import Reader
from bot.reading.moments.lexicon import lexicon, may_hold_date, pointers, spoken, stretches, words_of
from bot.reading.moments.moment import Grain, Moment, Relation
from bot.reading.moments.words import tokenize
from bot.reading.moments.written import fiscal_start_in

__all__ = ["Grain", "Moment", "Relation", "find_moments", "nearest", "when"]

LONGEST = 20_000  # characters of a text that are looked at; no mail says when to call behind more than that
MOST_READ = 8_000  # characters of sentences with a date that are read, of all languages together


def find_moments(text: str, at: dt.datetime, country: str) -> tuple[Moment, ...]:
    """Every moment named in `text`, in its order, counted from the local time `at`; past, negated and ambiguous ones
    too (they carry their marks)."""
    text = text[:LONGEST]
    words = words_of(text)
    if not may_hold_date(words, text):
        return ()
    pieces: list[tuple[int, str]] = []
    for start, piece in stretches(text):
        own = words if len(piece) == len(text) else words_of(piece)
        if may_hold_date(own, piece) or (pieces and not pointers().isdisjoint(own)):
            pieces.append((start, piece))
    languages = spoken(words)
    pieces = _first(pieces, MOST_READ // len(languages))
    found: list[Moment] = []
    for language in languages:
        found += _in_language(text, pieces, Context(at.date(), country.upper(), language))
    return tuple(found if len(languages) == 1 else _without_overlaps(found))


def _first(pieces: list[tuple[int, str]], most: int) -> list[tuple[int, str]]:
    """As many pieces as have so many characters; the one that goes beyond is torn."""
    kept: list[tuple[int, str]] = []
    for start, piece in pieces:
        if most <= 0:
            break
        kept.append((start, piece[:most]))
        most -= len(piece)
    return kept


def _in_language(text: str, pieces: list[tuple[int, str]], context: Context) -> Iterator[Moment]:
    """The moments that one language's words give. "Then" in one piece may point to a moment of another."""
    words = lexicon(context.language)
    tokenized = [strip_false(tokenize(piece, words, start), text, words) for start, piece in pieces]
    for tokens in tokenized:
        context = fiscal_start_in(tokens, context)
    reader = Reader(text, context, words)
    for tokens in tokenized:
        tags = tags_of(tokens)
        for grammar in CASCADE:
            if grammar.may_begin(tags):
                tokens = grammar.rewrite(tokens, context)
                tags = tags_of(tokens)
        yield from reader.moments(tokens)


def _without_overlaps(found: list[Moment]) -> list[Moment]:
    """Where two languages understand the same words, the longer reading."""
    kept: list[Moment] = []
    for moment in sorted(found, key=lambda m: m.start - m.end):
        if all(moment.end <= other.start or other.end <= moment.start for other in kept):
            kept.append(moment)
    return sorted(kept, key=lambda m: m.start)


def nearest(moments: Iterable[Moment], start: int, end: int) -> Moment | None:
    """The usable moment (to come, not negated, ambiguous or remote) that lies closest to the words at start..end of the
    same text; one that follows is preferred to one as near that goes before."""
    usable = [m for m in moments if not (m.past or m.negated or m.ambiguous or m.remote)]

    def distance(moment: Moment) -> int:
        return moment.start - end if moment.start >= end else 10 + 3 * max(0, start - moment.end)

    return min(usable, key=distance, default=None)


def when(text: str, at: dt.datetime, country: str) -> Moment | None:
    """The one moment to come that a short text means; None where it names none, or two readings are left.

    Of several: the present ("this quarter", today) gives way to what is to come, a limit ("until May") to the day
    beyond it, and a span to the narrower one inside it ("next week, on Tuesday")."""
    found = [m for m in find_moments(text, at, country) if not (m.past or m.negated or m.ambiguous)]
    today = at.date()
    for weaker in (
        lambda m: m.rule != "then",
        lambda m: m.current or m.named == (today, today),
        lambda m: m.relation in (Relation.UNTIL, Relation.THROUGH, Relation.BEFORE),
    ):
        stronger = [m for m in found if not weaker(m)]
        found = stronger or found
    if not found:
        return None
    narrowest = min(found, key=lambda m: (m.named[1] - m.named[0], m.last is not None))
    if all(m.named[0] <= narrowest.named[0] and narrowest.named[1] <= m.named[1] for m in found):
        return narrowest
    return None
