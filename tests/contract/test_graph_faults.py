"""Every fault at every call of Graph, and death at every call."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.providers import graph_api
from bot.providers.base import Calendar, Mailbox
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Answer, Request, Wire
from tests.contract import faults
from tests.fakes.graph import exchange
from tests.fakes.graph.server import FAULTS, Plan, Server, serving
from tests.fakes.graph.service import HOST, Reply, Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import GraphMailWorld

INNER = ("inner-429", "inner-503", "inner-lost")
KINDS = (*FAULTS, *faults.DEATHS)
EVERY = bool(os.environ.get("FOLLOWUP_ALL_FAULTS"))


class MortalWire(Wire):
    """A door at which the program may die, before a request leaves or when its answer has come."""

    dies: tuple[str, int] = ("", 0)
    sent = 0

    def send(self, request: Request) -> Answer:
        MortalWire.sent += 1
        kind, at = MortalWire.dies
        if kind == "dies-before" and MortalWire.sent == at:
            raise faults.Died
        answer = super().send(request)
        if kind == "dies-after" and MortalWire.sent == at:
            raise faults.Died
        return answer


class GraphBed:
    """faults.Bed over the fake."""

    def __init__(self, server: Server) -> None:
        self.server, self.world = server, GraphMailWorld(server)
        self.receive, self.send, self.edit = self.world.receive, self.world.send, self.world.edit_draft
        self._requests = self._calls = 0

    @contextlib.contextmanager
    def open(self, now: dt.datetime) -> Iterator[tuple[Mailbox, Calendar]]:
        wire = MortalWire(
            graph_api.allowed(HOST), bearer=lambda: "a-token", stand_ins={HOST: self.server.base}, read_seconds=5
        )
        try:
            graph = Graph(wire, HOST, clock=lambda: now)
            yield GraphMail(graph), GraphCalendar(graph, faults.ZONE)
        finally:
            wire.close()

    def fail(self, kind: str, at: int) -> None:
        self._requests, self._calls = len(self.server.requests), len(self.server.service.calls)
        first, calls = self._requests, self._calls
        MortalWire.sent, MortalWire.dies = 0, (kind if kind in faults.DEATHS else "", at)
        on = Plan(kind, lambda number, method, path: number - first == at)
        self.server.plan = on if kind in FAULTS else None
        self.server.service.inner_fault = _inner(kind, calls + at)

    def asked(self) -> int:
        return len(self.server.requests) - self._requests

    def calls(self) -> int:
        return len(self.server.service.calls) - self._calls

    def writes(self) -> int:
        return sum(method != "GET" for method, _ in self.server.service.calls[self._calls :])

    def drafts(self) -> dict[str, list[str]]:
        store, found = self.world.store, dict[str, list[str]]()
        for one in store.living():
            if one.folder == store.roles["drafts"]:
                key = next((v for n, v in one.properties.items() if n.endswith("FollowupKey")), "without a key")
                found.setdefault(key, []).append(exchange.text_of(one.resource["body"]["content"]))
        return found

    def reminders(self) -> list[str]:
        standing = [one for one in self.world.store.events.values() if not one.deleted]
        return [v for one in standing for n, v in one.properties.items() if n.endswith("FollowupKey")]


def _inner(kind: str, number: int) -> Callable[[int, str, str], Reply | None]:
    """A fault of one call, alone or within a batch."""
    answers = {
        "inner-429": Reply(429, {"error": {"code": "TooManyRequests", "message": ""}}, {"Retry-After": "3"}),
        "inner-503": Reply(503, {"error": {"code": "ServiceUnavailable", "message": ""}}),
        "inner-lost": Reply(504, {"error": {"code": "UnknownError", "message": ""}}),
    }
    return lambda at, method, path: answers.get(kind) if at == number else None


@contextlib.contextmanager
def bed(setup: Callable[[Service], Any] = lambda service: None) -> Iterator[tuple[GraphBed, Path]]:
    service = Service(Store())
    setup(service)
    with serving(service) as server, tempfile.TemporaryDirectory() as folder:
        yield GraphBed(server), Path(folder)
    assert service.violations == []


def _plain_replies(service: Service) -> None:
    service.takes_reply_properties = False


@pytest.mark.parametrize("number", range(len(faults.STORY)))
@pytest.mark.parametrize("setup", [lambda service: None, _plain_replies], ids=["keyed replies", "plain replies"])
def test_every_fault_at_every_call(number: int, setup: Callable[[Service], Any]) -> None:
    if not EVERY and (setup is _plain_replies) != bool(number):
        pytest.skip("one of the two ways in every run; all with FOLLOWUP_ALL_FAULTS")
    with bed(setup) as (one, folder):
        asked, drafts, reminders = faults.clean(one, folder, number)
        calls = one.calls()
    assert asked > 3 and reminders and bool(drafts) == (number == 0), "the story puts and withdraws something"
    cases = [(kind, at) for kind in KINDS for at in range(1, asked + 1)]
    cases += [(kind, at) for kind in INNER for at in range(1, calls + 1)]
    if not EVERY:  # in every run a few of each, another fault at each call
        cases = cases[number :: max(1, len(cases) // 3)]
    wrong = []
    for kind, at in cases:
        with bed(setup) as (one, folder):
            found = faults.suffered(one, folder, number, kind, at, (drafts, reminders))
            wrong += [f"{kind} at {at}: {fault}" for fault in found]
    print(f"moment {number}: {asked} requests, {calls} calls, {len(cases)} faults")
    assert not wrong, "\n".join(wrong)
