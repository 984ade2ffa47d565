"""The tables, as they are now. How older ones become these: `migrations/`; a test holds the two to each other.

Values live as JSON text in `body`; what is searched, joined or compared has a column of its own. `row` is a digest that
recognises a record (see `base`): ids come from strangers and may be of any length.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

REVISIONS = ("0001", "0002")  # every revision in migrations/versions, oldest first
HEAD = REVISIONS[-1]

_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_FIRST = (dt.datetime.min.replace(tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND
_LAST = (dt.datetime.max.replace(tzinfo=dt.UTC) - _EPOCH) // _MICROSECOND


class Name(TypeDecorator[str]):
    """Text from outside that must come back exactly. No database takes a lone surrogate (how Python shows a file name
    that is not UTF-8) and PostgreSQL takes no NUL: text with one of these, or beginning like a JSON string, is kept as
    a JSON string."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value and (value[0] == '"' or _UNSAFE.search(value)):
            return json.dumps(value)
        return value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return str(json.loads(value)) if value and value[0] == '"' else value


class Instant(TypeDecorator[dt.datetime]):
    """An aware datetime as microseconds since 1970 in UTC: sorts, compares and loses nothing on any database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> int | None:
        # A hostile date whose instant lies outside the calendar's years is moved to their edge.
        return None if value is None else min(max((value - _EPOCH) // _MICROSECOND, _FIRST), _LAST)

    def process_result_value(self, value: int | None, dialect: Dialect) -> dt.datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _account(**how: Any) -> Column[str]:
    return Column("account", Text, ForeignKey("accounts.name"), nullable=False, **how)


accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("began", Instant),
    Column("last_turn", Instant),
    Column("version", BigInteger, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    _account(primary_key=True),
    Column("source", Text, primary_key=True),
    Column("cursor", Name, nullable=False),
    Column("listing", BigInteger, nullable=False),  # the number of the last fresh listing
)

records = Table(
    "records",
    metadata,
    _account(primary_key=True),
    Column("row", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("at", Instant, nullable=False),  # an entry: its end where that is later
    Column("ref", Name, nullable=False),
    Column("etag", Name, nullable=False),
    Column("body", Text, nullable=False),  # a MailRecord or EntryRecord, the columns beside it left out
    Column("reading", Text, nullable=False),
    Index(None, "account", "at"),
)

places = Table(
    "places",
    metadata,
    _account(primary_key=True),
    Column("source", Text, primary_key=True),
    Column("ref", Name, primary_key=True),
    Column("row", Text, primary_key=True),
    Column("etag", Name, nullable=False),
    Column("listing", BigInteger, nullable=False),  # the listing in which it was last seen
    ForeignKeyConstraint(["account", "row"], ["records.account", "records.row"]),
    Index(None, "account", "row"),
)

unreadables = Table(
    "unreadables",
    metadata,
    _account(primary_key=True),
    Column("source", Text, primary_key=True),
    Column("ref", Name, primary_key=True),
    Column("reason", Name, nullable=False),
    Column("listing", BigInteger, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    _account(primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    _account(),
    Column("at", Instant, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("because", Name, nullable=False),
    Index(None, "account", "key"),
)

instructions = Table(
    "instructions",
    metadata,
    Column("id", Integer, primary_key=True),
    _account(),
    Column("body", Text, nullable=False),
    Index(None, "account"),
)

facts = Table(
    "facts",
    metadata,
    _account(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Name, nullable=False),
)

# No foreign key: a suppression outlives the account.
suppressions = Table(
    "suppressions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("origin", Text, primary_key=True),  # instruction | opt_out | erasure
    Column("account", Text, primary_key=True),
    Column("at", Instant, nullable=False),
)

forgotten = Table(
    "forgotten",
    metadata,
    _account(primary_key=True),
    Column("digest", Text, primary_key=True),
)
