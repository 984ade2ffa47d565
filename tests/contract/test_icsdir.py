"""The calendar contract over a folder of .ics files."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path

import icalendar
import pytest

from bot.providers import icsdir
from bot.providers.base import Calendar
from bot.providers.icsdir import IcsDir
from tests.contract.calendar import CalendarContract, CalendarWorld

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")


class IcsDirWorld(CalendarWorld):
    """A vdir as a calendar program handles it: it rewrites a file whole, under the name it has."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self) -> Calendar:
        return IcsDir(self.root, ZONE)

    def add(self, data: bytes) -> None:
        found = re.search(rb"UID:(\S+)", data)
        assert found is not None
        (self.root / f"{found[1].decode()}.ics").write_bytes(data)

    def add_broken(self) -> None:
        (self.root / "broken.ics").write_bytes(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:no sta")

    def file(self, uid: str) -> Path:
        (path,) = [p for p in self.root.rglob("*.ics") if f"UID:{uid}\r\n".encode() in p.read_bytes()]
        return path

    def delete(self, uid: str) -> None:
        self.file(uid).unlink()

    def ours(self) -> list[bytes]:
        return [data for p in self.root.rglob("*.ics") if b"X-FOLLOWUP-KEY:" in (data := p.read_bytes())]

    def save(self, uid: str, name: str, value: object) -> None:
        path = self.file(uid)
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        (event,) = calendar.walk("VEVENT")
        event.pop(name, None)
        event.add(name, value)
        event.pop("LAST-MODIFIED", None)
        event.add("LAST-MODIFIED", dt.datetime.now(dt.UTC))
        path.write_bytes(calendar.to_ical())

    def drag(self, uid: str, start: dt.datetime) -> None:
        self.save(uid, "DTSTART", start)
        self.save(uid, "DTEND", start + dt.timedelta(minutes=15))

    def retitle(self, uid: str, title: str) -> None:
        self.save(uid, "SUMMARY", title)

    def touch(self, uid: str) -> None:
        self.save(uid, "SEQUENCE", 4)

    def expired(self, cursor: str) -> str:
        return cursor.replace("icsdir1:", "icsdir9:")


class TestIcsDir(CalendarContract):
    page_size = 20

    @pytest.fixture
    def world(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CalendarWorld:
        monkeypatch.setattr(icsdir, "PAGE_FILES", self.page_size)
        return IcsDirWorld(tmp_path)
