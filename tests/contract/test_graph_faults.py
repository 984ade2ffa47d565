"""Every fault at every call of Graph, and death at every call."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import TryLater
from bot.model import State
from bot.providers import graph_api
from bot.providers.base import Calendar, Mailbox
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Answer, Request, Wire
from tests.contract import faults
from tests.contract.faults import WORDS
from tests.contract.samples import draft, mail
from tests.fakes.graph import exchange
from tests.fakes.graph.server import FAULTS, Plan, Server, serving
from tests.fakes.graph.service import HOST, Reply, Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import NOW, GraphMailWorld

INNER = ("inner-429", "inner-503", "inner-lost")
KINDS = (*FAULTS, *faults.DEATHS)
EVERY = os.environ.get("FOLLOWUP_FAULTS") == "all"


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
        pytest.skip("one of the two ways in every run; all with FOLLOWUP_FAULTS=all")
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


@pytest.mark.parametrize("what", ["put", "rewrite", "withdraw"])
def test_every_fault_at_every_call_of_a_write(what: str) -> None:
    with bed() as (one, _):
        one.receive(mail("in-1"))
        source = one.world.store.living()[0].immutable
        new = draft(text="Shall I move the kiln date to May?", source=source)
        cases = [(kind, at) for kind in KINDS for at in range(1, 4)]
        for number, (kind, at) in enumerate(cases if EVERY else cases[:: 4 if what == "put" else 5]):
            key = f"k{number}"
            with one.open(NOW) as (mailbox, _calendar):
                first = mailbox.put(replace(draft(source=source), key=key)) if what != "put" else None
                one.fail(kind, at)
                with contextlib.suppress(faults.Died, TryLater):
                    if what == "withdraw" and first is not None:
                        mailbox.withdraw(first)
                    else:
                        mailbox.put(replace(new, key=key), first)
            one.fail("", 0)
            with one.open(NOW) as (mailbox, _calendar):
                if what == "withdraw" and first is not None:
                    mailbox.withdraw(first)
                    assert key not in one.drafts(), (kind, at)
                    continue
                again = mailbox.put(replace(new, key=key), first)
            assert again is not None and again.state is State.STANDING, (kind, at)
            (text,) = one.drafts()[key]
            assert "to May?" in text and "keep the kiln date" not in text and "followup-draft" not in text, (kind, at)
        assert "without a key" not in one.drafts()


@pytest.mark.parametrize("what", ["rewrite", "withdraw"])
def test_an_edit_between_our_look_and_our_write_is_kept(what: str) -> None:
    with bed() as (one, _), one.open(NOW) as (mailbox, _calendar):
        first = mailbox.put(draft())
        assert first is not None

        def edits(number: int, method: str, path: str) -> None:
            if method in ("PATCH", "DELETE") and WORDS not in one.drafts()[first.key][0]:
                one.edit(first.key, WORDS)

        one.server.service.inner_fault = edits
        if what == "withdraw":
            assert mailbox.withdraw(first) is False
        else:
            with pytest.raises(TryLater):
                mailbox.put(draft(text="Shall I move the kiln date to May?"), first)
            seen = mailbox.put(draft(text="Shall I move the kiln date to May?"), first)
            assert seen is not None and seen.state is State.EDITED
        assert WORDS in one.drafts()[first.key][0]
