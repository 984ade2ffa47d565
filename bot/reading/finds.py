"""Where the rules of an answer speak: each rule's first place in the text to which no guard objects."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.model import Kind, Message
from bot.reading.language import Rule
from bot.reading.people import named_before, named_next, person_near
from bot.reading.sentences import Words
from bot.reading.settings import ReadSettings
from bot.reading.tongues import Tongue

MOST_FINDS = 6  # places at which one pattern is tried: a text that repeats itself says nothing new
NEAR = 40  # characters that a guard with where = "near" looks at
SUBJECT = 40  # characters before a verb in which its subject stands


@dataclass(frozen=True, slots=True)
class Find:
    """A rule that spoke, and where. `data` holds the rule's further keys: `weak` (heard only where nothing else is said),
    `mild` (gives way to a promise), `reason` (makes a short no a firm one), `selling` (they sell to us)."""

    kind: Kind
    rule: str
    start: int
    end: int
    language: str
    data: Mapping[str, Any]


def finds_in(words: Words, tongue: Tongue, message: Message, settings: ReadSettings, fresh: bool) -> Iterator[Find]:
    """Every rule of a language that speaks. `fresh`: the mail answers nothing."""
    spoken = None
    for rule, part in tongue.rules.candidates(words.folded):
        if rule is spoken or rule.data.get("fresh", fresh) != fresh:
            continue
        for found in itertools.islice(part.pattern.finditer(words.folded), MOST_FINDS):
            if found[0].strip() and _unopposed(rule, found, words, tongue) and _complete(rule, found, words, message, settings):
                yield Find(Kind(rule.data["kind"]), rule.name, found.start(), found.end(), tongue.code, rule.data)
                spoken = rule
                break


def _unopposed(rule: Rule, found: re.Match[str], words: Words, tongue: Tongue) -> bool:
    """Whether no guard of the rule objects."""
    start, end = words.sentence(found.start())
    folded = words.folded
    for name in rule.data.get("unless", ()):
        guard = tongue.guards[name]
        match guard.where:
            case "clause":
                part = folded[words.clause(found.start()) : found.start()]
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
        if guard.pattern.search(part):
            return False
    return True


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
