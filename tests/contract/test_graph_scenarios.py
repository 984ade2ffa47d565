"""Every scenario through the fake Graph: the same drafts and reminders as on the Maildir."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import app
from bot.pipeline import Account, World
from bot.providers import graph_api, ics
from bot.providers.graph_api import Graph
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.wire import Wire
from bot.store.sql import open_memory
from bot.writing.values import Item
from tests.contract import scenarios
from tests.fakes.graph.server import Server, serving
from tests.fakes.graph.service import HOST, Service
from tests.fakes.graph.store import Message, Store
from tests.fakes.graph.worlds import GraphMailWorld, event_of

ALL = scenarios.files()
SOME = ALL[::18]  # a handful in every run; all of them with FOLLOWUP_SCENARIOS=all
CHOSEN = ALL if os.environ.get("FOLLOWUP_SCENARIOS") == "all" else SOME


class GraphGround(GraphMailWorld):
    """A playground in Exchange Online."""

    def __init__(self, server: Server, zone: dt.tzinfo) -> None:
        super().__init__(server)
        self._zone = zone

    def arrive(self, data: bytes, *, sent: bool) -> None:
        (self.send_by_hand if sent else self.receive)(data)

    def send_by_hand(self, data: bytes) -> None:
        super().send(data)

    def note(self, data: bytes, name: str) -> None:
        for entry in ics.parse(data, name, "", self._zone):
            self.store.add_event(event_of(entry, self.store))

    def lying(self) -> Iterator[tuple[str, Message]]:
        for one in self.store.living():
            key = next((value for name, value in one.properties.items() if name.endswith("FollowupKey")), "")
            if key and one.folder == self.store.roles["drafts"]:
                yield key, one


class Playing:
    """The ground with replay's own verbs."""

    def __init__(self, ground: GraphGround) -> None:
        self.ground, self.arrive, self.note, self.drafts = ground, ground.arrive, ground.note, ground.lying

    def send(self, draft: Message, at: dt.datetime) -> None:
        self.ground.send_draft(next(key for key, one in self.ground.lying() if one is draft), at)

    def discard(self, draft: Message) -> None:
        self.ground.store.move(draft, "deleteditems")


@contextlib.contextmanager
def on_graph(
    account: Account, library: tuple[Item, ...], clock: Callable[[], dt.datetime]
) -> Iterator[tuple[Playing, World]]:
    service = Service(Store(account.me[0], account.rep.name))
    with serving(service) as server:
        wire = Wire(graph_api.allowed(HOST), bearer=lambda: "a-token", stand_ins={HOST: server.base})
        graph = Graph(wire, HOST, clock=clock)
        mailbox, calendar = GraphMail(graph, language=account.language), GraphCalendar(graph, account.zone)
        memory = open_memory(None)
        world = World(account, mailbox, calendar, memory, app.templates_of(None), library)
        try:
            yield Playing(GraphGround(server, account.zone)), world
        finally:
            memory.close()
            wire.close()
    assert service.violations == [] and service.most_at_once <= 2


@pytest.mark.skipif(not ALL, reason="the cases (FOLLOWUP_CASES) are not here: nothing to play")
@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda path: path.stem)
def test_a_scenario_shows_the_same_as_on_a_maildir(scenario: Path) -> None:
    maildir, graph = scenarios.both(scenario, on_graph)
    assert graph.rows == maildir.rows and graph.drafts == maildir.drafts
