"""The moments people name in business mail: the front door of the grammar in bot/reading/moments/.

    find_moments(text, at, country)   all of them, with their places, prepositions and doubts; for readers who choose
    nearest(moments, start, end)      of those, the one that belongs to the words found at start..end
    when(text, at, country)           the one moment to come that a short text means

`at` is an aware datetime in the rep's zone; `country` is ISO 3166 alpha-2. No function raises on any text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bot.reading.moments.moment import Grain, Moment, Relation

__all__ = ["Grain", "Moment", "Relation", "find_moments", "nearest", "when"]


def find_moments(text: str, at: dt.datetime, country: str) -> tuple[Moment, ...]:
    """Every moment named in `text`, in its order, counted from the local time `at`; past, negated and ambiguous ones too
    (they carry their marks)."""
    return ()


def nearest(moments: Iterable[Moment], start: int, end: int) -> Moment | None:
    """The usable moment (to come, not negated, not ambiguous) that lies closest to the words at start..end of the same text;
    one that follows is preferred to one as near that goes before."""
    usable = [m for m in moments if not (m.past or m.negated or m.ambiguous)]

    def distance(moment: Moment) -> int:
        return moment.start - end if moment.start >= end else 2 * max(0, start - moment.end)

    return min(usable, key=distance, default=None)


def when(text: str, at: dt.datetime, country: str) -> Moment | None:
    """The one moment to come that a short text means; None where it names none, or two readings are left."""
    return next(iter(find_moments(text, at, country)), None)
