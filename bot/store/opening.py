"""Before a database is used: is it ours, is it of our time?

One plain query answers for the usual case. A new file gets the present tables at once; an older one is brought up to
date by the migrations, in one transaction, and a copy of it is kept beside it; a newer one, or somebody else's, is refused
untouched.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from bot.errors import UserMustAct
from bot.store import care, schema
from bot.store.engine import OUTSIDE, WRITES


def prepare(engine: Engine, name: str) -> None:
    """Make the database ready; `name` is for messages. Raises UserMustAct where that must not be done."""
    with engine.connect() as db:
        revision = _revision(db, name)
    if revision not in (None, schema.HEAD):
        _keep(engine, Path(f"{name}.of-{revision}"))
    if revision != schema.HEAD:
        with engine.execution_options(**WRITES).begin() as db:
            _bring_up(db, _revision(db, name))  # asked again: another process may have been faster
    _use_log(engine)


def _keep(engine: Engine, copy: Path) -> None:
    """A copy of the older database, for going back to the older followup. One that lies there already is of the first try."""
    if not copy.exists():
        care.backup(engine, copy)


def _revision(db: Connection, name: str) -> str | None:
    """The revision of the tables; None: there are none yet."""
    if db.dialect.has_table(db, "alembic_version"):
        revision = str(db.execute(text("SELECT version_num FROM alembic_version")).scalar())
        if revision in schema.REVISIONS:
            return revision
        raise UserMustAct(
            f"{name} was written by a newer followup (its tables are of revision {revision}, "
            f"this followup knows up to {schema.HEAD})",
            "install the newer followup again, or go back to the backup made before it",
        )
    if inspect(db).get_table_names():
        raise UserMustAct(f"{name} belongs to another program", "name another file as store.path")
    return None


def _bring_up(db: Connection, revision: str | None) -> None:
    if revision is None:
        schema.metadata.create_all(db)
        db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        db.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": schema.HEAD})
    elif revision != schema.HEAD:
        # By name, and here alone: importing Alembic costs more than the whole of a turn without news.
        importlib.import_module("bot.store.migrate").upgrade(db)


def _use_log(engine: Engine) -> None:
    """Switch to the write-ahead log; it stays switched, and a backup put in the database's place is switched again."""
    with engine.execution_options(**OUTSIDE).connect() as db:
        db.execute(text("PRAGMA journal_mode = WAL"))
