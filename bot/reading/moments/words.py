"""From characters to tagged tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.reading.moments.lexicon import TOKEN, Lexicon

PUNCTUATION = {
    **dict.fromkeys("-–—‐‑\u2212", "-"),
    **dict.fromkeys(",;", ","),
    **dict.fromkeys("!?", "#"),
    **dict.fromkeys("([", "("),
    **dict.fromkeys(")]", ")"),
    **dict.fromkeys("&+", "&"),
    ".": ".",
    "/": "/",
    "@": "e",
}

SILENT = frozenset("'’\"*_")
UNKNOWN = ("_", None)
ORDINAL_SUFFIXES = frozenset({"st", "nd", "rd", "th", "er", "ère", "ème", "de", "ste", "º", "ª"})
NUMERIC = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
PAIR = re.compile(r"(\d{1,2})([./-])(\d{1,2})")
MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[/.-]((?:19|20|21)\d\d)")
DATE_RANGE = re.compile(r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?\.?-\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?::\d\d)?(?:-\d{1,2}(?:[:.]\d\d)?)?|\d{1,2}-\d{1,2}[:.]\d\d")


@dataclass(slots=True)
class Token:
    """A piece of the text with its tag; start and end are places in the whole text. `fold` is its casefolded text."""

    tag: str
    value: Any
    start: int
    end: int
    fold: str = ""


def _figures(text: str, suffix: str) -> tuple[str, Any]:
    """The tag and value of a group of figures such as 14, 2/15, 2026-04-01, 4:30, 31,480.00."""
    suffix = suffix.casefold()
    if text.isdigit():
        number = int(text) if len(text) < 9 else -1
        if suffix in ORDINAL_SUFFIXES:
            return ("O", number) if 1 <= number <= 366 else ("_", None)
        if suffix and suffix != "ish":
            return "c", None
        if len(text) == 4 and 1900 <= number < 2200:
            return "Y", number
        return ("N", (number, number)) if 0 < number <= 999 else ("_", None)
    if suffix and suffix not in ORDINAL_SUFFIXES:
        return "c", None
    if found := NUMERIC.fullmatch(text):
        left, _, middle, right = found.groups()
        return "X", (left, middle, right)
    if found := MONTH_YEAR.fullmatch(text):
        return "m", (int(found[1]), int(found[2]))
    if found := PAIR.fullmatch(text):
        return "x", (int(found[1]), int(found[3]), found[2])
    if CLOCK.fullmatch(text):
        return "c", None
    return "_", None


def _append_figures(tokens: list[Token], written: str, suffix: str, start: int, end: int) -> None:
    """One token, or the two ends of 8/14-8/23 with the dash between."""
    first, dash, last = written.partition("-")
    if dash and DATE_RANGE.fullmatch(written):
        tokens.append(Token(*_figures(first, ""), start, start + len(first), first))
        tokens.append(Token("-", None, start + len(first), start + len(first) + 1, "-"))
        start, written = start + len(first) + 1, last
    tokens.append(Token(*_figures(written, suffix), start, end, written + suffix))


def _numbered(written: str, words: Lexicon) -> tuple[str, Any]:
    """Q3, H2 and, where a language says trimestre and semestre, T3 and S2."""
    letter, number = written[0].casefold(), int(written[1])
    if letter == words.quarter_letter or letter == "q":
        return "Q", number
    if letter in ("h", words.half_letter) and number < 3:
        return "H", number
    return "_", None


def tokenize(text: str, words: Lexicon, offset: int = 0) -> list[Token]:
    """The tokens of a text in one language's eyes."""
    tokens: list[Token] = []
    single = words.single
    for found in TOKEN.finditer(text):
        kind, written = found.lastgroup, found[0]
        start = offset + found.start()
        end = start + len(written)
        if kind == "word":
            fold = written.casefold()
            if "’" in fold:
                fold = fold.replace("’", "'")
            known = single.get(fold)
            if known is None and "'" in fold and fold.endswith(("'s", "'")):
                known = single.get(fold.rpartition("'")[0])
            tag, value = known or UNKNOWN
            tokens.append(Token(tag, value, start, end, fold))
        elif kind == "mark":
            if written not in SILENT:
                tokens.append(Token(PUNCTUATION.get(written, "_"), None, start, end, written))
        elif kind == "suffix" or kind == "figures":
            _append_figures(tokens, found["figures"], found["suffix"] or "", start, end)
        elif kind == "quarter":
            tokens.append(Token(*_numbered(written, words), start, end, written.casefold()))
        elif kind == "break":
            tokens.append(Token("#", None, start, end, "\n"))
        else:
            tokens.append(Token("_", None, start, end, written))
    return _phrases(tokens, words)


def _phrases(tokens: list[Token], words: Lexicon) -> list[Token]:
    """Words that together play one role become one token."""
    known = words.phrases
    folds = [token.fold for token in tokens]
    begins = [index for index, fold in enumerate(folds) if fold in known]
    merged: list[Token] = []
    done = 0
    for index in begins:
        if index < done:
            continue
        for rest, tag, value in known[folds[index]]:
            after = index + 1 + len(rest)
            if tuple(folds[index + 1 : after]) == rest:
                merged += tokens[done:index]
                merged.append(Token(tag, value, tokens[index].start, tokens[after - 1].end, folds[index]))
                done = after
                break
    return merged + tokens[done:] if done else tokens
