"""Entries out of .ics files, whatever wrote them, and reminders into them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotReadable
from bot.model import Address, Entry, Unreadable
from bot.providers import ics
from tests.contract.samples import entry, reminder

ZONE = zoneinfo.ZoneInfo("America/Chicago")


def one(*lines: str, start: str = "DTSTART:20260512T140000Z") -> Entry:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u@x", start, *lines, "END:VEVENT", "END:VCALENDAR"])
    (found,) = ics.parse(text.encode(), "f.ics", "", ZONE)
    return found


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("DTSTART:20260512T140000Z", "2026-05-12T14:00:00+00:00"),
        ("DTSTART:20260512T140000", "2026-05-12T14:00:00-05:00"),
        ("DTSTART;TZID=Europe/Berlin:20260512T140000", "2026-05-12T14:00:00+02:00"),
        ('DTSTART;TZID="W. Europe Standard Time":20260112T140000', "2026-01-12T14:00:00+01:00"),
        ("DTSTART;TZID=/vendor.example/20260101/Asia/Kolkata:20260512T140000", "2026-05-12T14:00:00+05:30"),
        ("DTSTART;TZID=No Such Place:20260512T140000", "2026-05-12T14:00:00-05:00"),
        ("dtstart;x-a=1;tzid=Europe/Berlin:20260512T140000", "2026-05-12T14:00:00+02:00"),
    ],
)
def test_when_it_starts(start: str, expected: str) -> None:
    found = one(start=start)
    assert found.start == at(expected) and not found.all_day


def test_a_bare_day_runs_from_midnight_to_midnight() -> None:
    found = one(start="DTSTART;VALUE=DATE:20260512")
    assert found.all_day and (found.start, found.end) == (
        at("2026-05-12T00:00:00-05:00"),
        at("2026-05-13T00:00:00-05:00"),
    )
    week = one("DTEND;VALUE=DATE:20260516", start="DTSTART;VALUE=DATE:20260512")
    assert week.end == at("2026-05-16T00:00:00-05:00")
    spring = one("DURATION:P2D", start="DTSTART;VALUE=DATE:20260307")
    assert spring.end == at("2026-03-09T00:00:00-05:00"), "whole days, although one of them had 23 hours"


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("DTEND:20260512T144500Z", 45),
        ("DURATION:PT1H30M", 90),
        ("DURATION:P1W", 10_080),
        ("X-NONE:1", 0),
        ("DURATION:-PT1H", 0),
        ("DURATION:soon", 0),
        ("DTEND:20260512T100000Z", 0),
        ("DTEND:later", 0),
    ],
)
def test_when_it_ends(line: str, minutes: int) -> None:
    assert one(line).end - one(line).start == dt.timedelta(minutes=minutes)


def test_when_it_was_made() -> None:
    lines = ["LAST-MODIFIED:20260403T000000Z", "DTSTAMP:20260402T000000Z", "CREATED:20260401T000000Z"]
    assert [one(*lines[: 3 - n]).created.day for n in range(3)] == [1, 2, 3]
    assert one().created == one().start
    assert one("CREATED:00001253T000000Z", "DTSTAMP:20260402T000000Z").created.day == 2


def test_guests() -> None:
    found = one(
        'ATTENDEE;CN="Brandt, Ivo";PARTSTAT=accepted:mailto:Ivo@Harbour.example',
        "ATTENDEE;CUTYPE=ROOM:mailto:room7@kiln.example",
        "ATTENDEE;EMAIL=a@b.example:urn:uuid:1",
        "ATTENDEE:invalid:nomail",
        "ORGANIZER;CN=Nora:MAILTO:nora@kiln.example",
    )
    assert [(g.address, g.status) for g in found.attendees] == [
        (Address("ivo@harbour.example", "Brandt, Ivo"), "ACCEPTED"),
        (Address("a@b.example"), "NEEDS-ACTION"),
    ]
    assert found.organizer == Address("nora@kiln.example", "Nora")


def test_called_off() -> None:
    assert one("STATUS:CANCELLED").cancelled and not one("STATUS:CONFIRMED").cancelled
    text = entry("a@x").replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:CANCEL")
    assert ics.parse(text, "", "", ZONE)[0].cancelled


def test_text_is_unfolded_and_unescaped() -> None:
    found = one("SUMMARY:Call Jörg\\, re\\; kiln", "DESCRIPTION:first\\nsec", " ond \\\\n\x07", "\tthird")
    assert found.title == "Call Jörg, re; kiln" and found.notes == "first\nsecond \\nthird"


def test_an_alarm_does_not_lend_its_words() -> None:
    found = one("BEGIN:VALARM", "DESCRIPTION:Reminder", "SUMMARY:Alarm", "END:VALARM", "SUMMARY:Kiln")
    assert found.title == "Kiln" and found.notes == ""


def test_a_series_is_its_first_and_what_was_changed_by_itself() -> None:
    text = b"".join(
        [
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:s\r\nDTSTART:20260105T090000Z\r\nDTEND:20260105T093000Z\r\n",
            b"RRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n",
            b"BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20260112T090000Z\r\nDTSTART:20260113T090000Z\r\nEND:VEVENT\r\n",
            b"END:VCALENDAR\r\n",
        ]
    )
    first, moved = ics.parse(text, "s.ics", "", ZONE)
    assert (first.uid, first.ref, first.end) == ("s", "s.ics", at("2026-01-05T09:30:00+00:00"))
    assert (moved.uid, moved.ref) == ("s#20260112T090000Z", "s.ics#1")


def test_a_zone_that_only_the_file_knows() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:House time\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0300\r\n"
        "TZOFFSETTO:+0300\r\n{}END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        "DTSTART;TZID=House time:20260512T140000\r\nEND:VEVENT\r\n"
    )
    assert ics.parse(zone.format("").encode(), "", "", ZONE)[0].start == at("2026-05-12T14:00:00+03:00")
    for bomb in ("FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;COUNT=999999999;INTERVAL=0"):
        begun = time.process_time()
        (found,) = ics.parse(zone.format(f"RRULE:{bomb}\r\n").encode(), "", "", ZONE)
        assert found.start == at("2026-05-12T14:00:00-05:00") and time.process_time() - begun < 1


def test_a_broken_entry_does_not_take_its_neighbours_along() -> None:
    text = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:no start\r\nEND:VEVENT\r\n"
        + entry("b@x")
        + b"BEGIN:VEVENT\r\nUID:c"
    )
    found = list(ics.entries(text, "f.ics", "", ZONE))
    assert [type(item) for item in found] == [Unreadable, Entry, Unreadable]
    assert [item.ref for item in found] == ["f.ics", "f.ics#1", "f.ics#2"]
    assert [item.uid for item in ics.parse(text, "f.ics", "", ZONE)] == ["b@x"]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"\x00\xff" * 500, b"BEGIN:VEVENT\nDTSTART:20261350\nEND:VEVENT", b"BEGIN:VCALENDAR\nBEGIN:VEVENT"],
)
def test_what_cannot_be_read(data: bytes) -> None:
    with pytest.raises(NotReadable):
        ics.parse(data, "", "", ZONE)


def test_a_calendar_without_entries_is_empty() -> None:
    assert ics.parse(b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nEND:VTODO\r\nEND:VCALENDAR\r\n", "", "", ZONE) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VEVENT\nDTSTART:20260101\nDESCRIPTION:" + b"x" * 3_000_000 + b"\nEND:VEVENT\n",
        b"BEGIN:VEVENT\nDTSTART:20260101\nDESCRIPTION:\n" + b" x\n" * 300_000 + b"END:VEVENT\n",
        b"BEGIN:VEVENT\nDTSTART:20260101\n" + b"ATTENDEE:mailto:a@b.c\n" * 100_000 + b"END:VEVENT\n",
        b"BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=SECONDLY\n" + b"BEGIN:X\n" * 100_000 + b"END:VEVENT\n",
        b"BEGIN:VEVENT\nDTSTART" + b";A=1" * 500_000 + b":20260101\nEND:VEVENT\n",
        b"BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n" * 20_000,
    ],
    ids=["long", "folds", "guests", "depth", "parameters", "many"],
)
def test_bombs_cost_no_more_than_their_bytes(data: bytes) -> None:
    begun = time.process_time()
    for item in ics.entries(data, "", "", ZONE):
        if isinstance(item, Entry):
            assert len(item.notes) <= 64_000 and len(item.attendees) <= 200
    assert time.process_time() - begun < 4


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=80))
def test_a_reminder_comes_back_as_it_was_written(notes: str, title: str) -> None:
    wanted = dataclasses.replace(reminder(), notes=notes, title=title)
    data = ics.compose(wanted)
    (found,) = ics.parse(data, "", "", ZONE)
    assert not found.attendees and found.organizer is None and found.key == wanted.key
    assert ics.content_digest(found) == ics.written_digest(data) == ics.content_digest(ics.entry_of(wanted))


def test_a_reminder_rings_and_keeps_nobody_busy() -> None:
    lines = ics.compose(reminder()).split(b"\r\n")
    assert b"TRANSP:TRANSPARENT" in lines and b"BEGIN:VALARM" in lines and b"ACTION:DISPLAY" in lines


def test_the_digest_sees_what_a_person_sees() -> None:
    first = ics.entry_of(reminder())
    same = dataclasses.replace(
        first, ref="x", created=first.created + dt.timedelta(1), notes=first.notes.replace("\n", "\r\n")
    )
    assert ics.content_digest(same) == ics.content_digest(first)
    for change in ({"title": "x"}, {"notes": "x"}, {"start": first.end}, {"cancelled": True}, {"all_day": True}):
        assert ics.content_digest(dataclasses.replace(first, **change)) != ics.content_digest(first)  # type: ignore[arg-type]


SCRAPS = [
    *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:x", "DTSTART:20260101"),
    *("DTSTART;TZID=x:20260101T99", "DTEND:", "DURATION:P", "ATTENDEE", "ATTENDEE:", 'ATTENDEE;CN="a:b', "UID"),
    *(" fold", ":", ";", "RECURRENCE-ID:1", "METHOD:CANCEL", "DTSTART;TZID=../../etc/passwd:20260101T100000"),
    *("DTSTART;TZID=\x00:20260101T100000", "DTSTART;TZID=America:20260101T100000", "CREATED:99999999T999999Z"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS), max_size=25))
def test_no_order_of_lines_breaks_it(lines: list[str]) -> None:
    try:
        for item in ics.entries("\n".join(lines).encode(), "r", "", ZONE):
            assert not isinstance(item, Entry) or (item.start.tzinfo is not None and item.start <= item.end)
    except NotReadable:
        pass
