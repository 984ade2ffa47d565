"""The moments people name in business mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """A day or a span that a text names. `last` is None where only a beginning is meant ("after Q3")."""

    first: dt.date
    last: dt.date | None
    words: str
    start: int  # where the words begin in the text
    end: int
    rule: str


def find_moments(text: str, at: dt.datetime, country: str) -> tuple[Moment, ...]:
    """Every moment named in `text`, in its order, counted from the local time `at`."""
    return ()


def when(text: str, at: dt.datetime, country: str) -> Moment | None:
    """The one moment to come that a short text means; None where it names none, or two readings are left."""
    return next(iter(find_moments(text, at, country)), None)
