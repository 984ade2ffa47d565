"""The service's window: /metrics, /healthz and /readyz, over HTTP on 127.0.0.1 and nowhere else. It only shows."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.errors import UserMustAct

Answer = tuple[int, str]  # status and text
_HOST = "127.0.0.1"
_SECONDS = 5.0  # a client that is slower than that is left


@contextlib.contextmanager
def window(port: int, pages: Mapping[str, Callable[[], Answer]]) -> Iterator[int]:
    """Show the pages, by path, for the length of the block; gives the port (for 0: one that was free). Raises UserMustAct
    where the port is taken."""
    try:
        server = _Server((_HOST, port), _handler(pages))
    except OSError as fault:
        raise UserMustAct(f"cannot listen on {_HOST}:{port}: {fault.strerror}", "name another service.port") from fault
    thread = threading.Thread(target=server.serve_forever, name="window", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler(pages: Mapping[str, Callable[[], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS
        server_version, sys_version = "followup", ""

        def do_GET(self) -> None:
            """Answer from the pages. A Host that is not the loopback's is turned away: it is another site's name that was
            pointed here (DNS rebinding)."""
            host = (self.headers.get("Host") or _HOST).rpartition(":")[0] or (self.headers.get("Host") or "")
            page = pages.get(self.path.partition("?")[0]) if host in (_HOST, "localhost") else None
            status, text = page() if page is not None else (404, "not here\n")
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: who looks is no news."""

    return Handler
