"""Microsoft Graph as the mailbox and the calendar use it: what may leave, batches, links, and what a refusal means.

Every request asks for immutable ids (Graph guide, "Obtain immutable identifiers for Outlook resources"). A batch goes in
two lanes, so that no more than two of its parts run at a time in one mailbox; four is the limit at which the service
refuses (Graph guide, "Throttling: Outlook service limits").
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from bot.errors import CursorExpired, OutsideFault, TryLater, UserMustAct
from bot.providers.wire import Allow, Answer, Meter, Request, Wire

VERSION = "/v1.0"
MOST_IN_A_BATCH = 20
LANES = 2
REQUESTS_A_MINUTE = 1000  # 10,000 in ten minutes for one app in one mailbox
IMMUTABLE = 'IdType="ImmutableId"'
_FETCHED_HOLDS = dt.timedelta(minutes=1)
_EXPIRED = frozenset(("syncstatenotfound", "syncstateinvalid", "resyncrequired", "resyncapplydifferences",
                      "resyncuploaddifferences", "errorinvalidsyncstatedata"))  # fmt: skip
_NO_MAILBOX = frozenset(("mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox"))


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Microsoft's clouds: where people sign in, and where their mail is (Graph guide, "National cloud
    deployments")."""

    sign_in: str
    graph: str


CLOUDS: Mapping[str, Cloud] = {
    "global": Cloud("login.microsoftonline.com", "graph.microsoft.com"),
    "usgov": Cloud("login.microsoftonline.us", "graph.microsoft.us"),
    "usgovdod": Cloud("login.microsoftonline.us", "dod-graph.microsoft.us"),
    "china": Cloud("login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"),
}

_USER = r"/v1\.0/(?:me|users/[^/]+|users\('[^']+'\))"
_FOLDER = r"/mailFolders(?:/[^/]+|\('[^']+'\))"
_ROUTES = (
    ("GET", _USER),
    ("GET", rf"{_USER}/mailFolders/delta(?:\(\))?"),
    ("GET", rf"{_USER}{_FOLDER}"),
    ("GET", rf"{_USER}{_FOLDER}/messages(?:/delta(?:\(\))?)?"),
    ("GET", rf"{_USER}/messages(?:/[^/]+(?:/\$value|/attachments(?:/[^/]+)?)?)?"),
    ("POST", rf"{_USER}/messages"),
    ("POST", rf"{_USER}/messages/[^/]+/createReply"),
    ("POST", rf"{_USER}/messages/[^/]+/attachments"),
    ("PATCH", rf"{_USER}/messages/[^/]+"),
    ("DELETE", rf"{_USER}/messages/[^/]+"),
    ("GET", rf"{_USER}/calendarView/delta(?:\(\))?"),
    ("GET", rf"{_USER}/events(?:/[^/]+)?"),
    ("POST", rf"{_USER}/events"),
    ("PATCH", rf"{_USER}/events/[^/]+"),
    ("DELETE", rf"{_USER}/events/[^/]+"),
    ("GET", rf"{_USER}/mailboxSettings"),
    ("POST", r"/v1\.0/\$batch"),
)


def allowed(host: str) -> tuple[Allow, ...]:
    """What may leave to the cloud's Graph: reading, drafts, and entries without guests."""
    return tuple(Allow(method, host, path) for method, path in _ROUTES)


def meter() -> Meter:
    """The service's bound for one app and mailbox, in which each part of a batch counts and the batch does not."""
    return Meter(lambda call: 0 if call.path.endswith("/$batch") else 1, REQUESTS_A_MINUTE)


@dataclass(frozen=True, slots=True)
class Part:
    """A request below the user ("/messages?$top=1"), alone or in a batch. `after`: the number of the part in the same
    batch that must have gone well before."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    prefer: tuple[str, ...] = ()
    if_match: str = ""
    after: int | None = None

    def headers(self) -> dict[str, str]:
        """Its own headers."""
        found = {"Prefer": ", ".join((IMMUTABLE, *self.prefer))}
        if self.if_match:
            found["If-Match"] = self.if_match
        if self.body is not None:
            found["Content-Type"] = "application/json"
        return found


@dataclass(slots=True)
class _Fetched:
    """Answers that came along with somebody else's batch."""

    wanted: dict[str, Part] = field(default_factory=dict)
    answers: dict[str, tuple[dt.datetime, Answer]] = field(default_factory=dict)


class Graph:
    """One user's Graph. `user` is "me", or "users/ADDRESS" for an app that acts for a team or a shared mailbox."""

    def __init__(
        self,
        wire: Wire,
        host: str,
        user: str = "me",
        *,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.wire, self.host, self._clock = wire, host, clock
        self._user = f"/{user}" if user == "me" else "/users/" + quote(user.removeprefix("users/"), safe="@")
        self._fetched = _Fetched()

    def now(self) -> dt.datetime:
        """The time, in UTC."""
        return self._clock().astimezone(dt.UTC)

    def ask(self, part: Part) -> Answer:
        """One request; its answer, whatever the status. Raises what the wire raises."""
        return self.wire.json(part.method, f"https://{self.host}{VERSION}{self._path(part)}", part.body, part.headers())

    def ask_all(self, parts: Sequence[Part]) -> list[Answer]:
        """Requests that depend on nothing, in as few batches as may be, two at a time; their answers in the same
        order."""
        answers: dict[int, Answer] = {}
        left = list(range(len(parts)))
        while left:
            numbers = left[:MOST_IN_A_BATCH]
            for number, answer in zip(numbers, self.batch([parts[n] for n in numbers], lanes=True), strict=True):
                if answer.status != 424:  # its forerunner in the lane went wrong, which is nothing to it
                    answers[number] = answer
            left = [n for n in left if n not in answers]
        return [answers[number] for number in range(len(parts))]

    def batch(self, parts: Sequence[Part], *, lanes: bool = False) -> list[Answer]:
        """Up to twenty requests in one, each with an answer of its own (Graph guide, "Combine multiple HTTP requests
        using JSON batching"). A part whose forerunner failed is answered 424. Raises as `ask`."""
        requests = [self._in_batch(number, part, lanes) for number, part in enumerate(parts)]
        whole = self.wire.json("POST", f"https://{self.host}{VERSION}/$batch", {"requests": requests})
        if not whole.is_good:
            raise refusal(whole)
        body = whole.json()
        given = {str(one.get("id")): one for one in _list(body, "responses") if isinstance(one, dict)}
        if set(given) != {str(n) for n in range(len(parts))}:
            raise TryLater(f"{self.host} did not answer every part of a batch")
        return [self._answer(part, given[str(n)], whole.received) for n, part in enumerate(parts)]

    def poll(self, parts: Sequence[Part]) -> list[Answer]:
        """`ask_all`, taking along what others of this account said they will ask next."""
        wanted = dict(self._fetched.wanted)
        self._fetched.wanted.clear()
        answers = self.ask_all([*parts, *wanted.values()])
        for path, answer in zip(wanted, answers[len(parts) :], strict=True):
            self._fetched.answers[path] = (self.now(), answer)
        return answers[: len(parts)]

    def expect(self, part: Part) -> None:
        """Somebody will ask this next: let it go along with the next poll."""
        self._fetched.wanted[part.path] = part

    def expected(self, part: Part) -> Answer:
        """What was expected, from the poll it went along with, or asked now."""
        self._fetched.wanted.pop(part.path, None)
        came = self._fetched.answers.pop(part.path, None)
        if came is not None and self.now() - came[0] < _FETCHED_HOLDS:
            return came[1]
        return self.ask(part)

    def below(self, link: str) -> str:
        """A nextLink or deltaLink as a path below the version. Raises TryLater where it leads to another host: such an
        answer is not the service's."""
        split = urlsplit(link)
        if split.scheme != "https" or split.netloc != self.host or not split.path.startswith(f"{VERSION}/"):
            raise TryLater(f"{self.host} gave a link that leads elsewhere: {split.scheme}://{split.netloc}")
        return split.path.removeprefix(VERSION) + (f"?{split.query}" if split.query else "")

    def _path(self, part: Part) -> str:
        """The whole path below the version: links carry the user in them."""
        return part.path if part.path.startswith(("/me/", "/users/", "/users(")) else self._user + part.path

    def _in_batch(self, number: int, part: Part, lanes: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"id": str(number), "method": part.method, "url": self._path(part)}
        found["headers"] = part.headers()
        if part.body is not None:
            found["body"] = part.body
        after = number - LANES if lanes else part.after
        if after is not None and after >= 0:
            found["dependsOn"] = [str(after)]
        return found

    def _answer(self, part: Part, given: Mapping[str, Any], received: dt.datetime) -> Answer:
        """A part's answer. What is no JSON comes base64-encoded (same guide)."""
        body = given.get("body")
        if isinstance(body, str):
            try:
                data = base64.b64decode(body, validate=True)
            except (binascii.Error, ValueError):
                data = body.encode()
        else:
            data = b"" if body is None else json.dumps(body).encode()
        headers = {str(name).lower(): str(value) for name, value in (given.get("headers") or {}).items()}
        request = Request(part.method, f"https://{self.host}{VERSION}{self._path(part)}")
        status = given.get("status")
        return Answer(request, status if isinstance(status, int) else 500, headers, data, received)


def good(answer: Answer) -> Any:
    """The JSON of an answer that is good. Raises what a refusal means."""
    if not answer.is_good:
        raise refusal(answer)
    return answer.json()


def error_code(answer: Answer) -> str:
    """The service's own word for what is wrong, lower case."""
    try:
        said = json.loads(answer.body)["error"]["code"]
    except (ValueError, TypeError, KeyError):
        return ""
    return str(said).rpartition(".")[2].casefold()


def refusal(answer: Answer) -> Exception:
    """What a bad answer means: CursorExpired for a dead token, TryLater, UserMustAct, or a bug of ours."""
    code = error_code(answer)
    if answer.status == 410 or code in _EXPIRED:
        return CursorExpired("Microsoft 365 no longer knows the place we had reached.")
    if code in _NO_MAILBOX:
        return UserMustAct(
            "this account has no mailbox in Exchange Online", "name an address whose mailbox is in Microsoft 365"
        )
    if answer.status in (404, 409, 412, 423, 424):  # changed, moved or locked at this moment
        return TryLater(f"{answer.host} is not ready for it ({answer.status} {code})", answer.retry_after or _SOON)
    if answer.status == 401:
        return UserMustAct("Microsoft 365 no longer lets us in", "sign in again: followup connect microsoft")
    if answer.status == 400:
        said = answer.body[:300].decode("utf-8", "replace")
        return OutsideFault(
            f"{answer.host} refuses {answer.request.method} {urlsplit(answer.request.url).path}: {said}"
        )
    return answer.fault()


_SOON = dt.timedelta(minutes=2)


def items(page: Any) -> list[Mapping[str, Any]]:
    """The things on a page. Raises TryLater where it is no page."""
    return [one for one in _list(page, "value") if isinstance(one, dict)]


def _list(body: Any, name: str) -> list[Any]:
    found = body.get(name) if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise TryLater("Microsoft 365 gave an answer that is none")
    return found


def query(**options: str) -> str:
    """Query options behind a path, "$" put before the names; "?" first."""
    return "?" + "&".join(f"${name}={quote(value, safe=_PLAIN)}" for name, value in options.items())


_PLAIN = "(),:;'$*/@"
