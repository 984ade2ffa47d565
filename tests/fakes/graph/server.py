"""The fake over real HTTP on 127.0.0.1, with faults on demand."""

from __future__ import annotations

import contextlib
import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from tests import trace
from tests.fakes.graph.service import Reply, Service

FAULTS = (
    "429", "429-date", "429-bare", "429-odd", "500", "502", "503", "503-html", "504", "truncated", "html", "lost-request",
    "lost-answer", "cut-answer", "closed", "slow", "empty",
)  # fmt: skip


@dataclass
class Plan:
    """Which fault befalls which request: `on` is asked with the request's number (from 1), method and path."""

    kind: str
    on: Callable[[int, str, str], bool]


class Server:
    """A service on a port. `extra` answers what is not Graph's (the sign-in pages)."""

    def __init__(
        self, service: Service, extra: Callable[[str, str, dict[str, str], bytes], Reply | None] | None = None
    ) -> None:
        self.service = service
        self.extra = extra
        self.plan: Plan | None = None
        self.requests: list[tuple[str, str]] = []
        self.bytes_out = 0
        self.slow_seconds = 0.05
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

            def _any(self) -> None:
                outer.answer(self)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _any

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that went away is no error here."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(size)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.requests.append((handler.command, handler.path))
        trace.asked("graph", handler.command, unquote(handler.path.partition("?")[0]))
        number = len(self.requests)
        plan = self.plan
        kind = plan.kind if plan is not None and plan.on(number, handler.command, handler.path) else ""
        if kind == "lost-request":
            return _hang_up(handler)
        early = _instead(kind)
        if early is not None:
            return self._write(handler, early)
        reply = self.extra(handler.command, handler.path, headers, body) if self.extra else None
        if reply is None:
            reply = self.service.handle(handler.command, handler.path, headers, body)
        if kind == "lost-answer":
            return _hang_up(handler)
        if kind == "closed":  # in the middle of the first lines
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
            return _hang_up(handler)
        if kind == "slow":
            time.sleep(self.slow_seconds)
        if kind == "html":
            reply = Reply(
                200, b"<html><body>Service temporarily unavailable</body></html>", {"Content-Type": "text/html"}
            )
        if kind == "empty":
            reply = Reply(200, b"")
        if kind == "truncated":  # whole for HTTP, cut short as JSON
            reply = Reply(reply.status, reply.data()[: len(reply.data()) // 2], reply.headers)
        return self._write(handler, reply, cut=kind == "cut-answer")

    def _write(self, handler: BaseHTTPRequestHandler, reply: Reply, *, cut: bool = False) -> None:
        data = reply.data()
        self.bytes_out += len(data)
        with contextlib.suppress(OSError):
            handler.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                _hang_up(handler)


def _instead(kind: str) -> Reply | None:
    """An answer given without the service's having seen the request."""
    error = {"error": {"code": "ApplicationThrottled", "message": "over its limit"}}
    match kind:
        case "429":
            return Reply(429, error, {"Retry-After": "7"})
        case "429-date":
            return Reply(429, error, {"Retry-After": email.utils.formatdate(time.time() + 9, usegmt=True)})
        case "429-bare":
            return Reply(429, error)
        case "429-odd":
            return Reply(429, error, {"Retry-After": "in the Year of the Horse"})
        case "503-html":
            return Reply(503, b"<html>Service Unavailable</html>", {"Content-Type": "text/html"})
        case "500" | "502" | "503" | "504":
            return Reply(int(kind), {"error": {"code": "ServiceUnavailable", "message": "busy"}})
    return None


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.connection.shutdown(2)


@contextlib.contextmanager
def serving(service: Service) -> Iterator[Server]:
    """A server for as long as it is needed."""
    server = Server(service)
    try:
        yield server
    finally:
        server.close()
