"""What a folder of .ics files alone can do to us."""

from __future__ import annotations

import errno
import os
import zoneinfo
from pathlib import Path

import pytest

from bot.errors import CursorExpired, TryLater, UserMustAct
from bot.model import Entry, Form, State
from bot.providers.icsdir import IcsDir
from tests.contract.samples import Known, entry, intended, reminder

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")


def test_a_missing_folder_asks_for_a_person(tmp_path: Path) -> None:
    calendar = IcsDir(tmp_path / "absent", ZONE)
    with pytest.raises(UserMustAct, match="absent"):
        list(calendar.changes(None))
    with pytest.raises(UserMustAct, match="absent"):
        calendar.put(reminder())


@pytest.mark.parametrize("cursor", ["", "icsdir1:", "icsdir1:!!", "maildir1:{}", "icsdir1:eJwDAAAAAAE="])
def test_cursors_that_are_not_ours(tmp_path: Path, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        list(IcsDir(tmp_path, ZONE).changes(cursor))


def test_a_file_of_several_entries_and_then_of_fewer(tmp_path: Path) -> None:
    known: Known[Entry] = Known()
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "a.ics").write_bytes(entry("a@x") + entry("b@x") + entry("c@x"))
    known.take(IcsDir(tmp_path, ZONE).changes(None))
    assert sorted(known.items) == ["team/a.ics", "team/a.ics#1", "team/a.ics#2"]
    (tmp_path / "team" / "a.ics").write_bytes(entry("a@x"))
    known.take(IcsDir(tmp_path, ZONE).changes(known.cursor))
    assert [e.uid for e in known.items.values()] == ["a@x"]


def test_hidden_and_foreign_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".a.ics.7.tmp").write_bytes(b"half")
    (tmp_path / ".b.ics").write_bytes(entry("b@x"))
    (tmp_path / "color").write_bytes(b"#fff")
    (page,) = IcsDir(tmp_path, ZONE).changes(None)
    assert not page.upserts and not page.unreadables


def test_a_reminder_under_another_name_is_found_by_its_key(tmp_path: Path) -> None:
    IcsDir(tmp_path, ZONE).put(reminder())
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / "renamed-by-a-phone.ics")
    again = IcsDir(tmp_path, ZONE).put(reminder(days=14), intended("51c0de", Form.REMINDER))
    assert again is not None and again.state is State.STANDING and again.ref == "renamed-by-a-phone.ics"
    assert len(list(tmp_path.iterdir())) == 1


def test_called_off_is_deleted(tmp_path: Path) -> None:
    first = IcsDir(tmp_path, ZONE).put(reminder())
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"TRANSP:", b"STATUS:CANCELLED\r\nTRANSP:"))
    assert IcsDir(tmp_path, ZONE).put(reminder(), first) is None
    assert first is not None and IcsDir(tmp_path, ZONE).withdraw(first) is False


def test_a_full_disk_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = IcsDir(tmp_path, ZONE).put(reminder())
    before = [(path.name, path.read_bytes()) for path in tmp_path.iterdir()]

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TryLater):
        IcsDir(tmp_path, ZONE).put(reminder(days=14), first)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == before


def test_hostile_uids_stay_inside_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "calendar"
    root.mkdir()
    wanted = reminder("../k")
    assert IcsDir(root, ZONE).put(wanted) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["calendar"] and len(list(root.iterdir())) == 1
