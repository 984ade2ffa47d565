"""What the test tool `@inbox-zero/emulate` can confirm of Graph, where FOLLOWUP_EMULATE names the folder it is installed in
(npm install @inbox-zero/emulate@0.4.5; Node 20 or later).

It has no changes ("delta"), keeps none of our properties and asks for no If-Match: so neither the mailbox contract nor a turn
can run on it. DIVERGES lists what was tried and is known to differ.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.model import Shown, State
from bot.providers import graph_api
from bot.providers.base import LABELS
from bot.providers.graph_api import Graph, Part, good, items
from bot.providers.graph_mail import GraphMail
from bot.providers.graph_message import KEY, property_of
from bot.providers.wire import Wire
from tests.contract.samples import draft
from tests.fakes.graph.emulate import ME, TOKEN, Emulate
from tests.fakes.graph.service import HOST

FOLDER = os.environ.get("FOLLOWUP_EMULATE", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="FOLLOWUP_EMULATE names no folder: the other server is not asked")


@pytest.fixture(scope="module")
def tool() -> Iterator[Emulate]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tool = Emulate(Path(FOLDER), port)
    yield tool
    tool.close()


@pytest.fixture
def graph(tool: Emulate) -> Iterator[Graph]:
    wire = Wire(graph_api.allowed(HOST), bearer=lambda: TOKEN, stand_ins={HOST: tool.base})
    yield Graph(wire, HOST)
    wire.close()


def inbox(graph: Graph) -> str:
    listed = items(good(graph.ask(Part("GET", "/mailFolders/inbox/messages?$top=50&$select=id,subject"))))
    return next(str(one["id"]) for one in listed if one["subject"] == "Kiln shelves")


def test_the_rep_is_known(graph: Graph) -> None:
    assert [a.email for a in GraphMail(graph).profile().addresses] == [ME]


def test_a_reply_is_made_in_the_conversation_with_our_words(graph: Graph) -> None:
    source = inbox(graph)
    made = GraphMail(graph).put(draft(source=source))
    assert made is not None and made.state is State.STANDING
    item = good(graph.ask(Part("GET", f"/messages/{made.ref}")))
    original = good(graph.ask(Part("GET", f"/messages/{source}")))
    assert item["isDraft"] is True and item["conversationId"] == original["conversationId"]
    assert "Shall I keep the kiln date" in item["body"]["content"]
    assert [one["emailAddress"]["address"] for one in item["toRecipients"]] == ["ivo@harbour.example"]
    assert [one["emailAddress"]["address"] for one in item["ccRecipients"]] == ["yard@harbour.example"]


def test_a_category_stands_beside_the_reps_own(graph: Graph, tool: Emulate) -> None:
    ref = inbox(graph)
    tool.call("PATCH", f"/v1.0/me/messages/{ref}", {"categories": ["Kilns"]}).raise_for_status()
    for state in (Shown.WAITING, Shown.YOUR_TURN, None):
        GraphMail(graph).mark({ref: state})
        seen = good(graph.ask(Part("GET", f"/messages/{ref}")))["categories"]
        assert seen == ["Kilns", *([LABELS[state]] if state is not None else [])]


def _has_changes(graph: Graph) -> bool:
    return graph.ask(Part("GET", "/mailFolders/inbox/messages/delta")).is_good


def _keeps_properties(graph: Graph) -> bool:
    made = GraphMail(graph).put(draft(key="other", source=inbox(graph)))
    assert made is not None
    return property_of(good(graph.ask(Part("GET", f"/messages/{made.ref}"))), KEY) == "other"


def _refuses_unknown_filters(graph: Graph) -> bool:
    return graph.ask(Part("GET", "/messages?$filter=nonsense%20eq%201")).status == 400


def _honours_if_match(graph: Graph) -> bool:
    path = f"/messages/{inbox(graph)}"
    return graph.ask(Part("PATCH", path, {"categories": ["Kilns"]}, if_match='W/"old"')).status == 412


def _has_settings(graph: Graph) -> bool:
    return graph.ask(Part("GET", "/mailboxSettings")).is_good


DIVERGES: tuple[Callable[[Graph], bool], ...] = (
    _has_changes, _keeps_properties, _refuses_unknown_filters, _honours_if_match, _has_settings,
)  # fmt: skip


@pytest.mark.parametrize("known", DIVERGES, ids=lambda known: known.__name__.strip("_"))
def test_where_it_differs_from_the_service(graph: Graph, known: Callable[[Graph], bool]) -> None:
    assert known(graph) is False, "it has learned this meanwhile: more of the contract can run on it"
