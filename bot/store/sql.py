"""Memory in a SQL database: SQLite now, written so that PostgreSQL needs another engine and other locks and nothing
else.

Statements are SQLAlchemy Core without dialect; a write begins by taking the account's row (BEGIN IMMEDIATE on SQLite,
FOR UPDATE elsewhere), so the writers of an account come one after the other and "look, then write what differs" is
safe.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, delete, func, insert, select, update

from bot.model import Instruction, Record, Standing, State, Unreadable
from bot.store import care, schema
from bot.store.absorb import Absorption, chunks
from bot.store.accounts import bump, hold
from bot.store.base import Change, Source
from bot.store.engine import WRITES, open_engine
from bot.store.erasure import erase_record
from bot.store.opening import prepare
from bot.store.rows import KEPT, records_of, row_of
from bot.store.suppression import INSTRUCTION, STANDING, forget_person, lift, suppress, suppressed_among
from bot.store.turnlock import FileLocks, ThreadLocks, TurnLocks

T = TypeVar("T")


def open_memory(path: Path | None) -> SqlMemory:
    """Memory in the file at `path`, made or brought up to date where needed; None: in this process alone, gone when it
    ends. Raises UserMustAct for a file that is not ours, is damaged, or was written by a newer followup."""
    engine = open_engine(path)
    try:
        prepare(engine, str(path))
    except BaseException:
        engine.dispose()
        raise
    return SqlMemory(engine, FileLocks(path) if path else ThreadLocks())


class SqlMemory:
    """The protocol `bot.store.base.Memory`, where each method is described."""

    def __init__(self, engine: Engine, locks: TurnLocks) -> None:
        self._reader = engine
        self._writer = engine.execution_options(**WRITES)
        self._locks = locks

    def close(self) -> None:
        self._reader.dispose()

    @contextlib.contextmanager
    def _write(self, account: str) -> Iterator[Connection]:
        """A transaction that holds the account's row, which it makes where it is missing."""
        with self._writer.begin() as db:
            hold(db, account)
            yield db

    def _read(self, question: Any) -> list[Any]:
        with self._reader.connect() as db:
            return list(db.execute(question).all())

    # A turn

    @contextlib.contextmanager
    def turn(self, account: str, now: dt.datetime) -> Iterator[None]:
        table = schema.accounts
        with self._locks.hold(account):
            if self.began(account) is None:
                with self._write(account) as db:
                    db.execute(update(table).where(table.c.name == account, table.c.began.is_(None)).values(began=now))
            yield
            with self._write(account) as db:
                db.execute(update(table).where(table.c.name == account).values(last_turn=now))

    def began(self, account: str) -> dt.datetime | None:
        return self._of_account(schema.accounts.c.began, account)

    def last_turn(self, account: str) -> dt.datetime | None:
        return self._of_account(schema.accounts.c.last_turn, account)

    def version(self, account: str) -> int:
        return self._of_account(schema.accounts.c.version, account) or 0

    def _of_account(self, column: Column[T], account: str) -> T | None:
        with self._reader.connect() as db:
            return db.scalar(select(column).where(schema.accounts.c.name == account))

    def facts(self, account: str) -> Mapping[str, str]:
        table = schema.facts
        return dict(map(tuple, self._read(select(table.c.name, table.c.value).where(table.c.account == account))))

    def set_fact(self, account: str, name: str, value: str | None) -> None:
        table = schema.facts
        with self._write(account) as db:
            db.execute(delete(table).where(table.c.account == account, table.c.name == name))
            if value is not None:
                db.execute(insert(table).values(account=account, name=name, value=value))

    # What was seen

    def cursor(self, account: str, source: Source) -> str | None:
        table = schema.sources
        with self._reader.connect() as db:
            return db.scalar(select(table.c.cursor).where(table.c.account == account, table.c.source == source))

    def absorb(
        self,
        account: str,
        source: Source,
        records: Sequence[Record],
        removals: Sequence[str] = (),
        unreadables: Sequence[Unreadable] = (),
        cursor: str = "",
        *,
        begins: bool = False,
        ends: bool = False,
    ) -> bool:
        with self._write(account) as db:
            page = Absorption(db, account, source)
            page.page(_still_allowed(db, account, records), removals, unreadables, cursor, begins=begins, ends=ends)
            if page.changed:
                bump(db, account)
            return page.changed

    def remember(self, account: str, records: Sequence[Record]) -> bool:
        with self._write(account) as db:
            page = Absorption(db, account, "mail")
            page.upsert(map(row_of, _still_allowed(db, account, records)))
            if page.changed:
                bump(db, account)
            return page.changed

    def records(self, account: str, *, since: dt.datetime | None = None) -> tuple[Record, ...]:
        table = schema.records
        question = select(*KEPT).where(table.c.account == account).order_by(table.c.at, table.c.row)
        return records_of(self._read(question if since is None else question.where(table.c.at >= since)))

    def expire(self, account: str, records: Sequence[Record]) -> None:
        rows = [row_of(r).row for r in records]
        with self._write(account) as db:
            for some in chunks(rows):
                for table in (schema.places, schema.records):
                    db.execute(delete(table).where(table.c.account == account, table.c.row.in_(some)))
            if rows:
                bump(db, account)

    def records_count(self, account: str) -> int:
        with self._reader.connect() as db:
            return db.scalar(select(func.count()).where(schema.records.c.account == account)) or 0

    def unreadables(self, account: str) -> tuple[Unreadable, ...]:
        table = schema.unreadables
        question = select(table.c.ref, table.c.reason).where(table.c.account == account)
        return tuple(Unreadable(*row) for row in self._read(question.order_by(table.c.source, table.c.ref)))

    # What stands

    def standings(self, account: str) -> Mapping[str, Standing]:
        table = schema.standings
        rows = self._read(select(table.c.body).where(table.c.account == account).order_by(table.c.key))
        return {standing.key: standing for (body,) in rows for standing in [STANDING.unpack(body)]}

    def intend(self, account: str, standing: Standing) -> None:
        if standing.state is not State.INTENDED:
            raise ValueError(f"an intention is not {standing.state}: {standing.key}")
        self._stand(account, standing)

    def settle(self, account: str, standing: Standing) -> None:
        if standing.state is State.INTENDED:
            raise ValueError(f"what is settled is more than intended: {standing.key}")
        self._stand(account, standing)

    def _stand(self, account: str, standing: Standing) -> None:
        table = schema.standings
        mine = (table.c.account == account) & (table.c.key == standing.key)
        with self._write(account) as db:
            body = db.scalar(select(table.c.body).where(mine))
            known = None if body is None else STANDING.unpack(body)
            if known == standing:
                return
            if standing.state is State.INTENDED and known and known.state in (State.SENT, State.DISCARDED):
                raise ValueError(f"was {known.state} and is never made again: {standing.key}")
            packed = STANDING.pack(standing)
            if known is None:
                db.execute(insert(table).values(account=account, key=standing.key, body=packed))
            else:
                db.execute(update(table).where(mine).values(body=packed))
            if known is None or (known.state, known.because) != (standing.state, standing.because):
                db.execute(
                    insert(schema.journal).values(
                        account=account,
                        at=standing.changed,
                        key=standing.key,
                        state=standing.state.value,
                        because=standing.because,
                    )
                )
            bump(db, account)

    def journal(self, account: str, key: str | None = None) -> tuple[Change, ...]:
        table = schema.journal
        question = select(table.c.at, table.c.key, table.c.state, table.c.because).where(table.c.account == account)
        if key is not None:
            question = question.where(table.c.key == key)
        return tuple(
            Change(at, k, State(state), why) for at, k, state, why in self._read(question.order_by(table.c.id))
        )

    # What the rep said

    def instruct(self, account: str, instruction: Instruction) -> None:
        table = schema.instructions
        packed = INSTRUCTION.pack(instruction)
        with self._write(account) as db:
            if db.execute(select(table.c.id).where(table.c.account == account, table.c.body == packed)).first():
                return
            db.execute(insert(table).values(account=account, body=packed))
            bump(db, account)
            if instruction.verb == "stop":
                suppress(db, instruction.subject, "instruction", account, instruction.at)
            elif instruction.verb == "resume":
                lift(db, instruction.subject, account)

    def instructions(self, account: str) -> tuple[Instruction, ...]:
        table = schema.instructions
        rows = self._read(select(table.c.body).where(table.c.account == account).order_by(table.c.id))
        return tuple(INSTRUCTION.unpack(body) for (body,) in rows)

    def suppress(self, account: str, subject: str, at: dt.datetime) -> None:
        with self._write(account) as db:
            suppress(db, subject, "opt_out", account, at)

    def suppressed(self, subjects: Collection[str]) -> frozenset[str]:
        with self._reader.connect() as db:
            return suppressed_among(db, subjects)

    def forget(self, account: str, email: str, at: dt.datetime) -> int:
        with self._write(account) as db:
            touched = forget_person(db, account, email, at)
        care.empty_log(self._reader)
        return touched

    def take_suppressions(self, other: SqlMemory) -> None:
        """Suppress and forget here, too, whoever is suppressed or forgotten there. Nobody is let off by it."""
        for table in (schema.suppressions, schema.forgotten):
            mine = {tuple(row[:-1] if table is schema.suppressions else row) for row in self._read(select(*table.c))}
            for row in other._read(select(*table.c)):
                if tuple(row[:-1] if table is schema.suppressions else row) in mine:
                    continue
                with self._write(row.account) as db:
                    db.execute(insert(table).values(**row._mapping))
                    bump(db, None)

    # Care

    def accounts(self) -> tuple[str, ...]:
        """The accounts that memory knows anything of."""
        return tuple(name for (name,) in self._read(select(schema.accounts.c.name).order_by(schema.accounts.c.name)))

    def check(self) -> tuple[str, ...]:
        return care.check(self._reader)

    def backup(self, path: Path) -> None:
        care.backup(self._reader, path)


def _still_allowed(db: Connection, account: str, records: Sequence[Record]) -> Sequence[Record]:
    """The records without the people who were forgotten."""
    table = schema.forgotten
    gone = frozenset(db.scalars(select(table.c.digest).where(table.c.account == account)))
    return [erase_record(r, gone) for r in records] if gone else records
