"""Hostile neighbours: whatever else lies in the mailbox and the calendar, and whatever the machine does, the turn goes on,
says what is wrong, and loses nothing."""

from __future__ import annotations

import datetime as dt
import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import TryLater, UserMustAct
from bot.jobs.playground import Playground
from bot.model import Form, MailRecord, Put, State
from bot.pipeline import Outcome, World, preview, turn
from bot.providers import disk
from tests.machine.history import ACCOUNT, ME, History, keys_lying, opened

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "mime"
NAME = ACCOUNT.name
Place = tuple[Playground, World, dt.datetime]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A world in which drafts and reminders are due at the moment given."""
    ground, world = opened(tmp_path / "world")
    moments = list(History(2).moments())
    for moment in moments[:4]:
        for act in moment.acts:
            act(ground)
    yield ground, world, moments[3].at
    world.memory.close()


def put_forms(outcome: Outcome) -> set[Form]:
    return {done.effect.touch.form for done in outcome.done if isinstance(done.effect, Put)}


def nothing_lost(ground: Playground, world: World, at: dt.datetime) -> None:
    """Everything due stands, once, and memory is sound."""
    later = turn(world, at)
    assert later.problems == ()
    assert preview(world, at).effects == ()
    standing = {
        k for k, s in world.memory.standings(NAME).items() if s.state is State.STANDING and s.form is Form.DRAFT
    }
    keys = keys_lying(ground)
    assert len(keys) == len(set(keys))
    assert standing == set(keys)
    assert standing
    assert world.memory.check() == ()


# --- what lies there


def letter(body: bytes, kind: bytes = b"text/plain") -> bytes:
    return (
        b"From: Otto <otto@bricks.example>\nTo: " + ME.encode() + b"\nDate: Mon, 2 Mar 2026 07:00:00 -0600\n"
        b"Subject: bricks\nMIME-Version: 1.0\nContent-Type: " + kind + b"\n\n" + body
    )


def huge() -> bytes:
    return letter(b"brick " * 8_700_000)


def one_long_line() -> bytes:
    return letter(b"a" * 3_000_000)


def nested() -> bytes:
    """A thousand multiparts, each in the one before."""
    begin = b"".join(b'--b%d\nContent-Type: multipart/mixed; boundary="b%d"\n\n' % (n, n + 1) for n in range(1000))
    return letter(begin + b"--b1000\n\nat last\n", b'multipart/mixed; boundary="b0"')


def many_parts() -> bytes:
    return letter(b"--b\nContent-Type: text/plain\n\npart\n" * 20_000 + b"--b--\n", b'multipart/mixed; boundary="b"')


def deep_page() -> bytes:
    return letter(b"<div>" * 60_000 + b"words" + b"<blockquote>" * 60_000, b"text/html")


def many_headers() -> bytes:
    return b"".join(b"X-Brick-%d: yes\n" % n for n in range(50_000)) + letter(b"short")


def mail_that_is_a_template() -> bytes:
    return letter(b"{{ ''.__class__.__mro__ }} {% for x in range(10**9) %}{% endfor %} ${7*7} %s %n\n")


MAILS: list[Callable[[], bytes]] = [
    huge, one_long_line, nested, many_parts, deep_page, many_headers, mail_that_is_a_template,
    lambda: b"", lambda: b"\0" * 100_000, lambda: os.urandom(50_000), lambda: b"\n" * 100_000, lambda: b"From nobody\n",
]  # fmt: skip
ENTRIES = [
    b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:half an ent", b"\xff\xfe\0" * 1000, b"BEGIN:VEVENT\r\n" * 20_000,
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:r\r\nDTSTART:00010101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:z\r\nDTSTART;TZID=Mars/Olympus:20260302T090000\r\nSUMMARY:" + b"call " * 50_000,
]  # fmt: skip


def test_odd_mails_and_entries_keep_nothing_from_being_done(place: Place) -> None:
    ground, world, at = place
    for make in MAILS:
        ground.arrive(make(), sent=False)
    for number, data in enumerate(ENTRIES):
        ground.note(data, f"odd{number}.ics")
    begun = time.process_time()
    outcome = turn(world, at)
    assert time.process_time() - begun < 20
    assert outcome.problems == ()
    assert put_forms(outcome) == {Form.DRAFT, Form.REMINDER}
    assert outcome.unreadable > 0
    assert outcome.records + outcome.unreadable >= len(MAILS)
    nothing_lost(ground, world, at)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the folder of broken and odd mails is not beside this checkout")
def test_other_peoples_broken_mails(place: Place) -> None:
    ground, world, at = place
    mails = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    for data in mails:
        ground.arrive(data, sent=False)
    outcome = turn(world, at)
    assert outcome.problems == ()
    assert outcome.records + outcome.unreadable >= len(mails)
    assert put_forms(outcome) == {Form.DRAFT, Form.REMINDER}
    nothing_lost(ground, world, at)


def test_things_that_are_no_mails_at_all(place: Place) -> None:
    ground, world, at = place
    inbox = ground.mail / "cur"
    (inbox / "1700000000.D1.host:2,S").mkdir()
    (inbox / "1700000000.D1.host:2,S" / "inside").write_text("x")
    (inbox / "1700000001.L1.host:2,S").symlink_to(inbox / "nowhere")
    (inbox / "1700000002.L2.host:2,S").symlink_to(inbox / "1700000002.L2.host:2,S")
    os.mkfifo(inbox / "1700000003.P1.host:2,S")
    (inbox / "1700000004.\udcff.host:2,S").write_bytes(letter(b"a name that is no text"))
    (ground.calendar / "folder.ics").mkdir()
    (ground.calendar / "gone.ics").symlink_to(ground.calendar / "nowhere")
    outcome = turn(world, at)
    assert outcome.problems == ()
    assert put_forms(outcome) == {Form.DRAFT, Form.REMINDER}
    nothing_lost(ground, world, at)


# --- what the machine does


def refuse(monkeypatch: pytest.MonkeyPatch, function: str, which: Callable[..., bool], fault: OSError) -> list[Any]:
    """Have a function of `bot.providers.disk` fail, wherever it is used, for the calls that are meant; what it refused."""
    refused: list[Any] = []
    true = getattr(disk, function)

    def instead(*args: Any, **more: Any) -> Any:
        if which(*args):
            refused.append(args)
            raise fault
        return true(*args, **more)

    for module in ("maildir", "maildir_news", "maildir_drafts", "icsdir", "disk"):
        name = f"bot.providers.{module}"
        if hasattr(sys.modules[name], function):
            monkeypatch.setattr(f"{name}.{function}", instead)
    return refused


def test_a_mail_that_may_not_be_read_is_listed_and_read_once_it_may(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground, world, at = place
    ground.arrive(
        letter(b"Secret bricks").replace(b"Subject", b"Message-ID: <secret@bricks.example>\nSubject"), sent=False
    )
    path = max(ground.mail.glob("cur/*"), key=lambda p: int(p.name.partition(".P")[2].partition(".")[0]))
    with monkeypatch.context() as patch:
        fault = PermissionError(errno.EACCES, "Permission denied", str(path))
        refused = refuse(patch, "read_capped", lambda p, *_: p == path, fault)
        outcome = turn(world, at)
        assert refused
        assert outcome.problems == ()
        assert outcome.unreadable
        assert "Permission denied" in world.memory.unreadables(NAME)[0].reason
        assert Form.DRAFT in put_forms(outcome)
    os.utime(path.parent)
    turn(world, at)
    assert "secret@bricks.example" in {r.id for r in world.memory.records(NAME) if isinstance(r, MailRecord)}
    assert world.memory.unreadables(NAME) == ()
    nothing_lost(ground, world, at)


FULL = OSError(errno.ENOSPC, "No space left on device")
READ_ONLY = OSError(errno.EACCES, "Permission denied", "Drafts")


@pytest.mark.parametrize(("fault", "kind", "words"), [(FULL, TryLater, "full"), (READ_ONLY, UserMustAct, "right to")])
def test_drafts_that_cannot_be_written_come_once_they_can(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: OSError, kind: type, words: str
) -> None:
    ground, world, at = place
    with monkeypatch.context() as patch:
        refuse(patch, "write_whole", lambda _, final, *more: ".Drafts" in str(final), fault)
        outcome = turn(world, at)
        assert [type(p) for p in outcome.problems] == [kind]
        problem = outcome.problems[0]
        assert words in f"{problem} {getattr(problem, 'advice', '')}"
        assert put_forms(outcome) == {Form.REMINDER}
        assert list(ground.drafts()) == []
    assert Form.DRAFT in put_forms(turn(world, at))
    nothing_lost(ground, world, at)


@pytest.mark.parametrize(("fault", "kind"), [(FULL, TryLater), (READ_ONLY, UserMustAct)])
def test_reminders_that_cannot_be_written_come_once_they_can(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: OSError, kind: type
) -> None:
    ground, world, at = place
    with monkeypatch.context() as patch:
        refuse(patch, "write_whole", lambda _, final, *more: final.suffix == ".ics", fault)
        outcome = turn(world, at)
        assert [type(p) for p in outcome.problems] == [kind]
        assert put_forms(outcome) == {Form.DRAFT}
    assert put_forms(turn(world, at)) == {Form.REMINDER}
    nothing_lost(ground, world, at)


def test_a_mail_that_vanishes_while_it_is_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ground, world, at = place
    victim = min(ground.mail.glob("cur/*"))
    true = disk.read_capped

    def instead(path: Path, cap: int) -> Any:
        victim.unlink(missing_ok=True)
        return true(path, cap)

    monkeypatch.setattr("bot.providers.maildir_news.read_capped", instead)
    outcome = turn(world, at)
    assert not victim.exists()
    assert (outcome.problems, outcome.unreadable) == ((), 0)
    nothing_lost(ground, world, at)


def _small_disk(path: Path) -> bool:
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    path = tmp_path / "small"
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or not _small_disk(path):
        pytest.skip("a small disk can be mounted by root alone")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    """Mailbox, calendar and memory on it: nothing can be done, somebody is told, and nothing is lost when there is room."""
    ground, world = opened(small_disk)
    moments = list(History(2).moments())
    for moment in moments[:4]:
        for act in moment.acts:
            act(ground)
    turn(world, moments[0].at)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    try:
        problems = turn(world, moments[3].at).problems
    except (TryLater, UserMustAct) as fault:
        problems = (fault,)
    assert any("full" in str(problem) for problem in problems)
    filler.unlink()
    assert turn(world, moments[3].at).problems == ()
    nothing_lost(ground, world, moments[3].at)
    world.memory.close()


# --- two at once

CONFIG = """accounts:
  - name: iris
    me: [iris@kiln.example]
    rep: {{name: Iris Moss, phone: "+1 312 555 0188", company: Kiln Works}}
    zone: America/Chicago
    country: US
    mail: {{kind: maildir, path: {root}/mail}}
    calendar: {{kind: icsdir, path: {root}/calendar}}
store: {{path: {root}/memory.sqlite3}}
"""


def test_of_two_at_once_one_says_that_the_other_is_at_work(place: Place) -> None:
    ground, world, at = place
    config = ground.mail.parent / "followup.yaml"
    config.write_text(CONFIG.format(root=ground.mail.parent))
    command = [sys.executable, "-m", "bot", "once", "-c", str(config)]
    with world.memory.turn(NAME, at):
        other = subprocess.run(command, capture_output=True, text=True, check=False)
    assert other.returncode == 75
    assert "another followup is taking a turn of 'iris'" in " ".join(other.stderr.split())
    assert list(ground.drafts()) == []
    turn(world, at)
    nothing_lost(ground, world, at)
