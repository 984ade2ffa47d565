"""A process may die at any moment, and several may come at once: the database stays whole, a cursor is never ahead of
what it stands for, and a turn is taken by one alone."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from bot.errors import TryLater
from bot.model import Instruction, State
from bot.store.sql import open_memory
from tests.storekit import NOON, mail, standing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill -9")
ACCOUNT = "iris"
PAGE = 20


def child(work: Callable[..., None], *args: object) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=work, args=args)
    process.start()
    return process


def wait_for(reached: Callable[[], bool]) -> None:
    for _ in range(2000):
        if reached():
            return
        time.sleep(0.005)
    raise AssertionError("waited in vain")


def kill(process: multiprocessing.process.BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL


def absorb_for_ever(path: Path) -> None:
    """Page after page, each with removals of the page before; the cursor is the number of the last page."""
    memory = open_memory(path)
    while True:
        page = int(memory.cursor(ACCOUNT, "mail") or 0) + 1
        records = [mail(f"{page}-{i}", f"{page}/{i}") for i in range(PAGE)]
        removals = [f"{page - 1}/{i}" for i in range(PAGE)]
        memory.settle(ACCOUNT, standing(f"k{page}", State.STANDING))
        memory.absorb(ACCOUNT, "mail", records, removals, cursor=str(page), begins=page % 7 == 0, ends=page % 7 == 0)


def test_killed_while_absorbing(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    chance = random.Random(7)
    last = 0
    for _ in range(8):
        process = child(absorb_for_ever, path)
        wait_for(lambda: path.exists() and _cursor(path) > last)  # noqa: B023
        time.sleep(chance.uniform(0, 0.15))
        kill(process)
        memory = open_memory(path)
        assert memory.check() == ()
        last = int(memory.cursor(ACCOUNT, "mail") or 0)
        records = memory.records(ACCOUNT)
        assert {r.id for r in records} == {f"{page}-{i}" for page in range(1, last + 1) for i in range(PAGE)}
        assert {r.ref for r in records if r.ref} == {f"{last}/{i}" for i in range(PAGE)}
        assert set(memory.standings(ACCOUNT)) - {f"k{last + 1}"} == {f"k{page}" for page in range(1, last + 1)}
        memory.close()


def _cursor(path: Path) -> int:
    memory = open_memory(path)
    try:
        return int(memory.cursor(ACCOUNT, "mail") or 0)
    finally:
        memory.close()


def hold(path: Path, held: Path) -> None:
    memory = open_memory(path)
    with memory.turn(ACCOUNT, NOON):
        held.touch()
        time.sleep(60)


def test_a_turn_is_held_until_its_process_dies(tmp_path: Path) -> None:
    path, held = tmp_path / "memory.sqlite3", tmp_path / "held"
    process = child(hold, path, held)
    wait_for(held.exists)
    memory = open_memory(path)
    with pytest.raises(TryLater), memory.turn(ACCOUNT, NOON):
        pass
    memory.instruct(
        ACCOUNT, Instruction("note", "otto@bricks.example", NOON)
    )  # what the rep says need not wait for the turn
    kill(process)
    with memory.turn(ACCOUNT, NOON):
        pass
    assert memory.last_turn(ACCOUNT) == NOON
    memory.close()


def count_up(path: Path, start: Barrier, turns: int) -> None:
    """Take turns; within each, read a number and write it back one greater."""
    start.wait()
    memory = open_memory(path)
    while turns:
        try:
            with memory.turn(ACCOUNT, NOON):
                number = int(memory.facts(ACCOUNT).get("number", "0"))
                time.sleep(0.002)
                memory.set_fact(ACCOUNT, "number", str(number + 1))
            turns -= 1
        except TryLater:
            time.sleep(0.002)


def test_processes_take_turns_one_at_a_time(tmp_path: Path) -> None:
    """They also find no database and make it, all at the same moment."""
    path = tmp_path / "memory.sqlite3"
    start = multiprocessing.get_context("fork").Barrier(3)
    processes = [child(count_up, path, start, 10) for _ in range(3)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    memory = open_memory(path)
    assert memory.facts(ACCOUNT) == {"number": "30"}
    assert memory.check() == ()
    memory.close()


def absorb_some(path: Path, start: Barrier, who: int) -> None:
    start.wait()
    memory = open_memory(path)
    for i in range(15):
        memory.absorb(ACCOUNT, "mail", [mail(f"{who}-{i}", f"{who}-{i}")], cursor=f"{who}-{i}")


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    start = multiprocessing.get_context("fork").Barrier(2)
    processes = [child(absorb_some, path, start, who) for who in range(2)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    memory = open_memory(path)
    assert memory.records_count(ACCOUNT) == memory.version(ACCOUNT) == 30
    memory.close()
