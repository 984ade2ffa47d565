"""Whom a mail points at: "ask Jane in purchasing", "my colleague (tom@acme.example) looks after this".

The words are in languages/und.people.toml. Names are known by their capitals, so this reads the text as it was written.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.model import Message
from bot.reading.language import tables
from bot.reading.sentences import Words
from bot.reading.settings import ReadSettings

REACH = 140  # characters behind the deciding words in which the person is looked for
NAME_REACH = 60  # and in which a name must begin
ROLE_REACH = 60
PRONOUN_REACH = 30  # in which "him" may stand, who was named before

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PART = r"(?:[A-ZÀ-ÖØ-ÞŁŚŽČ][\w'’-]*[a-zà-ÿ][\w'’-]*|[A-Z]\.|[A-Z]{2,3}\b(?= [A-Z][a-z]))"
_LITTLE = r"(?:(?:de|del|della|di|da|dos|van|von|der|den|ten|la|le|el|al|bin|st\.|y) ){0,2}"
_PRONOUN = re.compile(r"\b(?:him|her|them|ihn|ihm|lui|él|ella|hem|haar)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[^\W\d_]{3})[.!?]\s+|\n\s*\n")
_LOWER_NAME = re.compile(r"\b(?:ask|contact|try)\s+([a-z]{3,12})\b")


@dataclass(frozen=True, slots=True)
class _Lore:
    """The patterns made from the words of people."""

    title: re.Pattern[str]
    name: re.Pattern[str]
    role: re.Pattern[str]
    instead: re.Pattern[str]
    takes_over: re.Pattern[str]
    me_instead: re.Pattern[str]
    subject: re.Pattern[str]
    nobody: frozenset[str]


@functools.cache
def _lore() -> _Lore:
    table = tables()["und"]["people"]

    def any_of(words: str | list[str]) -> str:
        return "|".join(words.split() if isinstance(words, str) else words)

    before, after = any_of(table["their"]), any_of(table["offices"])
    title = rf"(?:{any_of(table['titles'])})\.?"
    return _Lore(
        title=re.compile(title),
        name=re.compile(rf"(?:{title} )?{_PART}(?: {_LITTLE}{_PART}){{0,3}}"),
        role=re.compile(rf"\b(?:(?:{before}) )?((?:{any_of(table['roles'])})(?: (?:{after}))?)\b", re.IGNORECASE),
        instead=re.compile(rf"\b(?:{any_of(table['instead'])})\b", re.IGNORECASE),
        takes_over=re.compile(rf"(?<=[.!;,] ){_PART}[\w ]{{0,30}}\b(?:{any_of(table['takes_over'])})\b"),
        me_instead=re.compile(any_of(table["me_instead"])),
        subject=re.compile(
            rf"(?:([A-Z][\w'’.-]+)|\b(?:{any_of(table['somebody'])}))(?: (?:{any_of(table['between'])}))*\s*$"
        ),
        nobody=frozenset(table["nobody"].split()),
    )


def person_near(
    words: Words, start: int, end: int, message: Message, settings: ReadSettings, *, gone: bool = False
) -> str | None:
    """The person, address or department that the words at start..end point at, as "Name <address>", a name, an address or a
    role; None where nobody is. With `gone` the words say that somebody left: who is meant is the one who takes over."""
    known = _known(message, settings)
    first, _ = words.sentence(start)
    email = _email(words.text, first, known)
    text = words.text[first:]
    before, behind = words.text[first:start], words.text[end : end + REACH]
    if gone:
        name = _named(_after_gone(text), known)
    else:
        inside = (
            words.text[start:end] if start > first else words.text[start:end].partition(" ")[2]
        )  # a first word is always large
        name = _named(behind, known, within=NAME_REACH) or _named(inside, known) or _named(before[-NAME_REACH:], known)
    if email:
        return f"{name} <{email}>" if name and _belongs(name, email) else email
    if not name and not gone and _PRONOUN.search(words.text[start:end] + behind[:PRONOUN_REACH]):
        name = _told_before(words.text[max(0, first - REACH) : first], known)
    if name:
        return name
    if gone:
        return str(message.sender) if _lore().me_instead.search(text) else None
    if found := _lore().role.search(behind[:ROLE_REACH]) or _lore().role.search(before):
        return found[1].strip()
    lower = _LOWER_NAME.search(words.folded[start : end + 20])
    return lower[1] if lower and lower[1] not in _lore().nobody and lower[1] not in known else None


def named_before(text: str) -> bool:
    """Whether a text ends in a person as its subject: "Dana has", "my colleague just"."""
    found = _lore().subject.search(text)
    return found is not None and not (found[1] and found[1].casefold() in _lore().nobody)


def named_next(text: str, message: Message, settings: ReadSettings) -> bool:
    """Whether a text begins with the name of a third person or house: neither of the two who write, nor the rep's company."""
    own = {domain.partition(".")[0] for domain in settings.own_domains}
    return _named(text.lstrip(), _known(message, settings) | own, within=0) is not None


def _known(message: Message, settings: ReadSettings) -> frozenset[str]:
    """Names and addresses of the two who are writing to each other."""
    people = (message.sender, *(a for a in message.to if settings.is_own(a)))
    names = {part.casefold() for a in people for part in re.findall(r"\w+", a.name)}
    return frozenset(names | {a.email for a in people} | settings.me)


def _email(text: str, start: int, known: Iterable[str]) -> str | None:
    """The first foreign address from a place on, else the first in the text."""
    found = sorted((m.start() < start, m.start(), m[0].rstrip(".").casefold()) for m in _EMAIL.finditer(text))
    return next((address for *_, address in found if address not in known), None)


def _told_before(text: str, known: frozenset[str]) -> str | None:
    """Whom "him" means after a text: of its last sentence with a name the last full name, else the last name."""
    for sentence in reversed(_SENTENCE.split(text)):
        if names := list(_names(sentence, known)):
            return next((name for name in reversed(names) if " " in name), names[-1])
    return None


def _named(text: str, known: frozenset[str], within: int | None = None) -> str | None:
    """The first name of a third person in a text, one that begins no later than `within`."""
    return next(_names(text, known, within), None)


def _names(text: str, known: frozenset[str], within: int | None = None) -> Iterator[str]:
    """The names of third persons in a text, those that begin no later than `within`."""
    lore = _lore()
    for found in lore.name.finditer(text):
        if within is not None and found.start() > within:
            return
        if text[found.end() : found.end() + 1] == "@":
            continue
        parts = found[0].split(" ")
        while parts and parts[0].casefold().strip(".") in lore.nobody and not lore.title.fullmatch(parts[0]):
            parts.pop(0)
        while parts and parts[-1].casefold() in lore.nobody:
            parts.pop()
        bare = [part.casefold() for part in parts if not lore.title.fullmatch(part)]
        if bare and not all(part in known or part in lore.nobody for part in bare):
            yield " ".join(parts).rstrip(".'’")


def _after_gone(text: str) -> str:
    """What follows the news that somebody has left, from the first word that points at another."""
    if found := _lore().instead.search(text):
        return text[found.end() :]
    other = _lore().takes_over.search(text)
    return text[other.start() :] if other else ""


def _belongs(name: str, email: str) -> bool:
    """Whether an address may be a name's: it shows some of it, or shows no name at all."""
    local = email.partition("@")[0]
    shown = any(len(part) > 2 and part.casefold()[:4] in local for part in re.findall(r"\w+", name))
    return shown or not re.search(r"[a-z]{3,}[._][a-z]{3,}", local)
