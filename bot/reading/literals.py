"""The literals that a pattern needs: groups of which every match holds at least one each.

Finding them means parsing the pattern, and parsing every rule costs more than reading a mail does. So they are kept, by a
digest of the pattern, in languages/needs.json, which `python -m bot.reading.needs` writes anew; a pattern that is not in there
is parsed on the spot.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.resources
import json
import re
from collections.abc import Iterator
from typing import Any

MOST_NEEDS = 3  # groups of literals kept for a pattern: more cost more to look up than they save
KEPT = "needs.json"
LANGUAGES = "bot.reading.languages"

Needs = tuple[frozenset[str], ...]

# The parser's own module and names: it alone knows what a pattern needs, and it has no public door.
_parser: Any = importlib.import_module("re._parser")
_op: Any = importlib.import_module("re._constants")

asked: dict[str, tuple[str, int]] = {}  # digest -> the pattern and flags that were asked for: what needs.py writes down


def needs(source: str, flags: int = re.IGNORECASE) -> Needs:
    """Groups of casefolded literals: every match of the pattern contains at least one literal of each group. The most telling
    groups only; none where nothing can be said."""
    key = digest(source, flags)
    asked[key] = (source, int(flags))
    known = kept().get(key)
    return derive(source, flags) if known is None else tuple(frozenset(group.split("\n")) for group in known)


def derive(source: str, flags: int) -> Needs:
    """The same, from the pattern itself."""
    groups = sorted(set(_groups(_parser.parse(source, flags))), key=_weight, reverse=True)
    return tuple(groups[:MOST_NEEDS])


def digest(source: str, flags: int) -> str:
    """What a pattern is called in the kept file."""
    return hashlib.blake2b(f"{int(flags)} {source}".encode(), digest_size=9).hexdigest()


@functools.cache
def kept() -> dict[str, list[str]]:
    """Digest -> groups, the literals of each on lines of their own; empty where the file is missing."""
    file = importlib.resources.files(LANGUAGES) / KEPT
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _weight(group: frozenset[str]) -> tuple[int, int, list[str]]:
    """How telling a group is: long literals first, then few of them; the rest makes the order certain."""
    return min(map(len, group)), -len(group), sorted(group)


def _groups(parsed: Any) -> Iterator[frozenset[str]]:
    """Every group of alternatives that a sequence needs."""
    run = ""
    for op, value in [*parsed, (None, None)]:
        if op is _op.LITERAL:
            run += chr(value)
            continue
        if len(run) >= 2:
            yield frozenset({run.casefold()})
        run = ""
        if op is _op.SUBPATTERN:
            yield from _groups(value[3])
        elif op is _op.BRANCH:
            best = [max(_groups(branch), key=_weight, default=None) for branch in value[1]]
            if all(best):
                yield frozenset().union(*(group for group in best if group))
        elif op in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT) and value[0] > 0:
            yield from _groups(value[2])
