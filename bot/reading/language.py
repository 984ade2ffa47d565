"""Language knowledge, loaded from data: one TOML file a language in bot/reading/languages/, each rule with a name.

A rule is a regular expression with a name and free further keys. Rules are tried only where the literals that every match
must contain occur in the text, so that hundreds of rules cost little on a mail that fits none of them. Patterns must run in
linear time: no nested quantifiers, bounded gaps (`.{0,40}`), no backreferences; tests/reading/test_language.py holds them to
that.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.reading.literals import LANGUAGES, Needs, needs

GRAM = 4  # literals are looked up by their first so many letters,
SHORT = 2  # shorter ones by so many


compiled = functools.cache(re.compile)


@dataclass(frozen=True, slots=True)
class Part:
    """One pattern of a rule, compiled when it is first tried: most never are. `needs` are groups of casefolded literals: each
    match contains at least one literal of every group (no groups: nothing is known, always tried)."""

    source: str
    flags: int
    needs: Needs

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled once."""
        return compiled(self.source, self.flags)


@dataclass(frozen=True, slots=True)
class Rule:
    """A name, and the patterns any of which may match. `data` holds the row's other keys."""

    name: str
    parts: tuple[Part, ...]
    data: Mapping[str, Any]


class RuleSet:
    """Rules in their order, tried cheaply.

    Every group of literals has a bit. An index finds the literals by their first letters; one walk over a text thus gives the
    bits of all groups that are met, and a pattern is tried only where it has all of its own.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        bits: dict[frozenset[str], int] = {}
        literals: dict[str, int] = {}
        for group in (group for rule in self.rules for part in rule.parts for group in part.needs):
            if group not in bits:
                bits[group] = 1 << len(bits)
                for literal in group:
                    literals[literal] = literals.get(literal, 0) | bits[group]
        self._index: tuple[dict[str, list[tuple[str, int]]], ...] = tuple({} for _ in range(GRAM + 1))
        for literal, bit in literals.items():
            gram = literal[:GRAM] if len(literal) >= GRAM else literal[:SHORT]
            self._index[len(gram)].setdefault(gram, []).append((literal, bit))
        self._tried = tuple(
            (sum(bits[group] for group in part.needs), rule, part) for rule in self.rules for part in rule.parts
        )

    def candidates(self, folded: str) -> Iterator[tuple[Rule, Part]]:
        """The patterns that may match a text, by its casefolded form: every one that does match is among them."""
        met = 0
        for length, index in enumerate(self._index):
            if index:
                for gram in {
                    folded[place : place + length] for place in range(len(folded) - length + 1)
                } & index.keys():
                    for literal, bit in index[gram]:
                        if bit & ~met and literal in folded:
                            met |= bit
        return ((rule, part) for needed, rule, part in self._tried if needed & met == needed)

    def matches(self, text: str, folded: str | None = None) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Each rule's first match in `text`, in the rules' order. `folded` is `text.casefold()` where the caller has it."""
        last = None
        for rule, part in self.candidates(text.casefold() if folded is None else folded):
            if rule is not last and (found := part.pattern.search(text)):
                last = rule
                yield rule, found


@functools.cache
def tables() -> dict[str, dict[str, Any]]:
    """Language code -> everything its file says. Several files of one language (`en.dates.toml`) count as one."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(importlib.resources.files(LANGUAGES).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            found.setdefault(file.name.split(".")[0], {}).update(tomllib.loads(file.read_text(encoding="utf-8")))
    return found


Source = str | list[str]  # a pattern, or its alternatives


def expand(source: Source, macros: Mapping[str, Source] | None = None) -> str:
    """A pattern with its alternatives joined and `{word}` replaced by the macro of that name (doubled braces are not needed:
    only the macros' own names are replaced)."""
    text = source if isinstance(source, str) else "|".join(source)
    for _ in range(4):  # macros may use macros
        for key, value in (macros or {}).items():
            if "{" + key + "}" in text:
                text = text.replace("{" + key + "}", f"(?:{value if isinstance(value, str) else '|'.join(value)})")
    return text


def rule_set(
    rows: Iterable[Mapping[str, Any]], macros: Mapping[str, Source] | None = None, *, plain: bool = False
) -> RuleSet:
    """Rules from rows with the keys `name`, `pattern` (one, or a list of alternatives) and any others; see `expand` for macros.

    Patterns ignore case, and `^` and `$` stand for the ends of the text. With `plain` they are meant for a text that went
    through `fold`: they are folded themselves and match case, and `^` and `$` stand for the ends of a line.
    """
    flags = re.MULTILINE if plain else re.IGNORECASE
    rules = []
    for row in rows:
        sources = [row["pattern"]] if isinstance(row["pattern"], str) else row["pattern"]
        expanded = [expand(source, macros) for source in sources]
        if plain:
            expanded = [source.translate(PLAIN) for source in expanded]
        parts = tuple(Part(source, int(flags), needs(source, flags)) for source in expanded)
        rules.append(Rule(row["name"], parts, {k: v for k, v in row.items() if k != "pattern"}))
    return RuleSet(rules)


def _plain_letters() -> dict[int, str]:
    """Accented Latin letters, typographic quotes, dashes and spaces -> their plain form, each one character for one."""
    marks = (("’‘ʼ`´′", "'"), ("“”„«»″", '"'), ("–—‐‑‒−", "-"), ("\u00a0\u2007\u202f\u2009\t", " "))
    table = {ord(c): plain for chars, plain in marks for c in chars}
    for code in range(0xC0, 0x250):
        letter = unicodedata.normalize("NFD", chr(code))[0]
        if letter.isascii():
            table[code] = letter
    others = zip("ßẞæÆœŒøØłŁıđĐ…", "sseeeeoollidd.", strict=True)
    return table | {ord(letter): plain for letter, plain in others}


PLAIN = _plain_letters()


def fold(text: str) -> str:
    """`text` in small plain letters, of the same length, so that a place in the one is a place in the other."""
    if text.isascii():
        return text.replace("`", "'").replace("\t", " ").lower()
    low = text.translate(PLAIN).lower()
    return (
        low
        if len(low) == len(text)
        else "".join(c.lower() if len(c.lower()) == 1 else c for c in text.translate(PLAIN))
    )
