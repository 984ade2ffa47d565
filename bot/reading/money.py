"""Amounts of money in a text."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as written; `currency` is None where no sign says which."""

    amount: Decimal
    currency: str | None
    words: str
    start: int
    end: int


def find_money(text: str, country: str) -> tuple[Money, ...]:
    """Every amount of money in `text`, in its order. "$" without more is the country's dollar."""
    return ()
