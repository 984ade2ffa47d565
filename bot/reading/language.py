"""Language knowledge, loaded from data: one TOML file a language in bot/reading/languages/, each rule with a name.

A rule is a regular expression with a name and free further keys. Rules are tried only where one of the literals that every
match must contain occurs in the text, so that hundreds of rules cost little on a mail that fits none of them. Patterns must
run in linear time: no nested quantifiers, bounded gaps (`.{0,40}`), no backreferences; tests/reading/test_language.py holds them
to that.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import _constants as sre  # the parser's own names: the only way to ask a pattern what it needs
from re import _parser as sre_parse
from typing import Any

LANGUAGES = "bot.reading.languages"


@dataclass(frozen=True, slots=True)
class Rule:
    """One named pattern. `data` holds its other keys; `literals`, casefolded, of which each match contains at least one
    (empty: unknown, always tried)."""

    name: str
    pattern: re.Pattern[str]
    literals: frozenset[str]
    data: Mapping[str, Any]


class RuleSet:
    """Rules in their order, tried cheaply."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)

    def matches(self, text: str, folded: str | None = None) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Each rule's first match in `text`, in the rules' order. `folded` is `text.casefold()` where the caller has it."""
        low = text.casefold() if folded is None else folded
        for rule in self.rules:
            if rule.literals and not any(literal in low for literal in rule.literals):
                continue
            if found := rule.pattern.search(text):
                yield rule, found


@functools.cache
def tables() -> dict[str, dict[str, Any]]:
    """Language code -> everything its file says. Several files of one language (`en.dates.toml`) count as one."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(importlib.resources.files(LANGUAGES).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            found.setdefault(file.name.split(".")[0], {}).update(tomllib.loads(file.read_text(encoding="utf-8")))
    return found


def rule_set(rows: Iterable[Mapping[str, Any]], macros: Mapping[str, str] | None = None) -> RuleSet:
    """Rules from rows with the keys `name`, `pattern` and any others. `{word}` in a pattern stands for a macro (doubled braces
    are not needed: only the macros' own names are replaced). Patterns ignore case and are verbose-free."""
    rules = []
    for row in rows:
        source = row["pattern"]
        for _ in range(3):  # macros may use macros
            for key, value in (macros or {}).items():
                source = source.replace("{" + key + "}", f"(?:{value})")
        pattern = re.compile(source, re.IGNORECASE)
        rules.append(Rule(row["name"], pattern, literals(source), {k: v for k, v in row.items() if k != "pattern"}))
    return RuleSet(rules)


def literals(source: str) -> frozenset[str]:
    """Strings of which every match of the pattern contains at least one, casefolded; empty where that cannot be said."""
    return _needed(sre_parse.parse(source, re.IGNORECASE)) or frozenset()


def _needed(parsed: Any) -> frozenset[str] | None:
    """The best set of alternatives that a sequence needs: the one whose shortest literal is longest."""
    candidates: list[frozenset[str]] = []
    run = ""
    for op, value in [*parsed, (None, None)]:
        if op is sre.LITERAL:
            run += chr(value)
            continue
        if run:
            candidates.append(frozenset({run.casefold()}))
            run = ""
        if op is sre.SUBPATTERN:
            inner = _needed(value[3])
        elif op is sre.BRANCH:
            parts = [_needed(branch) for branch in value[1]]
            inner = frozenset().union(*parts) if all(parts) else None  # type: ignore[arg-type]
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0] > 0:
            inner = _needed(value[2])
        else:
            inner = None
        if inner:
            candidates.append(inner)
    candidates = [c for c in candidates if min(map(len, c)) >= 2]
    return max(candidates, key=lambda c: (min(map(len, c)), -len(c)), default=None)
