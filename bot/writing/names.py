"""How a person is greeted: as the rep greeted him before, else by the name he writes under, else with no name at all.

A mailbox that belongs to a function ("sales@", "Front Office") or a firm is no person; neither is a name that we
cannot take apart with certainty. The neutral greeting is never wrong, so every doubt ends there. The knowledge is in
names.toml.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model import Address
from bot.writing.customs import custom, joined

MAX_GREETING = 60  # characters; what is longer is a sentence
MAX_NAMED = 3  # people; more of them are greeted together
MAX_NAME = 80  # characters of a display name worth looking at


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name taken apart. `first` may be empty ("Dr. Meier"), `title` is as written in the given language."""

    first: str
    last: str
    title: str = ""

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}".strip()


@functools.cache
def _tables() -> dict[str, Any]:
    file = importlib.resources.files("bot.writing") / "names.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def _words(*path: str) -> frozenset[str]:
    found: Any = _tables()
    for key in path:
        found = found[key]
    return frozenset(found.split() if isinstance(found, str) else found)


@functools.cache
def _folds(*path: str) -> frozenset[str]:
    """The same words, folded for comparing."""
    return frozenset(map(_folded, _words(*path)))


def greeting_line(own: str, people: Sequence[Address], language: str, country: str, *, familiar: bool = False) -> str:
    """The first line of a mail, with its comma: the rep's `own` salutation where it still fits these people, else one
    made from their display names, else the neutral one of the language."""
    words = custom(language, country)
    if familiar:
        words = {**words, "greet_one": words.get("greet_familiar", words["greet_one"])}
    return (_own(own, people, language) or _made(people, language, words)) + str(words.get("comma", ","))


def _made(people: Sequence[Address], language: str, words: Mapping[str, Any]) -> str:
    names = [person_name(person, language) for person in people]
    known = [name for name in names if name is not None]
    if len(people) > MAX_NAMED:
        return str(words["greet_all"])
    if not known or len(known) < len(people):
        return str(words["greet_nobody"])
    if any(name.title for name in known):
        forms = [f"{name.title} {name.last}" if name.title else name.full for name in known]
        return str(words["greet_title"]).format(name=joined(forms, language))
    if not all(name.first for name in known):
        return str(words["greet_nobody"])
    form = words["greet_one"]
    return str(form).format(
        first=joined([name.first for name in known], language), full=joined([name.full for name in known], language)
    )


def person_name(person: Address, language: str) -> Name | None:
    """The name a person writes under, or None where it is no person's or cannot be taken apart with certainty.

    "Ruiz, Dana" and "RUIZ Dana" are Dana; "Dr. Meier" keeps the title; "Acme Sales", "dana.ruiz", "D. Ruiz" are nobody.
    """
    if _folded(person.email.partition("@")[0]) in _folds("roles"):
        return None
    text = _cleaned(person.name)
    if not text:
        return None
    title, text = _untitled(text, language)
    if _folded(text.partition(" ")[0].rstrip(".")) in _every_title():
        return None  # a title of another language: how he is greeted in this one, who can say
    parts = [part for part in (_unsuffixed(piece) for piece in text.split(",")) if part]
    if len(parts) > 2 or not parts:
        return None
    given, family = (parts[1], parts[0]) if len(parts) == 2 else (parts[0], "")
    if len(parts) == 2:
        inner, given = _untitled(given, language)
        title = title or inner
    tokens = f"{given} {family}".split()
    if not tokens or len(tokens) > 5 or not all(map(_is_name, tokens)) or _is_company(tokens, person):
        return None
    if not family:
        given, family = _split(tokens, bool(title))
    if title:
        return Name(_cased(given), _cased(family), title) if family else None
    first = given.split()[0] if given else ""
    if len(first) < 2 or _folded(first) in _words("parts", "particles"):
        return None
    return Name(_cased(first), _cased(family))


def display(person: Address) -> str:
    """A person as a reminder names him: his display name in one line, else his address."""
    return _cleaned(person.name) or person.email


def _split(tokens: list[str], titled: bool) -> tuple[str, str]:
    """Given and family name of "Dana Ruiz"; "RUIZ Dana" is the French and East Asian way to mark the family name."""
    if len(tokens) == 1:
        return ("", tokens[0]) if titled else (tokens[0], "")
    loud = [t for t in tokens if len(t) > 1 and t.isupper()]
    if any(len(t.strip(".")) <= 2 for t in loud) or any("." in t for t in loud):
        return "", " ".join(tokens)  # "JR Smith" or "LI Ming": initials or a family name, who can say
    if loud and len(loud) < len(tokens):
        return " ".join(t for t in tokens if t not in loud), " ".join(loud)
    return tokens[0], " ".join(tokens[1:])


def _cleaned(name: str) -> str:
    """A display name in one line, without quotes, brackets and what follows a bar or a dash."""
    text = " ".join("".join(c if c.isprintable() else " " for c in name[:MAX_NAME]).split()).strip("'\"“”„ ")
    text = re.split(r" [|/–—-] |[(\[<|]| via | at | @ ", text, maxsplit=1)[0]
    return text.strip(" ,;")


def _untitled(text: str, language: str) -> tuple[str, str]:
    """Leading titles, in the language of the mail, and the rest. An unknown title language knows the English ones."""
    titles = _tables()["titles"]
    known = titles.get(language, titles["en"])
    found: list[str] = []
    tokens = text.split()
    while len(tokens) > 1 and (word := known.get(_folded(tokens[0].rstrip(".")))):
        found.append(word)
        tokens = tokens[1:]
    return " ".join(found), " ".join(tokens)


@functools.cache
def _every_title() -> frozenset[str]:
    """The titles of all languages, folded."""
    titles = frozenset(_folded(word) for titles in _tables()["titles"].values() for word in titles)
    return titles - _folds("parts", "title_or_name")


def _unsuffixed(text: str) -> str:
    """The text without the degrees and generations behind a name."""
    tokens = text.split()
    while len(tokens) > 1 and _folded(tokens[-1]).replace(".", "") in _folds("parts", "suffixes"):
        tokens.pop()
    alone = len(tokens) == 1 and _folded(tokens[0]).replace(".", "") in _folds("parts", "suffixes")
    return "" if alone else " ".join(tokens)


def _is_name(token: str) -> bool:
    """Latin letters with hyphens, apostrophes and a closing dot; other scripts say too little about the order of
    names."""
    bare = token.rstrip(".").replace("-", "").replace("'", "").replace("’", "")
    return bare.isalpha() and all("LATIN" in unicodedata.name(c, "") for c in bare)


def _is_company(tokens: Iterable[str], person: Address) -> bool:
    words = [_folded(token.rstrip(".")) for token in tokens]
    host = person.domain.split(".")[0]
    label = re.sub(r"[^a-z0-9]", "", _folded(host))
    local = _folded(person.email.partition("@")[0])
    return (
        any(w in _folds("roles") or w in _folds("firms") for w in words)
        or words[0] == label
        or "".join(words) == label
        or (len(words) == 1 and words[0] == local and not next(iter(tokens))[0].isupper())
    )


def _cased(text: str) -> str:
    """ "DANA" and "dana" as Dana; what is already mixed stays ("McKay", "van Dyk")."""
    return " ".join(t.title() if t.isupper() or (t.islower() and len(t) > 3) else t for t in text.split())


def _folded(text: str) -> str:
    """Casefolded and without accents, for comparing."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _own(own: str, people: Sequence[Address], language: str) -> str:
    """The rep's own salutation where it still fits, without its comma; else ""."""
    line = own.strip().splitlines()[0].strip() if own.strip() else ""
    line = re.split(r"[:;!?–—]", line, maxsplit=1)[0].strip(" ,.-")
    words, rest = _salutation(line)
    names = re.split(r",| (?:and|und|et|y|e|&) ", rest)
    if any(not _like_a_name(name) for name in names):
        rest = names[0]
        names = names[:1]
        line = f"{words} {rest}".strip()
    if not line or len(line) > MAX_GREETING or any(c.isdigit() or c in "@<>{}%#\\" for c in line):
        return ""
    tokens = [_folded(token.strip(".,")) for token in rest.split()]
    many = _folds("greetings", "many")
    if tokens and all(token in many or token in ("and", "or", "und", "et", "y") for token in tokens):
        return _timeless(line, words, rest, language)
    if any(token in _folds("roles") for token in tokens) or len(names) > len(people):
        return ""
    if rest and not all(_like_a_name(name) and _belongs(name, people, language) for name in names):
        return ""
    if not words and not rest:
        return ""
    return _timeless(line, words, rest, language)


def _salutation(line: str) -> tuple[str, str]:
    """The greeting words a line begins with, as written, and the rest: "Dear Mr Hugh" -> "Dear", "Mr Hugh"."""
    low = line.casefold()
    known = sorted(_words("greetings", "words") | _words("greetings", "hours"), key=len, reverse=True)
    for word in known:
        if low == word or low.startswith((word + " ", word + ",")):
            return line[: len(word)], line[len(word) :].strip(" ,")
    return "", line


def _timeless(line: str, words: str, rest: str, language: str) -> str:
    """A greeting that holds at any hour: "Good afternoon Dana" -> "Hello Dana"."""
    if words.casefold() not in _words("greetings", "hours"):
        return line
    hello = _tables()["greetings"]["hello"]
    return f"{hello.get(language, hello['en'])} {rest}".strip()


def _like_a_name(text: str) -> bool:
    tokens = text.split()
    many = _words("greetings", "many")
    return len(tokens) <= 4 and all(
        _is_name(t) and (t[0].isupper() or t.casefold() in many or t.casefold() in _words("parts", "particles"))
        for t in tokens
    )


def _belongs(name: str, people: Sequence[Address], language: str) -> bool:
    """Whether a greeted name can be that of one of these people. Someone without a display name may be anybody."""
    _, bare = _untitled(name, language)
    tokens = [_folded(token.strip(".")) for token in bare.split()]
    tokens += [nick for token in tokens if (nick := _tables()["nicknames"].get(token))]
    return any(
        not person.name or any(len(t) > 1 and t in _folded(f"{person.name} {person.email}") for t in tokens)
        for person in people
    )
