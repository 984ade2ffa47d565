"""Amounts of money in a text.

A number is money where a sign, a code or a currency's name stands beside it: the reader goes from number to number
and looks to both sides, so a text without money costs next to nothing. Currencies and names are data
(languages/*.money.toml).

Over 300 lines: one grammar of amounts, which reads better whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from bot.reading.currencies import currencies
from bot.reading.figures import BLANKS, NUMBER, WORD, multiplier, read_number, skip, value_of_words

LETTERS = re.compile(r"[A-Za-zÀ-\uffff]+")  # roughly: the quick look before the reading
NO_CENTS = re.compile(r"[.,][-–—]{1,2}(?!\w)|/-")  # 450,- and Rs. 450/-
EURO_INSIDE = re.compile(r"€(\d\d)(?!\d)")  # 12€50
RANGE = re.compile(r"\s?(?:-|–|—|to|bis|à)\s?", re.IGNORECASE)
RANGE_BEFORE = re.compile(r"(?<![\w.,/-])(\d[\d.,'’]{0,15})\s?(?:-|–|—|to|bis|à|and|und|or|et)\s?$", re.IGNORECASE)
NOT_AN_AMOUNT = re.compile(r"\s?%|[-/:°×\"”]\w?|[^\W\d_]{0,2}\d|[.,]\d")
CENTS = re.compile(
    r" (?:and |und |et )?(\d{1,2}|[a-z]{3,9}(?:-[a-z]{3,5})?) ?([^\W\d_]{1,8}|¢)(?![^\W\d_])", re.IGNORECASE
)
CENTS_AT_END = re.compile(r" (?:and )?(\d{2}|[a-z]{3,9}(?:-[a-z]{3,5})?)(?=\s*[.!?]?\s*$)", re.IGNORECASE)
LONGEST_WORD = 16
WIDEST_RANGE = 10  # "5 to 4,000" is no range


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as written; `currency` is None where no sign says which. `minor`: counted in hundredths ("45
    cents")."""

    amount: Decimal
    currency: str | None
    words: str
    start: int
    end: int
    minor: bool = False

    @property
    def value(self) -> Decimal:
        """The amount in whole units of the currency."""
        return self.amount / 100 if self.minor else self.amount


class Unit(NamedTuple):
    """What the words behind a number say: the currency, whether hundredths, a multiplier, and where the words end."""

    currency: str | None
    minor: bool
    factor: Decimal
    end: int


def find_money(text: str, country: str) -> tuple[Money, ...]:
    """Every amount of money in `text`, in its order. "$" without more is the country's dollar.

    `country` is the writer's (ISO 3166 alpha-2); it settles shared names (dollar, peso, kr) and 1.234 against 1,234.
    """
    known = currencies()
    raw_words = set(LETTERS.findall(text))
    low_words = {word.lower() for word in raw_words}
    if not known.any_sign.search(text) and known.codes.isdisjoint(raw_words) and known.words.isdisjoint(low_words):
        return ()
    found: list[Money] = []
    taken = 0  # a sign belongs to one number only
    for number in NUMBER.finditer(text):
        if number.start() < taken:
            continue
        money = _before(text, number, taken, country) or _behind(text, number, country)
        if money is not None:
            money = _with_cents(text, money)
            if first := _range_start(text, found, money, country):
                found.append(first)
        elif found:
            money = _range_end(text, found[-1], number, country)
        if money is not None:
            found.append(money)
            taken = money.end
    if not known.long_names.isdisjoint(low_words):
        spelled = tuple(m for m in _spelled_out(text, country) if not any(f.start <= m.start < f.end for f in found))
        apart = [f for f in found if not any(m.start < f.end and f.start < m.end for m in spelled)]
        found = sorted([*apart, *spelled], key=lambda m: m.start)
    return tuple(found)


def bare_numbers(text: str, country: str) -> Iterator[Money]:
    """Numbers without a currency that may be amounts (4,850 · 1.234,50 · 19.5k · 3.5 lakh): whether one is money,
    the words around it must tell. Dates, times, percentages, measures and parts of longer numbers are left out."""
    for number in NUMBER.finditer(text):
        start, end = number.span()
        before = text[start - 1] if start else " "
        if before.isalnum() or before in "#-–/+._:@×*" or NOT_AN_AMOUNT.match(text, end):
            continue
        amount = read_number(number.group(), country, None)
        if amount is None:
            continue
        if many := multiplier(text, end, signed=False):
            amount, end = amount * many[0], many[1]
        elif WORD.match(text, end):
            continue  # 40mm, 3rd, 16A
        yield Money(amount, None, text[start:end], start, end)


def _before(text: str, number: re.Match[str], taken: int, country: str) -> Money | None:
    """The amount, where its currency stands before the number: "$ 4,850", "CHF 21'450.-", "Rs. 3.5 lakh"."""
    start, end = number.span()
    front = _unit_before(text, start, taken, country)
    if front is None:
        return None
    currency, begin = front
    written = number.group()
    if " " in written and text[start - 1] in "$£₹" and currency in currencies().decimal_point:
        written = written.partition(" ")[0]  # "$20 100 pieces"
        end = start + len(written)
    amount = read_number(written, country, currency)
    if amount is None:
        return None
    if zeros := NO_CENTS.match(text, end):
        end = zeros.end()
    if many := multiplier(text, end, signed=True):
        amount, end = amount * many[0], many[1]
    if begin and text[begin - 1] in "-−" and (begin < 2 or text[begin - 2].isspace()):
        begin, amount = begin - 1, -amount
    return Money(amount, currency, text[begin:end], begin, end)


def _behind(text: str, number: re.Match[str], country: str) -> Money | None:
    """The amount, where its currency stands behind the number: "4.850,00 €", "5 million yen", "12€50"."""
    start, end = number.span()
    if start and text[start - 1].isalpha():
        return None
    if inside := EURO_INSIDE.match(text, end):
        amount = read_number(f"{number.group()}.{inside[1]}", country, None)
        return None if amount is None else Money(amount, "EUR", text[start : inside.end()], start, inside.end())
    zeros = NO_CENTS.match(text, end)
    unit = _unit_behind(text, zeros.end() if zeros else end, country)
    amount = read_number(number.group(), country, unit.currency) if unit else None
    if unit is None or amount is None:
        return None
    if start and text[start - 1] in "-−" and (start < 2 or text[start - 2].isspace()):
        start, amount = start - 1, -amount
    return Money(amount * unit.factor, unit.currency, text[start : unit.end], start, unit.end, unit.minor)


def _unit_before(text: str, start: int, taken: int, country: str) -> tuple[str | None, int] | None:
    """The currency written before the number at `start`, and where it begins; nothing before `taken` counts."""
    known = currencies()
    end = start
    while end > taken and start - end < 2 and (text[end - 1] in BLANKS or text[end - 1] == ":"):
        end -= 1
    if end > taken + 1 and text[end - 1] in "-−" and text[end - 2] in known.signs:  # $-500
        end -= 1
    if end <= taken:
        return None
    sign = known.signs.get(text[end - 1])
    if sign is not None and sign != "minor":
        return _sign_before(text, end - 1, taken, sign, country)
    begin = end
    while begin > taken and end - begin < LONGEST_WORD and (text[begin - 1].isalpha() or text[begin - 1] == "."):
        begin -= 1
    raw = text[begin:end].strip(".")
    if not raw or (begin > taken and (text[begin - 1].isalnum() or text[begin - 1] in "-/_#@")):
        return None
    low = raw.casefold().replace(".", "")
    if raw in known.codes and raw not in known.wordlike:
        return raw, begin
    if low in known.small:
        return low.upper(), begin
    if low in known.before and known.allows(low, raw, country):
        return known.resolve(known.names[low], country), begin
    return None


def _sign_before(text: str, sign: int, taken: int, value: str, country: str) -> tuple[str | None, int]:
    """Which dollar: the letters before the sign say it ("US$", "C $", "nzd$"), else the writer's country."""
    known = currencies()
    end = sign - 1 if sign > taken and text[sign - 1] == " " else sign
    begin = end
    while begin > taken and end - begin < 4 and text[begin - 1].isalpha():
        begin -= 1
    letters = text[begin:end]
    low = letters.casefold()
    if letters and (begin == 0 or not text[begin - 1].isalnum()):
        if letters in known.codes or low in known.small:
            return letters.upper(), begin
        apart = end < sign  # "a $500 deposit", "give us $150" are no dollars of their own
        surely = not apart or low in ("hk", "c", "nz") or letters == "US"
        if value == "@dollar" and low in known.dollars and surely:
            return known.dollars[low], begin
    return known.resolve(value, country), sign


def _unit_behind(text: str, end: int, country: str) -> Unit | None:
    """The unit behind a number that ends at `end`: multiplier, nationality, then sign, code or name."""
    known = currencies()
    factor, at = Decimal(1), skip(text, end)
    if many := multiplier(text, end, signed=False):
        next_at = skip(text, many[1])
        if next_at < len(text) and (text[next_at] in known.signs or text[next_at].isalpha()):
            factor, at = many[0], next_at
    if at < len(text) and (sign := known.signs.get(text[at])):
        if _belongs_to_next(text, end, at, at + 1):
            return None
        minor = sign == "minor"
        return Unit(known.resolve("@dollar" if minor else sign, country), minor, factor, at + 1)
    adjective = ""
    for _ in range(3):  # "hong kong dollars"
        word = WORD.match(text, at)
        if word is None or len(word.group()) > LONGEST_WORD:
            return None
        unit = _named_unit(text, word, factor, adjective, at == end, country)
        if unit is not None:
            low = word.group().casefold().strip(".")
            leads = word.group() in known.codes or low in known.before or low in known.small
            return None if leads and _belongs_to_next(text, end, at, unit.end) else unit
        adjective = f"{adjective} {word.group().casefold().replace('.', '')}".strip()
        if adjective not in known.adjectives and adjective not in known.adjective_heads:
            return None
        at = skip(text, word.end())
    return None


def _named_unit(
    text: str, word: re.Match[str], factor: Decimal, adjective: str, glued: bool, country: str
) -> Unit | None:
    """The unit that one word names: a code, a code with a multiplier (MEUR), hundredths, or a currency's name."""
    known = currencies()
    raw, end = word.group().rstrip("."), word.end()
    low = raw.casefold().replace(".", "")
    if text[end : end + 1] == "$" and (raw.upper() in known.codes or low in known.dollars):
        return Unit(raw.upper() if raw.upper() in known.codes else known.dollars[low], False, factor, end + 1)
    if raw != word.group() and low not in known.abbreviated:
        end -= 1  # the full stop ends the sentence
    if raw in known.codes or low in known.small:
        if many := multiplier(text, end, signed=False):  # 75 USD million
            factor, end = factor * many[0], many[1]
        return Unit(raw.upper(), False, factor, end)
    if len(raw) == 4 and raw[0] in "MkT" and raw[1:] in known.codes:
        return Unit(raw[1:], False, factor * (1_000_000 if raw[0] == "M" else 1000), end)
    if low in known.minor and (len(low) > 1 or (glued and raw == "p")):
        whole = "INR" if low.startswith("pais") else "@pound" if low.startswith("p") else "@dollar"
        return Unit(known.resolve(whole, country), True, factor, end)
    value = known.names.get(low)
    if value is None or not known.allows(low, raw, country):
        return None
    if (
        low in known.doubtful
        and not adjective
        and factor < 1000
        and (country in known.doubtful_in or low[:5] != "pound")
    ):
        return None
    if low == "pounds" and text[end : end + 3] == " of":
        return None
    return Unit(known.resolve(value, known.adjectives.get(adjective, country)), False, factor, end)


def _belongs_to_next(text: str, end: int, sign: int, sign_end: int) -> bool:
    """Whether a sign between two numbers is the second one's: nearer to it, or as near with no other sign behind
    that."""
    gap = 1 if text[sign_end : sign_end + 1] in tuple(BLANKS) else 0
    following = NUMBER.match(text, sign_end + gap)
    if following is None:
        return False
    if gap != sign - end:
        return gap < sign - end
    known = currencies()
    at = skip(text, following.end())
    rest = WORD.match(text, at)
    low = rest.group().casefold().strip(".") if rest else ""
    named = (
        low in known.names
        or low in known.minor
        or low in known.small
        or (rest is not None and rest.group() in known.codes)
    )
    return not (named or (at < len(text) and text[at] in known.signs))


def _with_cents(text: str, money: Money) -> Money:
    """ "3 dollars 50 cents", "20 ringgit and 43 sen", "15 dollars and 15.": one amount."""
    if money.minor or money.words[-1:].isdigit() or money.amount != money.amount.to_integral_value():
        return money
    known = currencies()
    tail = CENTS.match(text, money.end)
    if tail is None or (tail[2].casefold() not in known.minor and tail[2] != "¢"):
        tail = CENTS_AT_END.match(text, money.end) if money.words[-1:].isalpha() else None
    if tail is None:
        return money
    cents = Decimal(tail[1]) if tail[1].isdigit() else value_of_words(tail[1])
    if not 0 < cents < 100:
        return money
    return replace(money, amount=money.amount + cents / 100, words=text[money.start : tail.end()], end=tail.end())


def _range_start(text: str, found: list[Money], money: Money, country: str) -> Money | None:
    """ "4.000 bis 5.000 €": the first number of a range is money too, in the same currency."""
    if money.minor or not money.words[:1].isdigit():
        return None
    head = text[max(0, money.start - 30) : money.start]
    match = RANGE_BEFORE.search(head)
    if match is None:
        return None
    start = money.start - len(head) + match.start(1)
    written = match[1].rstrip(".,'’")
    amount = read_number(written, country, money.currency)
    if amount is None or (found and found[-1].end > start) or not amount < money.amount <= amount * WIDEST_RANGE:
        return None
    return Money(amount, money.currency, written, start, start + len(written))


def _range_end(text: str, first: Money, number: re.Match[str], country: str) -> Money | None:
    """ "$4,000-5,000": the second number of a range takes the first one's currency; "$70 - 90 pieces" is none."""
    if first.minor or not RANGE.fullmatch(text, first.end, number.start()) or NOT_AN_AMOUNT.match(text, number.end()):
        return None
    amount = read_number(number.group(), country, first.currency)
    if amount is None or not first.amount < amount <= first.amount * WIDEST_RANGE:
        return None
    if WORD.match(text, number.end()) or (amount < 100 and WORD.match(text, number.end() + 1)):
        return None
    return Money(amount, first.currency, number.group(), number.start(), number.end())


def _spelled_out(text: str, country: str) -> Iterator[Money]:
    """ "two hundred dollars", "a quarter million US dollars"."""
    taken = 0
    for match in currencies().spelled.finditer(text):
        unit = _unit_behind(text, match.end(), country) if match.start() >= taken else None
        if unit is not None and (amount := value_of_words(match.group())):
            words = text[match.start() : unit.end]
            money = _with_cents(
                text, Money(amount * unit.factor, unit.currency, words, match.start(), unit.end, unit.minor)
            )
            taken = money.end
            yield money
