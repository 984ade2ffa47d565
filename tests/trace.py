"""What the whole suite asked of the network: every request that reached a stand-in of a vendor, and every other machine that
somebody tried to reach. The last test of all looks it over (test_last_trace.py).

What may be asked for is written down here apart from the program's own lists, so that a slip there is seen.
"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

ASKED: set[tuple[str, str, str]] = set()  # vendor, method, path without the query; the parts of batches too
OUTSIDE: set[str] = set()
EXPECTED: frozenset[str] = frozenset()

_CALENDAR = r"/calendar/v3/calendars/[^/]+(?:@|%40)group\.calendar\.google\.com"
_USER = r"(?:/v1\.0)?(?:/me|/users/[^/]+|/users\('[^']+'\))"
_FOLDER = r"/mailFolders(?:/[^/]+|\('[^']+'\))"
_TENANT = r"/[A-Za-z0-9.-]+"
MAY = {
    "google": re.compile(
        r"GET /gmail/v1/users/me/(profile|history|messages|drafts|labels|settings/sendAs|(messages|threads|drafts)/\w+)"
        r"|POST /gmail/v1/users/me/(drafts|labels|messages/\w+/modify)|(PUT|DELETE) /gmail/v1/users/me/drafts/\w+"
        r"|GET /calendar/v3/calendars/[^/]+(/events(/\w+)?)?|POST /calendar/v3/calendars"
        rf"|POST {_CALENDAR}/events|(PUT|PATCH) {_CALENDAR}/events/\w+"
        r"|POST /(batch|batch/calendar/v3|token)"
    ),
    "graph": re.compile(
        rf"GET {_USER}|GET {_USER}/(mailFolders/delta|mailboxSettings|messages|events|calendarView/delta)(\(\))?"
        rf"|GET {_USER}{_FOLDER}(/messages(/delta(\(\))?)?)?"
        rf"|GET {_USER}/messages/[^/]+(/\$value|/attachments(/[^/]+)?)?|GET {_USER}/events/[^/]+"
        rf"|POST {_USER}/(messages|events)|POST {_USER}/messages/[^/]+/(createReply|attachments)"
        rf"|(PATCH|DELETE) {_USER}/(messages|events)/[^/]+|POST /v1\.0/\$batch"
        rf"|GET {_TENANT}/v2\.0/\.well-known/openid-configuration|POST {_TENANT}/oauth2/v2\.0/(token|devicecode)"
        rf"|GET {_TENANT}/oauth2/v2\.0/authorize"  # the person's browser
    ),
}


def asked(vendor: str, method: str, path: str) -> None:
    """A request has reached a stand-in."""
    ASKED.add((vendor, method, path))


def beyond() -> list[str]:
    """What was asked for and may not be."""
    return sorted(f"{v}: {m} {path}" for v, m, path in ASKED if not MAY[v].fullmatch(f"{m} {path}"))


@contextmanager
def guarded() -> Iterator[None]:
    """This process reaches no machine but this one, and whoever it tries to reach is noted."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connecting(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _here(str(address[0])):
            OUTSIDE.add(str(address[0]))
            raise OSError(errno.ENETUNREACH, "the tests have no network")
        connect(self, address)

    def looking_up(host: Any, *more: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "127.0.0.1")
        if not _here(name):
            OUTSIDE.add(name)
            raise socket.gaierror(socket.EAI_NONAME, "the tests have no network")
        return look_up(host, *more, **named)

    found: Callable[..., Any] = looking_up
    with mock.patch.object(socket.socket, "connect", connecting), mock.patch.object(socket, "getaddrinfo", found):
        yield


def _here(name: str) -> bool:
    return name.startswith("127.") or name in ("::1", "localhost", "0.0.0.0", "", socket.gethostname())
