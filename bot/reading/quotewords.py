"""The knowledge of the readers of sent mail, as data of every language compiled once (languages/*.quotes.toml)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.reading.language import Rule, RuleSet, rule_set, tables

MASK = "¤"  # stands for each character of an amount of money while the words around it are read
MACROS = {
    "m": f"{MASK}+",
    "gap": rf"[^\n{MASK}.!?]{{0,60}}?",
    "near": rf"[^\n{MASK}.!?,;]{{0,18}}?",
}


@functools.cache
def _languages() -> dict[str, Mapping[str, Any]]:
    """Language code -> its table [quotes], of the languages that have one."""
    return {code: table["quotes"] for code, table in tables().items() if "quotes" in table}


@functools.cache
def rules(part: str) -> RuleSet:
    """All languages' rules of one part: signs, roles, recommends, validity, promises. Literals keep foreign ones cheap."""
    compiled = []
    for table in _languages().values():
        compiled += rule_set(table.get(part, ()), {**MACROS, "doc": table["doc"]}).rules
    return RuleSet(compiled)


def every_match(part: str, text: str) -> Iterator[tuple[Rule, re.Match[str]]]:
    """Every place in `text` where a rule of that part matches, rule by rule."""
    for rule, one in rules(part).candidates(text.casefold()):
        for match in one.pattern.finditer(text):
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
def stopwords() -> dict[str, frozenset[str]]:
    """Language code -> the little words it is known by."""
    return {code: frozenset(table["stopwords"].split()) for code, table in _languages().items()}
