"""What each language knows of answers: languages/*.answers.toml, loaded once; and which languages a text may be in.

The file's tables: `macros` and `rules` (see language.py), `guards` (patterns that take a rule's find back), and the plain words
`hints` (little words that betray the language), `courtesy` and `thanks` (what a mail of nothing but politeness consists of),
with the patterns `courtesy_line`, `company` (an opt-out that speaks for a whole company), `your_quote`,
`business` and `private`, and those of small talk: `receipt` and `pleasantry`, one of which each sentence of it must be, and
`substance`, which takes it back; and `always`, the guards that all rules of a kind have.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.reading.language import PLAIN, RuleSet, compiled, expand, fold, rule_set, tables

FEW_WORDS = 7  # a text this short betrays no language: the rules of all are tried
SURE = 3  # so many little words of another language, and none of English, and English is not tried
HEAD = 1000  # characters that are looked at

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Guard:
    """A pattern that takes a rule's find back, and the part of the text in which it looks: clause or before (what goes before
    the find in its clause or sentence), through (its clause up to the find's end), near or after (what follows it), sentence,
    text."""

    where: str
    source: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled once, when it is first asked."""
        return compiled(self.source, int(re.MULTILINE))


@dataclass(frozen=True, slots=True)
class Tongue:
    """What one language knows of answers."""

    code: str
    rules: RuleSet
    guards: Mapping[str, Guard]
    always: Mapping[str, tuple[str, ...]]  # kind -> the guards that every rule of that kind has
    hints: frozenset[str]
    courtesy: frozenset[str]
    thanks: frozenset[str]
    courtesy_line: re.Pattern[str] | None
    company: re.Pattern[str] | None
    your_quote: re.Pattern[str] | None
    business: re.Pattern[str] | None
    private: re.Pattern[str] | None
    receipt: re.Pattern[str] | None
    pleasantry: re.Pattern[str] | None
    substance: re.Pattern[str] | None


def words_of(text: str) -> list[str]:
    """The words of a folded text, in order."""
    return _WORD.findall(text)


@functools.cache
def tongues() -> tuple[Tongue, ...]:
    """The languages that know answers, English first."""
    found = [_tongue(code, table["answers"]) for code, table in tables().items() if "answers" in table]
    return tuple(sorted(found, key=lambda t: (t.code != "en", t.code)))


def tongues_of(folded: str) -> tuple[Tongue, ...]:
    """The languages a text may be in, likeliest first: those with at least half as many of their little words in it as the
    best has, and English, which everybody mixes in, unless another is certain."""
    said = frozenset(words_of(folded[:HEAD]))
    counts = [(len(said & tongue.hints), tongue) for tongue in tongues()]
    best = max((count for count, _ in counts), default=0)
    if best == 0 or (best == 1 and len(said) <= FEW_WORDS):
        return tongues()
    likely = sorted(counts, key=lambda c: -c[0])
    return tuple(t for count, t in likely if count * 2 >= best or (t.code == "en" and (count or best < SURE)))


def _tongue(code: str, table: Mapping[str, Any]) -> Tongue:
    """One language from its table. Every pattern is folded, as the texts that meet it are."""
    macros = table.get("macros", {})

    def plain_source(source: Any) -> str:
        return expand(source, macros).translate(PLAIN)

    def single(key: str) -> re.Pattern[str] | None:
        return re.compile(plain_source(table[key]), re.MULTILINE) if key in table else None

    def plain_words(key: str) -> frozenset[str]:
        return frozenset(fold(table.get(key, "")).split())

    return Tongue(
        code=code,
        rules=rule_set(table["rules"], macros, plain=True),
        guards={
            name: Guard(row["where"], plain_source(row["pattern"])) for name, row in table.get("guards", {}).items()
        },
        always={kind: tuple(names) for kind, names in table.get("always", {}).items()},
        hints=plain_words("hints"),
        courtesy=plain_words("courtesy") | plain_words("thanks"),
        thanks=plain_words("thanks"),
        courtesy_line=single("courtesy_line"),
        company=single("company"),
        your_quote=single("your_quote"),
        business=single("business"),
        private=single("private"),
        receipt=single("receipt"),
        pleasantry=single("pleasantry"),
        substance=single("substance"),
    )
