"""Looking after the database file: is it sound, copy it, leave nothing erased behind in its log."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine

from bot.errors import UserMustAct
from bot.store.engine import OUTSIDE, fault_of


def check(engine: Engine) -> tuple[str, ...]:
    """What SQLite finds wrong: pages, indexes, references. Empty: sound."""
    with engine.connect() as db:
        pages = [str(row[0]) for row in db.exec_driver_sql("PRAGMA integrity_check")]
        references = [
            f"a row of {table} refers to one of {parent} that is not there"
            for table, _, parent, _ in db.exec_driver_sql("PRAGMA foreign_key_check")
        ]
    return (*(line for line in pages if line != "ok"), *references)


def backup(engine: Engine, path: Path) -> None:
    """Copy through SQLite's backup API (https://www.sqlite.org/backup.html), which is consistent while others write,
    into a file beside `path` that then takes its place; readable by its owner alone."""
    handle, partial = _beside(path)
    os.close(handle)
    try:
        with engine.connect() as db, contextlib.closing(sqlite3.connect(partial)) as copy:
            _driver(db).backup(copy)
        partial.replace(path)
    except sqlite3.Error as error:
        raise fault_of(error, str(path)) or error from error
    except OSError as fault:
        raise _not_writable(path, fault) from fault
    finally:
        partial.unlink(missing_ok=True)


def empty_log(engine: Engine) -> None:
    """Move the write-ahead log into the database and empty it: what was erased is then in neither."""
    with engine.execution_options(**OUTSIDE).connect() as db:
        db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _driver(db: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, db.connection.driver_connection)


def _beside(path: Path) -> tuple[int, Path]:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as fault:
        raise _not_writable(path, fault) from fault
    return handle, Path(name)


def _not_writable(path: Path, fault: OSError) -> UserMustAct:
    return UserMustAct(
        f"cannot write the copy {path}: {fault.strerror}", "name a file in a folder that you may write to"
    )
