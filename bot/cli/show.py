"""Printing: tables for people, one JSON object a line for programs, faults as advice."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bot.errors import OutsideFault, UserMustAct
from bot.writing.customs import date_text, money_text

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def plain(value: object) -> Any:
    """A value as JSON knows it: dates ISO 8601, amounts as plain decimal strings."""
    match value:
        case Decimal():
            return format(value, "f")
        case dt.date() | dt.datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case Mapping():
            return {str(k): plain(v) for k, v in value.items()}
        case frozenset() | set():
            return sorted(plain(v) for v in value)
        case list() | tuple():
            return [plain(v) for v in value]
        case _:
            return value


def json_line(row: Mapping[str, object]) -> None:
    """One object on a line of its own, on standard output."""
    sys.stdout.write(json.dumps(plain(row), ensure_ascii=False) + "\n")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> None:
    """A table; what a mail says is shown as plain text, never as markup."""
    shown = Table(
        title=title or None, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for column in columns:
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(safe(str(cell))) for cell in row))
    out.print(shown)


def safe(text: str) -> str:
    """Text from outside without control characters: nothing in a mail may move the cursor or ring the bell."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


def say(text: str = "", style: str = "") -> None:
    """A line for a person."""
    out.print(Text(safe(text), style=style))


def money(amount: Decimal | None, currency: str | None, country: str) -> str:
    """An amount as the rep's country writes it; "" where none was named."""
    return "" if amount is None else money_text(amount, currency or None, country)


def sums(value: Mapping[str, Decimal], country: str) -> str:
    """Sums of several currencies in one line."""
    return " + ".join(money(v, c, country) for c, v in value.items()) or "0"


def day(date: dt.date | None, country: str, language: str = "en") -> str:
    """A day as the rep's country writes it."""
    return "" if date is None else date_text(date, language, country)


def fault(problem: OutsideFault) -> None:
    """A fault as one line, and what to do about it, on standard error."""
    err.print(Text(f"followup: {safe(str(problem))}", style="bold red"))
    if isinstance(problem, UserMustAct) and problem.advice:
        err.print(Text(safe(problem.advice)))


def bar() -> Progress:
    """Progress on standard error, shown only to a terminal."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
