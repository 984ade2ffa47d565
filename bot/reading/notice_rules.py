"""What machines write, as data: the tables [notices] of every language, loaded once and tried together.

A notice does not say in which language it is written, and many speak two; so the rules of all languages are tried
on every text, each only where its literals occur.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from bot.reading.language import Rule, RuleSet, rule_set, tables

MOST_TEXT = 64 * 1024

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
# A point after one or two digits ends a sentence only before a capital that is no month or week ("am 18. März").
_SENTENCE_END = re.compile(
    r"(?:(?<=[^\W\d]{3})|(?<=\d{3})|(?<=[)\"]))[.](?=\s)|[!?;](?=\s|$)|\n\n"
    r"|(?<=\d)[.](?=\s{1,3}[A-ZÄÖÜ])(?!\s{1,3}(?:J[aä]n|Feb|M[aä]r|Apr|Ma[ij]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[csz]|Kal|KW|Quart|Woche))"
)


def _notices() -> dict[str, dict[str, Any]]:
    return {language: table["notices"] for language, table in tables().items() if "notices" in table}


@functools.cache
def rules(*names: str) -> RuleSet:
    """The rules of one table, or of several, in all languages; each is called by its language and its name ("en out of the
    office")."""
    found: list[Rule] = []
    for language, notices in _notices().items():
        rows = [{**row, "name": f"{language} {row['name']}"} for name in names for row in notices.get(name, [])]
        found += rule_set(rows, notices.get("macros")).rules
    return RuleSet(found)


@functools.cache
def cue(name: str) -> re.Pattern[str]:
    """The words that give a date or a name its part in the sentence, of all languages."""
    found = [notices["cues"][name] for notices in _notices().values() if name in notices.get("cues", {})]
    return re.compile("|".join(f"(?:{pattern})" for pattern in found), re.IGNORECASE)


@functools.cache
def server(name: str) -> re.Pattern[str]:
    """How mail servers and mailings show: one pattern of the table `servers`, for short texts like a subject."""
    found = [entry for notices in _notices().values() for entry in notices.get("servers", {}).get(name, [])]
    return re.compile("|".join(f"(?:{pattern})" for pattern in found), re.IGNORECASE | re.MULTILINE)


@functools.cache
def words(name: str) -> frozenset[str]:
    """A list of plain words, of all languages, casefolded."""
    lists = [notices.get("cues", {}).get(name, "") for notices in _notices().values()]
    return frozenset(word.casefold() for each in lists for word in re.split(r"[ |]+", each) if word)


@functools.cache
def tells() -> tuple[str, ...]:
    """Stems of which a notice contains one, whatever it says: what the quick refusal of ordinary mail looks for."""
    found = {stem for notices in _notices().values() for stem in notices.get("cues", {}).get("tells", [])}
    return tuple(sorted(found))


def flat(text: str) -> str:
    """The text with its lines joined, paragraphs kept apart and typewriter apostrophes; every character keeps its
    place."""
    text = (
        text[:MOST_TEXT]
        .replace("’", "'")
        .replace("\xa0", " ")
        .replace("\u202f", " ")
        .replace("\r", " ")
        .replace("\t", " ")
    )
    return "\n\n".join(part.replace("\n", " ") for part in _kept_paragraphs(text))


def _kept_paragraphs(text: str) -> list[str]:
    """The paragraphs, those set apart by more than two characters padded so that nothing moves."""
    parts: list[str] = []
    at = 0
    for gap in _PARAGRAPH.finditer(text):
        parts.append(text[at : gap.start()] + " " * (len(gap.group()) - 2))
        at = gap.end()
    return [*parts, text[at:]]


def sentences(text: str) -> list[str]:
    """The sentences of a flat text, roughly: a point after a short word or a digit within a date ends none."""
    found, at = [], 0
    for end in _SENTENCE_END.finditer(text):
        found.append(text[at : end.end()])
        at = end.end()
    return [s.strip() for s in [*found, text[at:]] if s.strip()]


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around start..end of a flat text begins and ends."""
    first, last = max(0, start - 300), min(len(text), end + 300)
    for mark in _SENTENCE_END.finditer(text, first, start):
        first = mark.end()
    stop = _SENTENCE_END.search(text, end, last)
    return first, stop.end() if stop else last
