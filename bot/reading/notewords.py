"""The words of calendar notes: the [notes] tables of all languages, compiled once."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from typing import Any

from bot.reading.language import RuleSet, rule_set, tables


@dataclass(frozen=True, slots=True)
class NoteWords:
    """The rules of all languages, by what they say."""

    by_kind: dict[str, RuleSet]
    leave: re.Pattern[str]
    sets: dict[str, frozenset[str]]


@functools.cache
def note_words() -> NoteWords:
    """The [notes] tables of all languages in one: a rep's notes mix them freely."""
    by_kind: dict[str, list[Any]] = {}
    sets: dict[str, set[str]] = {}
    leave: list[str] = []
    for table in (t["notes"] for t in tables().values() if "notes" in t):
        for kind, rows in itertools.groupby(table.get("rules", ()), key=lambda row: str(row["kind"])):
            by_kind.setdefault(kind, []).extend(rule_set(rows, table.get("macros")).rules)
        leave += [row["pattern"] for row in table.get("leave", ())]
        for name, words in table.get("text", {}).items():
            sets.setdefault(name, set()).update(words.split())
    return NoteWords(
        {kind: RuleSet(rules) for kind, rules in by_kind.items()},
        re.compile("|".join(f"(?:{p})" for p in leave), re.IGNORECASE),
        {name: frozenset(words) for name, words in sets.items()},
    )


@functools.cache
def date_words() -> frozenset[str]:
    """Months, weekdays and the like in all languages: capitalised, and nobody's name."""
    found: set[str] = set()
    for table in (t["dates"]["words"] for t in tables().values() if "dates" in t):
        for role in ("month", "weekday", "season", "today", "holiday", "part", "relative"):
            found.update(table.get(role, ()))
    return frozenset(found)
