"""Taking in a page: what it brings, what it removes, and what a fresh listing did not find any more.

Everything here happens within the caller's transaction. A page is small; all it touches is read first, the outcome
worked out, and only what differs is written, so that a page that comes again writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from bot.model import Direction, EntryRecord, MailRecord, Record, Unreadable
from bot.store import schema
from bot.store.base import Source
from bot.store.rows import Row, columns, record_of, row_of

T = TypeVar("T")

Place = tuple[str, str]  # ref, row

_IN_ONE_QUESTION = 500  # values in one IN (...)


class Absorption:
    """One page being taken into one source of one account."""

    def __init__(self, connection: Connection, account: str, source: Source) -> None:
        self._db = connection
        self._account = account
        self._source = source
        self.changed = False  # whether any record changed

    def page(
        self,
        records: Sequence[Record],
        removals: Sequence[str],
        unreadables: Sequence[Unreadable],
        cursor: str,
        *,
        begins: bool,
        ends: bool,
    ) -> None:
        """Take in the page."""
        listing = self._listing(cursor, begins)
        rows = [row_of(r) for r in records]
        unread = {u.ref for u in unreadables}
        self.upsert(rows)
        self._place(rows, set(removals), unread, listing)
        self._unreadable(unreadables, {row.ref for row in rows} | set(removals), listing)
        if ends:
            self._end_listing(listing)

    def _listing(self, cursor: str, begins: bool) -> int:
        """Store the cursor; the number of the present or last fresh listing, one more where a new one begins. Once a
        listing has ended, everything bears its number or a later one: an end without a beginning finds nothing
        stale."""
        table = schema.sources
        mine = (table.c.account == self._account) & (table.c.source == self._source)
        known = self._db.scalar(select(table.c.listing).where(mine))
        listing = (known or 0) + begins
        if known is None:
            row = {"account": self._account, "source": self._source, "cursor": cursor, "listing": listing}
            self._db.execute(insert(table).values(**row))
        else:
            self._db.execute(update(table).where(mine).values(cursor=cursor, listing=listing))
        return listing

    def upsert(self, rows: Iterable[Row]) -> None:
        """Write the lines that are new or differ. Of the same record twice the later counts."""
        latest = {row.row: row for row in rows}
        known = {row.row: row for row in self._rows(latest)}
        self._write(schema.records, insert, [asdict(r) for k, r in latest.items() if k not in known])
        self._update_rows(r for k, r in latest.items() if k in known and r != known[k])

    def _place(self, rows: Sequence[Row], removals: set[str], unread: set[str], listing: int) -> None:
        """Note where the rows lie, and that nothing else lies there or at the refs that were removed. What lay at a ref
        that cannot be read now is taken to lie there still: not readable is not gone."""
        wanted: dict[Place, str] = {(row.ref, row.row): row.etag for row in rows if row.ref}
        refs = {ref for ref, _ in wanted} | removals
        table = schema.places
        here = (table.c.account == self._account) & (table.c.source == self._source)
        known: dict[Place, tuple[str, int]] = {}
        for some in chunks(refs | unread):
            question = select(table.c.ref, table.c.row, table.c.etag, table.c.listing).where(
                here, table.c.ref.in_(some)
            )
            known |= {(ref, row): (etag, seen) for ref, row, etag, seen in self._db.execute(question)}
        seen_now = {place: etag for place, (etag, _) in known.items() if place[0] in unread} | wanted
        self._write(table, insert, [self._at(p, etag, listing) for p, etag in wanted.items() if p not in known])
        self._write(
            table,
            update,
            [self._at(p, etag, listing) for p, etag in seen_now.items() if p in known and known[p] != (etag, listing)],
            keys=("source", "ref", "row"),
        )
        self._vacate([place for place in known if place not in seen_now])

    def _vacate(self, places: Sequence[Place]) -> None:
        """Nothing lies at these places any more. A record that lies elsewhere too goes on with that place, another is
        lost."""
        if not places:
            return
        self._write(
            schema.places,
            delete,
            [{"source": self._source, "ref": ref, "row": row} for ref, row in places],
            keys=("source", "ref", "row"),
        )
        left = self._places_left({row for _, row in places})
        dropped = set(places)
        moved: list[Row] = []
        lost: list[Row] = []
        for row in self._rows({row for _, row in places}):
            if (row.ref, row.row) not in dropped:
                continue  # it was seen elsewhere last
            if row.row in left:
                ref, etag = left[row.row]
                moved.append(replace(row, ref=ref, etag=etag))
            else:
                lost.append(row)
        self._update_rows(moved)
        self._lose(lost)

    def _places_left(self, rows: set[str]) -> dict[str, tuple[str, str]]:
        """Of each row the ref and etag of the place it was seen at last."""
        table = schema.places
        left: dict[str, tuple[str, str]] = {}
        for some in chunks(rows):
            question = (
                select(table.c.row, table.c.ref, table.c.etag)
                .where(table.c.account == self._account, table.c.row.in_(some))
                .order_by(table.c.listing, table.c.ref)
            )
            left |= {row: (ref, etag) for row, ref, etag in self._db.execute(question)}
        return left

    def _lose(self, rows: Iterable[Row]) -> None:
        """These records lie nowhere any more."""
        deleted: list[str] = []
        kept: list[Row] = []
        for row in rows:
            match record_of(row):
                case MailRecord(direction=Direction.DRAFT):
                    deleted.append(row.row)
                case MailRecord():
                    kept.append(replace(row, ref="", etag=""))
                case EntryRecord() as entry:
                    kept.append(row_of(replace(entry, cancelled=True, ref="", etag="")))
        self._write(schema.records, delete, [{"row": row} for row in deleted], keys=("row",))
        self.changed |= bool(deleted)
        self._update_rows(kept)

    def _unreadable(self, unreadables: Sequence[Unreadable], readable: set[str], listing: int) -> None:
        """Remember what cannot be read, and forget what now can be or is gone."""
        reasons = {u.ref: u.reason for u in unreadables}
        table = schema.unreadables
        for some in chunks(reasons.keys() | readable):
            self._db.execute(
                delete(table).where(
                    table.c.account == self._account, table.c.source == self._source, table.c.ref.in_(some)
                )
            )
        rows = [{"source": self._source, "ref": r, "reason": why, "listing": listing} for r, why in reasons.items()]
        self._write(table, insert, rows)

    def _end_listing(self, listing: int) -> None:
        """Whatever the listing did not bring is gone."""
        table = schema.places
        stale = (table.c.account == self._account) & (table.c.source == self._source) & (table.c.listing < listing)
        self._vacate([(ref, row) for ref, row in self._db.execute(select(table.c.ref, table.c.row).where(stale))])
        table = schema.unreadables
        self._db.execute(
            delete(table).where(
                table.c.account == self._account, table.c.source == self._source, table.c.listing < listing
            )
        )

    # The tables

    def _rows(self, keys: Iterable[str]) -> Iterator[Row]:
        table = schema.records
        for some in chunks(keys):
            question = select(*columns()).where(table.c.account == self._account, table.c.row.in_(some))
            for line in self._db.execute(question):
                yield Row(*line)

    def _update_rows(self, rows: Iterable[Row]) -> None:
        self._write(schema.records, update, [asdict(r) for r in rows], keys=("row",))

    def _at(self, place: Place, etag: str, listing: int) -> dict[str, Any]:
        return {"source": self._source, "ref": place[0], "row": place[1], "etag": etag, "listing": listing}

    def _write(self, table: Table, verb: Any, rows: Sequence[dict[str, Any]], keys: tuple[str, ...] = ()) -> None:
        """Insert, update or delete many lines at once; `keys` are the columns by which a line is found."""
        if not rows:
            return
        self.changed |= table is schema.records
        statement = verb(table)
        if keys:
            found = [table.c[k] == bindparam(f"of_{k}") for k in keys]
            statement = statement.where(table.c.account == bindparam("of_account"), *found)
            rows = [{f"of_{k}" if k in keys else k: v for k, v in row.items()} for row in rows]
            self._db.execute(statement, [{"of_account": self._account, **row} for row in rows])
        else:
            self._db.execute(statement, [{"account": self._account, **row} for row in rows])


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values, as many at a time as go into one question."""
    rest = list(values)
    for start in range(0, len(rest), _IN_ONE_QUESTION):
        yield rest[start : start + _IN_ONE_QUESTION]
