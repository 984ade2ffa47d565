"""What Exchange makes of a mail when it comes in, of a reply when it is begun, and of a draft when it goes out."""

from __future__ import annotations

import base64
import datetime as dt
import email.policy
import html
import re
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any

from bot.errors import NotReadable
from bot.model import Address
from bot.providers import mime
from tests.fakes.graph.odata import Item
from tests.fakes.graph.store import Message as Stored
from tests.fakes.graph.store import Store, packed

IN_REPLY_TO, REFERENCES, CLASS = "String 0x1042", "String 0x1039", "String 0x1a"
_KEY_NAME = "name followupkey"


def plain_page(text: str) -> str:
    """A plain text as HTML, which is how the service shows it."""
    lines = [
        re.sub(r"^ +| {2,}", lambda m: "&nbsp;" * len(m[0]), html.escape(line, quote=False))
        for line in text.split("\n")
    ]
    inner = "<br>\r\n".join(lines)
    return (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>\r\n'
        f'<font size="2"><span style="font-size:11pt;"><div class="PlainText">{inner}</div></span></font>\r\n</body></html>'
    )


def person(address: Address) -> Item:
    return {"emailAddress": {"name": address.name or address.email, "address": address.email}}


def take_in(store: Store, data: bytes, folder: str, **more: Any) -> Stored:
    """A mail's bytes as a message of the mailbox."""
    sent = folder == "sentitems"
    try:
        mail = mime.parse(data, "")
    except NotReadable:
        return store.add(folder, {"subject": "", "receivedDateTime": store.now()}, mime=data)
    headers = BytesHeaderParser(policy=email.policy.compat32).parsebytes(data)
    page = mail.html or plain_page(mail.plain)
    at = mail.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    resource = {
        "subject": mail.subject, "from": person(mail.sender), "sender": person(mail.sender),
        "toRecipients": [person(one) for one in mail.to], "ccRecipients": [person(one) for one in mail.cc],
        "sentDateTime": at, "receivedDateTime": at, "internetMessageId": f"<{mail.id}>",
        "body": {"contentType": "html", "content": page}, "bodyPreview": mail.plain[:255],
        "hasAttachments": bool(mail.attachments), "isRead": sent,
    }  # fmt: skip
    if not sent:
        resource["internetMessageHeaders"] = [
            {"name": name, "value": " ".join(str(value).split())} for name, value in headers.items()
        ]
    properties = {CLASS: "REPORT.IPM.Note.NDR" if mail.report else "IPM.Note"}
    if mail.answers:
        properties[IN_REPLY_TO] = f"<{mail.answers}>"
    if mail.references:
        properties[REFERENCES] = " ".join(f"<{one}>" for one in mail.references)
    files = [
        {
            "@odata.type": "#microsoft.graph.fileAttachment", "id": f"ATT{n}", "name": one.name or f"file{n}",
            "contentType": one.media_type, "size": len(one.encoded), "isInline": False,
            "lastModifiedDateTime": at, "contentBytes": packed(one.decoded()),
        }
        for n, one in enumerate(mail.attachments)
    ]  # fmt: skip
    properties |= more.pop("properties", {})
    return store.add(folder, resource, properties=properties, attachments=files, mime=data, **more)


def quoted_page(original: Item, comment: str) -> str:
    """The page of a reply just begun: the comment, and the original below its header lines."""
    body = original["body"]["content"]
    inner = re.sub(r"(?is)^.*?<body[^>]*>|</body>.*$", "", body)
    sender = original["from"]["emailAddress"] if original.get("from") else {"name": "", "address": ""}
    return (
        '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>'
        f"{html.escape(comment)}<br>\r\n"
        '<hr tabindex="-1" style="display:inline-block; width:98%">\r\n<div id="divRplyFwdMsg" dir="ltr">'
        f"<b>From:</b> {html.escape(sender['name'])} &lt;{html.escape(sender['address'])}&gt;<br>\r\n"
        f"<b>Sent:</b> {original.get('sentDateTime')}<br>\r\n<b>Subject:</b> {html.escape(original.get('subject') or '')}"
        f"<div>&nbsp;</div></div>\r\n{inner}</body></html>"
    )


def begin_reply(store: Store, original: Stored, comment: str, message: Item) -> Stored:
    """A reply in Drafts, as createReply leaves it."""
    source = original.resource
    subject = source.get("subject") or ""
    sender = source.get("replyTo") or ([source["from"]] if source.get("from") else [])
    me = person(Address(store.address, store.name))
    mine = source.get("from") and source["from"]["emailAddress"]["address"] == store.address
    resource = {
        "isDraft": True, "isRead": True, "subject": subject if subject.lower().startswith("re:") else f"RE: {subject}",
        "from": me, "sender": me, "toRecipients": source["toRecipients"] if mine else sender,
        "body": {"contentType": "html", "content": quoted_page(source, comment)}, "bodyPreview": comment[:255],
        "conversationId": source["conversationId"], "internetMessageId": f"<reply{len(store.messages)}@outlook.example>",
    }  # fmt: skip
    chain = [*original.properties.get(REFERENCES, "").split(), source.get("internetMessageId") or ""]
    properties = {IN_REPLY_TO: source.get("internetMessageId") or "", REFERENCES: " ".join(one for one in chain if one)}
    resource |= {k: v for k, v in message.items() if k != "singleValueExtendedProperties"}
    return store.add("drafts", resource, properties=properties)


def as_mime(store: Store, message: Stored) -> bytes:
    """The draft as it would go out. Our key stands in a header here, so that a test can read it; Exchange sends no such
    property."""
    resource = message.resource
    mail = EmailMessage(policy=email.policy.SMTP)
    sender = (resource.get("from") or person(Address(store.address, store.name)))["emailAddress"]
    mail["From"] = _written(sender)
    for header, name in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Bcc", "bccRecipients")):
        if resource.get(name):
            mail[header] = ", ".join(_written(one["emailAddress"]) for one in resource[name])
    mail["Subject"] = resource.get("subject") or ""
    mail["Date"] = format_datetime(dt.datetime.fromisoformat(resource["lastModifiedDateTime"]))
    mail["Message-ID"] = resource.get("internetMessageId") or f"<draft{message.number}@outlook.example>"
    for header, name in (("In-Reply-To", IN_REPLY_TO), ("References", REFERENCES)):
        if message.properties.get(name):
            mail[header] = message.properties[name]
    for name, value in message.properties.items():
        if name.lower().endswith(_KEY_NAME):
            mail[mime.KEY_HEADER] = value
    page = resource["body"]["content"]
    mail.set_content(text_of(page), cte="quoted-printable")
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    for one in message.attachments:
        kind, _, detail = one["contentType"].partition("/")
        mail.add_attachment(base64.b64decode(one["contentBytes"]), maintype=kind, subtype=detail, filename=one["name"])
    return mail.as_bytes()


def text_of(page: str) -> str:
    """A page's words, the original marked as quoted, as mail programs write the plain alternative."""
    head, rule, quoted = page.partition('<hr tabindex="-1"')
    text = _words(head)
    if rule:
        text += "\n\n" + "\n".join(f"> {line}" for line in _words("<hr" + quoted).split("\n"))
    return text


def _words(page: str) -> str:
    page = re.sub(r"(?is)<head>.*?</head>|<style.*?</style>", "", page).replace("\r\n", " ").replace("\n", " ")
    page = re.sub(r"(?i)<(?:br|/p|/div|/li)\b[^>]*>", "\n", page)
    text = html.unescape(re.sub(r"<[^>]*>", "", page)).replace("\xa0", " ")
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _written(one: Item) -> str:
    name = one.get("name") or ""
    return one["address"] if name in ("", one["address"]) else f'"{name}" <{one["address"]}>'
