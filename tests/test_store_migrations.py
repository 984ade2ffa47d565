"""From any older state to the present one, and no further."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable

from bot.errors import UserMustAct
from bot.store import migrate, schema
from bot.store.engine import WRITES, open_engine
from bot.store.rows import row_of
from bot.store.sql import open_memory
from tests.storekit import NOON, mail


def walk(path: Path, revision: str) -> None:
    """A database of that revision, made by the migrations alone."""
    engine = open_engine(path)
    with engine.execution_options(**WRITES).begin() as db:
        migrate.upgrade(db, revision)
    engine.dispose()


def shape(path: Path) -> dict[str, object]:
    """Every table with its columns, keys, references and indexes."""
    with closing(sqlite3.connect(path)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            table: {
                "columns": db.execute(f"PRAGMA table_info({table})").fetchall(),
                "references": sorted(str(row[1:]) for row in db.execute(f"PRAGMA foreign_key_list({table})")),
                "indexes": sorted(
                    (row[1], tuple(column[2] for column in db.execute(f"PRAGMA index_info({row[1]})")))
                    for row in db.execute(f"PRAGMA index_list({table})")
                ),
            }
            for table in tables
        }


def test_the_revisions_we_know_are_those_there_are() -> None:
    scripts = ScriptDirectory.from_config(migrate.settings())
    assert tuple(s.revision for s in reversed(list(scripts.walk_revisions()))) == schema.REVISIONS
    assert scripts.get_heads() == [schema.HEAD]


def test_a_new_database_is_what_the_migrations_would_make(tmp_path: Path) -> None:
    walk(tmp_path / "walked", "head")
    open_memory(tmp_path / "made").close()
    assert shape(tmp_path / "walked") == shape(tmp_path / "made")


def test_the_tables_are_what_the_migrations_would_make(tmp_path: Path) -> None:
    """As Alembic sees it, types included."""
    walk(tmp_path / "walked", "head")
    engine = open_engine(tmp_path / "walked")
    with engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), schema.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_what_an_older_version_knew_is_still_known(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "memory.sqlite3"
    walk(path, revision)
    row = row_of(mail("q1", "s/1"))
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO accounts (name, version) VALUES ('iris', 4)")
        db.execute("INSERT INTO sources VALUES ('iris', 'mail', 'c9', 2)")
        db.execute(
            "INSERT INTO records (account, row, source, at, ref, etag, body, reading)"
            " VALUES ('iris', ?, 'mail', 1775563200000000, 's/1', '1', ?, ?)",
            (row.row, row.body, row.reading),
        )
        db.execute("INSERT INTO places VALUES ('iris', 'mail', 's/1', ?, '1', 2)", (row.row,))
        db.commit()
    memory = open_memory(path)
    assert memory.records("iris", since=NOON) == (mail("q1", "s/1"),)
    assert memory.cursor("iris", "mail") == "c9"
    assert not memory.absorb("iris", "mail", [mail("q1", "s/1")], cursor="c9")
    assert memory.version("iris") == 4
    memory.absorb("iris", "mail", [], ["s/1"], cursor="c10")
    assert memory.records("iris") == (mail("q1", "", etag=""),)
    memory.forget("iris", "otto@bricks.example", NOON)
    assert memory.check() == ()
    memory.close()
    open_memory(path).close()


def test_before_it_is_brought_up_to_date_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    walk(path, "0001")
    before = shape(path)
    open_memory(path).close()
    kept = tmp_path / "memory.sqlite3.of-0001"
    assert shape(kept) == before != shape(path)
    assert kept.stat().st_mode & 0o077 == 0
    open_memory(path).close()
    assert [p.name for p in tmp_path.glob("*.of-*")] == [kept.name]


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    open_memory(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9001'")
        db.execute("CREATE TABLE what_is_to_come (x)")
        db.commit()
    before = shape(path)
    with pytest.raises(UserMustAct, match="newer followup") as caught:
        open_memory(path)
    assert "9001" in str(caught.value) and schema.HEAD in str(caught.value) and "newer" in caught.value.advice
    assert shape(path) == before


def test_another_program_s_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "recipes.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipes (name)")
    before = path.read_bytes()
    with pytest.raises(UserMustAct, match="another program"):
        open_memory(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_older_state(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    walk(path, "0001")
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE forgotten (in_the_way)")
        db.commit()
    before = shape(path)
    with pytest.raises(OperationalError):
        open_memory(path)
    assert shape(path) == before
    engine = open_engine(path)
    with engine.connect() as db:
        assert db.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
    engine.dispose()


def test_a_percent_sign_in_the_path_of_the_program_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "__file__", "/opt/100%(x)s/migrate.py")
    assert migrate.settings().get_main_option("script_location") == "/opt/100%(x)s/migrations"


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=str)
def test_the_tables_can_be_made_on_postgresql(table: object) -> None:
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[arg-type]
