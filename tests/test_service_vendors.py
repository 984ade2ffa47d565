"""The service over vendors' mailboxes: what one of them does to another, and what it counts."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cadence.policy import Policy
from bot.commands.awaited import Awaited
from bot.commands.ops import pages
from bot.errors import UserMustAct
from bot.jobs.health import Trouble
from bot.jobs.local import Roster, Service
from bot.pipeline import Account, World
from bot.providers.base import Marker, Metered, Profiled
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from tests.contract.faults import STORY, Bed
from tests.contract.mortal import ME, TEMPLATES, ZONE
from tests.fakes.google import bed as google
from tests.fakes.graph import bed as graph
from tests.fakes.graph.server import Plan

NOW = STORY[0].now
HANGS = 4.0  # seconds


@contextlib.contextmanager
def at_google(*, hangs: bool = False) -> Iterator[Bed]:
    with google.bed(NOW) as bed:
        if hangs:
            bed.fake.slow_seconds = HANGS
            bed.fake.fail(*range(100), fault="slow")
        yield bed


@contextlib.contextmanager
def at_graph(*, hangs: bool = False) -> Iterator[Bed]:
    with graph.bed() as bed:
        if hangs:
            bed.server.slow_seconds = HANGS
            bed.server.plan = Plan("slow", lambda number, method, path: True)
        yield bed


@contextlib.contextmanager
def world(name: str, bed: Bed, folder: Path) -> Iterator[World]:
    """An account at a bed where the story has begun."""
    for data in STORY[0].sent:
        bed.send(data)
    for data in STORY[0].received:
        bed.receive(data)
    memory = open_memory(folder / f"{name}.sqlite3")
    account = Account(name, (ME,), Rep("Nora Falk", ME), ZONE, "GB", "en", Policy())
    with bed.place.open(NOW) as (mailbox, calendar):
        yield World(account, mailbox, calendar, memory, TEMPLATES)
    memory.close()


@contextlib.contextmanager
def running(*worlds: World) -> Iterator[Service]:
    begun = time.monotonic()

    def clock() -> dt.datetime:
        return NOW.astimezone(dt.UTC) + dt.timedelta(seconds=time.monotonic() - begun)

    roster = Roster(worlds, dt.timedelta(minutes=10))
    service = Service(roster, clock, lambda world, outcome: None, looks_every=0.05)
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield service
    finally:
        service.stop()
        thread.join(25)
        assert not thread.is_alive()


def until(reached: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def turned(service: Service, name: str) -> bool:
    """Whether a turn of the account has ended, well or not."""
    vital = service.health.vitals().get(name)
    return vital is not None and bool(vital.turns)


Opened = Callable[..., contextlib.AbstractContextManager[Bed]]


@pytest.mark.parametrize(("broken", "well"), [(at_google, at_google), (at_google, at_graph), (at_graph, at_google)])
def test_an_account_whose_service_hangs_delays_no_other(broken: Opened, well: Opened, tmp_path: Path) -> None:
    with (
        broken(hangs=True) as bad,
        well() as good,
        world("bad", bad, tmp_path) as one,
        world("good", good, tmp_path) as two,
    ):
        with running(one, two) as service:
            until(lambda: turned(service, "good"), HANGS + 20)
            assert service.health.vitals()["good"].trouble is Trouble.NONE
            assert len(good.drafts()) == 2 and good.reminders()
            assert not turned(service, "bad"), "it still waits for its first answer"
            bad.fail("", 0)
        assert bad.drafts() == {}


def test_an_account_that_is_signed_out_delays_no_other(tmp_path: Path) -> None:
    def closed() -> Any:
        raise UserMustAct("nobody has signed in", "sign in")

    with (
        at_graph() as bed,
        world("good", bed, tmp_path) as good,
        at_google() as other,
        world("out", other, tmp_path) as out,
    ):
        shut = World(out.account, Awaited(closed), None, out.memory, TEMPLATES)
        with running(shut, good) as service:
            until(lambda: turned(service, "good"), 20)
            until(lambda: turned(service, "out"), 20)
            assert service.health.vitals()["out"].trouble is Trouble.PERSON
        assert len(bed.drafts()) == 2 and other.drafts() == {}


def test_units_are_counted_for_each_account(tmp_path: Path) -> None:
    with google.bed(NOW) as one, graph.bed() as two, world("g", one, tmp_path) as g, world("m", two, tmp_path) as m:
        with running(g, m) as service:
            until(lambda: turned(service, "g") and turned(service, "m"), 20)
            units = service.units()
            text = pages(service, lambda name: name)["/metrics"]()[1]
        calls = len(two.server.service.calls)
        assert calls <= units["m"] <= calls + 3, (
            "one connection, counted once; a part that another's failure stops counts too"
        )
        assert units["g"] == one.fake.units > 0
        assert f'followup_quota_units_total{{account="m"}} {units["m"]}' in text


def test_what_was_shut_can_do_all_it_can_once_it_is_open(tmp_path: Path) -> None:
    doors: list[Any] = []

    def opening() -> Any:
        if not doors:
            raise UserMustAct("nobody has signed in", "sign in")
        return doors[0]

    end = Awaited(opening)
    assert not isinstance(end, Profiled) and not isinstance(end, Marker) and not isinstance(end, Metered)
    with at_google() as bed, bed.place.open(NOW) as (mailbox, _):
        doors.append(mailbox)
        assert not isinstance(end, Metered), "who reads figures opens nothing"
        assert isinstance(end, Profiled) and isinstance(end, Marker) and isinstance(end, Metered)
        assert end.profile().addresses[0].email == ME and end.marks is False
