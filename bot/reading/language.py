"""Language knowledge, loaded from data: one TOML file a language in bot/reading/languages/, each rule with a name.

A rule is a regular expression with a name and free further keys. There are thousands, and a mail fits a handful: so a pattern
is tried only in lines that hold the literals it needs (`RuleSet`), and a text is looked over once for all sets of rules
(`stretches`). Patterns must run in linear time: no nested quantifiers, bounded gaps (`.{0,40}`), no backreferences;
tests/reading/test_language.py holds them to that.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.reading.literals import LANGUAGES, Needs, known, spaced

LONG = 4  # literals are looked up by the first so many letters of a word in them;
SHORT = 2  # where so many are not known, by these
SHORTEST = 40  # characters of a stretch,
MOST_STRETCHES = 64  # and how many a text has at most: more would cost more to tell apart than they save
LOOKED_OVER = 32  # texts of which what was seen is kept: a mail, its sentences, and no more

Span = tuple[int, int]
WHOLE: Sequence[Span] = ((0, sys.maxsize),)

compiled = functools.cache(re.compile)


@dataclass(frozen=True, slots=True)
class Part:
    """One pattern of a rule, compiled when it is first tried: most never are. `needs` are groups of casefolded literals: each
    match contains at least one literal of every group (no groups: nothing is known, always tried). `in_line`: a match never
    reaches over the end of a line, nor does what it looks ahead at."""

    source: str
    flags: int
    needs: Needs
    in_line: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled once."""
        return compiled(self.source, self.flags)

    def finds(self, text: str, spans: Iterable[Span] = WHOLE) -> Iterator[re.Match[str]]:
        """Every match in those stretches of a text, as `finditer` counts them."""
        finditer = self.pattern.finditer
        return (found for start, end in spans for found in finditer(text, start, end))


@dataclass(frozen=True, slots=True)
class Rule:
    """A name, and the patterns any of which may match. `data` holds the row's other keys."""

    name: str
    parts: tuple[Part, ...]
    data: Mapping[str, Any]


class Stretch:
    """Some lines of a casefolded text as every rule set looks at them: their place, their words between blanks, and the
    beginnings and ends of these."""

    __slots__ = ("span", "text", "tips")

    def __init__(self, start: int, text: str) -> None:
        self.span = start, start + len(text)
        self.text = f" {text} "
        words = frozenset(text.split())
        self.tips = {word[:LONG] for word in words}
        self.tips.update([word[:SHORT] for word in words], [word[-LONG:] for word in words])


@functools.lru_cache(maxsize=LOOKED_OVER)
def stretches(folded: str) -> tuple[Stretch, ...]:
    """A casefolded text in stretches of whole lines, each as short as may be, looked over once for all rule sets."""
    found, start = [], 0
    least = max(SHORTEST, len(folded) // MOST_STRETCHES)
    plain = spaced(folded)
    while start < len(folded):
        end = folded.find("\n", start + least)
        end = len(folded) if end < 0 else end
        found.append(Stretch(start, plain[start:end]))
        start = end + 1
    return tuple(found)


class RuleSet:
    """Rules in their order, tried only where they may match.

    Every group of literals has a bit, and an index finds the literals by the beginning or end of a word in them. The words of a
    stretch of the text thus lead to the literals in it, these to the bits of the groups that are met, and a pattern is tried
    only in those stretches that have all bits of its own; one that may reach over the end of a line wherever they have them
    together.
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
        self._index: dict[str, list[tuple[str, int]]] = {}
        for literal, met in literals.items():
            self._index.setdefault(_tip(literal), []).append((literal, met))
        self._inside = self._index.pop("", [])  # literals inside of words
        self._tips = frozenset(self._index)
        self._tried = tuple(
            (sum(bits[group] for group in part.needs), rule, part) for rule in self.rules for part in rule.parts
        )

    def candidates(self, text: str, folded: str | None = None) -> list[tuple[Rule, Part, Sequence[Span]]]:
        """The patterns that may match in `text`, each with the stretches in which it may: every match lies in one of them.
        `folded` is `text.casefold()` where the caller has it."""
        folded = text.casefold() if folded is None else folded
        aligned = len(folded) == len(text)  # casefolding moves places only where it makes a text longer
        looked = stretches(folded)
        whole = "".join([stretch.text for stretch in looked])
        inside = [known for known in self._inside if known[0] in whole]
        met = [(self._met(stretch, inside), stretch.span) for stretch in looked]
        together = 0
        for bits, _ in met:
            together |= bits
        found: list[tuple[Rule, Part, Sequence[Span]]] = []
        for needed, rule, part in [tried for tried in self._tried if tried[0] & together == tried[0]]:
            spans = [span for bits, span in met if needed & bits == needed] if part.in_line else WHOLE
            if spans:
                found.append((rule, part, spans if aligned else WHOLE))
        return found

    def _met(self, stretch: Stretch, inside: Iterable[tuple[str, int]]) -> int:
        """The bits of the groups of which a literal stands in a stretch. `inside`: those literals of the text that no beginning
        or end of a word leads to."""
        met, text = 0, stretch.text
        for tip in stretch.tips & self._tips:
            for literal, bits in self._index[tip]:
                if literal in text:
                    met |= bits
        for literal, bits in inside:
            if literal in text:
                met |= bits
        return met

    def matches(self, text: str, folded: str | None = None) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Each rule's first match in `text`, in the rules' order. `folded` is `text.casefold()` where the caller has it."""
        last = None
        for rule, part, spans in self.candidates(text, folded):
            if rule is not last and (found := next(part.finds(text, spans), None)):
                last = rule
                yield rule, found


def _tip(literal: str) -> str:
    """By which letters of a line's words a literal is found: the longest beginning or end of a word in it that is one for sure;
    "" where it stands inside of a word."""
    torn, *rest = literal.split(" ")
    if not rest:
        return ""
    *whole, last = rest
    known = [word[:LONG] for word in whole]
    known += [last[:LONG] if len(last) >= LONG else last[:SHORT] if len(last) >= SHORT else ""]
    known += [torn[-LONG:] if len(torn) >= LONG else ""]
    return max(known, key=len)


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
        parts = tuple(Part(source, int(flags), *known(source, flags)) for source in expanded)
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
