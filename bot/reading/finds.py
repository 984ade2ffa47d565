"""Where the rules of an answer speak: each rule's first place in the text to which no guard objects."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.model import Kind, Message
from bot.reading.language import Rule, Span
from bot.reading.people import named_before, named_next, person_near
from bot.reading.sentences import Words
from bot.reading.settings import ReadSettings
from bot.reading.tongues import Guard, Tongue

MOST_FINDS = 6  # places at which one pattern is tried: a text that repeats itself says nothing new
NEAR = 40  # characters that a guard with where = "near" looks at
SUBJECT = 40  # characters before a verb in which its subject stands


@dataclass(frozen=True, slots=True)
class Find:
    """A rule that spoke, and where. `data` holds the rule's further keys: `weak` (heard only where nothing else is said),
    `mild` (gives way to a promise), `reason` (makes a short no a firm one), `selling` (they sell to us), `stated` (a time that
    is told and not asked for: gives way to a question), `told` (its day comes before that of others)."""

    kind: Kind
    rule: str
    start: int
    end: int
    language: str
    data: Mapping[str, Any]


# The order in which kinds are looked for, and what need not be looked for any more once one is found.
ORDER = (
    Kind.NOTHING,
    Kind.OPT_OUT,
    Kind.ACCEPTED,
    Kind.FIRM_NO,
    Kind.LEFT,
    Kind.LATER,
    Kind.REFERRAL,
    Kind.ENGAGED,
    Kind.EARLY_NO,
    Kind.HOLDING,
    Kind.AWAY,
)
_RANK = {kind: rank for rank, kind in enumerate(ORDER)}
_BELOW = {kind: frozenset(ORDER[rank + 1 :]) for rank, kind in enumerate(ORDER)}
_SETTLED = _BELOW | {
    Kind.NOTHING: frozenset[Kind](),
    Kind.FIRM_NO: _BELOW[Kind.FIRM_NO] - {Kind.LATER},  # a no that names a time to ask again
    Kind.ENGAGED: _BELOW[Kind.ENGAGED] | {Kind.ENGAGED},
}


def finds_in(
    words: Words, tongues: Iterable[Tongue], message: Message, settings: ReadSettings, fresh: bool
) -> list[Find]:
    """The rules that speak, as far as they can matter. `fresh`: the mail answers nothing."""
    heard: list[Find] = []
    settled: frozenset[Kind] = frozenset()
    tried = [(tongue, *chance) for tongue in tongues for chance in tongue.rules.candidates(words.folded, words.folded)]
    tried.sort(key=lambda t: _RANK[t[1].data["kind"]])
    for tongue, rule, part, spans in tried:
        kind = rule.data["kind"]
        if kind in settled or rule.data.get("fresh", fresh) != fresh or (heard and heard[-1].rule == rule.name):
            continue
        for found in itertools.islice(_places(part.pattern, words.folded, spans), MOST_FINDS):
            if (
                found[0].strip()
                and _unopposed(rule, found, words, tongue)
                and _complete(rule, found, words, message, settings)
            ):
                heard.append(Find(Kind(kind), rule.name, found.start(), found.end(), tongue.code, rule.data))
                settled |= _settled_by(heard[-1])
                break
    return heard


def _places(pattern: re.Pattern[str], text: str, spans: Iterable[Span]) -> Iterator[re.Match[str]]:
    """Where a pattern matches, overlapping places too: a find that a guard takes back may hide the true one."""
    for at, end in spans:
        while found := pattern.search(text, at, end):
            yield found
            at = found.start() + 1


def _settled_by(find: Find) -> frozenset[Kind]:
    """The kinds that need no hearing after a find."""
    if find.data.get("weak") or find.data.get("mild"):
        return frozenset()
    if find.data.get("stated"):
        return _SETTLED[find.kind] - {Kind.ENGAGED}
    return _SETTLED[find.kind] - {Kind.EARLY_NO} if find.data.get("reason") else _SETTLED[find.kind]


def _unopposed(rule: Rule, found: re.Match[str], words: Words, tongue: Tongue) -> bool:
    """Whether no guard objects, of the rule or of its kind, and one speaks for it where it asks for one."""
    against = itertools.chain(rule.data.get("unless", ()), tongue.always.get(rule.data["kind"], ()))
    if any(_holds(tongue.guards[name], found, words) for name in against):
        return False
    asked = rule.data.get("only")
    return not asked or any(_holds(tongue.guards[name], found, words) for name in asked)


def _holds(guard: Guard, found: re.Match[str], words: Words) -> bool:
    """Whether a guard's pattern is in the part of the text in which it looks."""
    start, end = words.sentence(found.start())
    folded = words.folded
    match guard.where:
        case "clause":
            part = folded[words.clause(found.start()) : found.start()]
        case "through":
            part = folded[words.clause(found.start()) : found.end()]
        case "before":
            part = folded[start : found.start()]
        case "near":
            part = folded[found.end() : min(end, found.end() + NEAR)]
        case "after":
            part = folded[found.end() : end]
        case "sentence":
            part = folded[start:end]
        case _:
            part = folded
    return guard.pattern.search(part) is not None


def _complete(rule: Rule, found: re.Match[str], words: Words, message: Message, settings: ReadSettings) -> bool:
    """Whether what the rule needs beside its pattern is there."""
    start, end = words.sentence(found.start())
    match rule.data.get("needs"):
        case "person":
            return person_near(words, found.start(), found.end(), message, settings) is not None
        case "name":
            return named_before(words.text[max(start, found.start() - SUBJECT) : found.start()])
        case "other_name":
            return named_next(words.text[found.end() : end], message, settings)
    return True
