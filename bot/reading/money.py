"""Amounts of money in a text.

A number is money where a sign, a code or a currency's name stands beside it; the reader goes from number to number and looks to
both sides, so a text without numbers costs next to nothing. Currencies, names and multipliers are data
(languages/*.money.toml). Codes are those of ISO 4217.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from bot.reading.language import tables

BLANKS = " \u00a0\u202f\u2009"
# Grouped by blanks, or any run of digits with points, commas and apostrophes between; which of them group is decided later.
NUMBER = re.compile(
    rf"[0-9](?:[0-9]{{0,2}}(?:[{BLANKS}][0-9]{{3}})+(?![0-9])(?:[.,][0-9]{{1,2}}(?![0-9]))?|[0-9]*(?:[.,'’][0-9]+)*)"
)
WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]{1,3}(?![^\W\d_]))*\.?")
SWISS_ZEROS = re.compile(r"[.,][-–—]{1,2}(?!\w)")
INSIDE = re.compile(r"([€£$])(\d\d)(?!\d)")  # 12€50
RANGE = re.compile(r"\s?(?:-|–|—|to|bis|à|a|and|und|or|et)\s?", re.IGNORECASE)
LETTERS = re.compile(r"[^\W\d_]+")
LONGEST_DIGITS = 18
LONGEST_WORD = 16


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as written; `currency` is None where no sign says which. `minor`: counted in hundredths ("45 cents")."""

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
    """What the words beside a number say: the currency, whether hundredths, a multiplier, and where the words end."""

    currency: str | None
    minor: bool
    factor: Decimal
    edge: int


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The data files of all languages as one."""

    codes: frozenset[str]
    wordlike: frozenset[str]
    small: frozenset[str]
    before: frozenset[str]
    capitals: frozenset[str]
    doubtful: frozenset[str]
    doubtful_in: frozenset[str]
    three_decimals: frozenset[str]
    decimal_point: frozenset[str]
    decimal_comma: frozenset[str]
    only: dict[str, str]
    signs: dict[str, str]
    dollars: dict[str, str]
    families: dict[str, dict[str, str]]
    names: dict[str, str]
    minor: frozenset[str]
    adjectives: dict[str, str]
    multipliers: dict[str, Decimal]
    numbers: dict[str, Decimal]
    adjective_heads: frozenset[str]
    words: frozenset[str]  # every name, small code and prefixed code, casefolded
    any_sign: re.Pattern[str]
    spelled: re.Pattern[str]
    named: re.Pattern[str]


@functools.cache
def _known() -> Knowledge:
    def merged(key: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for table in tables().values():
            found.update(table.get("money", {}).get(key, {}))
        return found

    base = tables()["und"]["money"]
    minor = frozenset(w for t in tables().values() for w in t.get("money", {}).get("minor", {}).get("words", "").split())
    numbers = {w: Decimal(n) for w, n in merged("numbers").items()}
    multipliers = {w: Decimal(n) for w, n in merged("multipliers").items()}
    long_names = [n for n in merged("names") if len(n) > 3] + sorted(w for w in minor if len(w) > 3)
    digits = "|".join(sorted([*numbers, *(m for m in multipliers if len(m) > 3)], key=len, reverse=True))
    return Knowledge(
        **{
            key: frozenset(base[key].split())
            for key in ("codes", "wordlike", "small", "before", "capitals", "doubtful", "doubtful_in", "three_decimals",
                        "decimal_point", "decimal_comma")
        },
        **{key: merged(key) for key in ("only", "signs", "dollars", "families", "names", "adjectives")},
        minor=minor,
        multipliers=multipliers,
        numbers=numbers,
        adjective_heads=frozenset(a[: a.index(" ")] for a in merged("adjectives") if " " in a),
        words=frozenset(merged("names")) | minor | frozenset(base["small"].split())
        | {m + c.lower() for m in "mkt" for c in ("USD", "EUR", "GBP", "CHF")},
        any_sign=re.compile("[" + re.escape("".join(merged("signs"))) + "]"),
        spelled=re.compile(rf"\b(?:(?:an?|half an?|a half|quarter|a quarter)[ -])?(?:{digits})(?:[ -](?:and )?(?:{digits}))*\b|\ba(?= (?:dollar|buck|euro|pound|quid|penny))", re.I),
        named=re.compile("|".join(map(re.escape, sorted({n.rstrip("s") for n in long_names}))) + r"|[MTk](?:USD|EUR|GBP)", re.I),
    )


def find_money(text: str, country: str) -> tuple[Money, ...]:
    """Every amount of money in `text`, in its order. "$" without more is the country's dollar.

    `country` is the writer's (ISO 3166 alpha-2); it settles shared names (dollar, peso, kr) and "1.234" against "1,234".
    """
    if not _may_hold_money(text):
        return ()
    found: list[Money] = []
    taken = 0  # a sign belongs to one number only
    for number in NUMBER.finditer(text):
        if number.start() < taken:
            continue
        money = _at(text, number, country, taken)
        if money is not None:
            money = _with_hundredths(text, money, country)
            _reach_back(text, found, money, country)
            found.append(money)
            taken = money.end
        elif found and (money := _range_end(text, found[-1], number, country)):
            found.append(money)
            taken = money.end
    if _known().named.search(text):
        found.extend(m for m in _spelled_out(text, country) if not any(f.start < m.end and m.start < f.end for f in found))
        found.sort(key=lambda m: m.start)
    return tuple(found)


def _may_hold_money(text: str) -> bool:
    """Whether any sign, code or name of money occurs at all: most mails end here."""
    known = _known()
    if known.any_sign.search(text):
        return True
    words = set(LETTERS.findall(text))
    return not (known.codes.isdisjoint(words) and known.words.isdisjoint(w.lower() for w in words)) or "L.E." in text.upper()


def bare_numbers(text: str, country: str) -> Iterator[Money]:
    """Numbers that are written as amounts may be (4,850 · 1.234,50 · 19.5k · 3.5 lakh) though no sign says so; whether one is
    money, the words around it must tell. Dates, times, percentages, measures and parts of longer numbers are left out."""
    for number in NUMBER.finditer(text):
        before, after = text[max(0, number.start() - 1) : number.start()], text[number.end() : number.end() + 3]
        if before and (before.isalnum() or before in "#-–/+._:@×*") or re.match(r"\s?%|[-/:°×\"”]\w?|[^\W\d_]{0,2}\d|[.,]\d", after):
            continue
        amount = read_number(number.group(), country, None)
        if amount is None:
            continue
        unit = _multiplier(text, number.end())
        factor, end = unit if unit else (Decimal(1), number.end())
        if not unit and (close := WORD.match(text, number.end())) and close.group() not in ("net", "plus"):
            continue  # 40mm, 3rd, 16A
        yield Money(amount * factor, None, text[number.start() : end], number.start(), end)


def read_number(written: str, country: str, currency: str | None) -> Decimal | None:
    """The value of a number as people write it; None where its points and commas make no sense (a date, a version)."""
    known = _known()
    plain = re.sub(rf"[{BLANKS}'’]", "", written)
    if len(plain) > LONGEST_DIGITS:
        return None
    marks = [c for c in plain if c in ".,"]
    if not marks:
        return Decimal(plain)
    groups = re.split(r"[.,]", plain)
    last = marks[-1]
    if len(set(marks)) == 1 and len(marks) > 1:  # 1,234,567 or 4,85,000; anything else is no number
        grouped = len(groups[-1]) == 3 and all(len(g) in (2, 3) for g in groups[1:-1]) and len(groups[0]) <= 3
        return Decimal("".join(groups)) if grouped else None
    if len(set(marks)) == 2:
        if marks.count(last) > 1 or any(len(g) not in (2, 3) for g in groups[1:-1]):
            return None
        return Decimal("".join(groups[:-1]) + "." + groups[-1])
    whole, tail = groups
    if len(tail) != 3 or len(whole) > 3 or whole.startswith("0") or re.search(rf"[{BLANKS}'’]", written):
        return Decimal(f"{whole}.{tail}")
    if currency in known.three_decimals:
        decimal = last == "."
    elif country in known.decimal_comma:
        decimal = last == "," and currency not in known.decimal_point
    else:
        decimal = last == "." and (currency is None or currency in known.decimal_point)
    return Decimal(f"{whole}.{tail}" if decimal else whole + tail)


def _at(text: str, number: re.Match[str], country: str, taken: int) -> Money | None:
    """The money that a number is part of, if a sign stands before or behind it."""
    start, end = number.span()
    front = _unit_before(text, start, taken, country)
    if front is not None:
        currency, begin = front
        written = number.group()
        if " " in written and text[start - 1] in "$£₹" and currency in _known().decimal_point:
            written = written.split(" ")[0]  # "$20 100 pieces"
            end = start + len(written)
        amount = read_number(written, country, currency)
        if amount is None:
            return None
        if zeros := SWISS_ZEROS.match(text, end):
            end = zeros.end()
        factor = _multiplier(text, end, after_sign=True)
        if factor:
            amount, end = amount * factor[0], factor[1]
        if begin and text[begin - 1] in "-−" and (begin < 2 or text[begin - 2].isspace()) and text[begin - 1 : begin + 1].strip():
            begin, amount = begin - 1, -amount
        return Money(amount, currency, text[begin:end], begin, end)
    if inside := INSIDE.match(text, end):
        amount = read_number(f"{number.group()}.{inside[2]}", country, None)
        if amount is not None and inside[1] == "€":
            return Money(amount, "EUR", text[start : inside.end()], start, inside.end())
    close = SWISS_ZEROS.match(text, end)
    unit = _unit_after(text, close.end() if close else end, country)
    if unit is None or (start and text[start - 1].isalpha()):
        return None
    amount = read_number(number.group(), country, unit.currency)
    if amount is None:
        return None
    begin = start
    if start and text[start - 1] in "-−" and (start < 2 or text[start - 2].isspace()):
        begin, amount = start - 1, -amount
    return Money(amount * unit.factor, unit.currency, text[begin : unit.edge], begin, unit.edge, unit.minor)


def _unit_before(text: str, start: int, taken: int, country: str) -> tuple[str | None, int] | None:
    """The currency written before the number at `start`, and where its sign begins; nothing before `taken` counts."""
    known = _known()
    i = start
    while i > taken and start - i < 2 and (text[i - 1] in BLANKS or text[i - 1] == ":"):
        i -= 1
    if i <= taken:
        return None
    if text[i - 1] in "-−" and i - 1 > taken and text[i - 2] in known.signs:  # $-500
        i -= 1
    char = text[i - 1]
    if char in known.signs and known.signs[char] != "minor":
        return _dollar_sort(text, i - 1, taken, char, country)
    if not (char.isalpha() or (char == "." and i - 1 > taken and text[i - 2].isalpha())):
        return None
    j = i
    while j > taken and i - j < LONGEST_WORD and (text[j - 1].isalpha() or text[j - 1] in ".$"):
        j -= 1
    word = text[j:i].strip(".")
    if j > taken and (text[j - 1].isalnum() or text[j - 1] in "-/_#@"):
        return None
    if word in known.codes and word not in known.wordlike:
        return word, j
    low = word.casefold().replace(".", "")
    if low in known.small and (i < start or word.isupper()):
        return low.upper(), j
    if low not in known.before or not _allowed(low, word, country):
        return None
    return _resolve(known.names[low], country), j


def _dollar_sort(text: str, sign: int, taken: int, char: str, country: str) -> tuple[str | None, int]:
    """Which dollar: the letters before the sign ("US$", "C $") say it, else the writer's country."""
    known = _known()
    value = known.signs[char]
    j = sign
    if j > taken and text[j - 1] == " ":
        j -= 1
    k = j
    while k > taken and j - k < 4 and text[k - 1].isalpha():
        k -= 1
    letters = text[k:j]
    low = letters.casefold()
    whole_word = k == 0 or not text[k - 1].isalnum()
    apart = j < sign
    if letters and whole_word:
        if letters.upper() in known.codes and (letters.isupper() or low in known.small):
            return letters.upper(), k
        if value == "@dollar" and low in known.dollars and (not apart or low in ("us", "hk", "c", "nz") and (letters.isupper() or low != "us" or country == "US")):
            return known.dollars[low], k
    return _resolve(value, country), sign


def _unit_after(text: str, end: int, country: str) -> Unit | None:
    """The unit written behind a number that ends at `end`: multiplier, nationality, sign, code or name, in that order."""
    known = _known()
    factor = Decimal(1)
    i = _skip(text, end)
    if many := _multiplier(text, end, after_sign=False):
        peek = _skip(text, many[1])
        if peek < len(text) and (text[peek] in known.signs or text[peek].isalpha()):
            factor, i = many[0], peek
    if i >= len(text):
        return None
    if text[i] in known.signs:
        if _belongs_to_next(text, end, i, i + 1):
            return None
        value = known.signs[text[i]]
        if value == "minor":
            return Unit(_resolve("@dollar", country), True, factor, i + 1)
        return Unit(_resolve(value, country), False, factor, i + 1)
    adjective = ""
    for _ in range(3):
        word = WORD.match(text, i)
        if word is None or len(word.group()) > LONGEST_WORD:
            return None
        unit = _named_unit(text, word, factor, adjective, i == end, country)
        if unit is not None:
            may_lead = word.group() in known.codes or word.group().casefold().strip(".") in known.before
            return None if may_lead and _belongs_to_next(text, end, i, unit.edge) else unit
        low = word.group().casefold().replace(".", "")
        adjective = f"{adjective} {low}".strip()
        if adjective not in known.adjectives and adjective not in known.adjective_heads:
            return None
        i = _skip(text, word.end())
    return None


def _named_unit(text: str, word: re.Match[str], factor: Decimal, adjective: str, glued: bool, country: str) -> Unit | None:
    """The unit that one word names, if it does."""
    known = _known()
    raw, end = word.group().rstrip("."), word.end()
    low = raw.casefold().replace(".", "")
    if end < len(text) and text[end] == "$" and (low in known.dollars or raw.upper() in known.codes):
        return Unit(raw.upper() if raw.upper() in known.codes else known.dollars[low], False, factor, end + 1)
    if raw != word.group() and low not in ("rs", "le", "kr", "fr", "sfr", "р", "руб", "лв", "грн", "kč", "zł", "ft", "dh", "dhs"):
        end -= 1  # the full stop ends the sentence
    if raw in known.codes or low in known.small:
        code = raw.upper()
        if many := _multiplier(text, end, after_sign=False):  # 75 USD million
            factor, end = factor * many[0], many[1]
        return Unit(code, False, factor, end)
    if len(raw) in (2, 4) and raw[0] in "MkT" and (raw[1:] in known.codes or raw[1:] in known.signs):
        return Unit(raw[1:], False, factor * (1_000_000 if raw[0] == "M" else 1000), end)
    if low in known.minor and (len(low) > 1 or glued and raw == "p"):
        return Unit(_resolve("@pound" if low.startswith("p") and low[:3] != "pai" else "@dollar", country) if low != "paise" else "INR", True, factor, end)
    value = known.names.get(low)
    if value is None or not _allowed(low, raw, country):
        return None
    where = known.adjectives.get(adjective, country)
    if low in known.doubtful and not adjective and factor < 1000 and (country in known.doubtful_in or not low.startswith("pound")):
        return None
    if low == "pounds" and re.match(r"\s?of\b", text[end : end + 4]):
        return None
    return Unit(_resolve(value, where), False, factor, end)


def _multiplier(text: str, end: int, after_sign: bool = True) -> tuple[Decimal, int] | None:
    """A multiplier behind a number: k, million, lakh. Single letters must be glued to the number."""
    i = _skip(text, end)
    word = WORD.match(text, i)
    if word is None or len(word.group()) > 10:
        return None
    raw = word.group().rstrip(".")
    low = raw.casefold()
    if low == "l" and raw == "L" and i == end:
        return Decimal(100_000), word.end()
    factor = _known().multipliers.get(low)
    if factor is None or (low == "hundred" and not after_sign and i == end):
        return None
    if len(low) == 1 and (i > end or low == "t" or (low in "mb" and not after_sign)):
        if not (low in "tmk" and word.end() < len(text) and text[word.end()] in "€$£" and raw != "t"):
            return None
    stop = word.end() if low in ("mio", "tsd", "mrd", "mln") else word.start() + len(raw)
    return factor, stop


def _skip(text: str, i: int) -> int:
    """Past at most one blank and a hyphen ("12-cent")."""
    if i < len(text) and (text[i] in BLANKS or text[i] == "-"):
        i += 1
        if i < len(text) and text[i] == " " and text[i - 1] == " " and i + 1 < len(text) and text[i + 1] != " ":
            i += 1
    return i


def _belongs_to_next(text: str, end: int, unit_start: int, unit_end: int) -> bool:
    """Whether a sign between two numbers is the second one's: nearer to it, or as near and no other sign behind it."""
    gap = 1 if unit_end < len(text) and text[unit_end] in BLANKS else 0
    following = NUMBER.match(text, unit_end + gap)
    if following is None:
        return False
    if gap != unit_start - end:
        return gap < unit_start - end
    i = _skip(text, following.end())
    rest = WORD.match(text, i)
    low = rest.group().casefold().strip(".") if rest else ""
    known = _known()
    signed = i < len(text) and text[i] in known.signs
    return not (signed or low in known.names or low in known.minor or (rest and rest.group() in known.codes) or low in known.small)


def _with_hundredths(text: str, money: Money, country: str) -> Money:
    """"3 dollars 50 cents", "20 ringgit and 43 sen": one amount."""
    if money.minor or money.amount != money.amount.to_integral_value() or money.words[-1:].isdigit():
        return money
    tail = re.compile(r" (?:and |und |et )?(\d{1,2}) ?([^\W\d_]{1,8}|¢)").match(text, money.end)
    if tail and (tail[2].casefold() in _known().minor or tail[2] == "¢"):
        amount = money.amount + Decimal(tail[1]) / 100
        return replace(money, amount=amount, words=text[money.start : tail.end()], end=tail.end())
    bare = re.compile(r" (?:and )?(\d{2})(?=\s*[.!?]?\s*$)").match(text, money.end)
    if bare and money.words[-1:].isalpha():
        return replace(money, amount=money.amount + Decimal(bare[1]) / 100, words=text[money.start : bare.end()], end=bare.end())
    return money


def _reach_back(text: str, found: list[Money], money: Money, country: str) -> None:
    """"4.000 bis 5.000 €": the first number of a range is money too, in the same currency."""
    if not money.words[:1].isdigit():
        return
    head = text[max(0, money.start - 40) : money.start]
    gap = re.search(r"(?<![\w.,/-])(\d[\d.,'’]*)\s?(?:-|–|—|to|bis|à|and|und|or|et)\s?$", head)
    if gap is None:
        return
    amount = read_number(gap[1].rstrip(".,"), country, money.currency)
    start = money.start - len(head) + gap.start(1)
    if amount is None or (found and found[-1].end > start) or not amount < money.amount <= amount * 10:
        return
    if money.minor:
        return
    found.append(Money(amount, money.currency, gap[1], start, start + len(gap[1])))


def _range_end(text: str, first: Money, number: re.Match[str], country: str) -> Money | None:
    """"$4,000-5,000": the second number of a range takes the first one's currency."""
    if first.minor or not (gap := RANGE.fullmatch(text, first.end, number.start())):
        return None
    amount = read_number(number.group(), country, first.currency)
    if amount is None or not first.amount < amount <= first.amount * 10:
        return None
    if gap.group().strip().casefold() not in ("-", "–", "—", "to", "bis", "à") or re.match(r"\s?%|[-/:]\d|[^\W\d_]", text[number.end() : number.end() + 3]):
        return None
    if amount < 100 and re.match(r" [^\W\d_]", text[number.end() : number.end() + 2]):
        return None  # "$70 - 90 pieces"
    return Money(amount, first.currency, number.group(), number.start(), number.end())


def _spelled_out(text: str, country: str) -> Iterator[Money]:
    """"two hundred dollars", "a quarter million US dollars"."""
    for match in _known().spelled.finditer(text):
        unit = _unit_after(text, match.end(), country)
        if unit is None:
            continue
        amount = _value_of(match.group())
        end = unit.edge
        cents = re.compile(r" (?:and )?([a-z]+(?:-[a-z]+)?|\d\d?)(?: ?(?:cents?|sens?|pence|p)\b|(?=\s*[.!?]?\s*$))", re.I).match(text, end)
        if cents and not unit.minor:
            part = Decimal(cents[1]) if cents[1].isdigit() else _value_of(cents[1])
            if 0 < part < 100:
                amount, end = amount + part / 100, cents.end()
        yield Money(amount * unit.factor, unit.currency, text[match.start() : end], match.start(), end, unit.minor)


def _value_of(words: str) -> Decimal:
    """The value of an English number in words; 0 where a word is none."""
    known = _known()
    total = current = Decimal(0)
    for word in re.split(r"[ -]+", words.casefold()):
        if word in ("and",):
            continue
        if word in ("a", "an"):
            current = current or Decimal(1)
        elif word in ("half", "quarter"):
            current = Decimal("0.5") if word == "half" else Decimal("0.25")
        elif word in known.numbers:
            current = known.numbers[word] if current == 1 and words.casefold().startswith("a ") else current + known.numbers[word]
        elif word in known.multipliers:
            factor = known.multipliers[word]
            if factor == 100:
                current = (current or Decimal(1)) * factor
            else:
                total, current = total + (current or Decimal(1)) * factor, Decimal(0)
        else:
            return Decimal(0)
    return total + current


def _allowed(low: str, raw: str, country: str) -> bool:
    """Whether a name that may mean something else is money here."""
    known = _known()
    if low in known.only and country not in known.only[low].split():
        return False
    return not (low in known.capitals and not raw.replace(".", "").isupper() and "." not in raw)


def _resolve(value: str, country: str) -> str | None:
    """An ISO code, or the family's one for the country; None where that is open."""
    if not value.startswith("@"):
        return value
    family = _known().families[value[1:]]
    return family.get(country, family.get("default"))
