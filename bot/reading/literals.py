"""The literals that a pattern needs: groups of which every match holds at least one each; and whether a match stays in its line.

A literal has a blank where a word surely begins or ends (" would like " of `\\bwould like\\b`), and is looked for in a text
whose other characters are blanks too (`spaced`): so the words of a line lead to the few literals worth looking for.

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
IN_LINE, ACROSS = "in line", "across lines"  # what a kept row begins with
_BREAK = ord("\n")

Needs = tuple[frozenset[str], ...]

# The parser's own module and names: it alone knows what a pattern needs, and it has no public door.
_parser: Any = importlib.import_module("re._parser")
_op: Any = importlib.import_module("re._constants")

_REPEATS = (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT)

asked: dict[str, tuple[str, int]] = {}  # digest -> the pattern and flags that were asked for: what needs.py writes down


def needs(source: str, flags: int = re.IGNORECASE) -> Needs:
    """Groups of casefolded literals: every match of the pattern contains at least one literal of each group. The most telling
    groups only, the most telling one first; none where nothing can be said."""
    return known(source, flags)[0]


def known(source: str, flags: int) -> tuple[Needs, bool]:
    """What a pattern needs, and whether no match of it, nor what it looks ahead at, can reach over the end of a line: searched
    for in one line alone it is found as in the whole text."""
    key = digest(source, flags)
    asked[key] = (source, int(flags))
    if (row := kept().get(key)) is None:
        return derive(source, flags)
    in_line, *groups = row
    return tuple(frozenset(group.split("\n")) for group in groups), in_line == IN_LINE


def derive(source: str, flags: int) -> tuple[Needs, bool]:
    """Both, from the pattern itself."""
    parsed = _parser.parse(source, flags)
    groups = sorted(set(_groups(parsed, begins=False, ends=False)), key=_weight, reverse=True)
    flags |= parsed.state.flags
    in_line = not flags & re.DOTALL and all(_in_line(piece, bool(flags & re.MULTILINE)) for piece in parsed)
    return tuple(groups[:MOST_NEEDS]), in_line


def digest(source: str, flags: int) -> str:
    """What a pattern is called in the kept file."""
    return hashlib.blake2b(f"{int(flags)} {source}".encode(), digest_size=9).hexdigest()


@functools.cache
def kept() -> dict[str, list[str]]:
    """Digest -> whether it stays in its line, and its groups, the literals of each on lines of their own; empty where the
    file is missing."""
    file = importlib.resources.files(LANGUAGES) / KEPT
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def spaced(folded: str) -> str:
    """A casefolded text as literals are looked for in it: of the same length, with a blank for all that belongs to no word."""
    return folded.translate(_BLANKS)


class _Blanks(dict[int, int]):
    """Letters and digits -> themselves, anything else -> a blank; each looked up once."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        self[code] = code if letter.isalnum() or letter == "_" else ord(" ")
        return self[code]


_BLANKS = _Blanks()


def _weight(group: frozenset[str]) -> tuple[int, int, list[str]]:
    """How telling a group is: long literals first, then few of them; the rest makes the order certain."""
    return min(map(len, group)), -len(group), sorted(group)


def _groups(parsed: Any, begins: bool, ends: bool) -> Iterator[frozenset[str]]:
    """Every group of alternatives that a sequence needs. `begins`: a word that stands first in it begins there; `ends`: one that
    stands last ends there."""
    run, begun = "", begins
    for at, (op, value) in enumerate([*parsed, (None, None)]):
        if op is _op.LITERAL:
            run += chr(value)
            continue
        if run:
            begins, over = _over(run[-1]), _word_ends(parsed, at, ends)
            if literal := _literal(run, begun, over):
                yield frozenset({literal})
        run = ""
        inner_ends = _word_ends(parsed, at + 1, ends)
        if op is _op.SUBPATTERN:
            yield from _groups(value[3], begins, inner_ends)
        elif op is _op.BRANCH:
            best = [max(_groups(branch, begins, inner_ends), key=_weight, default=None) for branch in value[1]]
            if all(best):
                yield frozenset().union(*(group for group in best if group))
        elif op in _REPEATS and value[0] > 0:
            once = value[1] == 1
            yield from _groups(value[2], begins and once, inner_ends and once)
        begun = begins = op is not None and _word_begins((op, value), begins)


def _literal(run: str, begins: bool, ends: bool) -> str:
    """A run of letters as it is looked for, with a blank where a word surely begins or ends; "" where it is worth nothing."""
    text = spaced(run.casefold())
    text = f"{' ' * (begins and text[0] != ' ')}{text}{' ' * (ends and text[-1] != ' ')}"
    return text if text.strip() and (len(run) >= 2 or len(text) >= 3) else ""


def _over(letter: str) -> bool:
    """Whether a character ends a word."""
    return spaced(letter).isspace()


def _word_begins(piece: Any, begins: bool) -> bool:
    """Whether a word that stands behind a piece of a pattern surely begins there; `begins`: whether it would before it."""
    op, value = piece
    if op is _op.LITERAL:
        return _over(chr(value))
    if op is _op.IN:
        return _no_word(value)
    if op is _op.AT:
        return value in (_op.AT_BOUNDARY, _op.AT_BEGINNING, _op.AT_BEGINNING_STRING)
    if op is _op.SUBPATTERN:
        return _begins_behind(value[3], begins)
    if op is _op.BRANCH:
        return all(_begins_behind(branch, begins) for branch in value[1])
    if op in _REPEATS:
        once = _begins_behind(value[2], begins)
        return once and _begins_behind(value[2], once) and (value[0] > 0 or begins)
    return begins and op in (_op.ASSERT, _op.ASSERT_NOT)


def _begins_behind(pieces: Any, begins: bool) -> bool:
    return functools.reduce(lambda known, piece: _word_begins(piece, known), pieces, begins)


def _word_ends(parsed: Any, at: int, ends: bool) -> bool:
    """Whether a word that stands before the piece `at` of a sequence surely ends there; `ends`: whether it would behind the
    last one."""
    if at >= len(parsed):
        return ends
    op, value = parsed[at]
    if op is _op.LITERAL:
        return _over(chr(value))
    if op is _op.IN:
        return _no_word(value)
    if op is _op.AT:
        return value in (_op.AT_BOUNDARY, _op.AT_END, _op.AT_END_STRING)
    behind = _word_ends(parsed, at + 1, ends)
    if op is _op.SUBPATTERN:
        return _word_ends(value[3], 0, behind)
    if op is _op.BRANCH:
        return all(_word_ends(branch, 0, behind) for branch in value[1])
    if op in _REPEATS:
        return _word_ends(value[2], 0, behind) and (value[0] > 0 or behind)
    return behind and op in (_op.ASSERT, _op.ASSERT_NOT)


def _no_word(members: list[tuple[Any, Any]]) -> bool:
    """Whether a set of characters holds none of which words are made."""
    return all(
        _over(chr(value)) if op is _op.LITERAL
        else all(_over(chr(code)) for code in range(value[0], value[1] + 1)) if op is _op.RANGE
        else op is _op.CATEGORY and value in (_op.CATEGORY_SPACE, _op.CATEGORY_NOT_WORD)
        for op, value in members
    )  # fmt: skip


def _in_line(piece: Any, multiline: bool) -> bool:
    """Whether a piece of a pattern can neither match nor see a line break ahead of it."""
    op, value = piece
    if op is _op.LITERAL:
        return bool(value != _BREAK)
    if op is _op.NOT_LITERAL:
        return bool(value == _BREAK)
    if op is _op.ANY:
        return True  # no rule sets DOTALL in its midst
    if op is _op.IN:
        return not _takes_break(value)
    if op is _op.AT:
        return multiline or value not in (_op.AT_END, _op.AT_END_STRING)
    if op is _op.BRANCH:
        return all(_in_line(piece, multiline) for branch in value[1] for piece in branch)
    if op in (_op.ASSERT, _op.ASSERT_NOT) and value[0] < 0:
        return True  # it looks back
    if op in (_op.ASSERT, _op.ASSERT_NOT, _op.SUBPATTERN, _op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        return all(_in_line(piece, multiline) for piece in value[-1])
    return False


def _takes_break(members: list[tuple[Any, Any]]) -> bool:
    """Whether a set of characters holds the line break."""
    has = False
    for op, value in members:
        has |= op is _op.LITERAL and value == _BREAK
        has |= op is _op.RANGE and value[0] <= _BREAK <= value[1]
        has |= op is _op.CATEGORY and value in (_op.CATEGORY_SPACE, _op.CATEGORY_NOT_WORD, _op.CATEGORY_NOT_DIGIT)
    return has is not (members[0][0] is _op.NEGATE)
