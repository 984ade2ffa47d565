"""A message of Graph's JSON -> model.Message, with what mime.parse would have given, and the properties of ours on it.

Everything asked for comes with a listing's own pages. What Graph leaves out of its JSON comes as MAPI properties
([MS-OXPROPS]): a mail in Sent Items has no internet headers, so its thread is in PidTagInReplyToId and
PidTagInternetReferences. Only a delivery report is asked for once more, as MIME (see `wants_mime`).
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import NotReadable
from bot.model import Address, Attachment, Message
from bot.providers import mime
from bot.providers.base import wish_of
from bot.providers.compose import message_digest
from bot.providers.graph_api import query
from bot.providers.mime_headers import clean, ids

Item = Mapping[str, Any]

_SET = "{6d7ab4a8-0c0f-4f0e-93a6-6f9b5c8e21d4}"  # the namespace of our own properties, made for this program
KEY = f"String {_SET} Name FollowupKey"
MARK = f"String {_SET} Name FollowupMark"  # what we wrote there, so that an edit is seen without our memory
IN_REPLY_TO, REFERENCES, MESSAGE_CLASS = "String 0x1042", "String 0x1039", "String 0x1a"
SELECT = (
    "id,changeKey,internetMessageId,conversationId,subject,from,sender,toRecipients,ccRecipients,bccRecipients,body,"
    "sentDateTime,receivedDateTime,createdDateTime,lastModifiedDateTime,isDraft,hasAttachments,parentFolderId,categories,"
    "internetMessageHeaders"
)
EXPAND = "singleValueExtendedProperties($filter={})".format(
    " or ".join(f"id eq '{name}'" for name in (KEY, MARK, IN_REPLY_TO, REFERENCES, MESSAGE_CLASS))
)
WHOLE = query(select=SELECT, expand=EXPAND)
_MOST_SIGN = 1000
_MOST_TEXT, _MOST_HTML = 64 * 1024, 256 * 1024
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_TAG = re.compile(r"(\w+) 0x0*([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Extras:
    """What had to be asked for beside a message's own JSON."""

    attachments: tuple[Attachment, ...] = ()
    mime: bytes = b""


def message_of(item: Item, extras: Extras | None = None) -> Message:
    """The Message. Its ref is the immutable id, its etag a digest of what it says. Raises NotReadable for what has no
    time at all, or nobody who wrote it."""
    extras = extras or Extras()
    headers = _headers(item)
    named = properties(item)
    at = (
        time_of(item.get("sentDateTime"))
        or time_of(item.get("receivedDateTime"))
        or time_of(item.get("createdDateTime"))
    )
    sender = _person(item.get("from")) or _person(item.get("sender"))
    if at is None or (sender is None and not item.get("isDraft")):
        raise NotReadable("it says nowhere when it was written" if at is None else "nobody wrote it")
    answers = ids(named.get(_plain(IN_REPLY_TO)) or _first(headers, "in-reply-to"))
    plain, page = _body(item)
    message = Message(
        ref=str(item.get("id", "")),
        etag="",
        id=next(iter(ids(str(item.get("internetMessageId") or ""))), "") or f"{item.get('id', '')}@no-id.invalid",
        at=at,
        sender=sender or Address(""),
        to=_people(item.get("toRecipients")),
        cc=_people(item.get("ccRecipients")),
        subject=clean(str(item.get("subject") or "")),
        answers=answers[0] if answers else None,
        references=ids(named.get(_plain(REFERENCES)) or _first(headers, "references")),
        plain=plain,
        html=page,
        attachments=extras.attachments,
        signs={n: " ".join(headers[n][0].split())[:_MOST_SIGN] for n in mime.SIGNS & headers.keys()},
        key=(named.get(_plain(KEY)) or "")[:200] or None,
        is_draft=bool(item.get("isDraft")),
        size=len(plain) + len(page),
        wish=wish_of(categories_of(item)),
    )
    message = _with_mime(message, extras.mime)
    words = message_digest(replace(message, attachments=()), _people(item.get("bccRecipients")))
    return replace(message, etag=words + ("+files" if item.get("hasAttachments") else ""))


def _with_mime(message: Message, data: bytes) -> Message:
    """A report with its parts, which only MIME has."""
    if not data:
        return message
    try:
        whole = mime.parse(data, message.ref, received=message.at)
    except NotReadable:
        return message
    return replace(
        message, plain=whole.plain, html=whole.html, signs={**message.signs, **whole.signs}, report=whole.report,
        returned=whole.returned, attachments=whole.attachments or message.attachments,
    )  # fmt: skip


def wants_mime(item: Item) -> bool:
    """Whether it is a report (RFC 6522), whose machine-readable parts Graph's JSON leaves out."""
    kind = _first(_headers(item), "content-type").casefold()
    named = properties(item).get(_plain(MESSAGE_CLASS), "").casefold()
    return kind.startswith("multipart/report") or named.startswith("report.")


def is_whole(item: Item) -> bool:
    """Whether a change came with everything asked for: some come with the id and what changed alone."""
    return "body" in item and "toRecipients" in item and "sentDateTime" in item


def is_only_marked(item: Item) -> bool:
    """Whether a change is no more than that somebody read or flagged it."""
    return not {name for name in item if "@" not in name} - _MARKS


_MARKS = frozenset(("id", "isRead", "parentFolderId", "flag", "importance", "inferenceClassification", "changeKey",
                    "lastModifiedDateTime"))  # fmt: skip


def digest_of(item: Item) -> str:
    """The etag that `message_of` gives it; what cannot be read has one nobody wrote."""
    try:
        return message_of(item).etag
    except NotReadable:
        return ""


def properties(item: Item) -> dict[str, str]:
    """Its extended properties by name, written plainly: the service gives them in its own spelling."""
    found = item.get("singleValueExtendedProperties")
    given = found if isinstance(found, list) else []
    return {_plain(str(one.get("id", ""))): str(one.get("value") or "") for one in given if isinstance(one, dict)}


def property_of(item: Item, name: str) -> str:
    """One of them, "" where it is not there."""
    return properties(item).get(_plain(name), "")


def _plain(name: str) -> str:
    """A property's name as it may be compared: case and leading zeros aside."""
    name = " ".join(name.split()).casefold()
    tagged = _TAG.fullmatch(name)
    return f"{tagged[1]} 0x{tagged[2]}" if tagged else name


def recipients(people: Iterable[Address]) -> list[dict[str, Any]]:
    """Addresses as Graph writes them."""
    return [{"emailAddress": {"address": one.email, "name": one.name or one.email}} for one in people]


def time_of(value: Any) -> dt.datetime | None:
    """A time of Graph's, aware; None where there is none."""
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        at = dt.datetime.fromisoformat(found[1] + (found[2] or "Z").replace("Z", "+00:00"))
    except ValueError:
        return None
    return at if at.year >= 1970 else None


def attachment_of(item: Item) -> Attachment:
    """An attachment with its bytes, where they came along."""
    content = item.get("contentBytes")
    encoded = content.encode("ascii", "replace") if isinstance(content, str) else b""
    kind = str(item.get("contentType") or "application/octet-stream").lower()
    return Attachment(clean(str(item.get("name") or "")), kind, encoded, "base64" if encoded else "")


def _body(item: Item) -> tuple[str, str]:
    """The text as plain words or as HTML. Graph has one of them, and shows a plain mail as HTML: that is turned back, for
    what a plain mail's marks ("> ", "-- ") say is lost in it."""
    body = item.get("body")
    if not isinstance(body, dict) or not isinstance(body.get("content"), str):
        return "", ""
    content = body["content"].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if str(body.get("contentType")).lower() == "text":
        return content[:_MOST_TEXT], ""
    content = content[:_MOST_HTML]
    plain = _CONVERTED.search(content[:_MOST_HEAD])
    return (_lines(content[plain.end() :])[:_MOST_TEXT], "") if plain else ("", content)


_MOST_HEAD = 8192
_CONVERTED = re.compile(
    r"<body\b[^<>]{0,500}>\s{0,50}(?:<(?:font|span)\b[^<>]{0,200}>\s{0,50}){0,4}<div class=\"?PlainText\"?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\b[^<>]{0,50}>\n?", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")


def _lines(page: str) -> str:
    """What Exchange made of plain lines, as plain lines."""
    text = html.unescape(_ANY_TAG.sub("", _BREAK.sub("\n", page)))
    return text.replace("\xa0", " ").rstrip() + "\n"


def categories_of(item: Item) -> list[str]:
    """Its categories, by name."""
    given = item.get("categories")
    return [str(one) for one in given] if isinstance(given, list) else []


def _headers(item: Item) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    given = item.get("internetMessageHeaders")
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("value"), str):
            found.setdefault(one["name"].strip().casefold(), []).append(one["value"])
    return found


def _first(headers: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _people(given: Any) -> tuple[Address, ...]:
    every = (_person(one) for one in (given if isinstance(given, list) else []))
    return tuple(one for one in every if one is not None and "@" in one.email)


def _person(given: Any) -> Address | None:
    """A recipient; colleagues may come with a directory name in place of an address."""
    inner = given.get("emailAddress") if isinstance(given, dict) else None
    if not isinstance(inner, dict):
        return None
    email = str(inner.get("address") or "").strip().casefold()
    name = clean(str(inner.get("name") or ""))
    if not email and not name:
        return None
    return Address(email, "" if name.casefold() == email else name)
