"""Reading what lies in files: every kind by its content, and how far the reading is."""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path

import pytest

from bot.errors import UserMustAct
from bot.model import Entry, Message, Unreadable
from bot.providers import archive, mbox
from tests.contract.samples import entry, mail

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
SEPARATOR = b"From 1612@xxx Thu Mar 05 09:15:00 +0200 2026\n"


def read(path: Path) -> list[tuple[str, archive.Item]]:
    return list(archive.messages(path, ZONE))


def ids(path: Path) -> list[str]:
    return [item.id.partition("@")[0] for _, item in read(path) if isinstance(item, Message)]


def unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def test_one_mail_and_one_calendar(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail("a"))
    (tmp_path / "b.ics").write_bytes(entry("b@x"))
    ((label, item),) = read(tmp_path / "a.eml")
    assert label == str(tmp_path / "a.eml") and isinstance(item, Message) and item.ref == label
    ((label, item),) = read(tmp_path / "b.ics")
    assert label == str(tmp_path / "b.ics") and isinstance(item, Entry) and item.uid == "b@x"


def test_a_folder_is_read_to_its_depth_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "2025" / "spring").mkdir(parents=True)
    (tmp_path / "2025" / "spring" / "a.eml").write_bytes(mail("a"))
    (tmp_path / "2025" / "no-ending").write_bytes(mail("b"))
    (tmp_path / "2025" / "price.pdf").write_bytes(b"%PDF-1.4 ...")
    (tmp_path / "notes.txt").write_bytes(b"Subject: not a mail, only a line like one\n\nhello\n")
    (tmp_path / ".hidden.eml").write_bytes(mail("c"))
    (tmp_path / "broken.eml").write_bytes(b"\x00\xff\x00\xff" * 100)
    assert sorted(ids(tmp_path)) == ["a", "b"]
    assert [item.ref for _, item in read(tmp_path) if isinstance(item, Unreadable)] == [str(tmp_path / "broken.eml")]


def test_a_file_asked_for_by_name_must_be_something(tmp_path: Path) -> None:
    (tmp_path / "price.pdf").write_bytes(b"%PDF-1.4 ...")
    (tmp_path / "empty.mbox").write_bytes(b"")
    ((_, item),) = read(tmp_path / "price.pdf")
    assert isinstance(item, Unreadable)
    assert read(tmp_path / "empty.mbox") == []
    with pytest.raises(UserMustAct, match="absent"):
        read(tmp_path / "absent")


def test_an_mbox_is_told_by_its_content_and_its_mails_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(SEPARATOR + unix(mail("a")) + b"\n" + SEPARATOR + unix(mail("b", text=">From us")) + b"\n")
    assert [label for label, _ in read(path)] == [f"{path}#1", f"{path}#2"]
    assert ids(path) == ["a", "b"]
    last = read(path)[-1][1]
    assert isinstance(last, Message) and last.plain.strip() == "From us"


def test_labels_of_gmail_and_marks_of_thunderbird(tmp_path: Path) -> None:
    marks = [
        b"X-Gmail-Labels: Spam,Unread",
        b"X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe,Ge=C3=B6ffnet?=",
        b"X-Gmail-Labels: Sent,\n Opened",
        b"X-Mozilla-Status: 0009",
        b"X-Mozilla-Status: 0001",
        b"X-Gmail-Labels: Trash,Sent",
    ]
    path = tmp_path / "All mail Including Spam and Trash.mbox"
    path.write_bytes(b"".join(SEPARATOR + m + b"\n" + unix(mail(f"m{i}")) + b"\n" for i, m in enumerate(marks)))
    assert ids(path) == ["m1", "m2", "m4"]
    assert [item.is_draft for _, item in read(path) if isinstance(item, Message)] == [True, False, False]


def test_mboxes_of_a_profile_tell_their_role_by_name(tmp_path: Path) -> None:
    for name in ("Inbox", "Drafts", "Junk"):
        (tmp_path / name).write_bytes(SEPARATOR + unix(mail(name)) + b"\n")
    assert ids(tmp_path) == ["Drafts", "Inbox"]
    assert [item.is_draft for _, item in read(tmp_path) if isinstance(item, Message)] == [True, False]
    assert ids(tmp_path / "Junk") == ["Junk"], "asked for by name"


def test_maildirs_inside_a_folder(tmp_path: Path) -> None:
    for folder in (".", ".Sent", ".Drafts", ".Trash", "old/INBOX"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / "mail" / folder / part).mkdir(parents=True)
    (tmp_path / "mail" / "cur" / "2.h:2,S").write_bytes(mail("second"))
    (tmp_path / "mail" / "new" / "1.h").write_bytes(mail("first"))
    (tmp_path / "mail" / ".Sent" / "cur" / "3.h:2,S").write_bytes(mail("sent"))
    (tmp_path / "mail" / ".Drafts" / "cur" / "4.h:2,DS").write_bytes(mail("draft"))
    (tmp_path / "mail" / ".Trash" / "cur" / "5.h:2,S").write_bytes(mail("gone"))
    (tmp_path / "mail" / "tmp" / "6.h").write_bytes(mail("half"))
    (tmp_path / "mail" / "old" / "INBOX" / "cur" / "7.h:2,S").write_bytes(mail("old"))
    (tmp_path / "beside.eml").write_bytes(mail("beside"))
    assert ids(tmp_path) == ["first", "second", "draft", "sent", "old", "beside"]
    assert [item.id for _, item in read(tmp_path) if isinstance(item, Message) and item.is_draft] == [
        "draft@harbour.example"
    ]


def test_a_mail_of_apple(tmp_path: Path) -> None:
    data = mail("apple")
    (tmp_path / "1.emlx").write_bytes(f"{len(data)}      \n".encode() + data + b'<?xml version="1.0"?><plist/>')
    ((_, item),) = read(tmp_path / "1.emlx")
    assert isinstance(item, Message) and item.id == "apple@harbour.example" and "plist" not in item.plain


def test_a_mail_without_a_date_takes_that_of_its_delivery(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(SEPARATOR + b"From: a@b.example\nTo: c@d.example\nSubject: s\n\nhello\n")
    ((_, item),) = read(path)
    assert isinstance(item, Message) and item.at.isoformat() == "2026-03-05T09:15:00+02:00"


def test_progress_comes_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "PIECE", 300)
    (tmp_path / "x.mbox").write_bytes((SEPARATOR + unix(mail("a")) + b"\n") * 5)
    (tmp_path / "a.eml").write_bytes(mail("a"))
    (tmp_path / "b.ics").write_bytes(entry("b@x"))
    told: list[tuple[int, int]] = []
    list(archive.messages(tmp_path, ZONE, progress=lambda done, total: told.append((done, total))))
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert told[-1] == (total, total) and len(told) > 5
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_a_pipe_does_not_hang_the_reading(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.eml")
    (tmp_path / "a.eml").write_bytes(mail("a"))
    assert ids(tmp_path) == ["a"]
