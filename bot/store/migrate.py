"""Bringing an older database up to date, with Alembic. Loaded only when there is something to bring up to date: Alembic
takes longer to import than a turn without news takes."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def settings(connection: Connection | None = None) -> Config:
    """Alembic's settings for our migrations, without a file of their own."""
    config = Config()
    folder = Path(__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Walk up to the revision within the connection's transaction: all of the way or none of it."""
    command.upgrade(settings(connection), revision)
