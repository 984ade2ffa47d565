"""Who must not be written to, in every account; and forgetting a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Literal

from sqlalchemy import Connection, delete, insert, select, update

from bot.model import Instruction, Standing
from bot.store import schema
from bot.store.absorb import chunks
from bot.store.accounts import bump
from bot.store.codec import Codec
from bot.store.erasure import (
    digest_of,
    digests_reaching,
    erase_instruction,
    erase_record,
    erase_standing,
    pseudonym,
)
from bot.store.rows import Row, columns, record_of, row_of

Origin = Literal["instruction", "opt_out", "erasure"]

STANDING = Codec(Standing)
INSTRUCTION = Codec(Instruction)


def suppress(db: Connection, subject: str, origin: Origin, account: str, at: dt.datetime) -> None:
    """Suppress an email, a domain or an id, unless this account already has for this reason. Other accounts may have
    planned for it, so every version grows."""
    table = schema.suppressions
    row = {"digest": digest_of(subject), "origin": origin, "account": account}
    if db.execute(select(table.c.at).filter_by(**row)).first() is None:
        db.execute(insert(table).values(at=at, **row))
        bump(db, None)


def lift(db: Connection, subject: str, account: str) -> None:
    """Take back what this account's rep said, and only that."""
    table = schema.suppressions
    said = delete(table).filter_by(digest=digest_of(subject), origin="instruction", account=account)
    if db.execute(said).rowcount:
        bump(db, None)


def suppressed_among(db: Connection, subjects: Collection[str]) -> frozenset[str]:
    """Those of the emails that are suppressed, by themselves or by a domain they belong to."""
    reaching = {subject: frozenset(digests_reaching(subject)) for subject in subjects}
    digest = schema.suppressions.c.digest
    found: set[str] = set()
    for some in chunks(frozenset().union(*reaching.values())):
        found.update(db.scalars(select(digest).where(digest.in_(some))))
    return frozenset(subject for subject, digests in reaching.items() if digests & found)


def forget_person(db: Connection, account: str, email: str, at: dt.datetime) -> int:
    """Erase a person from the account and suppress them, also under their pseudonym; the number of records this
    touched."""
    digest = digest_of(email)
    gone = frozenset({digest})
    known = schema.forgotten.c
    if db.execute(select(known.digest).where(known.account == account, known.digest == digest)).first() is None:
        db.execute(insert(schema.forgotten).values(account=account, digest=digest))
    touched = _erase_records(db, account, gone)
    _erase_standings(db, account, gone)
    _erase_instructions(db, account, gone)
    suppress(db, email, "erasure", account, at)
    suppress(db, pseudonym(digest), "erasure", account, at)
    bump(db, account)
    return touched


def _erase_records(db: Connection, account: str, gone: frozenset[str]) -> int:
    """Rewrite each record that names them. A mail they sent becomes another row, since the sender is part of what it is
    known by."""
    table, places = schema.records, schema.places
    touched = 0
    for line in db.execute(select(*columns()).where(table.c.account == account)).all():
        old = Row(*line)
        record = record_of(old)
        erased = erase_record(record, gone)
        if erased is record:
            continue
        touched += 1
        new = replace(row_of(erased), at=old.at)
        mine = (table.c.account == account) & (table.c.row == old.row)
        if new.row == old.row:
            db.execute(update(table).where(mine).values(**asdict(new)))
            continue
        db.execute(insert(table).values(account=account, **asdict(new)))
        db.execute(update(places).where(places.c.account == account, places.c.row == old.row).values(row=new.row))
        db.execute(delete(table).where(mine))
    return touched


def _erase_standings(db: Connection, account: str, gone: frozenset[str]) -> None:
    """Rewrite the standings that name them, and drop the reasons from their journal."""
    table, journal = schema.standings, schema.journal
    for key, body in db.execute(select(table.c.key, table.c.body).where(table.c.account == account)).all():
        standing = STANDING.unpack(body)
        erased = erase_standing(standing, gone)
        if erased is not standing:
            mine = (table.c.account == account) & (table.c.key == key)
            db.execute(update(table).where(mine).values(body=STANDING.pack(erased)))
            db.execute(update(journal).where(journal.c.account == account, journal.c.key == key).values(because=""))


def _erase_instructions(db: Connection, account: str, gone: frozenset[str]) -> None:
    table = schema.instructions
    for number, body in db.execute(select(table.c.id, table.c.body).where(table.c.account == account)).all():
        instruction = INSTRUCTION.unpack(body)
        erased = erase_instruction(instruction, gone)
        if erased is not instruction:
            db.execute(update(table).where(table.c.id == number).values(body=INSTRUCTION.pack(erased)))
