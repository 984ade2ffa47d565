"""Where the browser comes back to after a sign-in: a server on this machine's loopback address that takes one answer
(RFC 8252, section 7.3)."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

from bot.errors import UserMustAct

_PAGE = b"<!doctype html><meta charset=utf-8><title>followup</title><p>That is all. You may close this page."


class Loopback:
    """Listens as soon as it is made; `redirect` is the address to name to Google."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self.redirect = f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait(self, seconds: float = 300.0) -> str:
        """The address to which the browser came back. Raises UserMustAct where it does not in time."""
        until = time.monotonic() + seconds
        try:
            while not self._server.came and time.monotonic() < until:
                self._server.timeout = max(until - time.monotonic(), 0.01)
                self._server.handle_request()
        finally:
            self._server.server_close()
        if not self._server.came:
            raise UserMustAct(
                "nobody came back from Google's page", "run it again, or with --paste on a machine without a browser"
            )
        return self.redirect + self._server.came


class _Server(HTTPServer):
    came = ""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0

    def do_GET(self) -> None:
        """Take the answer; anything else a browser asks for is not there."""
        query = parse_qs(urlsplit(self.path).query)
        is_answer = "state" in query and ("code" in query or "error" in query)
        if is_answer:
            self.server.came = self.path[:8000]
        self.send_response(200 if is_answer else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Length", str(len(_PAGE) if is_answer else 0))
        self.end_headers()
        if is_answer:
            self.wfile.write(_PAGE)

    def log_message(self, *arguments: object) -> None:
        """The code must not stand in any log."""
