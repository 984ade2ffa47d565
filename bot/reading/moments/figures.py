"""What looks like a date and is none: before the grammar sees them, figures and words that their neighbours make into
prices, part numbers, fractions, times of day or verbs lose their tags."""

from __future__ import annotations

import re

from bot.reading.moments.lexicon import Lexicon
from bot.reading.moments.words import Token

GLUE = frozenset("-/_#")
MONEY = frozenset('$€£₹¥#%°²"″')
FIGURES = frozenset("NOYXxgm")
_RANGE = re.compile(r"N[|-]N(?=U)")
# Roles behind which even a doubtful word or a bare pair of figures is a date.
LEANING = frozenset("@but><fBIPkRi")
SIMPLE_FRACTIONS = frozenset((a, b) for b in (2, 3, 4, 8, 16, 32) for a in range(1, b))


def strip_false(tokens: list[Token], text: str, words: Lexicon) -> list[Token]:
    """The tokens, those that are no dates in truth turned into plain words. `text` is the whole that their places count
    in."""
    _spaced_pairs(tokens)
    _number_ranges(tokens)
    for index, token in enumerate(tokens):
        if token.tag == "_":
            continue
        if _is_false(tokens, index, text, words):
            _drop(token)
        elif token.tag == "x":
            _judge_pair(tokens, index, words)
        elif token.tag == "X":
            _judge_numeric(tokens, index)
        elif token.tag == "O":
            _judge_ordinal(tokens, index, words)
    return tokens


def _is_false(tokens: list[Token], index: int, text: str, words: Lexicon) -> bool:
    """Whether a token is nothing of a date, for the reasons that its kind gives."""
    token = tokens[index]
    tag = token.tag
    if tag in FIGURES and (_is_identifier(tokens, index, text) or _is_quantity(tokens, index, text, words)):
        return True
    if token.fold in words.doubtful:
        return not _is_backed(tokens, index, text, words)
    match tag:
        case "N":
            return _is_clock(tokens, index)
        case "H":  # "H2" alone is hydrogen, or a heading
            return _is_identifier(tokens, index, text) or not (
                _leans(tokens, index) or "Y" in (_tag(tokens, index - 1), _tag(tokens, index + 1))
            )
        case "Q":  # "Q1:" is a question
            return _is_identifier(tokens, index, text) or text[token.end : token.end + 1] == ":"
        case "W":  # "every Monday", "a Monday"
            return _tag(tokens, index - 1) in ("E", "A")
    return False


def _drop(token: Token) -> None:
    token.tag, token.value = "_", None


def _tag(tokens: list[Token], index: int) -> str:
    return tokens[index].tag if 0 <= index < len(tokens) else "#"


def _leans(tokens: list[Token], index: int) -> bool:
    """Whether a preposition of time (or next, early, ...) stands in front, an article between or not."""
    before = index - 1
    while _tag(tokens, before) in ("T", "~", "-") and index - before < 4:
        before -= 1
    tag = _tag(tokens, before)
    if tag == "D":  # "of" only behind a part: "the end of March"
        tag = _tag(tokens, before - 1)
        return tag in LEANING or tag in "oOUW"
    return tag in LEANING


def _is_identifier(tokens: list[Token], index: int, text: str) -> bool:
    """Whether figures hang together with letters that are no date words: Q-1042, NW-26-0093, BW/2026/0147, P2026,
    40L."""
    for step in (1, -1):
        at = index
        for _ in range(6):
            here, there = (tokens[at], tokens[at + step]) if 0 <= at + step < len(tokens) else (None, None)
            if here is None or there is None:
                break
            left, right = (here, there) if step == 1 else (there, here)
            between = text[left.end : right.start]
            if between not in ("", "_"):
                break
            if there.tag == "_" and (there.fold[:1].isalnum() or between == "_"):
                return True
            if there.fold not in GLUE and not there.fold[:1].isalnum():
                break
            at += step
    return False


def _is_quantity(tokens: list[Token], index: int, text: str, words: Lexicon) -> bool:
    """Whether money, a per cent sign, a word such as "page" or a measure makes the figures a quantity or a
    reference."""
    token = tokens[index]
    before, after = text[max(0, token.start - 2) : token.start], text[token.end : token.end + 2]
    if (before.strip()[-1:] or " ") in MONEY or (after.strip()[:1] or " ") in MONEY:
        return not (token.tag == "O" or before.strip()[-1:] == '"' or (after.strip()[:1] == '"' and token.tag != "x"))
    previous = index - 1
    while _tag(tokens, previous) == "." or (previous >= 0 and tokens[previous].fold in (":", "#")):
        previous -= 1
    counts = _tag(tokens, index + 1) in "UM" or not token.fold[:1].isdigit()  # "Still no. Six months again"
    if previous >= 0 and tokens[previous].fold in words.never_before and not counts:
        return True
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    return token.tag != "O" and following is not None and following.fold in words.measures


def _spaced_pairs(tokens: list[Token]) -> None:
    """ "2 / 15" standing alone is "2/15"."""
    offset = 1 if len(tokens) in (3, 4) and tokens[0].tag == "@" else 0
    if len(tokens) == 3 and tokens[offset + 1].fold in ("/", "-") and tokens[offset].tag == tokens[-1].tag == "N":
        left, right = tokens[offset].value[0], tokens[-1].value[0]
        tokens[offset:] = [Token("x", (left, right, "/"), tokens[offset].start, tokens[-1].end, "/")]


def _number_ranges(tokens: list[Token]) -> None:
    """ "Two or three weeks", "2 to 3 weeks" are 2-3 weeks."""
    tags = "".join([token.tag for token in tokens])
    for found in reversed(list(_RANGE.finditer(tags))):
        low, _, high = tokens[found.start() : found.end()]
        if low.value[0] < high.value[1]:
            both = (low.value[0], high.value[1])
            tokens[found.start() : found.end()] = [Token("g", both, low.start, high.end, "-")]


def _judge_pair(tokens: list[Token], index: int, words: Lexicon) -> None:
    """Two numbers with a slash, dash or dot: a date, a range, a fraction or a time."""
    token = tokens[index]
    left, right, separator = token.value
    before, after = _tag(tokens, index - 1), _tag(tokens, index + 1)
    ranged = (before == "-" and _tag(tokens, index - 2) in "xX") or (after == "-" and _tag(tokens, index + 2) in "xX")
    alone = len(tokens) == 1 or (len(tokens) == 2 and after in ".c")
    if separator == "-" and (before == "M" or after in "UM" or (after == "D" and _tag(tokens, index + 2) in "MT")):
        token.tag, token.value = ("g", (left, right)) if left < right else ("_", None)
    elif separator == "/":
        if (
            (left, right) == (24, 7)
            or (before in "Ne" and not alone)
            or (after == "D" and _tag(tokens, index + 2) != "M")
        ) or (
            not _leans(tokens, index)
            and not ranged
            and before != "W"
            and (left, right) in SIMPLE_FRACTIONS
            and not re.search(r"\b0", token.fold)  # 5/8 may be a fraction, 05/08 is none
            and not alone
        ):
            _drop(token)
    elif separator == "-":
        if not alone and not (before in "@bu<>" and after != "_"):
            _drop(token)
    else:
        closed = after == "." and tokens[index + 1].start == token.end and words.code != "en"
        if not closed and not ranged and not (before == "W" or (before in "@buRft<" and after not in "_U")):
            _drop(token)
    if token.tag == "x" and _tag(tokens, index + 1) == "." and separator == ".":
        token.end = tokens[index + 1].end


def _judge_numeric(tokens: list[Token], index: int) -> None:
    """1.2.34 is a version; 01.02.34 a date."""
    token = tokens[index]
    left, middle, right = token.value
    if len(right) == 2 and "." in token.fold and min(len(left), len(middle)) < 2 and not _leans(tokens, index):
        _drop(token)


def _judge_ordinal(tokens: list[Token], index: int, words: Lexicon) -> None:
    """ "The 14th" is a day where no noun follows: not the 14th floor, not the 3rd party."""
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.tag != "_" or not following.fold[:1].isalpha():
        return
    if _tag(tokens, index - 1) in "MW" or (_tag(tokens, index - 1) == "T" and _tag(tokens, index - 2) in "MW"):
        return
    if following.fold not in words.after_day:
        _drop(tokens[index])


def _is_clock(tokens: list[Token], index: int) -> bool:
    """Whether a bare number is an hour: "at 4", "7 to 7:30", "between 2 and 4pm"."""
    if tokens[index].tag != "N":
        return False
    if _tag(tokens, index - 1) == "e":
        return _tag(tokens, index + 1) not in "MD"
    return _tag(tokens, index + 1) in "-&u" and _tag(tokens, index + 2) == "c"


def _is_backed(tokens: list[Token], index: int, text: str, words: Lexicon) -> bool:
    """Whether its neighbours say that a doubtful word ("may", "sat", "fall") is meant as a date."""
    token = tokens[index]
    before, after = _tag(tokens, index - 1), _tag(tokens, index + 1)
    following = tokens[index + 1].fold if index + 1 < len(tokens) else ""
    if len(tokens) < 4 and all(t is token or t.tag in ".#" for t in tokens):
        return True
    if token.tag == "M" and (
        (before in "NOo" and (following not in words.verbs or _tag(tokens, index - 2) in "WT@bu"))
        or after in "OYy"
        or (after == "N" and tokens[index + 1].value[0] <= 31)
        or (after == "T" and _tag(tokens, index + 2) in "Oo")
        or (after in "/-" and _tag(tokens, index + 2) in "NYOM")
        or after in "or"
        or (after == "g")
    ):
        return True
    if token.tag == "W" and (
        after in "NOMp"
        or (after in ",." and _tag(tokens, index + 2) in "NOMT")
        or (after == "T" and _tag(tokens, index + 2) == "O")
    ):
        return True
    if token.tag == "S" and after in "Yy":
        return True
    if before in "&|-" and _tag(tokens, index - 2) == token.tag:
        return True
    if after in "&|-" and _tag(tokens, index + 2) == token.tag and tokens[index + 2].fold not in words.doubtful:
        return True
    if _leans(tokens, index):
        return before != "R" or after in "#.,)Yy"
    if before == "D" and token.tag == "M" and _tag(tokens, index - 2) in "oORN":
        return True
    written = text[token.start : token.end]
    capital = written[:1].isupper() and not written.isupper()
    if token.tag == "M" and capital and before not in "#." and index > 0:
        return after != "_" and following not in words.verbs
    return token.tag == "W" and capital and after in "ec" and len(written) == 3
