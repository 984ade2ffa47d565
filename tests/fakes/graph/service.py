"""The fake's own Graph: one mailbox and calendar behind the paths that the program uses, as strict as the service.

Every body that comes in and goes out is held against the vendor's types; whatever breaks a rule is noted in
`violations`, and a test that finds any fails.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests import trace
from tests.fakes.graph import contract, exchange
from tests.fakes.graph.delta import Deltas, unseal
from tests.fakes.graph.odata import Item, Options, Refused, any_property, expanded, normal, selected
from tests.fakes.graph.store import Message, Store

HOST = "graph.microsoft.com"
VERSION = "/v1.0"
MESSAGE = {
    "bccRecipients", "body", "bodyPreview", "categories", "ccRecipients", "changeKey", "conversationId",
    "createdDateTime", "flag", "from", "hasAttachments", "id", "importance", "internetMessageHeaders",
    "internetMessageId", "isDraft", "isRead", "lastModifiedDateTime", "parentFolderId", "receivedDateTime", "replyTo",
    "sender", "sentDateTime", "subject", "toRecipients",
}  # fmt: skip
USUAL = MESSAGE - {"internetMessageHeaders"}  # those come only when they are selected
WRITABLE = {
    "bccRecipients", "body", "categories", "ccRecipients", "flag", "from", "importance", "isRead", "replyTo", "sender",
    "singleValueExtendedProperties", "subject", "toRecipients",
}  # fmt: skip
EVENT = {"body", "end", "isAllDay", "isReminderOn", "reminderMinutesBeforeStart", "showAs", "start", "subject",
         "categories", "singleValueExtendedProperties", "transactionId"}  # fmt: skip
DELTA_OPTIONS = {"$select", "$expand", "$filter", "$top", "$orderby", "$skiptoken", "$deltatoken", "changeType"}
MOST_IN_A_BATCH, MOST_AT_ONCE, MOST_IN_TEN_MINUTES = 20, 4, 10_000


@dataclass
class Reply:
    """An answer: JSON, or bytes as they are."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class Asked:
    """A request, alone or in a batch: the path below the user, its options, and its headers in lower case."""

    method: str
    path: str
    options: str
    headers: dict[str, str]
    body: Any
    user: str

    def prefers(self, what: str) -> str | None:
        found = re.search(rf"(?:^|,)\s*{re.escape(what)}\s*=\s*\"?([^\",]+)", self.headers.get("prefer", ""))
        return found[1].strip() if found else None


class Service:
    """The paths. `takes_reply_message` and `takes_reply_properties` tell what createReply does with its `message`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.deltas = Deltas(store)
        self.takes_reply_message = True
        self.takes_reply_properties = True
        self.keeps_words = True  # False: what is saved is tidied into other words
        self.violations: list[str] = []
        self.calls: list[tuple[str, str]] = []  # every call that the service counts
        self.most_at_once = 0
        self.inner_fault: Callable[[int, str, str], Reply | None] = lambda number, method, path: None
        self.person: Item | None = None  # what the directory tells; None: the app may not read it
        self.settings: Item = {"timeZone": "W. Europe Standard Time", "automaticRepliesSetting": {"status": "disabled"}}

    # --- requests and batches

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """One HTTP request."""
        if not headers.get("authorization", "").startswith("Bearer "):
            return _error(Refused(401, "InvalidAuthenticationToken"))
        path, _, options = target.partition("?")
        path = unquote(path).removeprefix(VERSION)
        try:
            parsed = json.loads(body) if body else None
        except ValueError:
            return _error(Refused(400, "BadRequest", "not JSON"))
        if path == "/$batch":
            return self._batch(parsed)
        self.most_at_once = max(self.most_at_once, 1)
        return self._one(method, path, options, headers, parsed)

    def _batch(self, body: Any) -> Reply:
        requests = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or not 0 < len(requests) <= MOST_IN_A_BATCH:
            return _error(Refused(400, "BadRequest", "too many requests in a batch, or none"))
        if len({one["id"] for one in requests}) != len(requests) or set(body) != {"requests"}:
            return _error(Refused(400, "BadRequest", "ids must differ"))
        done: dict[str, int] = {}
        depth: dict[str, int] = {}
        answers = []
        for one in requests:
            if one.keys() - {"id", "method", "url", "headers", "body", "dependsOn"} or not one["url"].startswith("/"):
                return _error(Refused(400, "BadRequest", "a part that is none"))
            before = one.get("dependsOn", [])
            if not set(before) <= done.keys():
                return _error(Refused(400, "BadRequest", "depends on what does not come before"))
            depth[one["id"]] = 1 + max((depth[b] for b in before), default=0)
            failed = [b for b in before if not 200 <= done[b] < 300]
            reply = _error(Refused(424, "FailedDependency")) if failed else self._part(one)
            done[one["id"]] = reply.status
            given = {"id": one["id"], "status": reply.status, "headers": reply.headers, "body": reply.body}
            if isinstance(reply.body, bytes):
                given["body"] = base64.b64encode(reply.body).decode()
            answers.append(given)
        width = max(list(depth.values()).count(level) for level in depth.values())
        self.most_at_once = max(self.most_at_once, width)
        if width > MOST_AT_ONCE:
            self.violations.append(f"{width} requests at a time in one mailbox")
        return Reply(body={"responses": answers[::-1]})  # the order of the answers is not that of the requests

    def _part(self, one: Item) -> Reply:
        path, _, options = one["url"].partition("?")
        headers = {name.lower(): value for name, value in one.get("headers", {}).items()}
        if one.get("body") is not None and headers.get("content-type") != "application/json":
            return _error(Refused(400, "BadRequest", "a body without its type"))
        return self._one(one["method"], unquote(path), options, headers, one.get("body"))

    def _one(self, method: str, path: str, options: str, headers: dict[str, str], body: Any) -> Reply:
        self.calls.append((method, path))
        trace.asked("graph", method, path)
        if len(self.calls) % MOST_IN_TEN_MINUTES == 0:
            self.violations.append("more requests than a mailbox may have in ten minutes")
        if (fault := self.inner_fault(len(self.calls), method, path)) is not None:
            return fault
        user = re.match(r"/me(?=/|$)|/users/[^/]+|/users\('[^']+'\)", path)
        if user is None:
            return _error(Refused(400, "BadRequest", f"no such path: {path}"))
        asked = Asked(method, path[user.end() :], options, headers, body, user[0])
        if asked.prefers("IdType") != "ImmutableId":
            self.violations.append(f"{method} {path} does not ask for immutable ids")
        try:
            with self.store.lock:
                return self._route(asked)
        except Refused as refused:
            return _error(refused)

    def _route(self, asked: Asked) -> Reply:
        for method, pattern, handler in self._routes():
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                return handler(asked, *found.groups())
        self.violations.append(f"{asked.method} {asked.path} is nothing the program should ask")
        raise Refused(405, "ErrorInvalidRequest", f"{asked.method} {asked.path}")

    def _routes(self) -> tuple[tuple[str, str, Callable[..., Reply]], ...]:
        folder = r"/mailFolders(?:/([^/]+)|\('([^']+)'\))"
        return (
            ("GET", r"/mailFolders/delta", self._tree),
            ("GET", folder + r"/messages/delta(?:\(\))?", self._message_delta),
            ("GET", folder + r"/messages", self._folder_messages),
            ("GET", folder, self._folder),
            ("GET", r"/messages", self._messages),
            ("POST", r"/messages", self._create),
            ("GET", r"/messages/([^/]+)", self._message),
            ("PATCH", r"/messages/([^/]+)", self._update),
            ("DELETE", r"/messages/([^/]+)", self._delete),
            ("POST", r"/messages/([^/]+)/createReply", self._create_reply),
            ("GET", r"/messages/([^/]+)/\$value", self._mime),
            ("GET", r"/messages/([^/]+)/attachments", self._attachments),
            ("GET", r"/messages/([^/]+)/attachments/([^/]+)", self._attachment),
            ("POST", r"/messages/([^/]+)/attachments", self._attach),
            ("GET", r"/calendarView/delta", self._event_delta),
            ("GET", r"/events", self._events),
            ("GET", r"/events/([^/]+)", self._event),
            ("POST", r"/events", self._create_event),
            ("PATCH", r"/events/([^/]+)", self._update_event),
            ("DELETE", r"/events/([^/]+)", self._delete_event),
            ("GET", r"/mailboxSettings", lambda asked: self._checked("mailboxSettings", Reply(body=self.settings))),
            ("GET", "", self._person),
        )

    def _checked(self, kind: str, reply: Reply, *, collection: bool = False) -> Reply:
        """An answer of ours, held against the vendor's types."""
        if wrong := contract.check(kind, reply.body, collection=collection):
            self.violations.append(f"answer: {wrong}")
        return reply

    def _taken(self, kind: str, body: Any) -> Item:
        """A body that came in, held against them."""
        if not isinstance(body, dict):
            raise Refused(400, "BadRequest", "an empty body")
        if wrong := contract.check(kind, body):
            self.violations.append(f"request: {wrong}")
            raise Refused(400, "BadRequest", wrong)
        return body

    def _person(self, asked: Asked) -> Reply:
        """Whose mailbox it is: told where the app has User.Read."""
        options = Options.parse(asked.options, {"$select"})
        if self.person is None:
            raise Refused(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        known = {"id", "displayName", "mail", "proxyAddresses", "userPrincipalName"}
        return Reply(body=selected(self.person, options.get("$select"), known, known))

    # --- folders

    def _folder_id(self, one: str | None, other: str | None) -> str:
        name = one or other or ""
        ref = self.store.roles.get(name.lower(), name)
        if ref not in self.store.folders:
            raise Refused(404, "ErrorItemNotFound", f"no folder {name}")
        return ref

    def _folder(self, asked: Asked, one: str | None, other: str | None) -> Reply:
        options = Options.parse(asked.options, {"$select"})
        known = {"id", "displayName", "parentFolderId"}
        return self._checked(
            "mailFolder",
            Reply(body=selected(self.store.folders[self._folder_id(one, other)], options.get("$select"), known, known)),
        )

    def _tree(self, asked: Asked) -> Reply:
        options = Options.parse(asked.options, {"$select", "$deltatoken", "$skiptoken"})
        token = options.get("$deltatoken")
        since = unseal(self.store, token)["since"] if token else 0
        changed = list(dict.fromkeys(self.store.tree_log[since:]))
        value: list[Item] = [
            self.store.folders.get(ref) or {"id": ref, "@removed": {"reason": "deleted"}} for ref in changed
        ]
        if not token:
            value = [one for one in value if "@removed" not in one]
        state = {"since": len(self.store.tree_log), "generation": self.store.generation}
        from_here = f"https://{HOST}{VERSION}{asked.user}/mailFolders/delta?$deltatoken="
        return self._checked(
            "mailFolder", Reply(body={"@odata.deltaLink": from_here + _seal(state), "value": value}), collection=True
        )

    # --- messages

    def _message_delta(self, asked: Asked, one: str | None, other: str | None) -> Reply:
        folder = self._folder_id(one, other)
        options = Options.parse(asked.options, DELTA_OPTIONS)
        if options.get("$filter") is not None and not re.fullmatch(
            r"receivedDateTime (?:ge|gt) \S+", options.get("$filter") or ""
        ):
            raise Refused(400, "ErrorInvalidUrlQueryFilter", "delta filters by receivedDateTime alone")
        token = options.get("$deltatoken") or options.get("$skiptoken")
        state = unseal(self.store, token) if token else {
            "select": options.get("$select"), "expand": options.get("$expand")
        }  # fmt: skip
        expanded(state["expand"])

        def numbers() -> list[int]:
            return [m.number for m in self.store.living() if m.folder == folder]

        def show(number: int, kind: str, state: dict[str, Any]) -> list[Item]:
            message = self.store.messages[number]
            ref = self._ref(message, asked)
            if message.purged or message.folder != folder:
                return [{"@odata.type": "#microsoft.graph.message", "id": ref, "@removed": {"reason": "deleted"}}]
            if kind == "read":
                return [{"id": ref, "isRead": message.resource["isRead"], "parentFolderId": folder}]
            whole = self.store.render(message, expanded(state["expand"]), asked.prefers("IdType") == "ImmutableId")
            return [selected(whole, state["select"], MESSAGE, USUAL)]

        base = f"https://{HOST}{VERSION}{asked.user}/mailFolders('{folder}')/messages/delta"
        size = int(asked.prefers("odata.maxpagesize") or 10)
        page = self.deltas.round(folder, state, numbers, show, base, size)
        return self._checked("message", Reply(body=page), collection=True)

    def _ref(self, message: Message, asked: Asked) -> str:
        return message.immutable if asked.prefers("IdType") == "ImmutableId" else message.changing

    def _shown(self, asked: Asked, message: Message, options: Options) -> Item:
        immutable = asked.prefers("IdType") == "ImmutableId"
        whole = self.store.render(message, expanded(options.get("$expand")), immutable)
        return selected(whole, options.get("$select"), MESSAGE, USUAL)

    def _list(self, asked: Asked, messages: list[Message], options: Options) -> Reply:
        order = options.get("$orderby")
        if order not in (None, "createdDateTime desc", "receivedDateTime desc"):
            raise Refused(400, "ErrorInvalidUrlQuery", f"cannot order by {order}")
        if order is not None:
            name = order.split()[0]
            messages = sorted(messages, key=lambda m: m.resource.get(name) or "", reverse=True)
        top = int(options.get("$top") or 10)
        body: Item = {"value": [self._shown(asked, one, options) for one in messages[:top]]}
        if len(messages) > top:
            body["@odata.nextLink"] = f"https://{HOST}{VERSION}{asked.user}{asked.path}?$skip={top}"
        return self._checked("message", Reply(body=body), collection=True)

    def _folder_messages(self, asked: Asked, one: str | None, other: str | None) -> Reply:
        options = Options.parse(asked.options, {"$select", "$expand", "$top", "$orderby"})
        folder = self._folder_id(one, other)
        return self._list(asked, [m for m in self.store.living() if m.folder == folder], options)

    def _messages(self, asked: Asked) -> Reply:
        options = Options.parse(asked.options, {"$select", "$expand", "$top", "$orderby", "$filter"})
        found = self.store.living()
        if (wanted := any_property(options.get("$filter"))) is not None:
            name, value = wanted
            found = [m for m in found if m.properties.get(name, "").casefold() == value.casefold() != ""]
        return self._list(asked, found, options)

    def _message(self, asked: Asked, ref: str) -> Reply:
        options = Options.parse(asked.options, {"$select", "$expand"})
        return self._checked("message", Reply(body=self._shown(asked, self.store.find(ref), options)))

    def _mime(self, asked: Asked, ref: str) -> Reply:
        message = self.store.find(ref)
        return Reply(body=message.mime or exchange.as_mime(self.store, message), headers={"Content-Type": "text/plain"})

    def _attachments(self, asked: Asked, ref: str) -> Reply:
        known = {"id", "name", "contentType", "size", "isInline", "lastModifiedDateTime", "contentBytes"}
        options = Options.parse(asked.options, {"$select"})
        value = [selected(one, options.get("$select"), known, known) for one in self.store.find(ref).attachments]
        return Reply(body={"value": value})

    def _attachment(self, asked: Asked, ref: str, file: str) -> Reply:
        for one in self.store.find(ref).attachments:
            if one["id"] == file:
                return self._checked("fileAttachment", Reply(body=one))
        raise Refused(404, "ErrorItemNotFound")

    def _attach(self, asked: Asked, ref: str) -> Reply:
        message, body = self.store.find(ref), self._taken("fileAttachment", asked.body)
        if not message.resource["isDraft"]:
            raise Refused(400, "ErrorInvalidRequest", "only a draft takes files")
        if len(body["contentBytes"]) > 4_000_000:
            raise Refused(413, "RequestEntityTooLarge")
        made = {**body, "id": f"NEW{len(message.attachments)}", "size": len(body["contentBytes"]), "isInline": False,
                "lastModifiedDateTime": self.store.now()}  # fmt: skip
        message.attachments.append(made)
        message.resource["hasAttachments"] = True
        self.store.changed(message)
        return self._checked("fileAttachment", Reply(201, made))

    def _create(self, asked: Asked) -> Reply:
        body = self._taken("message", asked.body)
        if unknown := body.keys() - WRITABLE - {"internetMessageHeaders"}:
            raise Refused(400, "ErrorInvalidPropertySet", f"cannot be set: {sorted(unknown)}")
        me = {"emailAddress": {"name": self.store.name, "address": self.store.address}}
        message = self.store.add(
            "drafts",
            {"isDraft": True, "isRead": True, "from": me, "sender": me,
             "internetMessageId": f"<new{len(self.store.messages)}@outlook.example>"},
        )  # fmt: skip
        self._set(message, body)
        return self._checked("message", Reply(201, self._shown(asked, message, Options({}))))

    def _create_reply(self, asked: Asked, ref: str) -> Reply:
        original = self.store.find(ref)
        body = asked.body or {}
        if body.keys() - {"comment", "message"}:
            raise Refused(400, "BadRequest", "createReply takes a comment and a message")
        message = self._taken("message", body.get("message") or {})
        if message and not self.takes_reply_message:
            raise Refused(400, "ErrorInvalidParameter", "message")
        if "comment" in body and "body" in message:
            raise Refused(400, "ErrorInvalidParameter", "comment or body, not both")
        if original.properties.get(exchange.CLASS, "IPM.Note").startswith(("REPORT.", "IPM.Schedule")):
            raise Refused(400, "ErrorInvalidReferenceItem", "Reference item does not support the requested operation.")
        draft = exchange.begin_reply(self.store, original, body.get("comment") or "", {})
        if self.takes_reply_properties:
            self._set(draft, message)
        return self._checked("message", Reply(201, self._shown(asked, draft, Options({}))))

    def _update(self, asked: Asked, ref: str) -> Reply:
        message = self.store.find(ref)
        body = self._taken("message", asked.body)
        self._match(asked, message.resource["changeKey"])
        if unknown := body.keys() - WRITABLE:
            raise Refused(400, "ErrorInvalidPropertySet", f"cannot be set: {sorted(unknown)}")
        if not message.resource["isDraft"] and body.keys() - {"categories", "flag", "isRead", "importance",
                                                             "singleValueExtendedProperties"}:  # fmt: skip
            raise Refused(400, "ErrorInvalidPropertySet", "what was sent cannot be changed")
        self._set(message, body)
        return self._checked("message", Reply(body=self._shown(asked, message, Options({}))))

    def _set(self, message: Message, body: Item) -> None:
        for one in body.get("singleValueExtendedProperties", []):
            message.properties[normal(one["id"])] = one["value"]
        plain = {name: value for name, value in body.items() if name != "singleValueExtendedProperties"}
        message.resource |= plain
        content = message.resource["body"]["content"]
        if "body" in plain:
            content = re.sub(r"<!--.*?-->|(?is:<script.*?</script>)", "", content)
            if not self.keeps_words:
                content = content.replace(".", " .")
            message.resource["body"] = {"contentType": plain["body"]["contentType"], "content": content}
            message.resource["bodyPreview"] = exchange.text_of(content)[:255]
        self.store.changed(message)

    def _match(self, asked: Asked, change_key: str) -> None:
        wanted = asked.headers.get("if-match")
        if wanted not in (None, "*", f'W/"{change_key}"'):
            raise Refused(412, "ErrorIrresolvableConflict", "the change key does not match")

    def _delete(self, asked: Asked, ref: str) -> Reply:
        message = self.store.find(ref)
        self._match(asked, message.resource["changeKey"])
        if message.folder == self.store.roles["deleteditems"]:
            self.store.purge(message)
        else:
            self.store.move(message, "deleteditems")
        return Reply(204)

    # --- events

    def _event_delta(self, asked: Asked) -> Reply:
        options = Options.parse(asked.options, {"startDateTime", "endDateTime", "$skiptoken", "$deltatoken"})
        token = options.get("$deltatoken") or options.get("$skiptoken")
        state = unseal(self.store, token) if token else {
            "from": options.given["startDateTime"], "to": options.given["endDateTime"]
        }  # fmt: skip
        self._text_and_utc(asked)

        def within(number: int) -> bool:
            start = self.store.events[number].resource["start"]["dateTime"][:19]
            return bool(state["from"][:19] <= start < state["to"][:19]) or not start[:4].isdigit()

        def numbers() -> list[int]:
            return [n for n, one in self.store.events.items() if not one.deleted and within(n)]

        def show(number: int, kind: str, _: dict[str, Any]) -> list[Item]:
            event = self.store.events[number]
            if event.deleted or not within(number):
                return [
                    {"@odata.type": "#microsoft.graph.event", "id": event.immutable, "@removed": {"reason": "deleted"}}
                ]
            whole = self.store.render_event(event, [])
            if event.resource["type"] == "occurrence":
                whole = {name: whole[name] for name in ("id", "start", "end", "type", "seriesMasterId", "@odata.etag")}
            return [whole]

        base = f"https://{HOST}{VERSION}{asked.user}/calendarView/delta"
        size = int(asked.prefers("odata.maxpagesize") or 10)
        page = self.deltas.round("calendar", state, numbers, show, base, size)
        return self._checked("event", Reply(body=page), collection=True)

    def _text_and_utc(self, asked: Asked) -> None:
        if asked.prefers("outlook.body-content-type") != "text" or asked.prefers("outlook.timezone") != "UTC":
            self.violations.append(f"{asked.path}: not asked for plain text in UTC")

    def _events(self, asked: Asked) -> Reply:
        options = Options.parse(asked.options, {"$filter", "$expand", "$top"})
        self._text_and_utc(asked)
        wanted = any_property(options.get("$filter"))
        found = [one for one in self.store.events.values() if not one.deleted]
        if wanted is not None:
            found = [one for one in found if one.properties.get(wanted[0], "").casefold() == wanted[1].casefold() != ""]
        names = expanded(options.get("$expand"))
        value = [self.store.render_event(one, names) for one in found[: int(options.get("$top") or 10)]]
        return self._checked("event", Reply(body={"value": value}), collection=True)

    def _event(self, asked: Asked, ref: str) -> Reply:
        Options.parse(asked.options, set())
        return self._checked("event", Reply(body=self.store.render_event(self.store.find_event(ref), [])))

    def _create_event(self, asked: Asked) -> Reply:
        body = self._taken("event", asked.body)
        self._no_guests(body)
        transaction = body.get("transactionId")
        if transaction in self.store.transactions:
            raise Refused(409, "ErrorDuplicateTransactionId", "the transaction id exists already")
        event = self.store.add_event({})
        self._set_event(event, body)
        if transaction:
            self.store.transactions[transaction] = event.number
        return self._checked("event", Reply(201, self.store.render_event(event, [])))

    def _update_event(self, asked: Asked, ref: str) -> Reply:
        event = self.store.find_event(ref)
        body = self._taken("event", asked.body)
        self._no_guests(body)
        self._match(asked, event.resource["changeKey"])
        if "transactionId" in body:
            raise Refused(400, "ErrorInvalidPropertySet", "transactionId cannot be changed")
        self._set_event(event, body)
        return self._checked("event", Reply(body=self.store.render_event(event, [])))

    def _no_guests(self, body: Item) -> None:
        if body.get("attendees") or body.keys() - EVENT:
            self.violations.append(f"an event with {sorted(body)}: it may invite people")

    def _set_event(self, event: Any, body: Item) -> None:
        for one in body.get("singleValueExtendedProperties", []):
            event.properties[normal(one["id"])] = one["value"]
        plain = {name: value for name, value in body.items() if name != "singleValueExtendedProperties"}
        for name in ("start", "end"):
            if name in plain:
                plain[name] = {
                    "dateTime": plain[name]["dateTime"][:19] + ".0000000",
                    "timeZone": plain[name]["timeZone"],
                }
        if "body" in plain:
            plain["body"] = {"contentType": "text", "content": plain["body"]["content"].replace("\n", "\r\n") + "\r\n"}
        event.resource |= plain
        self.store.event_changed(event)

    def _delete_event(self, asked: Asked, ref: str) -> Reply:
        event = self.store.find_event(ref)
        self._match(asked, event.resource["changeKey"])
        self.store.delete_event(event)
        return Reply(204)


def _seal(state: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def _error(refused: Refused) -> Reply:
    return Reply(
        refused.status,
        {"error": {"code": refused.code, "message": refused.message, "innerError": {"request-id": "0"}}},
        refused.headers,
    )
