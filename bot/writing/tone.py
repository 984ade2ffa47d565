"""The tone lint: what a good rep would not sign. The phrases are data (tone.<language>.toml), the measures are here.

Every rule says what to do instead. The readability measure is LIX (C.-H. Björnsson, 1968): words a sentence plus the
percentage of words longer than six letters; it works alike in many languages, which grade-school formulas do not.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.writing.slots import REMINDER_STEPS

LONG_WORD = 6  # letters; a longer word counts as long (LIX)
GREETING_WORDS = 8  # a first line of more words is no greeting
SIGNATURE_LINES = 12  # a closing further from the end than this is part of the text

_WORD = re.compile(r"[^\W_](?:[\w'’.,@:/&-]*\w)?")
_SENTENCE_END = re.compile(r"[.!?…:](?=[\s\"”»“)]|$)|\n+")
_SHOUTED = re.compile(r"\b[^\W\d_a-z]{2,}(?:\s+[^\W\d_a-z]{2,})+\b|(?<![\w-])[^\W\d_a-z]{5,}(?![\w-])")
_MARKER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|#\}|\[[^\[\]\n]{1,30}\]|<[a-z_ ]{2,30}>|_{3,}|%s"
    r"|\b(?:X{3,}|TODO|TBD|None(?! of)|nan|lorem)\b"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: the rule's name, the words that broke it, the line they stand in (from 1), and what to do
    instead."""

    rule: str
    words: str
    line: int
    advice: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way of writing that is not ours."""

    family: str
    pattern: re.Pattern[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Tone:
    """The rules of one language."""

    phrases: tuple[Phrase, ...]
    closings: frozenset[str]
    fewest: int
    most: int
    sentence: int
    lix: int
    exclamations: int


@functools.cache
def tone(language: str) -> Tone:
    """The rules of a language; one without a file of its own is held to the measures of English and to no phrases."""
    folder = importlib.resources.files("bot.writing")
    file = folder / f"tone.{language}.toml"
    known = re.fullmatch(r"[a-z]{2}", language) is not None and file.is_file()
    data: dict[str, Any] = tomllib.loads((file if known else folder / "tone.en.toml").read_text(encoding="utf-8"))
    limits = data["limits"]
    return Tone(
        phrases=tuple(
            Phrase(row["family"], re.compile(row["pattern"], re.IGNORECASE), row["advice"])
            for row in (data["phrase"] if known else ())
        ),
        closings=frozenset(line.casefold() for line in data["closings"]),
        fewest=limits["words"][0],
        most=limits["words"][1],
        sentence=limits["sentence"],
        lix=limits["lix"],
        exclamations=limits["exclamations"],
    )


def lint(text: str, step: str, language: str, *, count_messages: bool = False) -> tuple[Fault, ...]:
    """The faults of a text, in the order of their lines. Length, questions and readability are asked of mails only;
    greeting and signature do not count. `count_messages` allows the close, and it alone, to speak of messages left
    before."""
    rules = tone(language)
    plain = _plain(text)
    faults = [
        *_phrases(plain, rules, allow_counting=count_messages and step.startswith("close")),
        *_marks(plain, rules),
    ]
    if step not in REMINDER_STEPS:
        faults += _measures(plain, language, rules)
    return tuple(sorted(faults, key=lambda fault: fault.line))


def lint_source(source: str, language: str) -> tuple[Fault, ...]:
    """The faults of a template's own lines: phrases and shouting, with the line in the file. Tags and remarks do not
    count. The part of a close that stands under `count_messages` is looked at when it is rendered."""
    rules = tone(language)
    blank = re.sub(
        r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", lambda m: "\n" * m[0].count("\n"), _plain(source), flags=re.DOTALL
    )
    return (*_phrases(blank, rules, allow_counting=True), *_shouts(blank))


def body_of(text: str, language: str) -> tuple[str, int]:
    """A mail without its greeting and signature, and the number of its first line (from 1)."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if _greets(lines, first):
        first += 1
    closings = tone(language).closings
    tail = range(max(first, len(lines) - SIGNATURE_LINES), len(lines))
    last = next((n for n in tail if lines[n].strip(" ,.!").casefold() in closings), len(lines))
    return "\n".join(lines[first:last]), first + 1


def _greets(lines: list[str], n: int) -> bool:
    """Whether a line is a greeting: short, alone in its paragraph, and no sentence."""
    if n + 1 >= len(lines) or lines[n + 1].strip():
        return False
    line = lines[n].strip()
    return len(line.split()) <= GREETING_WORDS and not line.endswith((".", "?"))


def lix(text: str) -> float:
    """Björnsson's index: words a sentence + 100 * long words / words; 0 for an empty text."""
    words = _words(text)
    if not words:
        return 0.0
    long = sum(1 for word in words if sum(c.isalpha() for c in word) > LONG_WORD)
    return len(words) / max(1, len(_sentences(text))) + 100 * long / len(words)


def _plain(text: str) -> str:
    return text.replace("’", "'").replace("\N{NO-BREAK SPACE}", " ").replace("\r\n", "\n")


def _phrases(text: str, rules: Tone, *, allow_counting: bool) -> Iterator[Fault]:
    flowing = text.replace("\n", " ")
    for phrase in rules.phrases:
        if phrase.family == "counting" and allow_counting:
            continue
        for match in phrase.pattern.finditer(flowing):
            yield Fault(phrase.family, match[0], _line(text, match.start()), phrase.advice)


def _marks(text: str, rules: Tone) -> Iterator[Fault]:
    for match in _MARKER.finditer(text):
        yield Fault("open slot", match[0], _line(text, match.start()), "Fill it in, or take it out.")
    yield from _shouts(text)
    loud = [match.start() for match in re.finditer("!", text)]
    if len(loud) > rules.exclamations:
        yield Fault(
            "exclamation", "!", _line(text, loud[-1]), f"At most {rules.exclamations} exclamation mark in a mail."
        )


def _shouts(text: str) -> Iterator[Fault]:
    for match in _SHOUTED.finditer(text):
        yield Fault("shouting", match[0], _line(text, match.start()), "Write it in small letters.")


def _measures(text: str, language: str, rules: Tone) -> Iterator[Fault]:
    body, start = body_of(text, language)
    words = len(_words(body))
    if not rules.fewest <= words <= rules.most:
        yield Fault("length", f"{words} words", start, f"Write {rules.fewest} to {rules.most} words.")
    questions = body.count("?")
    if questions != 1:
        yield Fault("question", f"{questions} questions", start, "Ask exactly one small thing.")
    longest = max(_sentences(body), key=lambda s: len(_words(s)), default="")
    if len(_words(longest)) > rules.sentence:
        line = _line(body, max(0, body.find(longest))) + start - 1
        yield Fault("long sentence", longest.strip()[:60], line, f"Cut it: at most {rules.sentence} words.")
    if (index := lix(body)) > rules.lix:
        yield Fault("readability", f"LIX {index:.0f}", start, f"Shorter sentences, shorter words: at most {rules.lix}.")


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if _words(part)]


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
