"""Runs the migrations on the connection that `bot.store.migrate` hands over, in the transaction that is already
open."""

from __future__ import annotations

from alembic import context

from bot.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
