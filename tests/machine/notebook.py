"""Memory in plain dicts: thousands of simulated days a minute, where a database would take most of the time.

It keeps the protocol bot.store.base.Memory for what a turn asks of it, and is held to the database's own tests
(test_notebook.py). What needs a real file (a backup put back, a migration cut short) is simulated with the real one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.model import Direction, EntryRecord, Instruction, MailRecord, Record, Standing, State, Unreadable
from bot.store.base import Change, Source
from bot.store.erasure import digest_of, digests_reaching
from bot.store.rows import Row, record_of, row_of
from bot.store.turnlock import ThreadLocks, TurnLocks


@dataclass
class _Listing:
    cursor: str = ""
    number: int = 0


@dataclass
class _Account:
    """All that is known of one account."""

    began: dt.datetime | None = None
    last_turn: dt.datetime | None = None
    version: int = 0
    facts: dict[str, str] = field(default_factory=dict)
    sources: dict[Source, _Listing] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    places: dict[tuple[Source, str, str], tuple[str, int]] = field(
        default_factory=dict
    )  # source, ref, row: etag, listing
    unreadables: dict[tuple[Source, str], tuple[str, int]] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    journal: list[Change] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    told: tuple[Record, ...] | None = None  # the records in their order, until one changes

    def write(self, row: Row) -> None:
        if self.rows.get(row.row) != row:
            self.rows[row.row] = row
            self.changed()

    def drop(self, row: str) -> None:
        del self.rows[row]
        self.changed()

    def changed(self) -> None:
        self.told = None


_RECORDS: dict[Row, Record] = {}


def _record(row: Row) -> Record:
    """The record of a row, unpacked once."""
    if row not in _RECORDS:
        if len(_RECORDS) > 20_000:
            _RECORDS.clear()
        _RECORDS[row] = record_of(row)
    return _RECORDS[row]


class Notebook:
    """Memory of this process alone."""

    def __init__(self, locks: TurnLocks | None = None) -> None:
        self._accounts: dict[str, _Account] = {}
        self._suppressed: dict[str, set[tuple[str, str]]] = {}  # digest: who said so, and for which account
        self._locks = locks or ThreadLocks()

    def unlocked(self) -> Notebook:
        """The same notebook, for an instance that sees nobody's locks."""
        other = Notebook()
        other._accounts, other._suppressed = self._accounts, self._suppressed
        return other

    def _of(self, account: str) -> _Account:
        return self._accounts.setdefault(account, _Account())

    # A turn

    @contextlib.contextmanager
    def turn(self, account: str, now: dt.datetime) -> Iterator[None]:
        with self._locks.hold(account):
            mine = self._of(account)
            mine.began = mine.began or now
            yield
            mine.last_turn = now

    def began(self, account: str) -> dt.datetime | None:
        return self._of(account).began

    def last_turn(self, account: str) -> dt.datetime | None:
        return self._of(account).last_turn

    def version(self, account: str) -> int:
        return self._of(account).version

    def facts(self, account: str) -> Mapping[str, str]:
        return dict(self._of(account).facts)

    def set_fact(self, account: str, name: str, value: str | None) -> None:
        if value is None:
            self._of(account).facts.pop(name, None)
        else:
            self._of(account).facts[name] = value

    # What was seen

    def cursor(self, account: str, source: Source) -> str | None:
        there = self._of(account).sources.get(source)
        return None if there is None else there.cursor

    def absorb(
        self,
        account: str,
        source: Source,
        records: Sequence[Record],
        removals: Sequence[str] = (),
        unreadables: Sequence[Unreadable] = (),
        cursor: str = "",
        *,
        begins: bool = False,
        ends: bool = False,
    ) -> bool:
        mine = self._of(account)
        told, before = mine.told, dict(mine.rows)
        listing = mine.sources.setdefault(source, _Listing())
        listing.cursor, listing.number = cursor, listing.number + begins
        rows = [row_of(r) for r in records]
        for row in {row.row: row for row in rows}.values():
            mine.write(row)
        unread = {u.ref for u in unreadables}
        wanted = {(source, row.ref, row.row): row.etag for row in rows if row.ref}
        refs = {ref for _, ref, _ in wanted} | set(removals) | unread
        known = [p for p in mine.places if p[0] == source and p[1] in refs]
        still = {p: mine.places[p][0] for p in known if p[1] in unread} | wanted
        for place in known:
            if place not in still:
                del mine.places[place]
        mine.places |= {p: (etag, listing.number) for p, etag in still.items()}
        self._vacate(mine, [p for p in known if p not in still])
        for ref in unread | {row.ref for row in rows} | set(removals):
            mine.unreadables.pop((source, ref), None)
        mine.unreadables |= {(source, u.ref): (u.reason, listing.number) for u in unreadables}
        if ends:
            stale = [p for p, (_, seen) in mine.places.items() if p[0] == source and seen < listing.number]
            for place in stale:
                del mine.places[place]
            self._vacate(mine, stale)
            mine.unreadables = {
                k: v for k, v in mine.unreadables.items() if k[0] != source or v[1] >= listing.number
            }  # fmt: skip
        if mine.rows == before:
            mine.told = told
            return False
        mine.version += 1
        return True

    def _vacate(self, mine: _Account, places: Sequence[tuple[Source, str, str]]) -> None:
        """Nothing lies there any more: a record goes on with the place it was seen at last, or is lost."""
        left: dict[str, tuple[int, str, str]] = {}
        for (_, ref, row), (etag, seen) in mine.places.items():
            left[row] = max(left.get(row, (0, "", "")), (seen, ref, etag))
        gone = {(ref, row) for _, ref, row in places}
        for key in {row for _, _, row in places}:
            row = mine.rows[key]
            if (row.ref, key) not in gone:
                continue
            if key in left:
                mine.write(replace(row, ref=left[key][1], etag=left[key][2]))
                continue
            match record_of(row):
                case MailRecord(direction=Direction.DRAFT):
                    mine.drop(key)
                case MailRecord():
                    mine.write(replace(row, ref="", etag=""))
                case EntryRecord() as entry:
                    mine.write(row_of(replace(entry, cancelled=True, ref="", etag="")))

    def remember(self, account: str, records: Sequence[Record]) -> bool:
        mine = self._of(account)
        before = dict(mine.rows)
        for r in records:
            mine.write(row_of(r))
        mine.version += mine.rows != before
        return mine.rows != before

    def records(self, account: str, *, since: dt.datetime | None = None) -> tuple[Record, ...]:
        mine = self._of(account)
        if mine.told is None:
            mine.told = tuple(_record(r) for r in sorted(mine.rows.values(), key=lambda r: (r.at, r.row)))
        return mine.told if since is None else tuple(r for r in mine.told if row_of(r).at >= since)

    def expire(self, account: str, records: Sequence[Record]) -> None:
        mine, keys = self._of(account), {row_of(r).row for r in records}
        mine.rows = {k: r for k, r in mine.rows.items() if k not in keys}
        mine.places = {p: v for p, v in mine.places.items() if p[2] not in keys}
        mine.changed()
        mine.version += bool(keys)

    def records_count(self, account: str) -> int:
        return len(self._of(account).rows)

    def unreadables(self, account: str) -> tuple[Unreadable, ...]:
        return tuple(Unreadable(ref, why) for (_, ref), (why, _) in sorted(self._of(account).unreadables.items()))

    # What stands

    def standings(self, account: str) -> Mapping[str, Standing]:
        return dict(sorted(self._of(account).standings.items()))

    def intend(self, account: str, standing: Standing) -> None:
        if standing.state is not State.INTENDED:
            raise ValueError(f"an intention is not {standing.state}: {standing.key}")
        self._stand(account, standing)

    def settle(self, account: str, standing: Standing) -> None:
        if standing.state is State.INTENDED:
            raise ValueError(f"what is settled is more than intended: {standing.key}")
        self._stand(account, standing)

    def _stand(self, account: str, standing: Standing) -> None:
        mine = self._of(account)
        known = mine.standings.get(standing.key)
        if known == standing:
            return
        if standing.state is State.INTENDED and known and known.state in (State.SENT, State.DISCARDED):
            raise ValueError(f"was {known.state} and is never made again: {standing.key}")
        mine.standings[standing.key] = standing
        if known is None or (known.state, known.because) != (standing.state, standing.because):
            mine.journal.append(Change(standing.changed, standing.key, standing.state, standing.because))
        mine.version += 1

    def journal(self, account: str, key: str | None = None) -> tuple[Change, ...]:
        return tuple(c for c in self._of(account).journal if key in (None, c.key))

    # What the rep said

    def instruct(self, account: str, instruction: Instruction) -> None:
        mine = self._of(account)
        if instruction in mine.instructions:
            return
        mine.instructions.append(instruction)
        mine.version += 1
        if instruction.verb == "stop":
            self._suppress(instruction.subject, ("instruction", account))
        elif instruction.verb == "resume":
            said = self._suppressed.get(digest_of(instruction.subject), set())
            if ("instruction", account) in said:
                said.remove(("instruction", account))
                self._grow(self._accounts.values())

    def instructions(self, account: str) -> tuple[Instruction, ...]:
        return tuple(self._of(account).instructions)

    def suppress(self, account: str, subject: str, at: dt.datetime) -> None:
        self._of(account)
        self._suppress(subject, ("opt_out", account))

    def _suppress(self, subject: str, by: tuple[str, str]) -> None:
        said = self._suppressed.setdefault(digest_of(subject), set())
        if by not in said:
            said.add(by)
            self._grow(self._accounts.values())

    @staticmethod
    def _grow(accounts: Iterable[_Account]) -> None:
        for one in accounts:
            one.version += 1

    def suppressed(self, subjects: Collection[str]) -> frozenset[str]:
        return frozenset(s for s in subjects if any(self._suppressed.get(d) for d in digests_reaching(s)))

    # Care

    def check(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        """Nothing: the process may end, the notebook lies there."""
