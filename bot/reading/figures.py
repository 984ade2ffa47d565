"""Numbers as people write them: 4,850 · 1.234,56 · 1 234,56 · 1'234.50 · 4,85,000 · 19.5k · two hundred."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.reading.currencies import currencies

BLANKS = " \u00a0\u202f\u2009"
# Grouped by blanks, or a run of digits with points, commas and apostrophes between; `read_number` decides which of
# them group.
NUMBER = re.compile(
    rf"[0-9](?:[0-9]{{0,2}}(?:[{BLANKS}][0-9]{{3}})+(?![0-9])(?:[.,][0-9]{{1,2}}(?![0-9]))?|[0-9]*(?:[.,'’][0-9]+)*)"
)
WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]{1,3}(?![^\W\d_]))*\.?")
GROUPING = re.compile(rf"[{BLANKS}'’]")
POINT_OR_COMMA = re.compile(r"[.,]")
MOST_DIGITS = 18
DOTTED = frozenset({"mio", "tsd", "mrd", "mln"})  # multipliers whose full stop is their own


def read_number(written: str, country: str, currency: str | None) -> Decimal | None:
    """The value of a number; None where its points and commas make no sense (a date, a version). The country and the
    currency settle whether 1.234 is one or a thousand."""
    plain = GROUPING.sub("", written)
    if len(plain) > MOST_DIGITS:
        return None
    marks = [c for c in plain if c in ".,"]
    groups = POINT_OR_COMMA.split(plain)
    if not marks:
        return Decimal(plain)
    if len(marks) == 1:
        whole, tail = groups
        may_group = len(tail) == 3 and len(whole) <= 3 and whole[0] != "0" and plain == written
        decimal = not may_group or _is_decimal(marks[0], country, currency)
        return Decimal(f"{whole}.{tail}" if decimal else whole + tail)
    middle = all(len(group) in (2, 3) for group in groups[1:-1])  # the Indian system groups by two
    if len(set(marks)) == 1:
        return Decimal("".join(groups)) if middle and len(groups[-1]) == 3 and len(groups[0]) <= 3 else None
    if not middle or marks.count(marks[-1]) > 1:
        return None
    return Decimal("".join(groups[:-1]) + "." + groups[-1])


def _is_decimal(mark: str, country: str, currency: str | None) -> bool:
    """Whether a single point or comma before three digits is a decimal one."""
    known = currencies()
    if currency in known.three_decimals:
        return mark == "."
    english = currency in known.decimal_point
    if country in known.decimal_comma:
        return mark == "," and not english
    return mark == "." and (currency is None or english)


def skip(text: str, at: int) -> int:
    """Past a blank or two, or a hyphen ("12-cent")."""
    if at < len(text) and (text[at] in BLANKS or text[at] == "-"):
        at += 1
        if at + 1 < len(text) and text[at] == " " == text[at - 1] and text[at + 1] != " ":
            at += 1
    return at


def multiplier(text: str, end: int, *, signed: bool) -> tuple[Decimal, int] | None:
    """The multiplier behind a number that ends at `end` (k, million, lakh), and where it ends. A single letter must
    be glued to the number, and M and B need a currency's sign in front (`signed`) or behind."""
    at = skip(text, end)
    word = WORD.match(text, at)
    if word is None or len(word.group()) > 10:
        return None
    raw = word.group().rstrip(".")
    low = raw.casefold()
    if raw == "L" and at == end:
        return Decimal(100_000), word.start() + 1
    factor = currencies().multipliers.get(low)
    if factor is None:
        return None
    if len(low) == 1 or low == "mm":
        sign_behind = text[word.end() : word.end() + 1] in ("€", "$", "£") and raw != "t"
        lone = at > end or low == "t" or (low[0] in "mb" and not signed)
        if lone and not sign_behind:
            return None
    return factor, word.end() if low in DOTTED else word.start() + len(raw)


def value_of_words(words: str) -> Decimal:
    """The value of an English number in words; 0 where a word is none."""
    known = currencies()
    total = current = Decimal(0)
    article = False
    for word in re.split(r"[ -]+", words.casefold()):
        if word in ("a", "an"):
            article, current = not current, current or Decimal(1)
        elif word in ("half", "quarter"):
            article, current = True, Decimal("0.5") if word == "half" else Decimal("0.25")
        elif word in known.numbers:
            current = known.numbers[word] + (0 if article else current)
        elif word in known.multipliers:
            factor = known.multipliers[word]
            if factor == 100:
                current = (current or Decimal(1)) * factor
            else:
                total, current = total + (current or Decimal(1)) * factor, Decimal(0)
        elif word != "and":
            return Decimal(0)
    return total + current
