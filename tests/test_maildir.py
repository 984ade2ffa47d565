"""What a Maildir alone can do to us: crashes between two steps, full disks, odd layouts, readers that rename under
our hands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import os
import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from bot.errors import CursorExpired, TryLater, UserMustAct
from bot.model import Message, State
from bot.providers import disk, maildir_news
from bot.providers.folders import Role, decode_utf7, role_of
from bot.providers.maildir import Maildir
from bot.providers.maildir_tree import flags_of, folders, unique_of
from tests.contract.samples import Known, draft, intended, mail
from tests.contract.test_maildir import MaildirWorld


@pytest.fixture
def world(tmp_path: Path) -> MaildirWorld:
    return MaildirWorld(tmp_path, ".Sent", ".Drafts")


def tmp_files(root: Path) -> list[Path]:
    return list(root.rglob("tmp/*"))


# --- names


@pytest.mark.parametrize(
    ("name", "role"),
    [
        (".Sent Items", Role.SENT),
        (".INBOX.Sent", Role.SENT),
        ("Gesendet/2025", Role.SENT),
        (".Entw&APw-rfe", Role.DRAFTS),
        ("Brouillons", Role.DRAFTS),
        ("Entwu\u0308rfe", Role.DRAFTS),
        ("[Gmail]/Trash", Role.TRASH),
        (".Junk E-mail", Role.IGNORED),
        (".Customers.Sentinel Ltd", Role.MAIL),
        (".Archive.2026", Role.MAIL),
        (".Draft beers", Role.MAIL),
    ],
)
def test_what_a_folder_is_for(name: str, role: Role) -> None:
    assert role_of(name) is role


def test_names_in_modified_utf7() -> None:
    assert decode_utf7("R&AOk-union &- caf&AOk-") == "Réunion & café"
    assert decode_utf7("&bad!- &AP-") == "&bad!- &AP-"


def test_file_names() -> None:
    assert unique_of("177.M1P2.host,S=31,W=33:2,RS") == unique_of("177.M1P2.host,U=7:2,") == "177.M1P2.host"
    assert (
        flags_of("177.M1P2.host:2,DS") == "DS" and flags_of("177.M1P2.host!2,S") == "S" and flags_of("177.host") == ""
    )
    assert unique_of("2020-01-01,10-20 offer.eml") != unique_of("2020-01-01,10-25 offer.eml")


def test_folders_in_a_circle_are_visited_once(world: MaildirWorld, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [folder.label for folder in folders(tmp_path)] == [".", ".Drafts", ".Sent"]


# --- reading


def test_a_path_that_is_no_maildir_asks_for_a_person(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UserMustAct, match=path.name) as fault:
            list(Maildir(path).changes(None))
        assert str(path) in fault.value.advice
    with pytest.raises(UserMustAct):
        Maildir(tmp_path).put(draft())


@pytest.mark.parametrize(
    "cursor", ["", "maildir1:", "maildir1:{", "maildir1:[]", 'maildir1:{".":[1]}', "gmail1:7", "maildir1:null"]
)
def test_cursors_that_are_not_ours(world: MaildirWorld, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        list(world.open().changes(cursor))


def test_a_cursor_with_broken_mails_has_expired(world: MaildirWorld) -> None:
    world.receive(mail("a"))
    with pytest.raises(CursorExpired):
        list(world.open().changes('maildir1:{".":[0,0,"AAAA",{}]}'))


def test_marking_as_read_is_no_news(world: MaildirWorld, tmp_path: Path) -> None:
    world.receive(mail("a"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    (path,) = (tmp_path / "new").iterdir()
    path.rename(tmp_path / "cur" / f"{path.name}:2,RS")
    assert list(world.open().changes(known.cursor)) == []


def test_a_move_keeps_the_mail_and_tells_the_new_place_first(world: MaildirWorld, tmp_path: Path) -> None:
    world.receive(mail("a"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    for part in ("cur", "new", "tmp"):
        (tmp_path / ".Archive.2026" / part).mkdir(parents=True)
    (path,) = (tmp_path / "new").iterdir()
    path.rename(tmp_path / ".Archive.2026" / "cur" / f"{path.name}:2,S")
    (page,) = known.take(world.open().changes(known.cursor))
    assert [m.id for m in page.upserts] == ["a@harbour.example"] and len(page.removals) == 1
    (seen,) = known.items
    assert seen.startswith(".Archive.2026/")
    assert world.open().put(draft(source=page.removals[0])) is not None
    assert b"Shelves arrived" in world.drafts()[0], "quoted from where it lies now"


def test_a_mail_renamed_while_it_is_read_is_read_all_the_same(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receive(mail("a"))
    (path,) = (tmp_path / "new").iterdir()
    honest = maildir_news.read_capped

    def renamed_first(file: Path, cap: int) -> tuple[bytes, os.stat_result]:
        if path.exists():
            path.rename(tmp_path / "cur" / f"{path.name}:2,S")
        return honest(file, cap)

    monkeypatch.setattr(maildir_news, "read_capped", renamed_first)
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    assert [m.id for m in known.items.values()] == ["a@harbour.example"]


def test_a_mail_gone_while_it_is_read_is_passed_over(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receive(mail("a"))
    world.receive(mail("b"))
    honest = maildir_news.read_capped

    def gone_first(file: Path, cap: int) -> tuple[bytes, os.stat_result]:
        if b"<a@" in file.read_bytes():
            file.unlink()
        return honest(file, cap)

    monkeypatch.setattr(maildir_news, "read_capped", gone_first)
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    assert [m.id for m in known.items.values()] == ["b@harbour.example"] and not known.unreadable


def test_a_mail_that_may_not_be_opened_is_tried_again(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receive(mail("a"))

    def refused(file: Path, cap: int) -> tuple[bytes, os.stat_result]:
        raise PermissionError(errno.EACCES, "Permission denied", str(file))

    known: Known[Message] = Known()
    with monkeypatch.context() as patch:
        patch.setattr(maildir_news, "read_capped", refused)
        known.take(world.open().changes(None))
    assert not known.items and "Permission denied" in next(iter(known.unreadable.values()))
    world.receive(mail("b"))
    known.take(world.open().changes(known.cursor))
    assert {m.id[0] for m in known.items.values()} == {"a", "b"} and not known.unreadable


def test_believed_times_spare_the_look_and_fresh_ones_do_not(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    honest = maildir_news.look
    monkeypatch.setattr(maildir_news, "look", lambda folder: (looked.append(folder.label), honest(folder))[1])
    world.receive(mail("a"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    looked.clear()
    list(world.open().changes(known.cursor))
    assert "." in looked, "changed a moment ago: a second change could hide behind the same time"
    past = time.time_ns() - 10**13
    for part in (*tmp_path.rglob("cur"), *tmp_path.rglob("new")):
        os.utime(part, ns=(past, past))
    mailbox = world.open()
    list(mailbox.changes(known.cursor))
    looked.clear()
    list(mailbox.changes(known.cursor))
    assert looked == [".Drafts"], "in Drafts a file may be edited in place"


def test_while_folders_do_not_rest_nothing_is_called_gone(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receive(mail("a"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    world.delete("a@harbour.example")
    honest = maildir_news.look
    ticks = iter(range(1, 100))

    def restless(folder: maildir_news.Folder) -> maildir_news.Look:
        seen = honest(folder)
        os.utime(tmp_path / "cur", ns=(next(ticks) * 10**9,) * 2)
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(maildir_news, "look", restless)
        known.take(world.open().changes(known.cursor))
    assert len(known.items) == 1
    known.take(world.open().changes(known.cursor))
    assert not known.items


# --- writing


def test_the_drafts_folder_is_made_in_the_layout_that_is_there(tmp_path: Path) -> None:
    for inbox, others, made in (
        (".", (), ".Drafts"),
        (".", ("Sent",), "Drafts"),
        ("INBOX", (), "Drafts"),
        (".", (".Sent",), ".Drafts"),
    ):
        root = tmp_path / f"{inbox}{len(others)}{made}{'.'.join(others)}"
        for folder in (inbox, *others):
            (root / folder / "cur").mkdir(parents=True)
        assert Maildir(root).put(draft()) is not None
        assert len(list((root / made / "cur").iterdir())) == 1
        assert (root / made / "tmp").is_dir() and (root / made / "new").is_dir()


def test_a_draft_is_marked_as_one_and_nothing_is_left_in_tmp(world: MaildirWorld, tmp_path: Path) -> None:
    world.open().put(draft())
    (path,) = (tmp_path / ".Drafts" / "cur").iterdir()
    assert set(flags_of(path.name)) == {"D", "S"}
    assert tmp_files(tmp_path) == []


def test_a_crash_in_a_rewrite_leaves_two_and_the_next_put_makes_it_one(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.open().put(draft())

    def killed(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "cur":
            raise KeyboardInterrupt
        honest(path, missing_ok)

    honest = Path.unlink
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            world.open().put(draft(text="Shall I move it to May?"), first)
    assert len(world.drafts()) == 2
    again = world.open().put(draft(text="Shall I move it to May?"), intended("7f3a9c"))
    assert again is not None and again.state is State.STANDING
    (data,) = world.drafts()
    assert b"to May" in data


def test_two_left_by_a_crash_are_withdrawn_together(world: MaildirWorld, tmp_path: Path) -> None:
    standing = world.open().put(draft())
    (path,) = (tmp_path / ".Drafts" / "cur").iterdir()
    (path.parent / f"1{path.name}").write_bytes(path.read_bytes())
    assert standing is not None and world.open().withdraw(standing)
    assert world.drafts() == []


def test_an_edit_beside_our_own_copy_wins(world: MaildirWorld, tmp_path: Path) -> None:
    """A mail program that has saved the edit and not yet removed what it began from."""
    first = world.open().put(draft())
    edited = message_from_bytes(world.drafts()[0], policy=policy.SMTP)
    edited.clear_content()  # type: ignore[attr-defined]
    edited.set_content("Ivo, call me.")  # type: ignore[attr-defined]
    world.deliver(".Drafts", edited.as_bytes(), flags=":2,DS")
    second = world.open().put(draft(), first)
    assert second is not None and second.state is State.EDITED
    assert [b"Ivo, call me." in data for data in world.drafts()] == [True]


def test_a_save_that_changes_no_word_is_no_edit(world: MaildirWorld, tmp_path: Path) -> None:
    first = world.open().put(draft())
    (path,) = (tmp_path / ".Drafts" / "cur").iterdir()
    data = b"X-Identity: 1\r\n" + path.read_bytes()
    path.unlink()
    world.deliver(".Drafts", data, flags=":2,DS")
    second = world.open().put(draft(text="Shall I move it to May?"), first)
    assert second is not None and second.state is State.STANDING
    assert [b"to May" in data for data in world.drafts()] == [True]


@pytest.mark.parametrize("where", ["trash", "flag"])
def test_thrown_away_before_memory_knew_it_stood(world: MaildirWorld, tmp_path: Path, where: str) -> None:
    world.open().put(draft())
    (path,) = (tmp_path / ".Drafts" / "cur").iterdir()
    if where == "trash":
        for part in ("cur", "new", "tmp"):
            (tmp_path / ".Trash" / part).mkdir(parents=True)
        path.rename(tmp_path / ".Trash" / "cur" / path.name)
    else:
        path.rename(path.with_name(f"{path.name}T"))
    assert world.open().put(draft(), intended("7f3a9c")) is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, TryLater), (errno.EDQUOT, TryLater), (errno.EIO, TryLater), (errno.EROFS, UserMustAct)],
)
def test_a_write_that_fails_leaves_nothing(
    world: MaildirWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    first = world.open().put(draft("bb22"))

    def failing(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(kind):
            world.open().put(draft())
        with pytest.raises(kind):
            world.open().put(draft("bb22", text="Shall I move it to May?"), first)
    assert tmp_files(tmp_path) == []
    (data,) = world.drafts()
    assert b"keep the kiln date" in data
    assert world.open().put(draft()) is not None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_asks_for_a_person(world: MaildirWorld, tmp_path: Path) -> None:
    (tmp_path / ".Drafts" / "tmp").chmod(0o500)
    with pytest.raises(UserMustAct) as fault:
        world.open().put(draft())
    assert str(tmp_path) in fault.value.advice


def test_a_disk_without_hard_links_will_do(world: MaildirWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", unsupported)
    first = world.open().put(draft())
    world.open().put(draft(text="Shall I move it to May?"), first)
    assert len(world.drafts()) == 1


def test_many_at_once_make_one_draft(world: MaildirWorld, tmp_path: Path) -> None:
    later = [dataclasses.replace(draft(), at=draft().at + dt.timedelta(seconds=n)) for n in range(8)]
    with ThreadPoolExecutor(8) as crew:
        stood = list(crew.map(lambda wanted: Maildir(tmp_path).put(wanted), later))
    assert len({standing.ref for standing in stood if standing is not None}) == 1
    assert len(world.drafts()) == 1


def test_a_name_is_given_once(tmp_path: Path) -> None:
    assert disk.write_whole(tmp_path / "a.1", tmp_path / "a", b"one") is True
    assert disk.write_whole(tmp_path / "a.2", tmp_path / "a", b"two") is False
    assert disk.write_whole(tmp_path / "a.3", tmp_path / "a", b"three", replace=True) is True
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"three"]


def test_only_our_own_leftovers_are_swept_and_only_old_ones(world: MaildirWorld, tmp_path: Path) -> None:
    tmp = tmp_path / ".Drafts" / "tmp"
    mark = "0123456789abcdef"
    names = [f"177.Fold_{mark}.followup.9", f"178.Fnew_{mark}.followup.9", "179.M1P1.host"]
    for name in names:
        (tmp / name).write_bytes(b"half")
    for name in (names[0], names[2]):
        os.utime(tmp / name, (1, 1))
    world.open().put(draft())
    assert sorted(path.name for path in tmp.iterdir()) == names[1:]


def test_hostile_keys_and_headers_stay_inside_the_folder(world: MaildirWorld, tmp_path: Path) -> None:
    key = "../../../etc/x:2,S"
    standing = world.open().put(draft(key))
    assert standing is not None and len(world.drafts()) == 1
    assert world.open().put(draft(key), standing) is not None and len(world.drafts()) == 1
    assert world.open().withdraw(standing) and world.drafts() == []
