"""Gmail and Google Calendar over real HTTP on 127.0.0.1, so that the real client library runs.

Every request and answer is held against Google's own description (contract.py); what does not fit is kept in
`violations`. It counts quota units by a table of its own, refuses what comes at the same time, and fails on demand.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import email.utils
import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests import trace
from tests.fakes.google import contract
from tests.fakes.google.calendar import CalendarStore, Conflict, Expired, Stale
from tests.fakes.google.mail import Gone, MailStore, Wrong
from tests.fakes.google.tokens import SignIn

UNITS = {
    "gmail.users.messages.get": 20, "gmail.users.threads.get": 40, "gmail.users.messages.list": 5, "gmail.users.history.list": 2,
    "gmail.users.getProfile": 1, "gmail.users.labels.list": 1, "gmail.users.drafts.create": 10, "gmail.users.drafts.update": 15,
    "gmail.users.drafts.get": 5, "gmail.users.drafts.list": 5, "gmail.users.drafts.delete": 10,
    "gmail.users.settings.sendAs.list": 1, "gmail.users.labels.create": 5, "gmail.users.messages.modify": 5,
}  # fmt: skip
FAULTS = (
    "429", "429 odd", "500", "503 html", "html", "truncated", "lost request", "lost answer", "closed", "slow", "429 date",
    "429 bare", "cut short", "empty",
)  # fmt: skip
MAY_SET = ("follow-up/waiting", "follow-up/draft ready", "follow-up/your turn")
HOSTS = ("gmail.googleapis.com", "www.googleapis.com", "oauth2.googleapis.com")
Reply = tuple[int, Any, dict[str, str]]


class FakeGoogle:
    """One account's mailbox and calendars, and the server before them."""

    def __init__(self, address: str, now: Callable[[], dt.datetime]) -> None:
        self.now = now
        self.mail, self.calendar = MailStore(address, now), CalendarStore(address, now)
        self.trace: list[tuple[str, str]] = []  # every call that arrived: method and path; the parts of batches too
        self.requests = 0  # HTTP requests, a batch being one
        self.units = 0
        self.counts: dict[str, int] = {}
        self.violations: list[str] = []
        self.collisions = 0
        self.faults: dict[int, str] = {}  # number of the request to come (0: the next) -> what goes wrong
        self.inner_fault: Callable[[int], Reply | None] = lambda number: (
            None
        )  # asked at each call, by its place in the trace
        self.slow_seconds = 0.6
        self.token = "good"
        self.sign_in = SignIn()
        self.page_epoch = 0
        self.per_minute: int | None = None
        self.minute_clock: Callable[[], float] = time.monotonic
        self.over_quota = 0
        self._spent: list[tuple[float, int]] = []
        self._busy = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def stand_ins(self) -> dict[str, str]:
        return dict.fromkeys(HOSTS, f"http://127.0.0.1:{self._server.server_address[1]}")

    def close(self) -> None:
        """Stop, and look over everything that arrived: what the program may not ask for is a violation."""
        self.violations += [
            f"{verb} {path} is nothing it may ask for" for verb, path in self.trace if not _may(verb, path)
        ]
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def fail(self, *numbers: int, fault: str) -> None:
        """Let the requests with these numbers go wrong, counted from now, 0 being the next."""
        assert fault in FAULTS
        self.faults.update({self.requests + n: fault for n in numbers})

    # --- one HTTP request

    def handle(self, handler: _Handler) -> None:
        number, self.requests = self.requests, self.requests + 1
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.faults.pop(number, "")
        if not self._busy.acquire(blocking=False):
            self.collisions += 1
            handler.answer(429, {"error": {"code": 429, "message": "Too many concurrent requests for user"}})
            return
        try:
            early = self._early(fault)
            reply = early or self._answer(handler, body)
        finally:
            self._busy.release()  # before the answer leaves: whoever has it may ask again at once
        self._reply(handler, fault if early is None else "", reply)

    def _early(self, fault: str) -> tuple[int, bytes, str, dict[str, str]] | None:
        """The answer to a request that goes wrong before it is carried out; None for the others."""
        match fault:
            case "lost request":
                return 0, b"", "", {}
            case "429" | "429 odd" | "429 date" | "429 bare":
                soon = email.utils.formatdate(time.time() + 9, usegmt=True)
                after = {"429": "7", "429 odd": "Tue, 07 Apr 2199 09:30:00 GMT", "429 date": soon}.get(fault)
                headers = {"Retry-After": after} if after else {}
                return 429, b'{"error": {"message": "rateLimitExceeded"}}', "application/json", headers
            case "500":
                return 500, b'{"error": {"code": 500, "message": "Internal error"}}', "application/json", {}
            case "503 html":
                return 503, b"<html>Service Unavailable</html>", "text/html", {}
        return None

    def _reply(self, handler: _Handler, fault: str, reply: tuple[int, bytes, str, dict[str, str]]) -> None:
        status, content, kind, headers = reply
        match fault:
            case "html":
                handler.raw(200, b"<html>Welcome to the hotel</html>", "text/html")
            case "cut short":  # whole for HTTP
                handler.raw(status, content[: len(content) // 2], kind, headers)
            case "empty":
                handler.raw(200, b"", kind)
            case "truncated":
                handler.raw(status, content[: len(content) // 2], kind, headers, length=len(content) + 10)
                handler.hang_up()
            case "lost answer":
                handler.hang_up()
            case "closed":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
                handler.hang_up()
            case "slow":
                time.sleep(self.slow_seconds)
                handler.hang_up()
            case _ if status == 0:
                handler.hang_up()
            case _:
                handler.raw(status, content, kind, headers)

    def _answer(self, handler: _Handler, body: bytes) -> tuple[int, bytes, str, dict[str, str]]:
        split = urlsplit(handler.path)
        if split.path.startswith(("/batch", "/token")):
            trace.asked("google", handler.command, split.path)
        if split.path == "/token":
            self.trace.append(("POST", "/token"))
            status, row = self.sign_in.answer(parse_qs(body.decode()))
            self.token = row.get("access_token", self.token)
            return status, json.dumps(row).encode(), "application/json", {}
        if handler.headers.get("Authorization") != f"Bearer {self.token}":
            return 401, b'{"error": {"code": 401, "message": "Invalid Credentials"}}', "application/json", {}
        if split.path in ("/batch", "/batch/calendar/v3"):
            return self._batch(handler.headers.get("Content-Type", ""), body)
        status, answer, headers = self._call(handler.command, handler.path, dict(handler.headers.items()), body)
        content = b"" if answer is None else json.dumps(answer).encode()
        return status, content, "application/json; charset=UTF-8", headers

    def _batch(self, kind: str, body: bytes) -> tuple[int, bytes, str, dict[str, str]]:
        found = re.search(r'boundary="([^"]+)"', kind)
        if not found:
            return 400, b"{}", "application/json", {}
        pieces = body.decode().split("--" + found[1])[1:-1]
        if len(pieces) > 100:
            self.violations.append(f"a batch of {len(pieces)}")
        parts = []
        for piece in pieces:
            outer, _, inner = piece.lstrip("\r\n").replace("\r\n", "\n").partition("\n\n")
            content_id = re.search(r"(?im)^Content-ID:\s*<([^>]+)>", outer)
            head, _, payload = inner.partition("\n\n")
            verb, path = head.split("\n")[0].split(" ")[:2]
            names = dict(line.split(": ", 1) for line in head.split("\n")[1:] if ": " in line)
            status, answer, _ = self._call(verb, path, names, payload.strip().encode())
            text = "" if answer is None else json.dumps(answer)
            given = f"Content-ID: <response-{content_id[1]}>\r\n" if content_id else ""
            parts.append(
                f"--batch_fake\r\nContent-Type: application/http\r\n{given}\r\nHTTP/1.1 {status} X\r\n"
                f"Content-Type: application/json; charset=UTF-8\r\nContent-Length: {len(text)}\r\n\r\n{text}\r\n"
            )
        return 200, ("".join(parts) + "--batch_fake--\r\n").encode(), "multipart/mixed; boundary=batch_fake", {}

    # --- one call

    def _call(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        split = urlsplit(target)
        self.trace.append((verb, split.path))
        trace.asked("google", verb, split.path)
        if (reply := self.inner_fault(len(self.trace))) is not None:
            return reply
        try:
            method, names = contract.find(verb, split.path)
            query = parse_qs(split.query, keep_blank_values=True)
            contract.check_query(method, query)
            sent = json.loads(body) if body else None
            contract.check_body(method, sent, answer=False)
        except (contract.Violation, ValueError) as fault:
            self.violations.append(str(fault))
            return _fault(400, str(fault))
        if not self._pay(UNITS.get(method.id, 1)):
            return _fault(429, "rateLimitExceeded")
        self.counts[method.id] = self.counts.get(method.id, 0) + 1
        handler = getattr(self, "_" + method.id.replace(".", "_"), None)
        if handler is None:
            self.violations.append(f"{method.id} is not for this program")
            return _fault(403, f"{method.id}: insufficientPermissions")
        ids = {name: unquote(value) for name, value in names.items()}
        try:
            answer = handler(ids, query, sent, headers)
        except Gone:
            return _fault(404, "Requested entity was not found.")
        except Expired:
            return _fault(410, "Sync token is no longer valid, a full sync is required.")
        except Conflict:
            return _fault(409, "The requested identifier already exists.")
        except Stale:
            return _fault(412, "Precondition Failed")
        except (Wrong, ValueError) as fault:
            return _fault(400, str(fault))
        try:
            contract.check_body(method, answer, answer=True)
        except contract.Violation as fault:
            self.violations.append(f"answer: {fault}")
        return (204 if answer is None else 200), answer, {}

    def _pay(self, units: int) -> bool:
        now = self.minute_clock()
        self._spent = [(at, spent) for at, spent in self._spent if now - at < 60]
        if self.per_minute is not None and sum(spent for _, spent in self._spent) + units > self.per_minute:
            self.over_quota += 1
            return False
        self._spent.append((now, units))
        self.units += units
        return True

    def _page(
        self, items: list[Any], query: dict[str, list[str]], usual: int, most: int
    ) -> tuple[list[Any], str | None]:
        """A page of a list; tokens die when `page_epoch` moves on."""
        size = min(int(query.get("maxResults", [usual])[0]), most)
        token = query.get("pageToken", [""])[0]
        start = 0
        if token:
            epoch, _, text = token.partition(".")
            if int(epoch) != self.page_epoch:
                raise Wrong("Invalid pageToken")
            start = int(text)
        more = f"{self.page_epoch}.{start + size}" if len(items) > start + size else None
        return items[start : start + size], more

    # --- Gmail

    def _gmail_users_getProfile(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        return {
            "emailAddress": self.mail.address, "messagesTotal": len(self.mail.mails), "threadsTotal": 0,
            "historyId": str(self.mail.last),
        }  # fmt: skip

    def _gmail_users_messages_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        spam = query.get("includeSpamTrash", ["false"])[0] == "true"
        found = list(self.mail.search(query.get("q", [""])[0], query.get("labelIds", []), spam=spam))
        page, more = self._page(found, query, 100, 500)
        rows = [{"id": m.id, "threadId": m.thread} for m in page]
        return {
            **({"messages": rows} if rows else {}),
            **({"nextPageToken": more} if more else {}),
            "resultSizeEstimate": min(len(found), 201),
        }

    def _gmail_users_messages_get(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        mail = self.mail.mails.get(ids["id"])
        if mail is None:
            raise Gone
        return self.mail.resource(mail, query.get("format", ["full"])[0], query.get("metadataHeaders", []))

    def _gmail_users_threads_get(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        mails = sorted((m for m in self.mail.mails.values() if m.thread == ids["id"]), key=lambda m: m.id)
        if not mails:
            raise Gone
        form, names = query.get("format", ["full"])[0], query.get("metadataHeaders", [])
        return {
            "id": ids["id"],
            "historyId": str(self.mail.last),
            "messages": [self.mail.resource(m, form, names) for m in mails],
        }

    def _gmail_users_history_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        records = self.mail.changes(int(query["startHistoryId"][0]), set(query.get("historyTypes", [])))
        page, more = self._page(records, query, 100, 500)
        return {
            **({"history": page} if page else {}), **({"nextPageToken": more} if more else {}), "historyId": str(self.mail.last),
        }  # fmt: skip

    def _gmail_users_drafts_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        wanted = query.get("q", [""])[0]
        found = {m.id for m in self.mail.search(wanted, ["DRAFT"], spam=True)} if wanted else set(self.mail.mails)
        rows = [(d, self.mail.mails[m]) for d, m in self.mail.drafts.items() if m in found]
        page, more = self._page(rows, query, 100, 500)
        listed = [{"id": d, "message": {"id": m.id, "threadId": m.thread}} for d, m in page]
        return {
            **({"drafts": listed} if listed else {}), **({"nextPageToken": more} if more else {}), "resultSizeEstimate": len(rows),
        }  # fmt: skip

    def _gmail_users_drafts_get(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        message_id = self.mail.drafts.get(ids["id"])
        if message_id is None:
            raise Gone
        form = query.get("format", ["full"])[0]
        return {"id": ids["id"], "message": self.mail.resource(self.mail.mails[message_id], form, [])}

    def _gmail_users_drafts_create(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        return self._save_draft(None, body)

    def _gmail_users_drafts_update(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        if ids["id"] not in self.mail.drafts:
            raise Gone
        return self._save_draft(ids["id"], body)

    def _save_draft(self, draft_id: str | None, body: Any) -> Any:
        message = body["message"]
        try:
            raw = base64.urlsafe_b64decode(message["raw"] + "=" * (-len(message["raw"]) % 4))
        except binascii.Error as fault:
            raise Wrong("raw is not base64url") from fault
        if b"\r\n\r\n" not in raw:
            raise Wrong("not a mail")
        kept = self.mail.save_draft(draft_id, raw, message.get("threadId"))
        mail = self.mail.mails[self.mail.drafts[kept]]
        return {"id": kept, "message": {"id": mail.id, "threadId": mail.thread, "labelIds": ["DRAFT"]}}

    def _gmail_users_drafts_delete(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        self.mail.drop_draft(ids["id"])

    def _gmail_users_settings_sendAs_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        return {"sendAs": self.mail.send_as}

    def _gmail_users_labels_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        own = [{"id": one, "name": one, "type": "system"} for one in ("INBOX", "SENT", "DRAFT", "UNREAD", "STARRED")]
        return {"labels": [*own, *({"id": i, "name": n, "type": "user"} for i, n in self.mail.user_labels.items())]}

    def _gmail_users_labels_create(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        if body["name"].casefold() in (name.casefold() for name in self.mail.user_labels.values()):
            raise Conflict
        return {"id": self.mail.make_label(body["name"]), "name": body["name"], "type": "user"}

    def _gmail_users_messages_modify(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        mail = self.mail.mails.get(ids["id"])
        if mail is None:
            raise Gone
        add, remove = body.get("addLabelIds", []), body.get("removeLabelIds", [])
        ours = {one for one, name in self.mail.user_labels.items() if name.casefold() in MAY_SET}
        if not {*add, *remove} & self.mail.user_labels.keys() <= ours or not all(map(_is_own, (*add, *remove))):
            self.violations.append(f"labels {add} and {remove}, which are not the program's to set")
        if not {*add, *remove} <= self.mail.user_labels.keys():
            raise Wrong("Invalid label")
        self.mail.label(mail.id, add, remove)
        return {"id": mail.id, "threadId": mail.thread, "labelIds": sorted(mail.labels)}

    # --- Calendar

    def _calendar_events_list(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        token = query.get("syncToken", [""])[0]
        if token and set(query) & {"timeMin", "timeMax", "q", "orderBy", "updatedMin", "iCalUID"}:
            raise Wrong("a sync token with what it does not go with")
        since = int(token.removeprefix("sync")) if token else None
        found = self.calendar.listed(ids["calendarId"], since)
        page, more = self._page(found, query, 250, 2500)
        last = {"nextPageToken": more} if more else {"nextSyncToken": f"sync{self.calendar.last}"}
        return {"kind": "calendar#events", "etag": '"p"', "summary": "", "items": page, **last}

    def _calendar_events_get(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        event = self.calendar.of(ids["calendarId"]).get(ids["eventId"])
        if event is None:
            raise Gone
        return event

    def _own(self, ids: Any, body: Any) -> None:
        if ids["calendarId"] not in self.calendar.made_here:
            self.violations.append(f"a write to {ids['calendarId']}, which the scopes do not allow")
            raise Gone
        if body and body.get("attendees"):
            self.violations.append("an entry with guests")

    def _calendar_events_insert(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        self._own(ids, body)
        return self.calendar.insert(ids["calendarId"], body)

    def _calendar_events_update(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        self._own(ids, body)
        match = next((v for n, v in headers.items() if n.lower() == "if-match"), None)
        return self.calendar.change(ids["calendarId"], ids["eventId"], body, match, whole=True)

    def _calendar_events_patch(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        self._own(ids, body)
        match = next((v for n, v in headers.items() if n.lower() == "if-match"), None)
        return self.calendar.change(ids["calendarId"], ids["eventId"], body, match, whole=False)

    def _calendar_calendars_insert(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        return self.calendar.add_calendar(body["summary"])

    def _calendar_calendars_get(self, ids: Any, query: Any, body: Any, headers: Any) -> Any:
        if ids["calendarId"] not in self.calendar.calendars:
            raise Gone
        return self.calendar.calendars[ids["calendarId"]]


# What may arrive, written down apart from the program's own list.
_MAY = re.compile(
    r"(GET|POST) /gmail/v1/users/me/labels|POST /gmail/v1/users/me/messages/\w+/modify"
    r"|GET /gmail/v1/users/me/(profile|history|messages|drafts|settings/sendAs|(messages|threads|drafts)/\w+)"
    r"|POST /gmail/v1/users/me/drafts|(PUT|DELETE) /gmail/v1/users/me/drafts/r\d+|POST /token"
    r"|GET /calendar/v3/calendars/(primary|[^/]+%40group\.calendar\.google\.com)(/events(/\w+)?)?|POST /calendar/v3/calendars"
    r"|(POST|PUT|PATCH) /calendar/v3/calendars/[^/]+%40group\.calendar\.google\.com/events(/\w+)?"
)


def _is_own(label: str) -> bool:
    return label.startswith("Label_")


def _may(verb: str, path: str) -> bool:
    return _MAY.fullmatch(f"{verb} {path}") is not None


def _fault(status: int, message: str) -> Reply:
    return (
        status,
        {"error": {"code": status, "message": message, "errors": [{"message": message, "reason": message}]}},
        {},
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeGoogle

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news; anything else is kept."""
        import sys  # noqa: PLC0415

        fault = sys.exc_info()[1]
        if not isinstance(fault, OSError):
            self.fake.violations.append(f"the fake itself: {fault!r}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.raw(status, json.dumps(body).encode(), "application/json", headers)

    def raw(
        self,
        status: int,
        content: bytes,
        kind: str,
        headers: dict[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if status != 204:
            self.wfile.write(content)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()

    def log_message(self, *args: Any) -> None:
        """Silent."""

    def do_GET(self) -> None:
        self.server.fake.handle(self)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET
