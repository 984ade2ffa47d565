"""Quotes that never were a mail: the pile of paper on the desk, typed in one by one or as a CSV."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.cadence.sent import number_digests
from bot.config import AccountConfig
from bot.drafting import PAPER
from bot.errors import UserMustAct
from bot.model import Address, Direction, Kind, MailRecord, Reading
from bot.reading.money import find_money
from bot.recording import topic_of

NEEDED = ("name", "address", "amount", "date")
OPTIONAL = ("number", "subject")
_ADDRESS = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,253}\.[^\s@<>,;.]{2,63}")
_BARE = re.compile(r"\d[\d.,' ]*")


@dataclass(frozen=True, slots=True)
class PaperQuote:
    """The least that a quote is: who, where, how much, when."""

    name: str
    address: str
    amount: str
    sent: dt.date
    number: str = ""
    subject: str = ""


def paper_quotes(path: Path) -> list[PaperQuote]:
    """The quotes of a CSV with a header line. Raises UserMustAct naming every line that is wrong: then none counts."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserMustAct(f"cannot read {path}: {fault}", "save the list as CSV in UTF-8") from fault
    dialect = csv.Sniffer().sniff(text[:4096], delimiters=",;\t") if text.strip() else csv.excel
    reader = csv.DictReader(text.splitlines(), dialect=dialect)
    header = [h.strip().casefold() for h in reader.fieldnames or ()]
    reader.fieldnames = header
    if missing := [k for k in NEEDED if k not in header]:
        raise UserMustAct(
            f"{path}:1: no column {', '.join(missing)}",
            f"the first line names the columns: {', '.join(NEEDED + OPTIONAL)}",
        )
    rows, wrong = [], []
    for row in reader:
        try:
            rows.append(
                _paper_quote(
                    {k: (v or "").strip() for k, v in row.items() if isinstance(k, str) and not isinstance(v, list)}
                )
            )
        except ValueError as fault:
            wrong.append(f"{path}:{reader.line_num}: {fault}")
    if wrong:
        raise UserMustAct(f"{path} has {len(wrong)} wrong lines; nothing was imported", "\n".join(wrong))
    return rows


def _paper_quote(row: dict[str, str]) -> PaperQuote:
    if not _ADDRESS.fullmatch(row["address"]):
        raise ValueError(f"address: {row['address']!r} is no mail address")
    try:
        sent = dt.date.fromisoformat(row["date"])
    except ValueError:
        raise ValueError(f"date: {row['date']!r} is no day; write it like 2026-03-31") from None
    if not re.search(r"\d", row["amount"]):
        raise ValueError(f"amount: {row['amount']!r} is no sum")
    return PaperQuote(row["name"], row["address"], row["amount"], sent, row.get("number", ""), row.get("subject", ""))


def add_quotes(config: Path, account: str | None, rows: Sequence[PaperQuote]) -> int:
    """Remember the quotes for the account (the first where none is named). How many were new: the same quote twice is one."""
    with app.opened(config) as opened:
        owner = opened.accounts(account)[0]
        records = [_record(row, owner) for row in rows]
        known = {r.id for r in opened.memory.records(owner.name)}
        opened.memory.remember(owner.name, records)
        return len({r.id for r in records} - known)


def _record(row: PaperQuote, owner: AccountConfig) -> MailRecord:
    bare = row.amount if not _BARE.fullmatch(row.amount.strip()) else f"$ {row.amount}"
    found = find_money(bare, owner.country)
    if not found:
        raise UserMustAct(f"{row.amount!r} is no sum of money", "write it like 4,850.00 or $4,850")
    money = found[0]
    said = f"{row.address.casefold()}\x1f{row.sent}\x1f{money.amount}\x1f{row.number}\x1f{row.subject}"
    reading = Reading(
        Kind.QUOTE,
        number=row.number or None,
        amount=money.amount,
        currency=money.currency,
        words=row.amount,
        rule="paper",
        mentions=frozenset(number_digests(row.number)),
        subject=row.subject,
    )
    at = dt.datetime.combine(row.sent, dt.time(12), owner.zone)
    return MailRecord(
        PAPER + hashlib.blake2b(said.encode(), digest_size=10).hexdigest(), "", "", at, Direction.SENT,
        Address(owner.me[0], owner.rep.name), (Address(row.address.casefold(), row.name),), (), None, (),
        topic_of(row.subject), None, reading,
    )  # fmt: skip
