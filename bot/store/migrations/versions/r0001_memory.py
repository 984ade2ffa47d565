"""Accounts, what was seen, what stands, what the rep said.

A migration says what the tables were then and never imports `bot.store.schema`, which says what they are now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("began", sa.BigInteger),
        sa.Column("last_turn", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    _seen()
    _standing()
    _said()


def _of_account(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    foreign = sa.ForeignKeyConstraint(["account"], ["accounts.name"], name=f"fk_{table}_accounts")
    return sa.Column("account", sa.Text, nullable=False), foreign


def _seen() -> None:
    op.create_table(
        "sources",
        *_of_account("sources"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("listing", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "source", name="pk_sources"),
    )
    op.create_table(
        "records",
        *_of_account("records"),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "row", name="pk_records"),
    )
    op.create_index("ix_records_account_at", "records", ["account", "at"])
    op.create_table(
        "places",
        *_of_account("places"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("listing", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "source", "ref", "row", name="pk_places"),
        sa.ForeignKeyConstraint(["account", "row"], ["records.account", "records.row"], name="fk_places_records"),
    )
    op.create_index("ix_places_account_row", "places", ["account", "row"])
    op.create_table(
        "unreadables",
        *_of_account("unreadables"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("listing", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account", "source", "ref", name="pk_unreadables"),
    )


def _standing() -> None:
    op.create_table(
        "standings",
        *_of_account("standings"),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name="pk_standings"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_account("journal"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
    )
    op.create_index("ix_journal_account_key", "journal", ["account", "key"])


def _said() -> None:
    op.create_table(
        "instructions",
        sa.Column("id", sa.Integer, nullable=False),
        *_of_account("instructions"),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instructions"),
    )
    op.create_index("ix_instructions_account", "instructions", ["account"])
    op.create_table(
        "facts",
        *_of_account("facts"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name="pk_facts"),
    )
    op.create_table(
        "suppressions",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", "origin", "account", name="pk_suppressions"),
    )
