"""Bombs in the mailbox and the calendar: small to send, huge to unpack or to follow. Each lies there beside a quote on the
morning of its first follow-up; the turn takes bounded time and memory, the follow-up goes to whom it should, nobody is invited,
and nothing of the bomb is carried out."""

from __future__ import annotations

import base64
import io
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import playing
from bot.jobs.playground import Playground
from bot.pipeline import turn
from tests.machine.history import ACCOUNT
from tests.test_wall import FRIDAY, ME, VERA, incoming, quote, recipients

MOST_SECONDS, MOST_MEMORY = 12.0, 400_000_000
EVENT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:%s@evil.example\r\nDTSTAMP:20260302T090000Z\r\n"
    b"DTSTART:20260309T090000Z\r\n"
)
CALL = b"SUMMARY:Call Vera Brand"
END = b"END:VEVENT\r\nEND:VCALENDAR\r\n"


def entry(*lines: bytes, uid: bytes = b"bomb") -> bytes:
    return EVENT % uid + b"".join(line + b"\r\n" for line in lines) + END


def guests(many: int) -> bytes:
    return entry(b"SUMMARY:Call Vera Brand", *(b"ATTENDEE;RSVP=TRUE:mailto:g%d@evil.example" % n for n in range(many)))


def alarms(many: int) -> bytes:
    """Alarms that would mail somebody, each inside the one before."""
    inner = b"ACTION:EMAIL\r\nATTENDEE:mailto:evil@evil.example\r\nTRIGGER:-PT1M\r\nREPEAT:999999\r\nDURATION:PT1S\r\n"
    return entry(b"SUMMARY:alarm", (b"BEGIN:VALARM\r\n" + inner) * many, b"END:VALARM\r\n" * many)


def zone(many: int) -> bytes:
    """A time zone whose rules never end."""
    rule = (
        b"BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nRRULE:FREQ=SECONDLY;INTERVAL=1\r\nTZOFFSETFROM:+0100\r\n"
        b"TZOFFSETTO:+0200\r\nEND:STANDARD\r\n"
    )
    head = b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Bomb\r\n" + rule * many + b"END:VTIMEZONE\r\n"
    return head + b"BEGIN:VEVENT\r\nUID:z@evil.example\r\nDTSTART;TZID=Bomb:20260309T090000\r\nSUMMARY:x\r\n" + END


CALENDARS: dict[str, Callable[[], bytes]] = {
    "a million guests": lambda: guests(1_000_000),
    "a rule that never ends": lambda: entry(b"SUMMARY:x", b"RRULE:FREQ=SECONDLY;BYSECOND=" + b",".join([b"1"] * 60)),
    "a flood of rules": lambda: entry(b"SUMMARY:x", *[b"RRULE:FREQ=MINUTELY;COUNT=999999999"] * 200_000),
    "a flood of dates": lambda: entry(b"SUMMARY:x", b"RDATE:" + b",".join([b"20260309T090000Z"] * 300_000)),
    "alarms within alarms": lambda: alarms(50_000),
    "a zone that never ends": lambda: zone(5_000),
    "ten thousand entries": lambda: b"".join(entry(b"SUMMARY:x", uid=b"%d" % n) for n in range(10_000)),
    "one entry within another": lambda: (EVENT % b"n") * 50_000,
    "a line without an end": lambda: entry(b"SUMMARY:" + b"call " * 5_000_000),
    "a folded line without an end": lambda: entry(b"DESCRIPTION:" + b"call\r\n " * 2_000_000),
    "template syntax": lambda: entry(CALL + b" {{7*7}} {% for x in range(10**9) %}", b"DESCRIPTION:{{ ''.__class__ }}"),
    "an address of its own": lambda: entry(CALL, b"DESCRIPTION:write to evil@evil.example, not to " + VERA.encode()),
    "an invitation": lambda: entry(CALL, b"ORGANIZER:mailto:" + ME.encode(), b"ATTENDEE:mailto:evil@evil.example"),
    "smuggled lines": lambda: entry(b"SUMMARY:Call\\nATTENDEE:mailto:evil@evil.example\x0bATTENDEE:mailto:evil@evil.example"),
}  # fmt: skip


def attached(name: str, kind: str, data: bytes) -> bytes:
    """An answer of the customer's with a file."""
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nThanks.\r\n--b\r\n"
        f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64.encodebytes(data).decode()}\r\n--b--\r\n"
    )
    mail = incoming(body=body)
    return mail.replace(b"Content-Type: text/plain; charset=utf-8", b'Content-Type: multipart/mixed; boundary="b"', 1)


def zipped(size: int, layers: int = 1) -> bytes:
    """Zeros in a zip, in a zip, ..."""
    data = bytes(size)
    for layer in range(layers):
        box = io.BytesIO()
        with zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(1 if layer == 0 else 10):
                archive.writestr(f"word/document{n}.xml", data)
        data = box.getvalue()
    return data


MAILS: dict[str, Callable[[], bytes]] = {
    "a zip bomb": lambda: attached("quote.zip", "application/zip", zipped(100_000_000)),
    "zips in zips": lambda: attached("quote.zip", "application/zip", zipped(10_000_000, 4)),
    "a document that is a bomb": lambda: attached("order.docx", "application/vnd.openxmlformats", zipped(100_000_000)),
    "an invitation with a million guests": lambda: attached("invite.ics", "text/calendar; method=REPLY", guests(150_000)),
    "a name with a path": lambda: attached("../../../etc/cron.d/evil", "application/x-sh", b"#!/bin/sh\nrm -rf /\n"),
    "a program": lambda: attached("quote.pdf.exe", "application/x-msdownload", b"MZ" + bytes(1000)),
    "entities": lambda: incoming(body="<!DOCTYPE lolz [<!ENTITY a 'aaaaaaaaaa'>" + "<!ENTITY b '&a;&a;'>" * 1000 + "]>&b;\r\n"),
    "a flood of references": lambda: incoming("References: " + " ".join(f"<{n}@evil.example>" for n in range(20_000))),
    "a flood of From lines": lambda: incoming(*[f"From: p{n}@evil.example" for n in range(20_000)]),
    "quotes within quotes": lambda: incoming(body="\r\n".join(">" * n + " ok" for n in range(2000))),
    "encoded words within each other": lambda: incoming("X-Note: " + "=?utf-8?q?" * 50_000),
    "comments within comments": lambda: incoming("Sender: " + "(" * 100_000),
    "markup without an end": lambda: incoming(body="<a href=" * 100_000).replace(b"text/plain", b"text/html"),
}  # fmt: skip


def most_memory() -> int:
    """The most this process has had so far, in bytes (getrusage(2): kilobytes on Linux, bytes on macOS)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def survived(tmp_path: Path, *received: bytes, notes: tuple[bytes, ...] = ()) -> list[bytes]:
    """The drafts after a turn, taken within bounds."""
    ground = Playground(tmp_path)
    ground.arrive(quote(), sent=True)
    for data in received:
        ground.arrive(data, sent=False)
    for n, data in enumerate(notes):
        ground.note(data, f"note{n}.ics")
    world = playing(ground, ACCOUNT)
    begun, before = time.process_time(), most_memory()
    try:
        outcome = turn(world, FRIDAY)
    finally:
        world.memory.close()
    assert time.process_time() - begun < MOST_SECONDS
    assert most_memory() - before < MOST_MEMORY
    assert outcome.problems == ()
    for path in ground.calendar.glob("*.ics"):
        if b"X-FOLLOWUP-KEY" in (data := path.read_bytes()):
            assert b"ATTENDEE" not in data and b"ORGANIZER" not in data and b"evil" not in data.lower()
    outside = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix in (".sh", ".exe", ".xml")]
    assert outside == []
    return [path.read_bytes() for _, path in ground.drafts()]


@pytest.mark.slow
@pytest.mark.parametrize("bomb", CALENDARS.values(), ids=CALENDARS)
def test_a_bomb_in_the_calendar(tmp_path: Path, bomb: Callable[[], bytes]) -> None:
    drafts = survived(tmp_path, notes=(bomb(),))
    assert all(recipients(data) == {VERA} for data in drafts)
    assert not any(b"evil@" in data or b"\r\n49" in data for data in drafts)


@pytest.mark.slow
@pytest.mark.parametrize("bomb", MAILS.values(), ids=MAILS)
def test_a_bomb_in_the_mail(tmp_path: Path, bomb: Callable[[], bytes]) -> None:
    drafts = survived(tmp_path, bomb())
    assert all(recipients(data) == {VERA} for data in drafts)
    assert not any(b"evil@" in data.partition(b"\r\n\r\n")[0] for data in drafts)


def test_without_a_bomb_the_follow_up_is_there(tmp_path: Path) -> None:
    (draft,) = survived(tmp_path)
    assert recipients(draft) == {VERA}
