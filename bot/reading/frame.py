"""The frame of a mail, as every language knows it: the words around the writer's own text. Loaded from
languages/*.body.toml.

All languages count at once, since the frame is written by the mail program and often in another language than the text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.reading.language import rule_set, tables

_BY = (" by", " von", " da", " por", " par")
_TOP, _END = 2_000, 6_000  # characters of a long text at its two ends where such things stand
_NAMES = re.compile(r"[^\W\d_]+")


class Trims:
    """Patterns of what mail programs and companies add to a mail, by sort (footers, disclaimers, banners)."""

    def __init__(self, sorts: Mapping[str, Iterable[str]]) -> None:
        rows = ({"name": sort, "pattern": list(sources)} for sort, sources in sorts.items())
        self._rules = rule_set(rows)

    def spans(self, text: str) -> dict[str, list[tuple[int, int]]]:
        """Of each sort, the lines at which matches begin and end."""
        found: dict[str, list[tuple[int, int]]] = {}
        ends = ((0, _TOP), (len(text) - _END, len(text))) if len(text) > _TOP + _END else None
        for sort, part, spans in self._rules.candidates(text):
            for match in part.finds(text, ends or spans):
                lines = text.count("\n", 0, match.start()), text.count("\n", 0, match.end())
                found.setdefault(sort.name, []).append(lines)
        return found


@dataclass(frozen=True, slots=True)
class Frame:
    """Words and patterns of all languages together; plain words are casefolded.

    `labels` maps a header label ("von") to its role (from, sent, to, cc, subject). `opens` matches the beginning of an
    attribution line, `wrote` its verb, `pronoun_wrote` a verb that is prose ("we wrote"). Footers are lines,
    disclaimers paragraphs at the end, banners warnings on top.
    """

    labels: dict[str, str]
    opens: re.Pattern[str]
    wrote: re.Pattern[str]
    pronoun_wrote: re.Pattern[str]
    separators: frozenset[str]
    forwarded_by: tuple[str, ...]
    greetings: frozenset[str]
    greeting: re.Pattern[str]
    closings: frozenset[str]
    closing_start: re.Pattern[str]
    contact: re.Pattern[str]
    keeps: frozenset[str]
    mailboxes: frozenset[str]
    trims: Trims
    placeholder: re.Pattern[str]


@functools.cache
def frame() -> Frame:
    """The frame, loaded once."""
    bodies = [table["body"] for table in tables().values() if "body" in table]

    def words(key: str) -> list[str]:
        return sorted({word.casefold() for body in bodies for word in body.get(key, [])}, key=len, reverse=True)

    def patterns(key: str) -> list[str]:
        return [_across_lines(pattern) for body in bodies for pattern in body.get(key, [])]

    labels = {
        label.casefold(): role for body in bodies for role, many in body.get("labels", {}).items() for label in many
    }
    wrote = f"(?<![^\\W_]){_any(words('wrote'))}(?![^\\W_])"
    return Frame(
        labels=labels,
        opens=re.compile(rf"[\s>*|\-]{{0,8}}(?:{_any(words('on'))}[\s,]|\d{{1,4}}[\s./\-])", re.IGNORECASE),
        wrote=re.compile(wrote, re.IGNORECASE),
        pronoun_wrote=re.compile(rf"(?<![^\W_]){_any(words('pronouns'))}\s+{wrote}", re.IGNORECASE),
        separators=frozenset(words("original") + words("forwarded")),
        forwarded_by=tuple(word for word in words("forwarded") if word.endswith(_BY)),
        greetings=frozenset(words("greetings")),
        greeting=re.compile(rf"\s*{_any(words('greetings'))}(?![^\W_])", re.IGNORECASE),
        closings=frozenset(words("closings")),
        closing_start=re.compile(rf"{_any(words('closings'))}(?=[\s,!.\-–—])", re.IGNORECASE),
        contact=re.compile(rf"(?<![^\W_]){_any(words('contact'))}(?![^\W_])\.?\s?[:#.]?", re.IGNORECASE),
        keeps=frozenset(words("keeps")),
        mailboxes=frozenset(words("mailboxes")),
        trims=Trims({sort: patterns(sort) for sort in ("footers", "disclaimers", "banners")}),
        placeholder=re.compile("|".join(f"(?:{source})" for source in words("placeholders")), re.IGNORECASE),
    )


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(word) for word in words)})"


def _across_lines(pattern: str) -> str:
    """Mail programs wrap lines anywhere: a space in a pattern stands for any white space, and ^ and $ for those of a
    line. Only what a pattern begins with keeps to its line, or it would reach up into the text."""
    kept = pattern.replace(r"^[^\n]", "^\0")
    return "(?m)" + kept.replace(r"[^\n]", r"[\s\S]").replace(" ", r"\s").replace("\0", r"[^\n]")


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose mail it is: the words of his name and address, casefolded, and his initials."""

    names: frozenset[str]
    initials: str
    email: str = ""
    sorted_initials: tuple[list[str], ...] = ()

    @classmethod
    @functools.lru_cache(maxsize=4096)
    def of(cls, name: str, email: str) -> Writer:
        """From a display name and an address; "Ruiz, Dana" and "dana.ruiz@" are understood."""
        words = [word.casefold() for word in _NAMES.findall(name)]
        if "," in name:
            last, _, first = name.partition(",")
            words = [word.casefold() for word in _NAMES.findall(f"{first} {last}")]
        local = [word.casefold() for word in _NAMES.findall(email.partition("@")[0])]
        initials = "".join(word[0] for word in words or local)
        some = (initials, initials[:1] + initials[-1:])
        known = frozenset(word for word in [*words, *local] if len(word) > 1)
        return cls(known, initials, email, tuple(sorted(letters) for letters in some if len(letters) > 1))
