"""What the grammar finds: a moment, and how the sentence leans on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Relation(StrEnum):
    """The preposition in front of a moment, by its meaning."""

    ON = "on"  # on, in, at, or nothing at all
    BY = "by"  # at the latest: "by Friday"
    UNTIL = "until"  # "until", "till", "bis": may or may not include the last day
    THROUGH = "through"  # includes the last day for sure: "through", "bis einschließlich", "inclusive"
    AFTER = "after"  # "after Q3", "once Q3 is over": the span begins the day after what is named, `last` is None
    FROM = "from"  # "from", "starting", "not before", "not until": the span begins with what is named, `last` is None
    BEFORE = "before"  # "before Friday"


class Grain(StrEnum):
    """How large a thing the words name."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    LONGER = "longer"  # a quarter, half, season, year
    PART = "part"  # early, mid or late something, the first days or weeks of something
    RANGE = "range"  # both ends are named: "from 3 to 21 August"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or a span of days that a text names, as calendar days in the rep's zone.

    `first`..`last` is what is meant once the preposition is heeded (both days inside); `last` is None where only a
    beginning is meant: "after Q3" is 1 October and None. `named` is the plain span of the words without the
    preposition: Q3 itself, 1 July to 30 September. For ON, BY, UNTIL, THROUGH and BEFORE the two are the same.

    `words` are the characters text[start:end], the preposition included. `rule` names the grammar rule; "then" marks a
    backward reference ("call me then", "the week after", "once it's over"), already resolved.

    `past`: all of `named` lies before the day of `at`. `current`: `named` holds the day of `at` and is longer than a
    day ("this quarter"). `negated`: the sentence denies it ("not this year", "no budget this quarter"). `ambiguous`: a
    numeric date with two readings left (never use its days). `exact`: the year or a full date is written out. `remote`:
    more than three years ahead, so more likely a slip than a plan.
    """

    first: dt.date
    last: dt.date | None
    words: str
    start: int
    end: int
    rule: str
    relation: Relation = Relation.ON
    grain: Grain = Grain.DAY
    named: tuple[dt.date, dt.date] = (dt.date.min, dt.date.min)
    past: bool = False
    current: bool = False
    negated: bool = False
    ambiguous: bool = False
    exact: bool = False
    remote: bool = False
