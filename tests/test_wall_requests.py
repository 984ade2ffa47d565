"""The wall behind the list of what may leave, by itself: with a list that would let everything through, what has two readings
still does not leave, and every part of a batch is looked at. (Found wanting by mutants; see CONTRIBUTING.md.)"""

from __future__ import annotations

import json

import pytest

from bot.providers.wire_wall import MOST_PARTS, Allow, Call, Forbidden, Wall

HOST = "api.example"
WALL = Wall([Allow(method, HOST, ".*") for method in ("GET", "POST", "BREW")])
MIXED = {"Content-Type": 'Multipart/Mixed; boundary="b"'}


def batch(*lines: str) -> bytes:
    parts = "".join(f"--b\r\nContent-Type: application/http\r\n\r\n{line}\r\n\r\n" for line in lines)
    return (parts + "--b--").encode()


@pytest.mark.parametrize(
    "path",
    ["/a//b", "/a/../b", "/a/..", "/a/./b", "/a/.", "/a/%2e%2e/b", "/a%2f%2fb", "/a/%252e%252e/b", "/a%2573end",
     "/a b", "/a\\b", "/a%00b", "/ä", "//evil.example/a"],
)  # fmt: skip
def test_a_path_with_two_readings_does_not_leave(path: str) -> None:
    with pytest.raises(Forbidden, match=r"two ways|not a plain"):
        WALL.check("GET", f"https://{HOST}{path}", {}, b"")


def test_a_method_that_nobody_knows_does_not_leave() -> None:
    with pytest.raises(Forbidden, match="two ways"):
        WALL.check("BREW", f"https://{HOST}/a", {}, b"")


@pytest.mark.parametrize(
    "url", [f"http://{HOST}/a", f"https://{HOST}:8443/a", f"https://me@{HOST}/a", f"https://{HOST}/a#b", "https:///a"]
)
def test_an_address_that_is_not_plain_https_does_not_leave(url: str) -> None:
    with pytest.raises(Forbidden, match="plain https"):
        WALL.check("GET", url, {}, b"")


@pytest.mark.parametrize("where", ["/batch", "/anything"])
@pytest.mark.parametrize("line", ["POST /v1/drafts/send", "POST /v1/x/%73end", "GET /v1/a/../b"])
def test_a_mixed_body_is_looked_into_wherever_it_goes(where: str, line: str) -> None:
    with pytest.raises(Forbidden):
        WALL.check("POST", f"https://{HOST}{where}", MIXED, batch("GET /v1/ok", line))


def test_a_batch_of_one_and_a_full_one_are_counted() -> None:
    for many in (1, MOST_PARTS):
        calls = WALL.check("POST", f"https://{HOST}/batch", MIXED, batch(*[f"GET /v1/{n}" for n in range(many)]))
        assert calls[1:] == tuple(Call("GET", HOST, f"/v1/{n}") for n in range(many))
    for body in (b"", b"--b--", batch(*["GET /v1/a"] * (MOST_PARTS + 1))):
        with pytest.raises(Forbidden, match="counted"):
            WALL.check("POST", f"https://{HOST}/batch", MIXED, body)


def test_a_batch_without_a_type_or_a_boundary_does_not_leave() -> None:
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "multipart/mixed"}):
        with pytest.raises(Forbidden, match="boundary"):
            WALL.check("POST", f"https://{HOST}/batch", headers, batch("GET /v1/a"))


def test_a_part_of_two_requests_does_not_leave() -> None:
    with pytest.raises(Forbidden, match="one plain request"):
        WALL.check("POST", f"https://{HOST}/batch", MIXED, batch("GET /v1/a\r\nPOST /v1/send"))


def of_graph(*requests: object) -> bytes:
    return json.dumps({"requests": requests}).encode()


def test_the_parts_of_a_json_batch_are_counted_and_named() -> None:
    for many in (1, MOST_PARTS):
        body = of_graph(*[{"method": "GET", "url": f"/me/{n}"} for n in range(many)])
        calls = WALL.check("POST", f"https://{HOST}/v1.0/$batch", {}, body)
        assert calls[1:] == tuple(Call("GET", HOST, f"/v1.0/me/{n}") for n in range(many))
    relative = WALL.check("POST", f"https://{HOST}/v1.0/$batch", {}, of_graph({"method": "GET", "url": "me/1"}))
    assert relative[1:] == (Call("GET", HOST, "/v1.0/me/1"),)
    absolute = of_graph({"method": "GET", "url": f"https://{HOST}/v1.0/me/1"})
    assert WALL.check("POST", f"https://{HOST}/v1.0/$batch", {}, absolute)[1:] == (Call("GET", HOST, "/v1.0/me/1"),)


@pytest.mark.parametrize(
    "body",
    [
        b'{"requests": [{"method": "GET", "url": "/me", "url": "/me/sendMail"}]}',
        b'{"requests": [{"method": "GET", "Url": "/me/sendMail", "url": "/me"}]}',
        b'{"requests": [{"method": "POST", "url": "/me/sendMail"}]}',
        b'{"requests": [{"method": "POST", "url": "me/messages/1/reply"}]}',
        b'{"requests": [{"method": "GET", "url": "https://evil.example/me"}]}',
        b'{"requests": [{"method": "GET", "url": "/$batch"}]}',
        b'{"requests": [{"method": "GET", "url": "/me", "headers": {"X-HTTP-Method-Override": "POST"}}]}',
        b'{"requests": []}', b'{"requests": 7}', b"[]", b"", b"{",
    ],
)  # fmt: skip
def test_a_json_batch_with_a_part_that_may_not_leave(body: bytes) -> None:
    with pytest.raises(Forbidden):
        WALL.check("POST", f"https://{HOST}/v1.0/$batch", {}, body)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "x-method", "X-Method-Override", "X-HTTP-METHOD"])
def test_a_header_that_makes_another_method_does_not_leave(header: str) -> None:
    with pytest.raises(Forbidden, match="another method"):
        WALL.check("GET", f"https://{HOST}/a", {header: "POST"}, b"")
