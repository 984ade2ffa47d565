"""What a priced text comes to: of all its amounts, the total to pay.

Every amount gets the roles that the words around it give (total, gross, net, tax, unit, deposit, discount, an option, the other
side's money ...; rules in languages/*.quotes.toml), and `total_of` chooses: the total and not its parts, gross before net, the
recommended option or else the first, a unit price only where nothing else stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.reading.money import Money, bare_numbers, find_money
from bot.reading.quotewords import MASK, every_match, pattern, rules

NOT_THE_PRICE = frozenset({"part", "saving", "old", "theirs", "tax"})
PRICING = frozenset({"total", "price", "unit", "period", "gross", "net", "option", "recommended"})
MOST_TAX = Decimal("1.35")  # no sales tax is higher: a "gross" amount beyond it belongs to something else
MOST_WORDS = 120


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money and what it is in its sentence. `bare`: no currency stands beside it. `words` say what it is."""

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


def amounts_in(text: str, country: str) -> tuple[Amount, ...]:
    """Every amount in `text` with its roles; numbers without a currency only where the words make them a price."""
    signed = find_money(text, country)
    taken = [(m.start, m.end) for m in signed]
    bare = [m for m in bare_numbers(text, country) if _may_be_amount(text, m, bool(signed)) and not _inside(m, taken)]
    if not signed and not bare:
        return ()
    every = sorted([*signed, *bare], key=lambda m: m.start)
    masked = _masked(text, every)
    roles: dict[int, dict[str, tuple[str, str]]] = {m.start: {} for m in every}
    for rule, match in every_match("roles", masked):
        at = masked.find(MASK, match.start(), match.end())
        if at in roles:
            words = text[match.start() : match.end()].strip()
            roles[at].setdefault(rule.data["role"], (words[-MOST_WORDS:], rule.name))
    found = []
    bare_starts = {m.start for m in bare}
    for money in every:
        its = roles[money.start]
        if money.start in bare_starts and not _bare_is_priced(its.keys(), bool(signed)):
            continue
        words, rule_name = next((its[r] for r in ("total", "gross", "price", "unit", "period", "option", "net") if r in its), (money.words, "amount"))
        found.append(Amount(money, frozenset(its), money.start in bare_starts, words, rule_name))
    return tuple(found)


def total_of(amounts: Sequence[Amount], text: str, country: str) -> Total | None:
    """The total to pay; None where no amount is a price."""
    candidates = [a for a in amounts if not a.roles & NOT_THE_PRICE and a.money.value > 0]
    if not candidates:
        return None
    chosen = _recommended(candidates, text) or _labelled(candidates) or _first_option(candidates) or _summed(candidates)
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
    currency = chosen.money.currency or _currency_around(amounts, text, country)
    items = sum(1 for a in candidates if _line_item(text, a.money))
    stated = bool(chosen.roles & PRICING) or items >= 2
    return Total(chosen.money.value, currency, chosen.words, chosen.rule, chosen.roles, stated)


def _recommended(candidates: Sequence[Amount], text: str) -> Amount | None:
    """The option the writer recommends, by a word beside its price or by its name."""
    if len(candidates) < 2:
        return None
    for match_rule, match in rules("recommends").matches(text):
        name = next((g for g in match.groups() if g), "")
        if len(name) < 1 or match_rule is None:
            continue
        label = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        for amount in candidates:
            line = text.rfind("\n", 0, amount.money.start) + 1
            reach = max(line, amount.money.start - 100)
            others = [a.money.end for a in candidates if a.money.end <= amount.money.start]
            if label.search(text, max([reach, *others]), amount.money.start):
                return amount
    return next((a for a in candidates if "recommended" in a.roles), None)


def _labelled(candidates: Sequence[Amount]) -> Amount | None:
    """The amount called total: gross before net, the last of several, the first where each belongs to an option."""
    totals = [a for a in candidates if "total" in a.roles and not a.roles & {"unit"}] or [a for a in candidates if "total" in a.roles]
    if not totals:
        return None
    gross = [a for a in candidates if "gross" in a.roles]
    if sum(1 for a in candidates if "option" in a.roles) >= 2:
        return totals[0]
    whole = [a for a in totals if "net" not in a.roles]
    chosen = (whole or totals)[-1] if len({a.money.currency for a in whole}) < 2 else whole[0]
    for amount in gross:
        if chosen.money.value < amount.money.value <= chosen.money.value * MOST_TAX:
            return amount
    return chosen


def _first_option(candidates: Sequence[Amount]) -> Amount | None:
    options = [a for a in candidates if "option" in a.roles]
    return options[0] if len(options) >= 2 else None


def _summed(candidates: Sequence[Amount]) -> Amount | None:
    """An amount that is the sum of those before it, whatever it is called."""
    running = Decimal(0)
    for index, amount in enumerate(candidates):
        if index >= 2 and amount.money.value == running:
            return amount
        running += amount.money.value
    return None


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
    plain = written.isdigit() and len(written) >= 3
    return plain and not (len(written) == 4 and 1990 <= int(written) <= 2039) and len(written) <= 8


def _bare_is_priced(roles: object, signed: bool) -> bool:
    strong = {"total", "gross", "net", "tax"} if signed else {"total", "price", "gross", "net", "tax", "unit", "period", "option"}
    return bool(strong & set(roles))  # type: ignore[call-overload]


def _inside(money: Money, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < money.end and money.start < end for start, end in spans)


def _masked(text: str, every: Sequence[Money]) -> str:
    """The text with each character of an amount replaced, so that places stay the same."""
    pieces, at = [], 0
    for money in every:
        pieces += [text[at : money.start], MASK * (money.end - money.start)]
        at = money.end
    return "".join([*pieces, text[at:]])


CURRENCY_WORD = re.compile(r"\b(USD|EUR|GBP|CAD|AUD|NZD|INR|CHF|SEK|NOK|DKK|PLN|CZK|ZAR|AED|SGD|MXN|BRL|JPY|euros?)\b|([€£₹])")


def _currency_around(amounts: Sequence[Amount], text: str, country: str) -> str | None:
    """The one currency the rest of the text is written in ("all prices in EUR")."""
    named = {a.money.currency for a in amounts if a.money.currency}
    if not named:
        signs = {"€": "EUR", "£": "GBP", "₹": "INR"}
        named = {signs[m[2]] if m[2] else ("EUR" if m[1].lower().startswith("euro") else m[1].upper()) for m in CURRENCY_WORD.finditer(text)}
    return named.pop() if len(named) == 1 else None
