"""Which word plays which role in a date, in which language. The roles are the alphabet of the grammar: each has a
letter, and the grammar's rules are patterns over a short string of such letters. The words are data: the [dates] tables
in languages/*.dates.toml.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterable, Iterator, Mapping
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
    "did": "d",  # a verb that tells of the past: "spoke on Monday"
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

TOKEN = re.compile(
    r"(?P<word>(?:w/[cbek]|t/m|f/u)(?!\w)|(?![qhts][1-4](?![^\W_])|https?://|www\.)[^\W\d_]++(?:['’][^\W\d_]++){0,3}(?![\w.+-]{0,64}+@\w))"
    r"|(?P<skip>(?:https?://|www\.)[^\s<>]+|[\w.+-]{1,64}+@[\w.-]{1,80})"
    r"|(?P<quarter>[qhts][1-4](?![^\W_]))"
    r"|(?P<figures>\d(?:[\d.,/:-]{0,40}\d)?)(?P<suffix>(?:st|nd|rd|th|er|ère|ème|de|ste|º|ª|h\d\d|[ap]m|h|ish|[ap])(?![^\W_]))?"
    r"|(?P<break>\n[ \t>]*\n)"
    r"|(?P<mark>[^\s\w])",
    re.IGNORECASE,
)
# Everything between words, by which a text falls into them at the speed of `str.translate`; an apostrophe parts words.
_BETWEEN = string.punctuation + string.digits + "’‘“”„«»–—…•·¿¡|\u00a0"
BETWEEN_WORDS = str.maketrans(dict.fromkeys(_BETWEEN, " "))
# A sentence surely ends where a long word stands before the stop (no abbreviation) and a capital behind it.
STRETCH_END = re.compile(r"(?<=[^\W\d_]{5})[.!?]+\s+(?=[^\W\d_a-z])|(?<=[!?])\s+|\n[ \t>]*\n")
# Figures that may be a date: 2/15, 14th, 2027, Q3. All begin with a digit, so that the search leaps from one to the
# next.
DATE_FIGURES = re.compile(
    r"\d(?:(?<![\d.,]\d)\d{0,3} ?[./-] ?\d{1,2}(?![\d,])"
    r"|(?:st|nd|rd|th)\b|(?<=2)0\d\d|(?<=[QHTSqhts]\d)\b|(?<=[QHTqht] \d)\b"
    r"|(?<=\bam \d)|(?<=\ble \d)|(?<=\bel \d)|(?<=\bil \d)|(?<=\bop \d)|(?<=\bden \d)|(?<=\bthe \d))"
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The date words of one language. `single` maps a word to (tag, value); `phrases` maps a first word to the rest of
    the phrases that begin with it, longest first. `triggers` are the words without which there is no date but in
    figures. `doubtful` words count only beside others ("may"), and never before `verbs` that make them something else;
    `never_before` words deny a date to the figures they stand in front of ("page 3/12"), `measures` to those before
    them ("1/2 inch"); `after_day` words may follow "the 14th" (most others make it "the 14th floor"); behind
    `then_never_after` words "then" is no time ("ok then")."""

    code: str
    single: Mapping[str, tuple[str, Any]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str, Any], ...]]
    triggers: frozenset[str]
    quarter_letter: str
    half_letter: str
    signs: frozenset[str]
    doubtful: frozenset[str]
    never_before: frozenset[str]
    after_day: frozenset[str]
    measures: frozenset[str]
    verbs: frozenset[str]
    then_never_after: frozenset[str]


SETS = ("signs", "doubtful", "never_before", "after_day", "measures", "verbs", "then_never_after")

# Roles of which at least one is needed for a moment in words.
TRIGGER_ROLES = frozenset(
    [
        "month",
        "weekday",
        "weekdays",
        "unit",
        "today",
        "holiday",
        "season",
        "fiscal",
        "calweek",
        "weekof",
        "halfyear",
        "partunit",
    ]
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
    known_by: list[list[str]] = []
    for role, words in table["words"].items():
        for written, value in _entries(words):
            known = (value, value) if role == "number" else value
            pieces = tuple(m["word"] or m["figures"] or m["mark"] for m in TOKEN.finditer(written.casefold()))
            if len(pieces) == 1:
                single[pieces[0]] = (TAGS[role], known)
            else:
                phrases.setdefault(pieces[0], []).append((pieces[1:], TAGS[role], known))
            if role in TRIGGER_ROLES:
                known_by.append(" ".join(pieces).translate(BETWEEN_WORDS).split() or [pieces[0]])
    triggers = {words[0] for words in known_by if len(words) == 1}
    # Of a phrase its longest word, the last of several; none, where a word of it is a trigger by itself.
    triggers |= {max(reversed(words), key=len) for words in known_by if triggers.isdisjoint(words)}
    ordered = {first: tuple(sorted(rest, key=lambda r: -len(r[0]))) for first, rest in phrases.items()}
    return Lexicon(
        code=code,
        single=single,
        phrases=ordered,
        triggers=frozenset(triggers),
        quarter_letter=str(table.get("quarter_letter", "")),
        half_letter=str(table.get("half_letter", "")),
        **{name: frozenset(table.get(name, "").split()) for name in SETS},
    )


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that have date words, English first."""
    return tuple(
        sorted((code for code, table in tables().items() if "dates" in table), key=lambda code: (code != "en", code))
    )


@functools.cache
def foreign_words() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    """For every language but English: common words that show it, and its own date words, which show it alone."""
    english = lexicon("en")
    found = {}
    for code in languages():
        if code != "en":
            words = lexicon(code)
            strange = {
                w: tag for w, (tag, _) in words.single.items() if w not in english.single and w not in english.signs
            }
            own = {w for w in words.triggers & strange.keys() if len(w) > 3 or (len(w) == 3 and strange[w] == "M")}
            signs = {w for w, tag in strange.items() if len(w) > 3 and tag in "RPo><"}
            found[code] = (words.signs - english.signs - english.single.keys() | signs, frozenset(own))
    return found


@functools.cache
def all_triggers() -> frozenset[str]:
    """The words of which at least one must be there before anything is looked at more closely."""
    english = lexicon("en")
    found = {word for word in english.triggers if len(word) > 1}
    for code in languages():
        words = lexicon(code)
        months = {word for word, (tag, _) in words.single.items() if tag == "M"}
        found |= {
            word
            for word in words.triggers
            if len(word) > 2 and (word not in english.signs or (word in months and len(word) > 3))
        }
    return frozenset(found)


@functools.cache
def pointers() -> frozenset[str]:
    """The words that may point back to a moment: then, that, over."""
    found: set[str] = set()
    for code in languages():
        words = lexicon(code)
        found.update(w for w, (tag, _) in words.single.items() if tag in "=?")
        found.update(max(rest, key=len) for many in words.phrases.values() for rest, tag, _ in many if tag in "=?")
    return frozenset(found)


def words_of(text: str) -> set[str]:
    """The words of a text, casefolded: a cheap look, not the tokens."""
    return set(text.casefold().translate(BETWEEN_WORDS).split())


def may_hold_date(words: set[str], text: str) -> bool:
    """The cheap look: whether a text has any date word or date-like figures at all."""
    return not all_triggers().isdisjoint(words) or DATE_FIGURES.search(text) is not None or "w/" in text


def spoken(words: set[str]) -> tuple[str, ...]:
    """The languages to read a text in: English always; another where a date word of its own, or two of its common words
    stand there (in a very short text, one)."""
    enough = 1 if len(words) < 8 else 2
    foreign = (
        code
        for code, (signs, own) in foreign_words().items()
        if not own.isdisjoint(words) or len(signs & words) >= enough
    )
    return ("en", *foreign)


def stretches(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces that no date runs across, each with its place: sentences, as far as that is sure, and
    paragraphs."""
    begin = 0
    for cut in STRETCH_END.finditer(text):
        if cut.end() - begin > 2:
            yield begin, text[begin : cut.end()]
        begin = cut.end()
    if begin < len(text):
        yield begin, text[begin:]
