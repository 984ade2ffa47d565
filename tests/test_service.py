"""The service as it runs: in this process with faults on demand, and as a real process with real signals."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cadence.policy import Policy
from bot.commands import ops
from bot.errors import TryLater, UserMustAct
from bot.jobs.health import Trouble
from bot.jobs.local import Roster, Service
from bot.model import Draft, Message, Standing
from bot.pipeline import Account, World
from bot.providers.base import Page
from bot.store.sql import SqlMemory, open_memory
from bot.writing.facts import Rep
from bot.writing.templates import Templates, packaged_sources

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
CONFIG = """
accounts:
  - name: iris
    me: iris@kiln.example
    rep: {name: Iris Moss}
    zone: Europe/Berlin
    country: DE
    mail: {kind: maildir, path: mail}
store: {path: memory.sqlite3}
every: 1m
"""


class Box:
    """A mailbox that does what it is told to."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act, self.asked, self.at_once, self.most_at_once = act, 0, 0, 0

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            self.act()
        finally:
            self.at_once -= 1
        yield Page(cursor=f"{self.asked}", begins=since is None, ends=since is None)

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        raise AssertionError("nothing to put")

    def withdraw(self, standing: Standing) -> bool:
        raise AssertionError("nothing to withdraw")


@pytest.fixture(autouse=True)
def memories(tmp_path: Path) -> Iterator[None]:
    """A file for each account: what lies in memory alone is for one thread."""
    made: list[SqlMemory] = []

    def make(name: str) -> SqlMemory:
        made.append(open_memory(tmp_path / f"{name}.sqlite3"))
        return made[-1]

    global memory_of
    memory_of = make
    yield
    for memory in made:
        memory.close()


memory_of: Callable[[str], SqlMemory]


def world(name: str, box: Box) -> World:
    account = Account(name, (f"{name}@kiln.example",), Rep(name, f"{name}@kiln.example"), BERLIN, "DE", "en", Policy())
    return World(account, box, None, memory_of(name), Templates.from_sources(packaged_sources(), {}))


def roster(*worlds: World, every: float = 0.2) -> Roster:
    return Roster(worlds, dt.timedelta(seconds=every))


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Running:
    """A service in a thread of its own, for the length of a block."""

    def __init__(self, service: Service) -> None:
        self.service, self.ended = service, None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.ended = self.service.run()

    def __enter__(self) -> Service:
        self.thread.start()
        return self.service

    def __exit__(self, *_: object) -> None:
        self.service.stop()
        self.thread.join(25)
        assert not self.thread.is_alive()


def until(reached: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def fail(fault: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise fault

    return act


def service_of(first: Roster, **more: object) -> Service:
    return Service(first, now, lambda world, outcome: None, looks_every=0.05, **more)  # type: ignore[arg-type]


def test_one_account_s_fault_delays_no_other() -> None:
    well, late, signed_out, broken = (
        Box(lambda: None), Box(fail(TryLater("busy"))), Box(fail(UserMustAct("out", "in"))), Box(fail(ZeroDivisionError())),
    )  # fmt: skip
    names = {"well": well, "late": late, "out": signed_out, "broken": broken}
    with Running(service_of(roster(*(world(n, b) for n, b in names.items())))) as service:
        until(lambda: well.asked >= 4)
        troubles = {n: v.trouble for n, v in service.health.vitals().items()}
    assert troubles == {
        "well": Trouble.NONE, "late": Trouble.LATER, "out": Trouble.PERSON, "broken": Trouble.BUG,
    }  # fmt: skip
    assert late.asked == signed_out.asked == broken.asked == 1  # they wait by themselves


def test_turns_of_an_account_never_overlap() -> None:
    slow = Box(lambda: time.sleep(0.5))
    with Running(service_of(roster(world("slow", slow), every=0.05))):
        until(lambda: slow.asked >= 3)
    assert slow.most_at_once == 1


def test_a_config_with_mistakes_changes_nothing_and_says_so() -> None:
    box, told = Box(lambda: None), []

    def reload() -> Roster:
        told.append("asked")
        raise UserMustAct("followup.yaml has one mistake", "line 3")

    with Running(service_of(roster(world("iris", box)), reload=reload)) as service:
        until(lambda: box.asked)
        service.hang_up()
        until(lambda: told and service.health.refused_config)
        before = box.asked
        until(lambda: box.asked > before)
        assert "line 3" in service.health.refused_config


def test_a_good_config_is_taken_over_whole() -> None:
    old, kept, new = Box(lambda: None), Box(lambda: None), Box(lambda: None)
    stays = world("stays", kept)
    after = roster(replace(stays), world("comes", new))
    with Running(service_of(roster(world("goes", old), stays), reload=lambda: after)) as service:
        until(lambda: old.asked and kept.asked)
        service.hang_up()
        until(lambda: new.asked)
        gone = old.asked
        before = kept.asked
        until(lambda: kept.asked > before + 1)
        assert old.asked <= gone + 1 and set(service.health.vitals()) == {"stays", "comes"}


def test_a_clock_that_was_set_back_stops_nobody() -> None:
    """An hour back: turns planned by the old clock would lie an hour ahead."""
    box, offset = Box(lambda: None), [dt.timedelta(0)]
    service = Service(
        roster(world("iris", box)), lambda: now() + offset[0], lambda w, o: None, looks_every=0.05
    )  # fmt: skip
    with Running(service):
        until(lambda: box.asked >= 2)
        offset[0] = dt.timedelta(hours=-1)
        before = box.asked
        until(lambda: box.asked > before)


def test_the_watchdog_is_fed_by_progress_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(roster(world("iris", Box(lambda: None)), every=600))
    begun = time.monotonic()
    assert service.is_alive()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 1700.0)
    assert service.is_alive()
    monkeypatch.setattr(time, "monotonic", lambda: begun + 1900.0)
    assert not service.is_alive()
    service.health.moved(begun + 1890.0)
    assert service.is_alive()


def test_it_does_not_wait_for_a_turn_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.local.STOPS_WITHIN", 2.3)
    released, begun = threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        released.wait(20)

    running = Running(service_of(roster(world("hangs", Box(hang)))))
    with running as service:
        until(begun.is_set)
        service.stop()
        until(lambda: running.ended is not None, 5)
        assert running.ended is False
        released.set()


# --- as a process


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens in the block, the process is not waited for afterwards."""
    try:
        yield
    finally:
        process.kill()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    (tmp_path / "followup.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_process_tells_its_manager_takes_over_a_config_and_ends_in_time(place: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(place / "notify"))
        manager.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(place / "notify"), "WATCHDOG_USEC": "60000000"}
        command = [sys.executable, "-m", "bot", "run", "--log", "-c", str(place / "followup.yaml")]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process, ended(process):
            assert manager.recv(1000).startswith(b"READY=1\nSTATUS=1 accounts")
            assert manager.recv(1000) == b"WATCHDOG=1"
            with pytest.raises(UserMustAct, match="already"):
                ops.serve(place / "followup.yaml", None)
            assert ops.status(place / "followup.yaml").serving
            with pytest.raises(UserMustAct, match="running on this memory"):
                ops.restore(place / "followup.yaml", place / "memory.sqlite3")
            (place / "followup.yaml").write_text("accounts: [{}]")
            process.send_signal(signal.SIGHUP)
            heard = b""
            while b"old one stays" not in heard:
                heard = manager.recv(1000)
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            lines = [json.loads(line) for line in process.communicate(timeout=20)[1].splitlines()]
            assert time.monotonic() - asked < 20 and process.returncode == 0
    assert [line["event"] for line in lines][-1] == "service ends" and lines[-1]["result"] == "in order"
    assert "iris" not in json.dumps(lines)
    (place / "followup.yaml").write_text(CONFIG)
    found = ops.status(place / "followup.yaml")
    assert not found.serving and found.accounts[0].last_good is not None
