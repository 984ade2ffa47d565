"""The webhook: who waits for a person, and nothing else, to where the config says and nowhere else."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.commands.alerting import Webhook
from bot.commands.ops import Noting
from bot.errors import UserMustAct
from bot.jobs.health import Trouble, Vital
from bot.store.sql import open_memory

NOW = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)


class Receiver(HTTPServer):
    """Keeps what arrives, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[tuple[str, str]] = []
        self.status = 200


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((self.path, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def webhook(receiver: Receiver, clock: list[float]) -> Webhook:
    return Webhook(f"http://127.0.0.1:{receiver.server_address[1]}/hook?k=1", lambda: clock[0])


def test_it_tells_what_changes_and_only_that(receiver: Receiver) -> None:
    hook = webhook(receiver, [1000.0])
    waitings: list[list[str]] = [[], ["ab12"], ["ab12"], []]
    for waiting in waitings:
        hook.tell(waiting)
    told = [(path, json.loads(body)["waiting"]) for path, body in receiver.heard]
    assert told == [("/hook?k=1", ["ab12"]), ("/hook?k=1", [])]


def test_what_did_not_arrive_is_told_again_but_not_at_once(receiver: Receiver) -> None:
    clock = [1000.0]
    hook = webhook(receiver, clock)
    receiver.status = 500
    hook.tell(["ab12"])
    hook.tell(["ab12"])
    assert len(receiver.heard) == 1
    receiver.status, clock[0] = 200, 1301.0
    hook.tell(["ab12"])
    hook.tell(["ab12"])
    assert len(receiver.heard) == 2


def test_a_receiver_that_is_not_there_harms_nobody() -> None:
    Webhook("http://127.0.0.1:1/hook").tell(["ab12"])


def test_nothing_of_a_customer_or_a_rep_leaves(receiver: Receiver) -> None:
    hook, memory = webhook(receiver, [1000.0]), open_memory(None)
    noting = Noting(memory, None, lambda names: hook.tell("#" * 12 for _ in names))
    text = "vera@buyer.example cannot be written to"
    noting("iris", Vital(NOW, trouble=Trouble.PERSON, text=text, advice="ask Vera"))
    ((_, body),) = receiver.heard
    assert "vera" not in body.lower() and "iris" not in body
    memory.close()


@pytest.mark.parametrize(
    "url",
    ["http://evil.example/hook", "http://10.0.0.1:80/x", "ftp://x.example/", "https://a:b@x.example/", "https://x.example:8443/"],
)  # fmt: skip
def test_other_addresses_are_not_taken(url: str) -> None:
    with pytest.raises(UserMustAct):
        Webhook(url)


def test_an_https_address_is_taken() -> None:
    Webhook("https://hooks.example/services/T1/B2/c3")
