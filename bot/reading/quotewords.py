"""The knowledge of the readers of sent mail, as data of every language compiled once (languages/*.quotes.toml)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.reading.language import Part, Rule, RuleSet, Span, rule_set, tables

MASK, REST = "¤", "¬"  # the first and each further character of an amount of money, while the words around it are read
MACROS = {
    "m": f"{MASK}{REST}*",
    "gap": rf"[^\n{MASK}.!?]{{0,60}}?",
    "near": rf"[^\n{MASK}.!?,;]{{0,18}}?",
}
LETTERS = re.compile(r"[^\W\d_]+")
MOST_SEEN = 800  # characters of a text by which its language is told
SURE = 3  # little words from which on a language is sure
PARTS = ("signs", "roles", "recommends", "validity", "promises")


@functools.cache
def _languages() -> dict[str, Mapping[str, Any]]:
    """Language code -> its table [quotes], of the languages that have one."""
    return {code: table["quotes"] for code, table in tables().items() if "quotes" in table}


@functools.cache
def quote_rules() -> RuleSet:
    """The rules of all parts and languages as one set, so that a text is looked over once; `data["part"]` tells them
    apart."""
    compiled: list[Rule] = []
    for code, table in _languages().items():
        rows = [{**row, "part": part, "language": code} for part in PARTS for row in table.get(part, ())]
        compiled += rule_set(rows, {**MACROS, "doc": table["doc"]}).rules
    return RuleSet(compiled)


def languages_of(text: str) -> frozenset[str]:
    """The languages whose rules a text is read by: its own and English, all of them where its little words do not tell."""
    counts = language_counts(text)
    best = max(counts, key=lambda code: counts[code])
    return frozenset({best, "en"}) if counts[best] >= SURE else frozenset(counts)


def language_counts(text: str) -> dict[str, int]:
    """Language code -> how many of its little words the beginning of a text holds."""
    seen = LETTERS.findall(text[:MOST_SEEN].casefold())
    return {code: sum(word in known for word in seen) for code, known in _stopwords().items()}


class Matches:
    """The rules that a text may match, by part, of the languages it may be written in (a rate is no German "Rate"); a rule is
    tried when it is asked for."""

    def __init__(self, masked: str) -> None:
        self.text = masked
        self._likely: dict[str, list[tuple[Rule, Part, Sequence[Span]]]] = {part: [] for part in PARTS}
        written_in = languages_of(masked)
        for rule, one, spans in quote_rules().candidates(masked):
            if rule.data["language"] in written_in:
                self._likely[rule.data["part"]].append((rule, one, spans))

    def may_hold(self, *parts: str) -> bool:
        """Whether any rule of these parts may match at all."""
        return any(self._likely[part] for part in parts)

    def of(self, part: str) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Every place where a rule of that part matches, rule by rule."""
        for rule, one, spans in self._likely[part]:
            for match in one.finds(self.text, spans):
                yield rule, match


@functools.cache
def pattern(key: str) -> re.Pattern[str]:
    """All languages' patterns under one key as alternatives of one pattern."""
    return re.compile("|".join(f"(?:{table[key]})" for table in _languages().values() if key in table), re.IGNORECASE)


@functools.cache
def alternatives(key: str) -> str:
    """The same as source, to be part of a larger pattern."""
    return "(?:" + "|".join(table[key] for table in _languages().values() if key in table) + ")"


@functools.cache
def words(key: str) -> frozenset[str]:
    """All languages' words under one key."""
    return frozenset(word for table in _languages().values() for word in table.get(key, "").split())


@functools.cache
def _stopwords() -> dict[str, frozenset[str]]:
    """Language code -> the little words it is known by."""
    return {code: frozenset(table["stopwords"].split()) for code, table in _languages().items()}
