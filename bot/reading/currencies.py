"""What is known of currencies and of the words numbers are written with (languages/*.money.toml), all languages as
one."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.reading.language import tables

LONG = 4  # letters from which on a name or a multiplier is no mere abbreviation


@dataclass(frozen=True, slots=True)
class Currencies:
    """Codes are ISO 4217. `names` and `signs` lead to a code or to "@family", a name that several countries share;
    `families` says which code each country means by it. und.money.toml explains the rest."""

    codes: frozenset[str]
    wordlike: frozenset[str]
    small: frozenset[str]
    before: frozenset[str]
    abbreviated: frozenset[str]
    capitals: frozenset[str]
    doubtful: frozenset[str]
    doubtful_in: frozenset[str]
    three_decimals: frozenset[str]
    decimal_point: frozenset[str]
    decimal_comma: frozenset[str]
    minor: frozenset[str]
    only: dict[str, str]
    signs: dict[str, str]
    dollars: dict[str, str]
    names: dict[str, str]
    adjectives: dict[str, str]
    families: dict[str, dict[str, str]]
    multipliers: dict[str, Decimal]
    numbers: dict[str, Decimal]
    adjective_heads: frozenset[str]
    words: frozenset[str]  # every name, small code and prefixed code, in small letters
    long_names: frozenset[str]
    any_sign: re.Pattern[str]
    spelled: re.Pattern[str]

    def resolve(self, value: str, country: str) -> str | None:
        """A value of `names` or `signs` as a code; None where its family has none for the country."""
        if not value.startswith("@"):
            return value
        family = self.families[value[1:]]
        return family.get(country, family.get("default"))

    def allows(self, low: str, raw: str, country: str) -> bool:
        """Whether a name that may mean something else is money as written here."""
        if low in self.only and country not in self.only[low].split():
            return False
        return low not in self.capitals or raw.replace(".", "").isupper() or "." in raw


@functools.cache
def currencies() -> Currencies:
    """The data, read once."""

    def merged(key: str) -> dict[str, Any]:
        return {
            word: value for table in tables().values() for word, value in table.get("money", {}).get(key, {}).items()
        }

    base = tables()["und"]["money"]

    def listed(key: str) -> frozenset[str]:
        return frozenset(base[key].split())

    names: dict[str, str] = merged("names")
    signs: dict[str, str] = merged("signs")
    minor = frozenset(
        word for t in tables().values() for word in t.get("money", {}).get("minor", {}).get("words", "").split()
    )
    multipliers = {word: Decimal(value) for word, value in merged("multipliers").items()}
    numbers = {word: Decimal(value) for word, value in merged("numbers").items()}
    adjectives: dict[str, str] = merged("adjectives")
    prefixed = {multiple + code for multiple in "mkt" for code in ("usd", "eur", "gbp", "chf")}
    words = frozenset(names) | minor | listed("small") | prefixed
    return Currencies(
        codes=listed("codes"),
        wordlike=listed("wordlike"),
        small=listed("small"),
        before=listed("before"),
        abbreviated=listed("abbreviated"),
        capitals=listed("capitals"),
        doubtful=listed("doubtful"),
        doubtful_in=listed("doubtful_in"),
        three_decimals=listed("three_decimals"),
        decimal_point=listed("decimal_point"),
        decimal_comma=listed("decimal_comma"),
        minor=minor,
        only=merged("only"),
        signs=signs,
        dollars=merged("dollars"),
        names=names,
        adjectives=adjectives,
        families=merged("families"),
        multipliers=multipliers,
        numbers=numbers,
        adjective_heads=frozenset(a.partition(" ")[0] for a in adjectives if " " in a),
        words=words,
        long_names=frozenset(word for word in words if len(word) >= LONG) | {"us", "yen", "usd", "eur", "gbp"},
        any_sign=re.compile("[" + re.escape("".join(signs)) + "]"),
        spelled=_spelled([*numbers, *(word for word in multipliers if len(word) >= LONG)]),
    )


def _spelled(words: list[str]) -> re.Pattern[str]:
    """A number in words: "two hundred and fifty", "a quarter million"; a lone "a" too ("a dollar")."""
    one = "|".join(sorted(words, key=len, reverse=True))
    fraction = r"(?:half an? |a half |a quarter |quarter |an? )?"
    return re.compile(rf"\b{fraction}(?:{one})(?:[ -](?:and )?(?:{one}))*\b|\ban?(?= [a-z])", re.IGNORECASE)
