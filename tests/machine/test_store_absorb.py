"""Absorbing any pages in any order, against a model that keeps everything in plain dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.model import Address, Direction, EntryRecord, Kind, MailRecord, Reading, Record, Unreadable
from bot.store.base import Source
from bot.store.sql import open_memory
from tests.storekit import ME, entry, mail

ACCOUNT = "iris"
REFS = st.sampled_from(["a", "b", "c", "d"])
READINGS = st.sampled_from([Reading(Kind.NOTHING), Reading(Kind.QUOTE, words="an offer")])
MAILS = st.builds(
    mail,
    st.sampled_from(["m1", "m2", "m3"]),
    REFS,
    sender=st.sampled_from([ME, Address("otto@bricks.example")]),
    direction=st.sampled_from(Direction),
    etag=st.sampled_from("12"),
    reading=READINGS,
)
ENTRIES = st.builds(
    entry, st.sampled_from(["e1", "e2", "e3"]), REFS, etag=st.sampled_from("12"), title=st.sampled_from(["", "Call"])
)

Identity = tuple[object, ...]


def identity(record: Record) -> Identity:
    match record:
        case MailRecord():
            return record.id, record.direction, record.sender
        case EntryRecord():
            return (record.id,)


class Source_:
    """What one source of one account amounts to, in the words of the protocol."""

    def __init__(self) -> None:
        self.records: dict[Identity, Record] = {}
        self.places: dict[tuple[str, Identity], tuple[int, str]] = {}  # when last seen (listing), etag
        self.unreadable: dict[str, tuple[int, str]] = {}
        self.listing, self.open = 0, False
        self.cursor: str | None = None

    def absorb(
        self,
        records: list[Record],
        removals: list[str],
        unread: list[Unreadable],
        cursor: str,
        begins: bool,
        ends: bool,
    ) -> None:
        self.cursor = cursor
        if begins:
            self.listing, self.open = self.listing + 1, True
        bad = {u.ref for u in unread}
        brought = {r.ref for r in records}
        for record in records:
            self.records[identity(record)] = record
        seen = {(r.ref, identity(r)) for r in records}
        gone = [p for p in self.places if p not in seen and p[0] not in bad and p[0] in brought | set(removals)]
        for record in records:
            self.places[record.ref, identity(record)] = self.listing, record.etag
        for place, (_, etag) in list(self.places.items()):
            if place[0] in bad:
                self.places[place] = (self.listing, self.places[place][1] if place in seen else etag)
        self.vacate(gone)
        for ref in brought | set(removals):
            self.unreadable.pop(ref, None)
        self.unreadable |= {u.ref: (self.listing, u.reason) for u in unread}
        if ends and self.open:
            self.vacate([p for p, (listing, _) in self.places.items() if listing < self.listing])
            self.unreadable = {r: u for r, u in self.unreadable.items() if u[0] == self.listing}
        if ends:
            self.open = False

    def vacate(self, places: Iterable[tuple[str, Identity]]) -> None:
        places = list(places)
        for place in places:
            del self.places[place]
        for ref, who in places:
            record = self.records.get(who)
            if record is None or record.ref != ref:
                continue
            left = sorted((listing, r, etag) for (r, w), (listing, etag) in self.places.items() if w == who)
            if left:
                self.records[who] = replace(record, ref=left[-1][1], etag=left[-1][2])
            elif isinstance(record, EntryRecord):
                self.records[who] = replace(record, ref="", etag="", cancelled=True)
            elif record.direction is Direction.DRAFT:
                del self.records[who]
            else:
                self.records[who] = replace(record, ref="", etag="")


class Absorbing(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.memory = open_memory(None)
        self.model: dict[Source, Source_] = {"mail": Source_(), "calendar": Source_()}
        self.pages = 0

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            self.memory.close()

    def take(
        self,
        source: Source,
        records: list[Record],
        removals: list[str],
        unread: list[str],
        begins: bool,
        ends: bool,
        again: bool,
    ) -> None:
        self.pages += 1
        cursor = f"c{self.pages}"
        unreadables = [Unreadable(ref, "torn") for ref in unread]
        before = set(self.memory.records(ACCOUNT))
        version = self.memory.version(ACCOUNT)
        changed = self.memory.absorb(ACCOUNT, source, records, removals, unreadables, cursor, begins=begins, ends=ends)
        self.model[source].absorb(records, removals, unreadables, cursor, begins, ends)
        after = set(self.memory.records(ACCOUNT))
        assert changed or before == after
        assert (self.memory.version(ACCOUNT) > version) == changed
        if again:
            version = self.memory.version(ACCOUNT)
            assert not self.memory.absorb(
                ACCOUNT, source, records, removals, unreadables, cursor, begins=begins, ends=ends
            )
            self.model[source].absorb(records, removals, unreadables, cursor, begins, ends)
            assert set(self.memory.records(ACCOUNT)) == after
            assert self.memory.version(ACCOUNT) == version

    @rule(
        records=st.lists(MAILS, max_size=4),
        removals=st.lists(REFS, max_size=2),
        unread=st.lists(REFS, max_size=1),
        begins=st.booleans(),
        ends=st.booleans(),
        again=st.booleans(),
    )
    def mail_page(
        self, records: list[Record], removals: list[str], unread: list[str], begins: bool, ends: bool, again: bool
    ) -> None:
        self.take("mail", records, removals, unread, begins, ends, again)

    @rule(
        records=st.lists(ENTRIES, max_size=3),
        removals=st.lists(REFS, max_size=2),
        unread=st.lists(REFS, max_size=1),
        begins=st.booleans(),
        ends=st.booleans(),
        again=st.booleans(),
    )
    def calendar_page(
        self, records: list[Record], removals: list[str], unread: list[str], begins: bool, ends: bool, again: bool
    ) -> None:
        self.take("calendar", records, removals, unread, begins, ends, again)

    @invariant()
    def memory_is_the_model(self) -> None:
        if not hasattr(self, "memory"):
            return
        known = set(self.memory.records(ACCOUNT))
        assert known == {r for source in self.model.values() for r in source.records.values()}
        told = set(self.memory.unreadables(ACCOUNT))
        assert told == {Unreadable(r, why) for s in self.model.values() for r, (_, why) in s.unreadable.items()}
        for source, model in self.model.items():
            assert self.memory.cursor(ACCOUNT, source) == model.cursor


TestAbsorbing = Absorbing.TestCase
TestAbsorbing.settings = settings(
    max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
