"""Who was erased, as digests, so that the mailbox does not bring them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "digest", name="pk_forgotten"),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name="fk_forgotten_accounts"),
    )
