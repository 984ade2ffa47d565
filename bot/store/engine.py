"""Opening a SQLite database: its settings, its transactions, its faults in words.

Why these settings (https://www.sqlite.org/pragma.html):

- WAL: readers never wait for the writer, and a commit is one append.
- synchronous=FULL: with NORMAL a power cut can take back the last commits. One of them may be "stop writing to me" or
  the intention behind a draft that stands already, and the price is one fsync for each of a turn's few commits.
  fullfsync makes macOS mean it.
- secure_delete: what is erased is overwritten, not only unlinked.
- BEGIN IMMEDIATE for writes: a write that will have to wait waits at its beginning, where busy_timeout applies, and
  never fails half-way because another process has written since it read.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, StaticPool, create_engine, event

from bot.errors import OutsideFault, TryLater, UserMustAct

BUSY_SECONDS = 10

READS = {"begins": "BEGIN"}
WRITES = {"begins": "BEGIN IMMEDIATE"}
OUTSIDE = {"begins": ""}

_SETTINGS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
)


def open_engine(path: Path | None) -> Engine:
    """An engine for the file, which is made, readable by its owner alone, if it is not there; None: a database in
    memory.

    The execution option `begins` says how a connection's transactions begin: READS (the default), WRITES or OUTSIDE,
    for what cannot be done within one. Every fault of the database comes out as TryLater or UserMustAct. Nothing is
    read yet.
    """
    if path is None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        _make_private(path)
        engine = create_engine(URL.create("sqlite", database=str(path)))
    name = str(path or "the database in memory")

    @event.listens_for(engine, "connect")
    def settle(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `begin` below does
        for setting in _SETTINGS:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if how := connection.get_execution_options().get("begins", READS["begins"]):
            connection.exec_driver_sql(how)

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        fault = fault_of(context.original_exception, name)
        if fault is not None:
            raise fault  # SQLAlchemy chains it to the original

    return engine


def fault_of(error: BaseException, name: str) -> OutsideFault | None:
    """What a fault of SQLite asks of the caller; None: it is a bug of ours. Codes:
    https://www.sqlite.org/rescode.html"""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF  # the low byte is the primary code
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TryLater(
            f"{name} is busy: another program has been writing to it for {BUSY_SECONDS} seconds",
            dt.timedelta(minutes=1),
        )
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        what = "the disk is full" if code == sqlite3.SQLITE_FULL else f"the disk does not answer as it should ({error})"
        return UserMustAct(f"cannot write {name}: {what}", "make room on that disk or mend it; nothing was lost")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return UserMustAct(
            f"{name} is damaged or is not a database of followup ({error})",
            f"move {name} away and put your last backup in its place; without one, begin afresh: "
            "the mailbox is read again, your instructions are not",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return UserMustAct(
            f"cannot open {name} for writing ({error})",
            "check that the file and its folder exist and belong to the user who runs followup",
        )
    return None


def _make_private(path: Path) -> None:
    """Make an empty file that only its owner may read: it will hold customers' addresses. What SQLite puts beside it
    gets the same rights."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as fault:
        raise UserMustAct(
            f"cannot open {path} for writing: {fault.strerror}",
            "check that the folder exists and that the user who runs followup may write there",
        ) from fault
