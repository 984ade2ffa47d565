"""Values that go into memory come out equal, whatever strangers wrote into them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import EntryRecord, Instruction, Kind, MailRecord, Mark, Reading, Record, Standing
from bot.store.codec import BATCH, Codec, parse_many
from bot.store.rows import record_of, row_of
from tests.storekit import mail

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=12)  # lone surrogates and NUL too
MOMENT = st.datetimes(
    dt.datetime(1900, 1, 1),
    dt.datetime(2200, 1, 1),
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))]),
)
for kind, strategy in {
    str: ANY_TEXT,
    dt.datetime: MOMENT,
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
}.items():
    st.register_type_strategy(kind, strategy)


@pytest.mark.parametrize("cls", [Reading, Standing, Instruction])
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_round_trip(cls: type, data: st.DataObject) -> None:
    value = data.draw(st.from_type(cls))
    codec: Codec[object] = Codec(cls)
    assert codec.unpack(codec.pack(value)) == value


@settings(max_examples=100, deadline=None)
@given(st.from_type(MailRecord) | st.from_type(EntryRecord))
def test_a_record_comes_back_from_its_line(record: Record) -> None:
    row = row_of(record)
    assert record_of(row) == record
    row.body.encode("ascii")  # whatever it holds, any database takes it
    row.reading.encode("ascii")


def test_equal_values_give_equal_text() -> None:
    codec = Codec(Reading)
    marks = [Mark.REVISED, Mark.CLOSES, Mark.TALK]
    one = Reading(Kind.QUOTE, marks=frozenset(marks), mentions=frozenset("abcdef"))
    two = Reading(Kind.QUOTE, marks=frozenset(reversed(marks)), mentions=frozenset("fedcba"))
    assert codec.pack(one) == codec.pack(two)
    tokyo = dt.timezone(dt.timedelta(hours=9))
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    told = Codec(Instruction)
    assert told.pack(Instruction("note", "x", noon)) == told.pack(Instruction("note", "x", noon.astimezone(tokyo)))


def test_what_is_at_its_default_takes_no_room() -> None:
    assert Codec(Reading).pack(Reading(Kind.NOTHING)) == '{"kind":"nothing"}'


def test_older_and_newer_text_can_be_read() -> None:
    codec = Codec(Reading)
    assert codec.unpack('{"kind":"quote"}') == Reading(Kind.QUOTE)  # written before any other field was there
    assert codec.unpack('{"kind":"quote","colour":"red"}') == Reading(Kind.QUOTE)  # of a field that was dropped since


def test_dates_outside_the_calendar_are_moved_to_its_edge() -> None:
    codec = Codec(Instruction)
    for edge, hours in ((dt.datetime.min, 14), (dt.datetime.max, -12)):
        hostile = Instruction("note", "x", edge.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours))))
        assert codec.unpack(codec.pack(hostile)).at == edge.replace(tzinfo=dt.UTC)


def test_a_type_that_cannot_be_kept_is_told_at_once() -> None:
    @dataclass(frozen=True)
    class Odd:
        size: complex

    with pytest.raises(TypeError, match="complex"):
        Codec(Odd)


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1])
def test_many_texts_are_parsed_in_order(count: int) -> None:
    assert [d["n"] for d in parse_many(f'{{"n":{i}}}' for i in range(count))] == list(range(count))


def test_every_field_of_a_record_is_kept_once() -> None:
    """In the body, or in a column of its own."""
    row = row_of(mail("a@b.example", "cur/1"))
    for field in dataclasses.fields(MailRecord):
        assert (f'"{field.name}":' in row.body) != (field.name in {"ref", "etag", "reading"}), field.name
