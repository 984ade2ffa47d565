"""The engine of the date grammar: tables of rules over the tags of tokens.

A rule is a pattern of role names and a function that makes a span of the values it is given. In a pattern, names stand
for the roles in words.TAGS; a name with a capital first letter hands its token's value to the function (None where an
optional one is missing); `?` makes optional, `|` is "or"; `not:name` looks ahead, `behind:name` looks back. A function
may answer None: the words do not hold what the pattern hoped, and the next rule is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.reading.moments.days import Span
from bot.reading.moments.lexicon import TAGS
from bot.reading.moments.words import Token

Build = Callable[..., Span | None]


# Names for several roles at once.
FAMILIES = {
    "daynumber": "number|ordinal|ordinalword",
    "nth": "ordinal|ordinalword|relative",
    "dash": "to|through|until",
    "opening": "from|between|of",
}


def _tags(names: str) -> str:
    roles = "|".join(FAMILIES.get(name, name) for name in names.lower().split("|"))
    return "".join(TAGS[role] for role in roles.split("|"))


def _class(names: str) -> str:
    return f"[{re.escape(_tags(names))}]"


def pattern_of(source: str, capturing: bool = True) -> str:
    """The regular expression over tags that a rule's pattern stands for."""
    parts = []
    for item in source.split():
        name = item.rstrip("?")
        if name.startswith("not:"):
            parts.append(f"(?!{_class(name[4:])})")
        elif name.startswith("behind:"):
            parts.append(f"(?<={_class(name[7:])})")
        else:
            piece = f"({_class(name)})" if capturing and name[0].isupper() else _class(name)
            parts.append(piece + ("?" if item.endswith("?") else ""))
    return "".join(parts)


def openings(source: str) -> set[str]:
    """The tags with which a stretch that a rule's pattern understands may begin."""
    found: set[str] = set()
    for item in source.split():
        if not item.startswith(("not:", "behind:")):
            found |= set(_tags(item.rstrip("?")))
            if not item.endswith("?"):
                break
    return found


@dataclass(frozen=True, slots=True)
class GrammarRule:
    """One row of a table."""

    name: str
    pattern: re.Pattern[str]
    build: Build


def tags_of(tokens: list[Token]) -> str:
    """The tags of some tokens in a row: what the rules' patterns are about."""
    return "".join([token.tag for token in tokens])


class Grammar:
    """A table of rules, tried in their order at each place from left to right."""

    def __init__(self) -> None:
        self.rules: list[GrammarRule] = []
        self._starts: list[str] = []
        self._openings: set[str] = set()
        self._first: re.Pattern[str] | None = None

    def rule(self, name: str, *patterns: str) -> Callable[[Build], Build]:
        """Adds a function under its patterns."""

        def add(build: Build) -> Build:
            for pattern in patterns:
                self.rules.append(GrammarRule(name, re.compile(pattern_of(pattern)), build))
                self._starts.append(pattern_of(pattern, capturing=False))
                self._openings |= openings(pattern)
            return build

        return add

    def _anywhere(self) -> re.Pattern[str]:
        """One pattern that says where any rule may begin, so that the other places are skipped at the speed of `re`: it leaps
        from opening to opening, and looks at the rules from there."""
        if self._first is None:
            opening = re.escape("".join(sorted(self._openings)))
            self._first = re.compile(f"[{opening}](?<=(?={'|'.join(self._starts)}).)")
        return self._first

    def may_begin(self, tags: str) -> bool:
        """Whether any rule may begin anywhere in tokens of these tags; where not, they stay as they are."""
        return self._anywhere().search(tags) is not None

    def rewrite(self, tokens: list[Token], context: Any) -> list[Token]:
        """The tokens with every stretch that a rule understands replaced by one span token."""
        tags = tags_of(tokens)
        found = self._anywhere().search(tags)
        made: list[Token] = []
        done = 0
        while found is not None:
            place = found.start()
            hit = self._at(tags, place, tokens, context)
            if hit is None:
                found = self._anywhere().search(tags, place + 1)
                continue
            span, end = hit
            made += tokens[done:place]
            made.append(Token("Z", span, tokens[place].start, tokens[end - 1].end))
            done = end
            found = self._anywhere().search(tags, end)
        return made + tokens[done:]

    def _at(self, tags: str, place: int, tokens: list[Token], context: Any) -> tuple[Span, int] | None:
        for rule in self.rules:
            found = rule.pattern.match(tags, place)
            if found is None:
                continue
            values = [tokens[begin].value if begin >= 0 else None for begin, _ in found.regs[1:]]
            span = rule.build(context, *values)
            if span is not None:
                return replace(span, rule=rule.name), found.end()
        return None
