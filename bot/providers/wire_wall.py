"""What may leave: a list of (method, host, path) given by each provider, and behind it a wall that nothing which sends
mail passes, whatever the list says. The parts of a batch are looked at one by one.

Both are checked on the request as it will leave. What cannot be understood here is refused: a path with two readings is
not worth a mail to a customer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit


class Forbidden(Exception):
    """A request that must not leave. It is a bug of ours, never a fault of the world."""


@dataclass(frozen=True, slots=True)
class Allow:
    """One kind of request that may leave. `path` is a pattern for the whole decoded path, without the query."""

    method: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A request, or a part of a batch, as it is looked at: the decoded path without the query."""

    method: str
    host: str
    path: str


# Gmail: messages.send, drafts.send. Graph: sendMail, send, reply, replyAll, forward of messages and events, and the answers
# to invitations, which are mails too. A name may come with its namespace and with brackets behind it (OData 4.01, part 2,
# sections 4.5 and 4.6): /microsoft.graph.send, /send().
_SENDS = re.compile(
    r"[/:.](?:send|sendmail|reply|replyall|forward|accept|decline|tentativelyaccept|cancel)(?:\([^/]*\))?/*$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/\-]*")
_METHOD = re.compile(r"GET|POST|PUT|PATCH|DELETE")
_OVERRIDES = re.compile(r"x-(?:http-)?method(?:-override)?", re.IGNORECASE)
_BOUNDARY = re.compile(r'multipart/mixed\s*;\s*boundary="?([^";\s]{1,200})"?', re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)[ \t]+(\S+)", re.MULTILINE)
_BATCH = re.compile(r"/\$?batch(?:/|$)", re.IGNORECASE)
MOST_PARTS = 100


class Wall:
    """The list of one provider and the wall behind it."""

    def __init__(self, allowed: Iterable[Allow]) -> None:
        self._allowed = tuple((a.method, a.host, re.compile(a.path)) for a in allowed)

    def check(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Call, ...]:
        """The calls that a request makes: itself, and the parts of a batch. Raises Forbidden where one may not leave."""
        if any(_OVERRIDES.fullmatch(name) for name in headers):
            raise Forbidden(f"{method} {url}: a header would make another method of it")
        call = _call(method, url)
        parts = tuple(_parts(call, headers, body))
        for one in (call, *parts):
            self._check(one)
        return (call, *parts)

    def _check(self, call: Call) -> None:
        if _SENDS.search(call.path):
            raise Forbidden(f"{call.method} {call.path} sends mail: this program never does")
        if not any(m == call.method and h == call.host and p.fullmatch(call.path) for m, h, p in self._allowed):
            raise Forbidden(f"{call.method} https://{call.host}{call.path} is not on the list of what may leave")


def _call(method: str, url: str) -> Call:
    """A request's method, host and decoded path. Raises Forbidden where they could be read in two ways."""
    split = urlsplit(url)
    path = unquote(split.path)
    strange = "//" in path or "/../" in f"{path}/" or "/./" in f"{path}/" or unquote(path) != path
    if split.scheme != "https" or not split.hostname or split.port or split.username or split.fragment:
        raise Forbidden(f"{url!r} is not a plain https address")
    if strange or not _PLAIN.fullmatch(path) or not _METHOD.fullmatch(method):
        raise Forbidden(f"{method} {path!r} can be read in two ways")
    return Call(method, split.hostname, path)


def _parts(call: Call, headers: Mapping[str, str], body: bytes) -> Iterator[Call]:
    """The parts of a batch; nothing for any other request."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if call.path.endswith("/$batch"):
        yield from _json_parts(call, body)
    elif _BATCH.search(call.path) or kind.lower().startswith("multipart/mixed"):
        yield from _multipart_parts(call, kind, body)


def _multipart_parts(call: Call, kind: str, body: bytes) -> Iterator[Call]:
    """Google's batch: a mail-like body, each part an HTTP request (Gmail API guide, "Batching requests")."""
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise Forbidden("a batch without a boundary")
    pieces = body.split(b"--" + boundary[1].encode("ascii", "replace"))[1:-1]
    if not 0 < len(pieces) <= MOST_PARTS:
        raise Forbidden("a batch whose parts cannot be counted")
    for piece in pieces:
        lines = _REQUEST_LINE.findall(piece)
        if len(lines) != 1:
            raise Forbidden("a part of a batch is not one plain request")
        yield _inner(call, lines[0][0].decode(), lines[0][1].decode("ascii", "replace"), "")


def _json_parts(call: Call, body: bytes) -> Iterator[Call]:
    """Microsoft's batch (Graph guide, "Combine multiple requests in one HTTP call")."""
    try:
        requests = json.loads(body, object_pairs_hook=_object)["requests"]
        wanted = [(str(one["method"]), str(one["url"])) for one in requests]
        named = [name for one in requests for name in one.get("headers", {})]
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Forbidden("a batch whose parts cannot be read") from fault
    if not 0 < len(wanted) <= MOST_PARTS or any(_OVERRIDES.fullmatch(str(name)) for name in named):
        raise Forbidden("a batch with no parts, too many, or one that is another method in disguise")
    for method, url in wanted:
        yield _inner(call, method, url, call.path.removesuffix("/$batch"))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name.casefold() for name, _ in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _inner(batch: Call, method: str, url: str, prefix: str) -> Call:
    """A part's own call; its address is relative to the batch's host (and version, with Graph) or on the same host."""
    if url.startswith("https://"):
        call = _call(method, url)
    elif url.startswith("/"):
        call = _call(method, f"https://{batch.host}{prefix}{url}")
    else:
        call = _call(method, f"https://{batch.host}{prefix}/{url}")
    if call.host != batch.host or _BATCH.search(call.path):
        raise Forbidden(f"a part of a batch leads elsewhere: {call.host}{call.path}")
    return call
