"""Microsoft 365 with faults on demand, for tests.contract.faults."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator

from bot.providers import graph_api
from bot.providers.base import Calendar, Mailbox
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Wire
from tests.contract.mortal import ZONE, Place
from tests.fakes.graph import exchange
from tests.fakes.graph.server import Plan, Server, serving
from tests.fakes.graph.service import HOST, Reply, Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import GraphMailWorld

_PATIENCE, _LITTLE_PATIENCE = 20.0, 0.4  # seconds


@contextlib.contextmanager
def opened(now: dt.datetime, base: str, patience: float, marks: bool) -> Iterator[tuple[Mailbox, Calendar]]:
    """The providers as a newly started program has them."""
    wire = Wire(
        graph_api.allowed(HOST), bearer=lambda: "a-token", meter=graph_api.meter(), stand_ins={HOST: base}, read_seconds=patience
    )  # fmt: skip
    try:
        graph = Graph(wire, HOST, clock=lambda: now)
        yield GraphMail(graph, marks=marks), GraphCalendar(graph, ZONE)
    finally:
        wire.close()


class GraphBed:
    """faults.Bed over the fake."""

    def __init__(self, server: Server, marks: bool) -> None:
        self.server, self.world, self._marks = server, GraphMailWorld(server), marks
        self.receive, self.send, self.edit = self.world.receive, self.world.send, self.world.edit_draft
        self._requests = self._calls = 0
        self._patience = _PATIENCE

    @property
    def place(self) -> Place:
        where = {"base": self.server.base, "patience": self._patience, "marks": self._marks}
        return Place("tests.fakes.graph.bed:opened", where)

    def at(self, now: dt.datetime) -> None:
        """The fake has a clock of its own."""

    def fail(self, kind: str, at: int) -> None:
        self._requests, self._calls = len(self.server.requests), len(self.server.service.calls)
        first = self._requests
        self._patience = _LITTLE_PATIENCE if kind == "slow" else _PATIENCE
        self.server.slow_seconds = 2 * _LITTLE_PATIENCE
        self.server.service.inner_fault = _inner(kind, self._calls + at)
        plan = Plan(kind, lambda number, method, path: number - first == at)
        self.server.plan = plan if kind and not kind.startswith("inner") else None

    def requests(self) -> int:
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

    def shown(self) -> set[tuple[str, str]]:
        living = self.world.store.living()
        return {(str(m.resource["internetMessageId"]), one) for m in living for one in m.resource["categories"]}


def _inner(kind: str, number: int) -> Callable[[int, str, str], Reply | None]:
    """A fault of one call, alone or within a batch."""
    answers = {
        "inner-429": Reply(429, {"error": {"code": "TooManyRequests", "message": ""}}, {"Retry-After": "3"}),
        "inner-503": Reply(503, {"error": {"code": "ServiceUnavailable", "message": ""}}),
        "inner-lost": Reply(504, {"error": {"code": "UnknownError", "message": ""}}),
    }
    return lambda at, method, path: answers.get(kind) if at == number else None


@contextlib.contextmanager
def bed(*, keyed_replies: bool = True, marks: bool = False) -> Iterator[GraphBed]:
    """A mailbox and a calendar in Microsoft 365. `keyed_replies`: whether createReply keeps the properties given to it;
    `marks`: mails show how their matters stand."""
    service = Service(Store())
    service.takes_reply_properties = keyed_replies
    with serving(service) as server:
        yield GraphBed(server, marks)
    assert service.violations == []
