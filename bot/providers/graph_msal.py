"""msal's requests through the one HTTP door: to the sign-in host alone, to the three addresses it needs there, and none
of them twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from bot.errors import TryLater
from bot.providers.wire import Allow, Answer, Request, Wire

_TENANT = r"/[A-Za-z0-9.-]{1,200}"


def sign_in_wire(host: str, *, stand_ins: Mapping[str, str] | None = None) -> Wire:
    """The door to a cloud's sign-in: where its addresses are told, where a code is made, where tokens are given."""
    paths = (
        ("GET", r"/v2\.0/\.well-known/openid-configuration"),
        ("POST", r"/oauth2/v2\.0/devicecode"),
        ("POST", r"/oauth2/v2\.0/token"),
    )
    return Wire([Allow(method, host, _TENANT + path) for method, path in paths], stand_ins=stand_ins)


class MsalTransport:
    """What msal takes for its http_client (msal.oauth2cli.http.HttpClient)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> MsalResponse:
        """A GET."""
        query = ("&" if "?" in url else "?") + urlencode(params) if params else ""
        return MsalResponse(self._wire.send(Request("GET", url + query, headers or {})))

    def post(self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any) -> MsalResponse:
        """A POST of a form."""
        query = ("&" if "?" in url else "?") + urlencode(params) if params else ""
        body = data if isinstance(data, str) else urlencode(data or {})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return MsalResponse(self._wire.send(Request("POST", url + query, {**kind, **(headers or {})}, body.encode())))

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._wire.close()


class MsalResponse:
    """An answer as msal reads it."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.text = answer.body.decode("utf-8", "replace")
        self.headers = dict(answer.headers)

    def raise_for_status(self) -> None:
        """Raise where the answer is not good."""
        if self.status_code >= 400:
            raise TryLater(f"Microsoft's sign-in answered {self.status_code}")
