"""The one HTTP door. A request object leaves at most once: nothing here retries, follows a redirect, or sends twice.

A provider gives the list of what may leave (wire_wall.py) and gets answers; what is wrong with an answer is told as a
kind of bot.errors by `Answer.fault`. A write whose answer was lost raises OutcomeUnknown: look before writing again.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bot.errors import OutsideFault, TryLater, UserMustAct
from bot.providers.wire_wall import Allow, Call, Forbidden, Wall

__all__ = ["Allow", "Answer", "Call", "Forbidden", "Meter", "OutcomeUnknown", "Request", "TooLarge", "Wire"]

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 10.0, 60.0, 300.0
MOST_BYTES = 100_000_000
LEAST_WAIT, USUAL_WAIT, LONGEST_WAIT = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=6)
_STAND_IN = re.compile(r"http://127\.0\.0\.1:\d{1,5}")
_TOO_OFTEN = re.compile(
    r"rateLimitExceeded|quotaExceeded|dailyLimitExceeded|RESOURCE_EXHAUSTED|too many", re.IGNORECASE
)


class OutcomeUnknown(TryLater):
    """A write was sent and its answer never came, or cannot be read: it may have been carried out or not."""


class TooLarge(OutsideFault):
    """An answer of more bytes than may be read. Ask for less."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `url` absolute and https; `writes` tells whether carrying it out twice would matter."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def writes(self) -> bool:
        """Whether the request changes something. A batch counts as its method says."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its headers with lower-case names, and its body, decompressed."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    received: dt.datetime

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. One that is cut short, or a web page in its place, is TryLater, or OutcomeUnknown after a
        write."""
        try:
            return json.loads(self.body) if self.body or self.status != 204 else None
        except ValueError as fault:
            raise self._late("answered with something that is not JSON", USUAL_WAIT) from fault

    def fault(self) -> Exception:
        """What an answer that is not good means. 401: UserMustAct. 403 and 429 for asking too often, 5xx and whatever
        does not come from the service itself: TryLater, of which OutcomeUnknown where a write may have been carried
        out. Another 403: UserMustAct. The rest (404, 410, 409, 412 mean something to the caller alone, so look before
        asking this): a RuntimeError, for it is a bug."""
        said = self._said()
        match self.status:
            case 401:
                return UserMustAct(f"{self.host} no longer lets us in: {said}", "sign in again: followup connect")
            case 429:
                return self._late("is asked too often", USUAL_WAIT, unknown=False)
            case 403 if _TOO_OFTEN.search(said):
                return self._late("is asked too often", USUAL_WAIT, unknown=False)
            case 403 if self._is_json:
                return UserMustAct(f"{self.host} does not allow it: {said}", "sign in again: followup connect")
            case status if status >= 500 or status == 408 or 300 <= status < 400 or not self._is_json:
                return self._late(f"answered {status}", dt.timedelta(minutes=5))
            case status:
                return RuntimeError(f"{self.request.method} {self.request.url}: {status} {said}")

    @property
    def host(self) -> str:
        return urlsplit(self.request.url).hostname or ""

    @property
    def retry_after(self) -> dt.timedelta | None:
        """How long the server asks to be left alone (RFC 9110, 10.2.3: seconds or a date), within reason; None where
        it does not say."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value):
            wait = dt.timedelta(seconds=float(value))
        else:
            try:
                wait = email.utils.parsedate_to_datetime(value).astimezone(dt.UTC) - self.received
            except (ValueError, TypeError, IndexError, OverflowError):
                return None
        return min(max(wait, LEAST_WAIT), LONGEST_WAIT)

    @property
    def _is_json(self) -> bool:
        return self.body.lstrip()[:1] in (b"{", b"[")

    def _said(self) -> str:
        return " ".join(self.body[:2000].decode("utf-8", "replace").split())[:400]

    def _late(self, what: str, wait: dt.timedelta, *, unknown: bool = True) -> TryLater:
        kind = OutcomeUnknown if unknown and self.request.writes else TryLater
        return kind(f"{self.host} {what}", self.retry_after or wait)


class Meter:
    """Counts what leaves, and holds a minute's quota: `price` tells the units of a call, `per_minute` how many of them
    may leave in any minute (None: no bound). Waits by `sleep` where the next request would go over."""

    def __init__(
        self,
        price: Callable[[Call], int] = lambda call: 1,
        per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.requests, self.units, self.waited = 0, 0, 0.0
        self._price, self._per_minute, self._clock, self._sleep = price, per_minute, clock, sleep
        self._spent: list[tuple[float, int]] = []  # when, and how many units, in the last minute

    def pass_through(self, calls: tuple[Call, ...]) -> None:
        """Count the calls of a request about to leave, waiting first where a minute's units are spent."""
        units = sum(map(self._price, calls))
        while self._per_minute is not None and (wait := self._wait_for(units, self._per_minute)) > 0:
            self.waited += wait
            self._sleep(wait)
        self._spent.append((self._clock(), units))
        self.requests += 1
        self.units += units

    def _wait_for(self, units: int, per_minute: int) -> float:
        now = self._clock()
        self._spent = [(at, spent) for at, spent in self._spent if now - at < 60]
        over = sum(spent for _, spent in self._spent) + units - per_minute
        free_at = now
        for at, spent in self._spent:
            if over <= 0:
                break
            over, free_at = over - spent, max(at + 60, now + 0.001)
        return free_at - now


class Wire:
    """The door of one account: one request at a time, whatever threads there are.

    `stand_ins` leads hosts to servers on this machine (host -> "http://127.0.0.1:PORT"), for tests; everything else goes
    over TLS, which is always verified, by way of the proxy that the environment names. `bearer` gives the access token
    of the moment.
    """

    def __init__(
        self,
        allowed: Iterable[Allow],
        *,
        bearer: Callable[[], str] | None = None,
        meter: Meter | None = None,
        stand_ins: Mapping[str, str] | None = None,
        most_bytes: int = MOST_BYTES,
        read_seconds: float = READ_SECONDS,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._wall = Wall(allowed)
        self._bearer = bearer
        self.meter = meter or Meter()
        self._stand_ins = dict(stand_ins or {})
        for base in self._stand_ins.values():
            if not _STAND_IN.fullmatch(base):
                raise ValueError(f"{base!r}: a stand-in lives on 127.0.0.1")
        self._most_bytes, self._read_seconds, self._clock = most_bytes, read_seconds, clock
        self._one_at_a_time = threading.RLock()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "followup-bot"
        self._session.mount("https://", HTTPAdapter(max_retries=0))
        self._session.mount("http://", HTTPAdapter(max_retries=0))

    def send(self, request: Request) -> Answer:
        """Let a request leave, once, and give its answer, whatever its status. Raises Forbidden before anything leaves;
        TryLater where it did not get there; OutcomeUnknown where a write may have; TooLarge for an answer over the
        cap."""
        calls = self._wall.check(request.method, request.url, request.headers, request.body)
        headers = dict(request.headers)
        if self._bearer is not None:
            headers["Authorization"] = f"Bearer {self._bearer()}"
        with self._one_at_a_time:
            self.meter.pass_through(calls)
            return self._send(request, headers)

    def json(self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """The same with a JSON body."""
        data = b"" if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.send(Request(method, url, {**kind, **(headers or {})}, data))

    def now(self) -> dt.datetime:
        """The time, as this door knows it."""
        return self._clock()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def _send(self, request: Request, headers: Mapping[str, str]) -> Answer:
        url = self._address(request.url)
        prepared = self._session.prepare_request(
            requests.Request(request.method, url, headers=dict(headers), data=request.body or None, auth=_as_it_is)
        )
        settings: dict[str, Any] = {"proxies": {}, "verify": True, "cert": None, "stream": True}
        if url == request.url:
            settings = dict(self._session.merge_environment_settings(url, {}, True, None, None))
        timeout = (CONNECT_SECONDS, self._read_seconds)
        try:
            with self._session.send(prepared, allow_redirects=False, timeout=timeout, **settings) as response:
                names = {name.lower(): value for name, value in response.headers.items()}
                return Answer(request, response.status_code, names, self._body(response), self._clock())
        except (requests.RequestException, OSError) as fault:
            host, kind = urlsplit(request.url).hostname, type(_cause(fault)).__name__
            if request.writes and not _never_left(fault):
                raise OutcomeUnknown(f"{host} gave no whole answer: {kind}") from fault
            raise TryLater(f"{host} cannot be reached, or gave no whole answer: {kind}") from fault

    def _address(self, url: str) -> str:
        """Where the request really goes."""
        host = urlsplit(url).hostname or ""
        base = self._stand_ins.get(host)
        return url if base is None else base + url.removeprefix("https://").removeprefix(host)

    def _body(self, response: requests.Response) -> bytes:
        """The body, within the cap in bytes and time."""
        begun, size, pieces = time.monotonic(), 0, []
        for piece in response.iter_content(65536):
            size += len(piece)
            if size > self._most_bytes:
                raise TooLarge(f"an answer of more than {self._most_bytes} bytes")
            if time.monotonic() - begun > WHOLE_SECONDS:
                raise requests.exceptions.ReadTimeout("an answer that does not end")
            pieces.append(piece)
        return b"".join(pieces)


def _cause(fault: BaseException) -> BaseException:
    """What lies at the bottom of what requests and urllib3 wrap around one another."""
    for inner in (getattr(fault, "reason", None), *fault.args):
        if isinstance(inner, BaseException):
            return _cause(inner)
    return fault


def _never_left(fault: BaseException) -> bool:
    """Whether no connection came about, so that the request cannot have got there."""
    return isinstance(fault, requests.exceptions.SSLError | requests.exceptions.ProxyError) or isinstance(
        _cause(fault), urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep our own Authorization: without this, requests would put what ~/.netrc has in its place."""
    return prepared
