"""The contracts of mailbox and calendar over a fake Graph, in each of the ways in which the service may behave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.providers import graph_calendar, graph_news
from tests.contract.calendar import CalendarContract, CalendarWorld
from tests.contract.mailbox import MailboxContract, MailWorld
from tests.fakes.graph import contract
from tests.fakes.graph.server import serving
from tests.fakes.graph.service import Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import GraphCalendarWorld, GraphMailWorld


def test_every_body_is_held_against_the_vendors_types() -> None:
    if contract.schemas() is None:
        pytest.skip("the vendor's schemas (FOLLOWUP_CONTRACTS) or jsonschema are not here: bodies are not checked")
    assert contract.check("message", {"subject": 1}) and not contract.check("message", {"subject": "x"})


class TestGraphMail(MailboxContract):
    page_size = 20

    def service(self) -> Service:
        return Service(Store())

    @pytest.fixture
    def world(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailWorld]:
        monkeypatch.setattr(graph_news, "PAGE_MAILS", self.page_size)
        service = self.service()
        with serving(service) as server:
            world = GraphMailWorld(server)
            yield world
            world.close()
        assert service.violations == [] and service.most_at_once <= 2


class TestGraphMailOfAnAwkwardService(TestGraphMail):
    """createReply takes no message, what is saved is tidied into other words, and changes come in disorder."""

    def service(self) -> Service:
        service = Service(Store())
        service.takes_reply_message = service.keeps_words = False
        service.deltas.disorder = True
        return service


class TestGraphCalendar(CalendarContract):
    page_size = 20

    @pytest.fixture
    def world(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalendarWorld]:
        monkeypatch.setattr(graph_calendar, "PAGE_EVENTS", self.page_size)
        service = Service(Store())
        with serving(service) as server:
            world = GraphCalendarWorld(server)
            yield world
            world.close()
        assert service.violations == [] and service.most_at_once <= 2
