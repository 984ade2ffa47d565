"""The door with the face of httplib2, by which google-api-python-client makes its calls.

`execute(num_retries=0)` must be used; faults come out as kinds of bot.errors, never as the client's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httplib2

from bot.providers.wire import Request, Wire


class Httplib2Door:
    """`request` as httplib2.Http has it. Answers whose status is in `told` go to the client, which raises its HttpError;
    every other bad answer is raised here as what it means (wire.Answer.fault)."""

    def __init__(self, wire: Wire, told: frozenset[int] = frozenset((404, 409, 410, 412))) -> None:
        self._wire, self._told = wire, told
        self.redirect_codes: frozenset[int] = frozenset()
        self.follow_redirects = False

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """One request, sent once."""
        data = body.encode() if isinstance(body, str) else body or b""
        kept = {
            n: v
            for n, v in (headers or {}).items()
            if n.lower() not in ("content-length", "accept-encoding", "user-agent")
        }
        answer = self._wire.send(Request(method, uri, kept, data))
        if not answer.is_good and not (answer.status in self._told and answer.body.lstrip()[:1] == b"{"):
            raise answer.fault()
        if answer.is_good and "multipart/" not in answer.headers.get("content-type", ""):
            answer.json()  # a body cut short or not JSON is found here, where it is known whether a write was lost
        response = httplib2.Response({**answer.headers, "status": str(answer.status)})
        return response, answer.body

    def close(self) -> None:
        """As httplib2.Http has it."""
        self._wire.close()
