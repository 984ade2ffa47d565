"""The row of an account: what serialises its writers, and what tells that something changed."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from bot.store.schema import accounts


def hold(db: Connection, account: str) -> None:
    """Take the account's row for this transaction, and make it where it is missing."""
    if db.execute(select(accounts.c.version).where(accounts.c.name == account).with_for_update()).first() is None:
        db.execute(insert(accounts).values(name=account, version=0))


def bump(db: Connection, account: str | None) -> None:
    """Something a plan depends on has changed: for the account, or (None) for every one."""
    change = update(accounts).values(version=accounts.c.version + 1)
    db.execute(change if account is None else change.where(accounts.c.name == account))
