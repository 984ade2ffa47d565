"""Draft -> the bytes of a reply that any mail program shows as one, and a digest that tells a person's edit from a
re-save.

A reply carries its thread (RFC 5322 section 3.6.4), our key header, the text as plain words and as HTML, and the
answered mail quoted below as mail programs do. Nothing active of the answered mail travels: of its HTML only the words
are taken, escaped.
"""

from __future__ import annotations

import datetime as dt
import email.policy
import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.utils import format_datetime

from bot.errors import NotReadable, NotWritable
from bot.model import Address, Attachment, Draft, Message
from bot.providers.look import in_look, look_of
from bot.providers.mime import KEY_HEADER, parse
from bot.providers.mime_addresses import addresses
from bot.providers.mime_headers import split_headers
from bot.providers.mime_walk import header_end

MOST_QUOTED = 20_000  # characters of the answered mail that are quoted
MOST_REFERENCES = 100  # ids; the first and the latest ones stay
_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)
_LINE_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,80}")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_HISTORY = """
<br><br>
<div class="gmail_quote"><div class="gmail_attr">{line}</div>
<blockquote class="gmail_quote" type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">
{quoted}
</blockquote></div>"""
_QUOTE_MARK = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)


class WrongRecipients(NotWritable):
    """The finished bytes do not go to exactly the people whom the draft names: nothing that may stand anywhere."""


@dataclass(frozen=True, slots=True)
class _Wording:
    """How a language writes the line above a quoted mail."""

    line: str
    date: str


# As the mail programs themselves write it, so that all of them recognise the history as such.
_WORDINGS = {
    "en": _Wording("On {date}, {name} wrote:", "{day} {month} {year} at {time}"),
    "de": _Wording("Am {date} schrieb {name}:", "{day:02}.{number:02}.{year} um {time}"),
    "fr": _Wording("Le {date}, {name} a écrit :", "{day:02}/{number:02}/{year} à {time}"),
    "es": _Wording("El {date}, {name} escribió:", "{day:02}/{number:02}/{year} a las {time}"),
    "it": _Wording("Il {date}, {name} ha scritto:", "{day:02}/{number:02}/{year} alle {time}"),
    "nl": _Wording("Op {date} schreef {name}:", "{day:02}-{number:02}-{year} om {time}"),
    "pt": _Wording("Em {date}, {name} escreveu:", "{day:02}/{number:02}/{year} às {time}"),
    "pl": _Wording("W dniu {date} {name} napisał(a):", "{day:02}.{number:02}.{year} o {time}"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def compose(draft: Draft, original: Message | None, *, language: str = "en", files: Sequence[Attachment] = ()) -> bytes:
    """The draft as a mail with CRLF line ends, `original` quoted below its text and `files` attached.

    The same draft gives the same bytes. Recipients are those of the draft and nobody else, which is checked on the
    finished bytes. Raises NotWritable for a draft to nobody or an address that cannot stand in a header;
    WrongRecipients, which is one, where the check fails.
    """
    if not draft.to:
        raise NotWritable("a draft to nobody")
    text, page = bodies(draft, original, language)
    for named in (True, False):  # a display name that spoils the header is not worth a lost draft
        data = _thread(draft) + _mail(draft, text, page, files, named).as_bytes()
        if _goes_to_the_right_people(data, draft):
            return data
    raise WrongRecipients(f"the mail for draft {draft.key} would not go to its recipients alone")


def content_digest(data: bytes) -> str:
    """A digest of what a mail says: to whom, the subject, the words of its text, its files.

    It stays the same when a mail program saves the mail again with other headers, encodings, folding or white space,
    and changes when a person changes a recipient, the subject or a word. Never raises.
    """
    try:
        message = parse(data, "", received=_EPOCH)
    except NotReadable:
        return hashlib.blake2b(data, digest_size=16).hexdigest()
    top = split_headers(data[: header_end(data, 0, len(data))[0]])
    return message_digest(message, addresses(top.get("bcc", [])))


def message_digest(message: Message, bcc: Iterable[Address] = ()) -> str:
    """The same of a mail that has been read already."""
    shown, plain = _words(_text_of_html(message.html)), _words(message.plain)
    if _letters(shown) == _letters(plain):  # the two alternatives say the same, as they do where nobody edited only one
        plain = ""
    people = (message.to, message.cc, tuple(bcc))
    said = [
        *(",".join(sorted({one.email for one in many})) for many in people),
        message.subject,
        shown or plain,
        plain if shown else "",
        ",".join(sorted(f"{file.name}:{len(file.decoded())}" for file in message.attachments)),
    ]
    return hashlib.blake2b("\0".join(said).encode("utf-8", "replace"), digest_size=16).hexdigest()


# --- headers


def _mail(draft: Draft, text: str, page: str, files: Sequence[Attachment], named: bool) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = _header_address(draft.sender, named)
    mail["To"] = [_header_address(address, named) for address in draft.to]
    if draft.cc:
        mail["Cc"] = [_header_address(address, named) for address in draft.cc]
    mail["Subject"] = _one_line(draft.subject)
    mail["Date"] = format_datetime(draft.at.replace(microsecond=0))
    mail[KEY_HEADER] = _one_line(draft.key)
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(page, subtype="html", cte="quoted-printable")
    for file in files:
        kind, _, detail = file.media_type.partition("/")
        if kind in ("", "multipart", "message", "text") or not _TOKEN.fullmatch(kind) or not _TOKEN.fullmatch(detail):
            kind, detail = "application", "octet-stream"
        mail.add_attachment(file.decoded(), maintype=kind, subtype=detail, filename=_one_line(file.name))
    for number, part in enumerate(mail.walk()):  # named by what is in it, so that the same draft gives the same bytes
        if part.is_multipart():
            part.set_boundary("=_" + _digest(draft.key, text, str(number) if number else "")[:32])
    return mail


def _thread(draft: Draft) -> bytes:
    """The id headers, written by hand: the library would encode an id longer than its line, and mail programs would
    lose the thread. An id that is not plain ASCII is left out."""
    domain = draft.sender.email.rpartition("@")[2]
    lines = [f"Message-ID: <{_digest(draft.key)[:32]}@{domain if _DOMAIN.fullmatch(domain) else 'followup.invalid'}>"]
    answers = draft.answers if draft.answers and _ID.fullmatch(draft.answers) else ""
    if answers:
        lines.append(f"In-Reply-To: <{answers}>")
    chain = [one for one in dict.fromkeys([*draft.references, answers]) if _ID.fullmatch(one)]
    if answers:  # RFC 5322 section 3.6.4: the answered mail comes last
        chain = [*(one for one in chain if one != answers), answers]
    if len(chain) > MOST_REFERENCES:
        chain = [chain[0], *chain[1 - MOST_REFERENCES :]]
    if chain:
        lines.append("References: " + "\r\n ".join(f"<{one}>" for one in chain))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _header_address(address: Address, named: bool) -> HeaderAddress:
    """An address object, which can hold neither a line break nor a second address."""
    local, at, domain = address.email.rpartition("@")
    domain = _ascii_domain(domain)
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise NotWritable("no mail can be written to an address like that")
    return HeaderAddress(_one_line(address.name) if named else "", local, domain)


def _ascii_domain(domain: str) -> str:
    """An international domain as mail servers want it (RFC 5891)."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _one_line(value: str) -> str:
    """Text for a header. Encoded words are made plain text: the library would decode them, line breaks and all."""
    return " ".join(_LINE_BREAKING.sub(" ", value).replace("=?", "= ?").split())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _goes_to_the_right_people(data: bytes, draft: Draft) -> bool:
    """Whether the finished bytes, read again, name the draft's sender and recipients, and carry its thread and key."""
    message = parse(data, "", received=_EPOCH)
    top = split_headers(data[: header_end(data, 0, len(data))[0]])
    return (
        _emails([message.sender]) == _emails([draft.sender])
        and _emails(message.to) == _emails(draft.to)
        and _emails(message.cc) == _emails(draft.cc)
        and not {"bcc", "resent-to", "resent-cc", "resent-bcc", "reply-to"} & top.keys()
        and all(len(values) == 1 for values in top.values())
    )


def _emails(people: Iterable[Address]) -> list[str]:
    every = (one.email.rpartition("@") for one in people)
    return [f"{local}@{_ascii_domain(domain)}".casefold() for local, _, domain in every]


# --- text


def bodies(draft: Draft, original: Message | None, language: str) -> tuple[str, str]:
    """The plain text and the HTML, with the same words, `original` quoted below them. Where that is the rep's own, the page is
    in its font."""
    text = _UNPRINTABLE.sub("", draft.text.replace("\r\n", "\n")).rstrip()
    page = in_look(_UNPRINTABLE.sub("", draft.html) or _escaped(text), look_of(original, draft.sender))
    if original is not None:
        line, quoted = _attribution(original, draft.at, language), _quotable(original)
        text += f"\n\n{line}\n\n" + "\n".join(f"> {row}".rstrip() for row in quoted.split("\n"))
        page += _HISTORY.format(line=html.escape(line), quoted=_escaped(quoted))
    return text + "\n", f"<html><body>\n{page}\n</body></html>\n"


def _escaped(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _attribution(original: Message, at: dt.datetime, language: str) -> str:
    """ "On 2 Mar 2026 at 10:15, Alex Reed wrote:", in the zone of the draft."""
    wording = _WORDINGS.get(language.partition("-")[0].lower(), _WORDINGS["en"])
    then = original.at.astimezone(at.tzinfo)
    date = wording.date.format(
        day=then.day, number=then.month, month=_MONTHS[then.month - 1], year=then.year, time=f"{then:%H:%M}"
    )
    name = _one_line(original.sender.name)
    name = f"{name} <{original.sender.email}>" if name else original.sender.email
    return wording.line.format(date=date, name=_one_line(name))


def _quotable(original: Message) -> str:
    text = original.plain if original.plain.strip() else _text_of_html(original.html)
    text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > MOST_QUOTED:
        text = text[:MOST_QUOTED].rpartition("\n")[0] or text[:MOST_QUOTED]
    return text.strip("\n").rstrip()


# --- words of HTML: what content_digest compares and what is quoted; layout is no matter here

_DROPPED = re.compile(r"<(style|script|head|title|template|svg|object)\b|<!--", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,8192}>")
_NEW_LINE = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote|blockquote)\b[^<>]{0,2000}>", re.IGNORECASE)
_SOURCE_SPACE = re.compile(r"\s+")


def _text_of_html(page: str) -> str:
    """The words of an HTML text, a line for each block; in time linear in its length."""
    if not page:
        return ""
    kept: list[str] = []
    at = 0
    while found := _DROPPED.search(page, at):
        kept.append(page[at : found.start()])
        closing = re.compile(rf"</{found[1]}\s{{0,20}}>", re.IGNORECASE) if found[1] else re.compile("-->")
        end = closing.search(page, found.end())
        at = end.end() if end else len(page)
    visible = _SOURCE_SPACE.sub(" ", "".join(kept) + page[at:])
    text = html.unescape(_TAG.sub("", _NEW_LINE.sub("\n", visible))).replace("\xa0", " ")
    return "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()


def _words(text: str) -> str:
    """A text's words, quote marks and white space left out."""
    return " ".join(_QUOTE_MARK.sub("", text).split())


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())
