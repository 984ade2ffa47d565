"""From characters to tagged tokens: every word that may belong to a date gets the tag of its role, one letter each, so that
the grammar's rules are patterns over a short string of letters. Which word plays which role is data: the [dates] tables in
languages/*.dates.toml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.reading.language import tables

# Each role's letter. Roles with a value in brackets; the others are mere words.
TAGS = {
    "month": "M",  # [1..12]
    "weekday": "W",  # [0..6, Monday is 0]
    "weekdays": "w",  # "Mondays" [0..6]
    "unit": "U",  # [day, workday, week, weekend, fortnight, month, quarter, half, year]
    "number": "N",  # [(low, high)]
    "ordinal": "O",  # [1..366], a figure: "14th"
    "ordinalword": "o",  # [1..31], spelled out: "second"
    "year": "Y",  # [1900..2199]
    "yearish": "y",  # two figures behind an apostrophe: '27 [2000..2099]
    "numeric": "X",  # a whole numeric date [parts]
    "pair": "x",  # day and month in figures [(left, right, separator)]
    "range": "g",  # two numbers with a dash [(low, high)]
    "monthyear": "m",  # 04/2026 [(month, year)]
    "quarter": "Q",  # Q3 [1..4]
    "halfyear": "H",  # H2 [1, 2]
    "calweek": "K",  # KW 33 and the bare word [number or None]
    "today": "V",  # today, tomorrow [offset in days]
    "now": "v",  # now, at the moment
    "holiday": "F",  # [rule, or rules by country]
    "season": "S",  # [spring, summer, autumn, winter]
    "fiscal": "L",  # financial year [start, end]
    "relative": "R",  # this 0, next 1, last -1, after next 2
    "afternext": "r",  # "... after next"
    "part": "P",  # [early, mid, late, end]
    "partunit": "*",  # "month end" [part, unit]
    "upcoming": "q",
    "of": "D",
    "the": "T",
    "a": "A",
    "in": "I",  # offset ahead: in, within
    "for": "i",  # a length: for
    "hence": "h",  # from now, later, hence, again
    "ago": "G",
    "every": "E",
    "another": "a",
    "length": "l",  # "half a year" [unit, count]
    "weekof": "k",  # w/c, week commencing
    "on": "@",
    "at": "e",
    "by": "b",
    "until": "u",
    "through": "t",
    "inclusive": "z",
    "onwards": ";",
    "record": "n",  # a noun that carries a date of the past: "your mail of 3 March"
    "after": ">",
    "before": "<",
    "from": "f",
    "between": "B",
    "to": "-",
    "and": "&",
    "or": "|",
    "not": "!",
    "about": "~",
    "daypart": "p",  # morning, evening
    "clock": "c",  # 4:00pm
    "then": "=",
    "that": "$",  # that, this, which: what a backward reference points with
    "isover": "?",  # is over, has passed
    "begins": "^",  # starts, begins
    "ends": "%",
    "comma": ",",
    "dot": ".",
    "open": "(",
    "close": ")",
    "slash": "/",
    "break": "#",  # a sentence or paragraph ends
    "other": "_",
    "span": "Z",  # a moment already understood
}

PUNCTUATION = {",": ",", ".": ".", "(": "(", ")": ")", "/": "/", "-": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "\u2212": "-",
               "!": "#", "?": "#", ";": ",", "\n": "#", "&": "&", "[": "(", "]": ")", "@": "e", "+": "&"}  # fmt: skip

TOKEN = re.compile(
    r"(?P<skip>(?:https?://|www\.)[^\s<>]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+){1,8})"
    r"|(?P<quarter>[qhts][1-4](?![^\W_]))"
    r"|(?P<figures>\d(?:[\d.,/:-]{0,40}\d)?)(?P<suffix>(?:st|nd|rd|th|er|ère|ème|de|ste|º|ª|h\d\d|[ap]m|h|ish|[ap])(?![^\W_]))?"
    r"|(?P<word>(?:w/[cbek]|t/m|f/u)(?!\w)|[^\W\d_]+(?:['’][^\W\d_]+){0,3})"
    r"|(?P<break>\n[ \t>]*\n)"
    r"|(?P<mark>[^\s\w])",
    re.IGNORECASE,
)
ORDINAL_SUFFIXES = frozenset({"st", "nd", "rd", "th", "er", "ère", "ème", "de", "ste", "º", "ª"})
NUMERIC = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
PAIR = re.compile(r"(\d{1,2})([./-])(\d{1,2})")
MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])[/.-]((?:19|20|21)\d\d)")
DATE_RANGE = re.compile(r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?\.?-\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?::\d\d)?(?:-\d{1,2}(?:[:.]\d\d)?)?|\d{1,2}-\d{1,2}[:.]\d\d")
WORDS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+){0,3}")
DATE_FIGURES = re.compile(
    r"\d{1,4} ?[./-] ?\d{1,2}(?!\d)|\d(?:st|nd|rd|th)\b|\b[qht] ?[1-4]\b|20\d\d|\bkw|\bw/", re.IGNORECASE
)


@dataclass(slots=True)
class Token:
    """A piece of the text with its tag; start and end are places in the whole text. `fold` is its casefolded text."""

    tag: str
    value: Any
    start: int
    end: int
    fold: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The date words of one language. `single` maps a word to (tag, value); `phrases` maps a first word to the rest of the
    phrases that begin with it, longest first. `triggers` are the words without which there is no date but in figures.
    `doubtful` words count only beside others ("may"), and never before `verbs` that make them something else; `never_before`
    words deny a date to the figures they stand in front of ("page 3/12"), `measures` to those before them ("1/2 inch");
    `after_day` words may follow "the 14th" (most others make it "the 14th floor"); behind `then_never_after` words "then" is no
    time ("ok then")."""

    code: str
    single: Mapping[str, tuple[str, Any]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str, Any], ...]]
    triggers: frozenset[str]
    signs: frozenset[str]
    doubtful: frozenset[str]
    never_before: frozenset[str]
    after_day: frozenset[str]
    measures: frozenset[str]
    verbs: frozenset[str]
    then_never_after: frozenset[str]
    quarter_letter: str
    half_letter: str


SETS = ("signs", "doubtful", "never_before", "after_day", "measures", "verbs", "then_never_after")

# Roles of which at least one is needed for a moment in words.
TRIGGER_ROLES = frozenset(
    "month weekday weekdays unit today holiday season fiscal calweek weekof then daypart halfyear ordinalword partunit".split()
)


def _entries(table: Any) -> Iterable[tuple[str, Any]]:
    """Pairs of word and value; a mere list of words has no values."""
    if isinstance(table, dict):
        for word, value in table.items():
            yield word, value
    else:
        for word in table:
            yield word, None


@functools.cache
def lexicon(code: str) -> Lexicon:
    """The lexicon of a language; KeyError where it has no [dates] table."""
    table = tables()[code]["dates"]
    single: dict[str, tuple[str, Any]] = {}
    phrases: dict[str, list[tuple[tuple[str, ...], str, Any]]] = {}
    triggers: set[str] = set()
    for role, words in table["words"].items():
        for written, value in _entries(words):
            known = (value, value) if role == "number" else value
            pieces = tuple(m["word"] or m["figures"] or m["mark"] for m in TOKEN.finditer(written.casefold()))
            if len(pieces) == 1:
                single[pieces[0]] = (TAGS[role], known)
            else:
                phrases.setdefault(pieces[0], []).append((pieces[1:], TAGS[role], known))
            if role in TRIGGER_ROLES:
                triggers.add(max(pieces, key=len) if len(pieces) > 1 else pieces[0])
    ordered = {first: tuple(sorted(rest, key=lambda r: -len(r[0]))) for first, rest in phrases.items()}
    sets = {name: frozenset(table.get(name, "").split()) for name in SETS}
    letters = {name: str(table.get(name, "")) for name in ("quarter_letter", "half_letter")}
    return Lexicon(code, single, ordered, frozenset(triggers), **sets, **letters)


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that have date words, English first."""
    return tuple(
        sorted((code for code, table in tables().items() if "dates" in table), key=lambda code: (code != "en", code))
    )


@functools.cache
def foreign_words() -> Mapping[str, frozenset[str]]:
    """For every language but English: the words that show it, its own date words included."""
    english = lexicon("en").single.keys()
    found = {}
    for code in languages():
        if code != "en":
            words = lexicon(code)
            found[code] = words.signs | frozenset(w for w in words.triggers if len(w) > 2 and w not in english)
    return found


@functools.cache
def all_triggers() -> frozenset[str]:
    """The words of which at least one must be there before anything is looked at more closely."""
    return frozenset().union(*(lexicon(code).triggers for code in languages()))


def may_hold_date(words: set[str], text: str) -> bool:
    """The cheap look: whether a text has any date word or date-like figures at all."""
    return not all_triggers().isdisjoint(words) or DATE_FIGURES.search(text) is not None


def spoken(words: set[str]) -> tuple[str, ...]:
    """The languages to read a text in: English always, another where one of its words stands there."""
    return ("en", *(code for code, signs in foreign_words().items() if not signs.isdisjoint(words)))


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
    for found in TOKEN.finditer(text):
        kind, written = found.lastgroup, found.group()
        start, end = offset + found.start(), offset + found.end()
        if kind == "suffix" or kind == "figures":
            _append_figures(tokens, found["figures"], found["suffix"] or "", start, end)
        elif kind == "quarter":
            tokens.append(Token(*_numbered(written, words), start, end, written.casefold()))
        elif kind == "word":
            fold = written.casefold().replace("’", "'")
            known = words.single.get(fold)
            if known is None and (fold.endswith("'s") or fold.endswith("'")):
                known = words.single.get(fold.rpartition("'")[0])
            tokens.append(Token(*(known or ("_", None)), start, end, fold))
        elif kind == "break":
            tokens.append(Token("#", None, start, end, "\n"))
        elif kind == "mark":
            if written in "'’\"*_":
                continue
            tokens.append(Token(PUNCTUATION.get(written, "_"), None, start, end, written))
        else:
            tokens.append(Token("_", None, start, end, written))
    return _phrases(tokens, words)


def _phrases(tokens: list[Token], words: Lexicon) -> list[Token]:
    """Words that together play one role become one token."""
    if not any(token.fold in words.phrases for token in tokens):
        return tokens
    merged: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        for rest, tag, value in words.phrases.get(token.fold, ()):
            following = tokens[index + 1 : index + 1 + len(rest)]
            if len(following) == len(rest) and all(t.fold == r for t, r in zip(following, rest, strict=True)):
                merged.append(Token(tag, value, token.start, following[-1].end, token.fold))
                index += 1 + len(rest)
                break
        else:
            merged.append(token)
            index += 1
    return merged
