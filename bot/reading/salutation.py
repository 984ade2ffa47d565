"""How the rep greets the person, and in which language he writes."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from bot.model import Address
from bot.reading.quotewords import alternatives, language_counts, words

MOST_WORDS = 5
WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
LETTERS = re.compile(r"[^\W\d_]+")


@functools.cache
def _greeting() -> re.Pattern[str]:
    return re.compile(
        rf"\s*(?P<word>{alternatives('greetings')})(?![\w-])[ ,]*(?P<name>[^\n,:;!–—]{{0,60}})", re.IGNORECASE
    )


def greeting_of(own: str, people: Sequence[Address]) -> str:
    """The salutation as written, without its comma ("Dear Hugh", "Ana, Rob", "Father Joe"); "" where there is none
    or it names nobody ("Hello", "Dear all")."""
    line = next((piece.strip() for piece in own.split("\n", 8)[:8] if piece.strip()), "")
    if not line:
        return ""
    if match := _greeting().match(line):
        return _with_greeting(line, match, people)
    return _names_alone(line, people)


def _with_greeting(line: str, match: re.Match[str], people: Sequence[Address]) -> str:
    """ "Hi Ellen", "Dear Hannah and Mark"; the words after the greeting word must be names."""
    rest, dash, _after = match["name"].partition(" - ")
    ended = bool(dash) or match.end() >= len(line.rstrip()) or line[match.end()] in ",:;!–—"
    names = WORD.findall(rest)
    if not ended or ". " in rest.replace("r. ", "").replace("s. ", "").replace("f. ", ""):
        names = _leading_names(rest, people)
    if not names or len(names) + len(match["word"].split()) > MOST_WORDS:
        return ""
    if all(name.casefold().strip(".") in words("generic") | {"and", "und", "et", "y"} for name in names) and not any(
        _is_of(name, people) for name in names
    ):
        return ""
    end = rest.rfind(names[-1]) + len(names[-1])
    greeting = line[match.start("word") : match.start("name") + end].strip()
    return greeting if any(n[0].isupper() or _is_of(n, people) for n in names) or rest.islower() else ""


def _leading_names(rest: str, people: Sequence[Address]) -> list[str]:
    """Of words that run on into the sentence, those at the beginning that are surely names."""
    found: list[str] = []
    for word in WORD.findall(rest):
        title = word.casefold().strip(".") in words("titles")
        if not (
            title
            or _is_of(word, people)
            or (found and found[-1].casefold().strip(".") in words("titles") and word[0].isupper())
        ):
            break
        found.append(word)
    return found


def _names_alone(line: str, people: Sequence[Address]) -> str:
    """A line or a beginning that is only names: "Carol,", "Ana, Rob", "Nick - ballpark for ..."."""
    head = re.match(
        r"[^\n:;!–—.?]{1,50}?(?=\s*(?:[,:!–—]\s*$|$| - | – |— ))", line.replace("Fr. ", "Fr  ").replace("Dr. ", "Dr  ")
    )
    if head is None:
        head = re.match(r"[^\s,]{2,20}(?=,\s)", line)
        if head is None or not _is_of(head.group(), people):
            return ""
    parts = WORD.findall(head.group())
    if not parts or len(parts) > MOST_WORDS:
        return ""
    joined = [p for p in parts if p.casefold() not in ("and", "und", "et", "y")]
    plausible = all(p[0].isupper() for p in joined) and not any(
        p.casefold().strip(".") in words("not_names") | words("generic") for p in joined
    )
    if not plausible or (len(joined) > 3) or not all(c.isalpha() or c in " ,.&'’-" for c in head.group()):
        return ""
    alone = head.end() >= len(line.rstrip(" ,:!–—"))
    return line[: head.end()].strip() if alone or any(_is_of(p, people) for p in joined) else ""


def _is_of(name: str, people: Sequence[Address]) -> bool:
    """Whether a word is part of a recipient's name or address."""
    low = name.casefold().strip(".")
    return len(low) >= 2 and any(
        low in LETTERS.findall(p.name.casefold()) or low in LETTERS.findall(p.email.partition("@")[0]) for p in people
    )


def language_of(text: str) -> str:
    """The language of a text by its little words; "en" where too few tell."""
    counts = language_counts(text)
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["en"] else "en"
