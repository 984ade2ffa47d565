"""The one HTTP door: what may leave, that it leaves once, and what answers mean."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.errors import TryLater, UserMustAct
from bot.providers.wire import Allow, Answer, Call, Forbidden, Meter, OutcomeUnknown, Request, TooLarge, Wire

HOST = "mail.vendor.example"
ALLOWED = (
    Allow("GET", HOST, r"/v1/mails(/[a-z0-9]+)?"),
    Allow("POST", HOST, r"/v1/drafts"),
    Allow("POST", HOST, r"/batch/v1"),
    Allow("POST", HOST, r"/v1/\$batch"),
    Allow("POST", HOST, r".*/(send|sendMail|reply|forward)"),
)
NOW = dt.datetime(2026, 4, 7, 9, 30, tzinfo=dt.UTC)


class Peer:
    """A server that takes each connection's request and does with it what it is told."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.seen: list[bytes] = []
        self.answer: Callable[[socket.socket], None] = lambda c: None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def say(self, status: str, body: bytes = b"{}", *headers: str, length: int | None = None) -> None:
        lines = [
            f"HTTP/1.1 {status}",
            f"Content-Length: {len(body) if length is None else length}",
            "Connection: close",
        ]
        self.answer = lambda c: c.sendall("\r\n".join([*lines, *headers, "", ""]).encode() + body)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    if not (piece := connection.recv(65536)):
                        break
                    data += piece
                self.seen.append(data)
                self.answer(connection)


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.socket.shutdown(socket.SHUT_RDWR)
    peer.socket.close()
    peer.thread.join(5)


@pytest.fixture
def wire(peer: Peer) -> Iterator[Wire]:
    wire = Wire(ALLOWED, stand_ins={HOST: peer.base}, most_bytes=10_000, read_seconds=0.3, clock=lambda: NOW)
    yield wire
    wire.close()


def url(path: str) -> str:
    return f"https://{HOST}{path}"


# --- what may leave


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", url("/v1/drafts/send")),
        ("POST", url("/v1/mails/send")),
        ("POST", url("/v1/mails/send/")),
        ("POST", url("/v1/mails/SEND")),
        ("POST", url("/v1/mails/%73end")),
        ("POST", url("/v1/me/sendMail")),
        ("POST", url("/v1/mails/7/microsoft.graph.sendMail")),
        ("POST", url("/v1/mails/7/send()")),
        ("POST", url("/v1/mails/7/reply")),
        ("POST", url("/v1/mails/7/forward?x=1")),
        ("GET", url("/v1/mails/../mails/send")),
        ("GET", url("/v1/mails%2f..%2fsend")),
        ("GET", url("/v1/mails%252fsend")),
        ("GET", url("//v1/mails")),
        ("GET", url("/v1/mails/ab;send%00")),
        ("DELETE", url("/v1/mails/ab")),
        ("GET", "https://other.example/v1/mails"),
        ("GET", f"http://{HOST}/v1/mails"),
        ("GET", f"https://u:p@{HOST}/v1/mails"),
        ("GET", f"https://{HOST}:8443/v1/mails"),
        ("get", url("/v1/mails")),
    ],
)
def test_what_is_not_listed_or_sends_never_leaves(wire: Wire, peer: Peer, method: str, address: str) -> None:
    with pytest.raises(Forbidden):
        wire.send(Request(method, address))
    assert peer.seen == [] and wire.meter.requests == 0


def test_a_header_cannot_make_another_method_of_it(wire: Wire) -> None:
    with pytest.raises(Forbidden):
        wire.send(Request("GET", url("/v1/mails"), {"X-HTTP-Method-Override": "DELETE"}))


def multipart(*lines: str) -> tuple[dict[str, str], bytes]:
    parts = "".join(f"--b\nContent-Type: application/http\n\n{line} HTTP/1.1\nHost: x\n\n" for line in lines)
    return {"Content-Type": 'multipart/mixed; boundary="b"'}, f"{parts}--b--".encode()


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /v1/mails/a", "POST /v1/drafts/send"),
        ("POST /v1/mails/send?alt=json",),
        ("GET /v1/mails/a\nPOST /v1/drafts/send",),
        ("GET https://other.example/v1/mails",),
        ("DELETE /v1/mails/a",),
        ("POST /batch/v1",),
        (),
    ],
)
def test_a_batch_hides_nothing(wire: Wire, peer: Peer, lines: tuple[str, ...]) -> None:
    headers, body = multipart(*lines)
    with pytest.raises(Forbidden):
        wire.send(Request("POST", url("/batch/v1"), headers, body))
    assert peer.seen == []


@pytest.mark.parametrize(
    "body",
    [
        {"requests": [{"id": "1", "method": "POST", "url": "/me/sendMail"}]},
        {
            "requests": [
                {"id": "1", "method": "GET", "url": "mails"},
                {"id": "2", "method": "POST", "url": "mails/7/send"},
            ]
        },
        {"requests": [{"id": "1", "method": "GET", "url": "/mails", "headers": {"X-Method-Override": "POST"}}]},
        {"requests": []},
        {"requests": "GET /mails"},
        [],
    ],
)
def test_a_json_batch_hides_nothing(wire: Wire, peer: Peer, body: Any) -> None:
    with pytest.raises(Forbidden):
        wire.json("POST", url("/v1/$batch"), body)
    with pytest.raises(Forbidden):
        wire.send(Request("POST", url("/v1/$batch"), {}, json.dumps(body).encode()[:-1]))
    twice = b'{"requests": [{"method": "POST", "url": "/me/sendMail", "URL": "/mails"}]}'
    with pytest.raises(Forbidden):
        wire.send(Request("POST", url("/v1/$batch"), {}, twice))
    assert peer.seen == []


def test_an_honest_batch_leaves_and_each_part_is_paid_for(wire: Wire, peer: Peer) -> None:
    peer.say("200 OK")
    wire.meter = Meter(lambda call: 0 if "batch" in call.path else 20)
    headers, body = multipart("GET /v1/mails/a?format=raw", "GET /v1/mails/b")
    assert wire.send(Request("POST", url("/batch/v1"), headers, body)).is_good
    wire.json("POST", url("/v1/$batch"), {"requests": [{"id": "1", "method": "GET", "url": "/mails"}]})
    assert (wire.meter.requests, wire.meter.units) == (2, 60)


def test_a_stand_in_lives_on_this_machine() -> None:
    for base in ("http://10.0.0.1:80", "https://127.0.0.1:1", "http://127.0.0.1.evil.example:1", "http://localhost:1"):
        with pytest.raises(ValueError, match="stand-in"):
            Wire(ALLOWED, stand_ins={HOST: base})


# --- once, and what came of it


def closed(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def silent(connection: socket.socket) -> None:
    connection.settimeout(0.5)
    connection.recv(1)


@pytest.mark.parametrize("behaviour", [closed, silent])
def test_a_lost_answer_is_not_asked_for_again(
    wire: Wire, peer: Peer, behaviour: Callable[[socket.socket], None]
) -> None:
    peer.answer = behaviour
    with pytest.raises(OutcomeUnknown):
        wire.json("POST", url("/v1/drafts"), {})
    assert len(peer.seen) == 1
    with pytest.raises(TryLater) as caught:
        wire.json("GET", url("/v1/mails"))
    assert not isinstance(caught.value, OutcomeUnknown) and len(peer.seen) == 2


def test_a_server_that_is_not_there_got_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    wire = Wire(ALLOWED, stand_ins={HOST: base})
    with pytest.raises(TryLater) as caught:
        wire.json("POST", url("/v1/drafts"), {})
    assert not isinstance(caught.value, OutcomeUnknown)


def test_an_answer_cut_short(wire: Wire, peer: Peer) -> None:
    peer.say("200 OK", b'{"id": "1', length=40)
    with pytest.raises(OutcomeUnknown):
        wire.json("POST", url("/v1/drafts"), {})
    peer.say("200 OK", b'{"id": "1')
    with pytest.raises(OutcomeUnknown):
        wire.json("POST", url("/v1/drafts"), {}).json()
    peer.say("200 OK", b"<html>Sign in to the hotel</html>")
    with pytest.raises(TryLater):
        wire.json("GET", url("/v1/mails")).json()


def test_an_answer_too_large(wire: Wire, peer: Peer) -> None:
    peer.say("200 OK", b"x" * 20_000)
    with pytest.raises(TooLarge):
        wire.json("GET", url("/v1/mails"))


def test_no_redirect_is_followed(wire: Wire, peer: Peer) -> None:
    peer.say("302 Found", b"", f"Location: {peer.base}/v1/mails/a")
    answer = wire.json("GET", url("/v1/mails"))
    assert answer.status == 302 and isinstance(answer.fault(), TryLater) and len(peer.seen) == 1


def test_the_token_is_ours_whatever_netrc_says(peer: Peer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    peer.say("200 OK")
    Wire(ALLOWED, stand_ins={HOST: peer.base}, bearer=lambda: "tok").json("GET", url("/v1/mails"))
    assert b"Authorization: Bearer tok\r\n" in peer.seen[0]


# --- what an answer means


def answer(status: int, body: bytes = b'{"error": {}}', method: str = "GET", **headers: str) -> Answer:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(Request(method, url("/v1/drafts")), status, names, body, NOW)


def test_faults_are_sorted_by_what_the_caller_must_do() -> None:
    assert isinstance(answer(401).fault(), UserMustAct)
    assert isinstance(answer(403, b'{"error": "insufficient scopes"}').fault(), UserMustAct)
    assert isinstance(answer(403, b'{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}').fault(), TryLater)
    assert isinstance(answer(403, b"<html>the company's proxy</html>").fault(), TryLater)
    assert type(answer(429, method="POST").fault()) is TryLater
    assert type(answer(503).fault()) is TryLater
    assert type(answer(503, method="POST").fault()) is OutcomeUnknown
    assert isinstance(answer(400).fault(), RuntimeError)
    assert isinstance(answer(404, b"<html></html>").fault(), TryLater)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("0", 1),
        ("-5", 60),
        ("999999999", 6 * 3600),
        ("soon", 60),
        ("", 60),
        ("Tue, 07 Apr 2026 09:32:00 GMT", 120),
        ("Tue, 07 Apr 2020 09:32:00 GMT", 1),
        ("Tue, 99 Apr 2026 09:32:00 GMT", 60),
    ],
)
def test_retry_after_in_every_spelling(value: str, seconds: float) -> None:
    fault = answer(429, retry_after=value).fault()
    assert isinstance(fault, TryLater) and fault.after == dt.timedelta(seconds=seconds)


# --- the quota


def test_a_minute_s_units_are_never_exceeded() -> None:
    now, left = [0.0], []

    def sleep(seconds: float) -> None:
        now[0] += seconds

    meter = Meter(lambda call: 20, 100, clock=lambda: now[0], sleep=sleep)
    for _ in range(23):
        now[0] += 1.7
        meter.pass_through((Call("GET", HOST, "/v1/mails"),))
        left.append(now[0])
    for at in left:
        assert 20 * sum(at - 60 < other <= at for other in left) <= 100
    assert meter.units == 460 and now[0] < 4 * 61 + 8 * 1.7


def test_more_units_at_once_than_a_minute_has_leave_alone() -> None:
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    meter = Meter(lambda call: 150, 100, clock=lambda: now[0], sleep=sleep)
    meter.pass_through((Call("GET", HOST, "/v1/mails"),))
    meter.pass_through((Call("GET", HOST, "/v1/mails"),))
    assert sum(slept) == pytest.approx(60, abs=0.1)
