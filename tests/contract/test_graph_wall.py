"""Nothing that sends leaves for Graph, whatever asks for it: planted calls, alone and hidden in batches."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.providers.graph_api import Graph, Part, allowed, meter
from bot.providers.wire import Forbidden, Request, Wire
from tests.fakes.graph.server import Server, serving
from tests.fakes.graph.service import HOST, Service
from tests.fakes.graph.store import Store

BASE = f"https://{HOST}/v1.0"
SENDING = (
    "/me/sendMail", "/me/messages/M1/send", "/me/messages/M1/reply", "/me/messages/M1/replyAll",
    "/me/messages/M1/forward", "/me/messages/M1/microsoft.graph.send", "/me/messages/M1/send()",
    "/me/messages/M1/SEND", "/me/messages/M1/%73end", "/me/events/E1/accept", "/me/events/E1/decline",
    "/me/events/E1/tentativelyAccept", "/me/events/E1/cancel", "/me/events/E1/forward",
    "/users/nora@kiln.example/sendMail", "/me/mailFolders/drafts/messages/M1/send",
)  # fmt: skip
ELSEWHERE = (
    ("POST", "/me/messages/M1/createForward"), ("POST", "/me/messages/M1/move"), ("POST", "/me/messages/M1/copy"),
    ("POST", "/me/messages/M1/permanentDelete"), ("POST", "/me/mailFolders/inbox/messageRules"),
    ("PATCH", "/me/mailboxSettings"), ("POST", "/subscriptions"), ("GET", "/me/drive/root"), ("PATCH", "/me"),
    ("DELETE", "/me/mailFolders/inbox"),
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Service(Store())) as server:
        yield server


@pytest.fixture
def graph(server: Server) -> Iterator[Graph]:
    wire = Wire(allowed(HOST), bearer=lambda: "a-token", meter=meter(), stand_ins={HOST: server.base})
    yield Graph(wire, HOST)
    wire.close()


@pytest.mark.parametrize("path", SENDING)
def test_what_sends_never_leaves(graph: Graph, server: Server, path: str) -> None:
    with pytest.raises(Forbidden):
        graph.wire.json("POST", BASE + path, {})
    with pytest.raises(Forbidden):
        graph.ask(Part("POST", path, {}))
    assert server.requests == []


@pytest.mark.parametrize("path", SENDING)
@pytest.mark.parametrize("form", ["{}", "/v1.0{}", f"{BASE}{{}}"])
def test_nor_hidden_in_a_batch(graph: Graph, server: Server, path: str, form: str) -> None:
    harmless = {"id": "0", "method": "GET", "url": "/me/mailFolders/inbox"}
    hidden = {"id": "1", "method": "POST", "url": form.format(path), "dependsOn": ["0"]}
    body = json.dumps({"requests": [harmless, hidden]}).encode()
    with pytest.raises(Forbidden):
        graph.wire.send(Request("POST", f"{BASE}/$batch", {"Content-Type": "application/json"}, body))
    with pytest.raises(Forbidden):
        graph.batch([Part("GET", "/mailFolders/inbox"), Part("POST", path, {})])
    assert server.requests == []


@pytest.mark.parametrize(("method", "path"), ELSEWHERE)
def test_what_the_program_has_no_use_for_does_not_leave_either(graph: Graph, method: str, path: str) -> None:
    with pytest.raises(Forbidden):
        graph.wire.json(method, BASE + path, {})
    with pytest.raises(Forbidden):
        graph.batch([Part(method, path)])


def test_other_hosts_and_versions_are_closed(graph: Graph) -> None:
    urls = (
        f"https://{HOST}/beta/me/messages",
        "https://graph.microsoft.us/v1.0/me/messages",
        "https://evil.example/v1.0/me/messages",
    )
    for url in urls:
        with pytest.raises(Forbidden):
            graph.wire.json("GET", url)
