"""What Gmail and Google Calendar share: what may leave, what it costs, and the client library over the one HTTP door."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from googleapiclient.discovery import build_from_document
from googleapiclient.errors import BatchError, HttpError
from googleapiclient.http import BatchHttpRequest

from bot.errors import TryLater
from bot.providers.wire import Allow, Answer, Call, Meter, OutcomeUnknown, Request, TooLarge, Wire
from bot.providers.wire_httplib2 import Httplib2Door

T = TypeVar("T")

GMAIL, CALENDAR = "gmail.googleapis.com", "www.googleapis.com"
_ME, _ID, _CALENDARS = "/gmail/v1/users/me", "[A-Za-z0-9_-]+", "/calendar/v3/calendars"
GMAIL_ALLOWED = (
    Allow("GET", GMAIL, f"{_ME}/(?:profile|messages|history|drafts|labels|settings/sendAs)"),
    Allow("GET", GMAIL, f"{_ME}/(?:messages|threads|drafts)/{_ID}"),
    Allow("POST", GMAIL, f"{_ME}/drafts"),
    Allow("PUT", GMAIL, f"{_ME}/drafts/{_ID}"),
    Allow("DELETE", GMAIL, f"{_ME}/drafts/{_ID}"),
    Allow("POST", GMAIL, "/batch"),
)
LABELLING_ALLOWED = (  # beside the others, where labels are to show how matters stand
    Allow("POST", GMAIL, f"{_ME}/labels"),
    Allow("POST", GMAIL, f"{_ME}/messages/{_ID}/modify"),
)
CALENDAR_ALLOWED = (
    Allow("GET", CALENDAR, f"{_CALENDARS}/[^/]+"),
    Allow("GET", CALENDAR, f"{_CALENDARS}/[^/]+/events(?:/{_ID})?"),
    Allow("POST", CALENDAR, _CALENDARS),
    Allow("POST", CALENDAR, f"{_CALENDARS}/[^/]+@group\\.calendar\\.google\\.com/events"),
    Allow("PUT", CALENDAR, f"{_CALENDARS}/[^/]+@group\\.calendar\\.google\\.com/events/{_ID}"),
    Allow("PATCH", CALENDAR, f"{_CALENDARS}/[^/]+@group\\.calendar\\.google\\.com/events/{_ID}"),
    Allow("POST", CALENDAR, "/batch/calendar/v3"),
)
GMAIL_UNITS_A_MINUTE, CALENDAR_UNITS_A_MINUTE = 6_000, 600
# Gmail API, "Usage limits": units for each method, the newer and dearer table where there are two. By method and by what the
# path ends in.
_UNITS = {
    ("GET", "profile"): 1, ("GET", "messages"): 5, ("GET", "messages/*"): 20, ("GET", "threads/*"): 40, ("GET", "history"): 2,
    ("GET", "drafts"): 5, ("GET", "drafts/*"): 5, ("POST", "drafts"): 10, ("PUT", "drafts/*"): 15, ("DELETE", "drafts/*"): 10,
    ("GET", "settings/sendAs"): 1, ("GET", "labels"): 1, ("POST", "labels"): 5, ("POST", "messages/*"): 5,
}  # fmt: skip
_TELLING = frozenset((404, 409, 410, 412))


class Refused(Exception):
    """An answer that means something to the caller alone: 404, 409, 410 or 412."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the service answered {status}")
        self.status = status


class BadRequest(RuntimeError):
    """400: a bug of ours, except where a list was to be gone on with."""


class PageExpired(TryLater):
    """The place in a list is no longer known: the list is to be begun again."""


def units(call: Call) -> int:
    """The quota units of a call: Gmail's by its table, one for each call to the calendar; a batch costs what its parts
    do."""
    if call.path.startswith("/batch"):
        return 0
    if call.host != GMAIL:
        return 1
    name = call.path.removeprefix(_ME + "/")
    whole = _UNITS.get((call.method, name))
    return whole if whole is not None else _UNITS.get((call.method, name.partition("/")[0] + "/*"), 20)


def gmail_wire(
    bearer: Callable[[], str], meter: Meter | None = None, *, labelling: bool = False, **settings: Any
) -> Wire:
    """The door of a mailbox; `labelling`: labels may be made and put on; `settings` as wire.Wire has them."""
    allowed = (*GMAIL_ALLOWED, *LABELLING_ALLOWED) if labelling else GMAIL_ALLOWED
    return Wire(allowed, bearer=bearer, meter=meter or Meter(units, GMAIL_UNITS_A_MINUTE), **settings)


def calendar_wire(bearer: Callable[[], str], meter: Meter | None = None, **settings: Any) -> Wire:
    """The door of a calendar."""
    return Wire(CALENDAR_ALLOWED, bearer=bearer, meter=meter or Meter(units, CALENDAR_UNITS_A_MINUTE), **settings)


class Client:
    """Calls by the client library: one at a time, or some in a batch, each sent once."""

    def __init__(self, wire: Wire, document: str) -> None:
        self.wire = wire
        self._http = Httplib2Door(wire, frozenset((400, 404, 409, 410, 412)))
        self.api: Any = build_from_document(_document(document), http=self._http)

    def ask(self, call: Any) -> dict[str, Any]:
        """The answer to a call. Raises Refused, a kind of bot.errors, or RuntimeError for a request that Google does not
        understand."""
        try:
            answer = call.execute(num_retries=0)
        except HttpError as fault:
            if int(fault.resp.status) not in _TELLING:
                raise BadRequest(f"{call.method} {call.uri}: {fault.resp.status} {fault.reason}") from fault
            raise Refused(int(fault.resp.status)) from fault
        if call.method == "DELETE":
            return {}
        if not isinstance(answer, dict) or not answer:  # on its way it was cut down to nothing
            raise (TryLater if call.method == "GET" else OutcomeUnknown)("Google answered with nothing")
        return answer

    def pages(self, name: str, resource: Any, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Every page of a list method, one after the other."""
        token: str | None = None
        while True:
            try:
                page = self.ask(getattr(resource, name)(**arguments, **({"pageToken": token} if token else {})))
            except BadRequest as fault:
                if token is None:
                    raise
                raise PageExpired("Google no longer knows the place in a list") from fault
            yield page
            token = page.get("nextPageToken")
            if not token:
                return

    def ask_all(self, calls: Mapping[str, Any]) -> dict[str, dict[str, Any] | Refused | TooLarge]:
        """The answers to reading calls, in one batch, by the names given. An answer over the cap is asked for again in
        halves, down to one by one."""
        if not calls:
            return {}
        try:
            return self._batch(calls)
        except TooLarge as fault:
            names = list(calls)
            if len(names) == 1:
                return {names[0]: fault}
            halves: Sequence[list[str]] = (names[: len(names) // 2], names[len(names) // 2 :])
            return {n: a for half in halves for n, a in self.ask_all({name: calls[name] for name in half}).items()}

    def _batch(self, calls: Mapping[str, Any]) -> dict[str, dict[str, Any] | Refused | TooLarge]:
        found: dict[str, dict[str, Any] | Refused | TooLarge] = {}
        faults: list[Exception] = []

        def told(name: str, answer: Any, fault: Exception | None) -> None:
            if fault is None and isinstance(answer, dict) and answer:
                found[name] = answer
                return
            if fault is None:
                faults.append(TryLater("Google answered a part of a batch with nothing"))
                return
            meaning = self._meaning(fault, calls[name].uri)
            if isinstance(meaning, Refused):
                found[name] = meaning
            else:
                faults.append(meaning)

        batch: BatchHttpRequest = self.api.new_batch_http_request(callback=told)
        for name, call in calls.items():
            batch.add(call, request_id=name)
        try:
            batch.execute(http=self._http)
        except (
            BatchError,
            UnicodeDecodeError,
            KeyError,
            TypeError,
            ValueError,
            IndexError,
        ) as fault:  # a part without its id too
            raise TryLater("Google answered a batch with something that cannot be read") from fault
        except HttpError as fault:
            raise TryLater(f"Google answered a batch with {fault.resp.status}") from fault
        if faults:
            raise faults[0]
        if found.keys() != calls.keys():
            raise TryLater("Google answered only a part of a batch")
        return found

    def _meaning(self, fault: Exception, uri: str) -> Exception:
        """What a bad answer to a part of a batch means."""
        if not isinstance(fault, HttpError):
            return TryLater(
                f"Google answered a part of a batch with something that cannot be read: {type(fault).__name__}"
            )
        status = int(fault.resp.status)
        if status in _TELLING:
            return Refused(status)
        headers = {str(name).lower(): str(value) for name, value in fault.resp.items()}
        return Answer(Request("GET", uri), status, headers, fault.content, self.wire.now()).fault()


@functools.cache
def _document(name: str) -> str:
    """A discovery document, as it comes with the client library: nothing is fetched."""
    return (importlib.resources.files("googleapiclient") / "discovery_cache" / "documents" / f"{name}.json").read_text()
