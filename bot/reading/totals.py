"""What a priced text comes to: of all its amounts, the total to pay.

Every amount gets the roles that the words around it give (total, gross, net, tax, unit, deposit, discount, an
option, the other side's money ...; rules in languages/*.quotes.toml), and `total_of` chooses: the total and not its
parts, gross before net, the recommended option or else the first, a unit price only where nothing else stands."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.reading.money import Money, bare_numbers, find_money
from bot.reading.quotewords import MASK, REST, Matches, alternatives, pattern

NOT_THE_PRICE = frozenset({"part", "saving", "old", "theirs", "tax"})
PRICING = frozenset({"total", "price", "unit", "period", "gross", "net", "option", "recommended"})
MOST_TAX = Decimal("1.35")  # no sales tax is higher: a "gross" amount beyond it belongs to something else
MOST_WORDS = 120
MOST_AMOUNTS = 300  # of a text; a price list beyond it says no more
LABEL_REACH = 24
LONGEST_LABEL = 100  # how far before its price an option may be named
TELLING = ("total", "gross", "price", "unit", "period", "option", "net")  # whose words are the best evidence
QUANTITY = re.compile(r"(?<![\w.,])\d{1,3}(?:[.,' ]?\d{3}){0,3}(?![\w])")
WRAPPED = re.compile(r"(?<=[^\W\d_]|,)\n(?=[a-zß-öø-ÿ\d])")
LONG_LINE = 55  # characters behind which a line was broken by a program, not by its writer
APOSTROPHES = str.maketrans("’‘ʼ", "'''")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money and what it is in its sentence. `bare`: no currency stands beside it. `words` say what it
    is."""

    money: Money
    roles: frozenset[str]
    bare: bool
    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Total:
    """The total of a text. `stated`: its words say that it is a price, not merely an amount."""

    value: Decimal
    currency: str | None
    words: str
    rule: str
    roles: frozenset[str]
    stated: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """A text looked over once: its amounts with their roles, and the rules its other readers may try. Places are
    those of the text itself."""

    text: str
    amounts: tuple[Amount, ...]
    matches: Matches

    def words(self, match: re.Match[str]) -> str:
        """A match's words as they stand in the text."""
        return " ".join(self.text[match.start() : match.end()].split())


def scan(text: str, country: str) -> Scan:
    """Look a text over: numbers without a currency count as amounts only where the words make them a price."""
    signed = find_money(text, country)[:MOST_AMOUNTS]
    spans = [(money.start, money.end) for money in signed]
    numbers = itertools.islice(bare_numbers(text, country), MOST_AMOUNTS)
    bare = [m for m in numbers if not _inside(m, spans) and _may_be_amount(text, m, bool(signed))]
    every = sorted([*signed, *bare], key=lambda money: money.start)
    matches = Matches(_masked(text, every))
    return Scan(text, _with_roles(text, every, {money.start for money in bare}, bool(signed), matches), matches)


def _with_roles(
    text: str, every: Sequence[Money], bare: set[int], signed: bool, matches: Matches
) -> tuple[Amount, ...]:
    """The amounts with what the words around them say; bare ones that nothing calls a price are left out."""
    if not every:
        return ()
    roles: dict[int, dict[str, tuple[str, str]]] = {money.start: {} for money in every}
    for rule, match in matches.of("roles"):
        at = matches.text.find(MASK, match.start(), match.end())
        if at in roles:
            words = text[match.start() : match.end()].strip()
            roles[at].setdefault(rule.data["role"], (words[-MOST_WORDS:], rule.name))
    found = []
    for money in every:
        its = roles[money.start]
        if money.start in bare and not _bare_is_priced(its.keys(), signed):
            continue
        words, name = next((its[role] for role in TELLING if role in its), (money.words, "amount"))
        found.append(Amount(money, frozenset(its), money.start in bare, words, name))
    return tuple(found)


def total_of(seen: Scan) -> Total | None:
    """The total to pay; None where no amount is a price."""
    text, amounts = seen.text, seen.amounts
    candidates = [a for a in amounts if not a.roles & NOT_THE_PRICE and a.money.value > 0]
    if not candidates:
        return None
    chosen = (
        _recommended(candidates, seen)
        or _labelled(candidates)
        or _first_option(candidates)
        or _extended(candidates, text)
        or _summed(candidates)
    )
    if chosen is None:
        plain = [a for a in candidates if not a.roles & {"unit", "period", "extra"}]
        priced = [a for a in plain if a.roles & PRICING]
        gross = [a for a in plain if "gross" in a.roles]
        chosen = next(iter(gross or priced), None)
        if chosen is None and not any(a.roles & PRICING for a in candidates):
            chosen = max(plain, key=lambda a: a.money.value, default=None)
    if chosen is None:
        order = ("period", "unit", "extra")
        rank = {a: min((order.index(r) for r in a.roles if r in order), default=len(order)) for a in candidates}
        chosen = min(candidates, key=lambda a: (not a.roles & PRICING, rank[a]))
    currency = chosen.money.currency or _currency_around(amounts, text)
    items = sum(1 for a in candidates if _line_item(text, a.money))
    stated = bool(chosen.roles & PRICING) or items >= 2 or chosen is _extended(candidates, text)
    return Total(chosen.money.value, currency, chosen.words, chosen.rule, chosen.roles, stated)


def _recommended(candidates: Sequence[Amount], seen: Scan) -> Amount | None:
    """The option the writer recommends, by a word beside its price or by its name."""
    if len(candidates) < 2:
        return None
    for _rule, match in seen.matches.of("recommends"):
        name = next((group for group in match.groups() if group), "")
        label = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for amount in candidates:
            start = amount.money.start
            line = seen.text.rfind("\n", 0, start) + 1
            others = [a.money.end for a in candidates if a.money.end <= start]
            if name and label.search(seen.text, max([line, start - LONGEST_LABEL, *others]), start):
                return amount
    return next((a for a in candidates if "recommended" in a.roles), None)


def _labelled(candidates: Sequence[Amount]) -> Amount | None:
    """The amount called total: gross before net, the last of several, the first where each belongs to an option."""
    totals = [a for a in candidates if "total" in a.roles and not a.roles & {"unit"}] or [
        a for a in candidates if "total" in a.roles
    ]
    if not totals:
        return None
    if sum(1 for a in candidates if "option" in a.roles) >= 2:
        return totals[0]
    whole = [a for a in totals if "net" not in a.roles]
    named = {currency for a in whole if (currency := a.money.currency)}
    chosen = (whole or totals)[-1] if len(named) < 2 else whole[0]
    return _with_tax(chosen, candidates)


def _with_tax(net: Amount, candidates: Sequence[Amount]) -> Amount:
    """The amount called gross that adds a tax to this one; this one where there is none."""
    most = net.money.value * MOST_TAX
    taxed = (a for a in candidates if "gross" in a.roles and net.money.value < a.money.value <= most)
    return next(taxed, net)


def _first_option(candidates: Sequence[Amount]) -> Amount | None:
    options = [a for a in candidates if "option" in a.roles]
    return options[0] if len(options) >= 2 else None


def _summed(candidates: Sequence[Amount]) -> Amount | None:
    """An amount that is the sum of those before it, whatever it is called."""
    running = Decimal(0)
    for index, amount in enumerate(candidates):
        if index >= 2 and amount.money.value == running:
            return _with_tax(amount, candidates)
        running += amount.money.value
    return None


def _extended(candidates: Sequence[Amount], text: str) -> Amount | None:
    """The one amount that is quantity times unit price of its own line: "40,000   $0.84   $33,600.00"."""
    found = []
    for unit, amount in itertools.pairwise(candidates):
        line = text.rfind("\n", 0, unit.money.start) + 1
        count, rest = divmod(amount.money.value, unit.money.value)
        if rest or count < 2 or "\n" in text[unit.money.end : amount.money.start]:
            continue
        figures = QUANTITY.findall(text, line, unit.money.start)
        if str(int(count)) in [re.sub(r"\D", "", figure) for figure in figures]:
            found.append(amount)
    return found[0] if len(found) == 1 else None


def _line_item(text: str, money: Money) -> bool:
    """Whether the amount stands at the end of a line of its own: "Installation: $1,200"."""
    end = text.find("\n", money.end)
    rest = text[money.end : end if end >= 0 else len(text)]
    start = text.rfind("\n", 0, money.start) + 1
    return not rest.strip(" .,;|*-/") and 2 < len(text[start : money.start].strip()) < 70


def _may_be_amount(text: str, money: Money, signed: bool) -> bool:
    """Whether a number without a currency is written like an amount. Beside amounts with one, only 9,300.00 is."""
    written = money.words
    decimals = bool(re.search(r"\d[.,]\d\d$", written)) and len(written) > 4
    if pattern("measures").match(text, money.end):
        return False
    grouped = bool(re.search(r"\d[.,'’\u00a0\u202f ]\d{3}(?!\d)", written))
    if decimals or grouped or not written[-1].isdigit():
        return True
    if signed:
        return False
    plain = written.isdigit() and len(written) >= 3 and not _label_before().search(text[: money.start][-LABEL_REACH:])
    return plain and not (len(written) == 4 and 1990 <= int(written) <= 2039) and len(written) <= 8


@functools.cache
def _label_before() -> re.Pattern[str]:
    """What makes the integer behind it a reference number: "quote 8812", "no. 4410"."""
    labels = "|".join(alternatives(key) for key in ("number_labels", "number_words", "other_labels"))
    return re.compile(rf"(?<![\w-])(?:{labels})s?[ \t.:#°]{{0,4}}$", re.IGNORECASE)


def _bare_is_priced(roles: object, signed: bool) -> bool:
    strong = (
        {"total", "gross", "net", "tax"}
        if signed
        else {"total", "price", "gross", "net", "tax", "unit", "period", "option"}
    )
    return bool(strong & set(roles))  # type: ignore[call-overload]


def _inside(money: Money, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < money.end and money.start < end for start, end in spans)


def _masked(text: str, every: Sequence[Money]) -> str:
    """The text with each character of an amount replaced, so that places stay the same, and without the line breaks that only
    the length of a line has made."""
    pieces, at = [], 0
    for money in every:
        pieces += [text[at : money.start], MASK + REST * (money.end - money.start - 1)]
        at = money.end
    return WRAPPED.sub(_unbroken, "".join([*pieces, text[at:]])).translate(APOSTROPHES)


def _unbroken(found: re.Match[str]) -> str:
    """A blank for the break behind a long line."""
    length = found.start() - found.string.rfind("\n", 0, found.start())
    return " " if length > LONG_LINE else found[0]


CURRENCY_WORD = re.compile(
    r"\b(USD|EUR|GBP|CAD|AUD|NZD|INR|CHF|SEK|NOK|DKK|PLN|CZK|ZAR|AED|SGD|MXN|BRL|JPY|euros?)\b|([€£₹])"
)


def _currency_around(amounts: Sequence[Amount], text: str) -> str | None:
    """The one currency the rest of the text is written in ("all prices in EUR")."""
    named = {a.money.currency for a in amounts if a.money.currency}
    if not named:
        signs = {"€": "EUR", "£": "GBP", "₹": "INR"}
        named = {
            signs[m[2]] if m[2] else ("EUR" if m[1].lower().startswith("euro") else m[1].upper())
            for m in CURRENCY_WORD.finditer(text)
        }
    return named.pop() if len(named) == 1 else None
