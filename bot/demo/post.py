"""From the story's words to mails and entries as bytes: RFC 5322 mails as mail programs write them, RFC 5545 entries."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import html
from dataclasses import dataclass, field
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from icalendar import Calendar, Event, vCalAddress

from bot.demo.pdf import one_page
from bot.demo.story import Beat, Customer, EntryBeat, LooseEntry, LooseMail, Newsletter, Quote, Setting

POLICY = email.policy.default.clone(max_line_length=200)  # ids stay on one line: folded ones lose their thread
_QUOTED_LINES = 24
_PAGE = '<html><body style="font-family:sans-serif;font-size:14px">\n{body}\n</body></html>\n'


@dataclass(slots=True)
class Thread:
    """A conversation as the next writer sees it: its latest mail, and the ids before it."""

    subject: str
    last: str = ""  # id, without brackets
    ids: list[str] = field(default_factory=list)
    author: str = ""
    at: dt.datetime | None = None
    words: str = ""

    def went(self, id_: str, author: str, at: dt.datetime, words: str) -> None:
        """A mail went out in it."""
        self.last, self.author, self.at, self.words = id_, author, at, words
        self.ids.append(id_)

    def quoted(self) -> str:
        """The latest mail as a reply quotes it."""
        if self.at is None:
            return ""
        lines = self.words.strip().split("\n")[:_QUOTED_LINES]
        clock = f"{self.at:%I:%M %p}".lstrip("0")
        head = f"On {self.at:%a, %b} {self.at.day}, {self.at.year} at {clock} {self.author} wrote:"
        return head + "\n" + "\n".join(f"> {line}".rstrip() for line in lines)


def mail(
    id_: str,
    at: dt.datetime,
    sender: str,
    to: str,
    subject: str,
    text: str,
    page: str = "",
    thread: Thread | None = None,
) -> EmailMessage:
    """A mail; `page` is its HTML. With a thread it answers the latest mail there."""
    made = EmailMessage(policy=POLICY)
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = format_datetime(at), f"<{id_}>"
    if thread is not None and thread.last:
        made["In-Reply-To"] = f"<{thread.last}>"
        made["References"] = " ".join(f"<{one}>" for one in thread.ids)
    made.set_content(text.rstrip("\n") + "\n", cte="quoted-printable")
    if page:
        made.add_alternative(_PAGE.format(body=page), subtype="html", cte="quoted-printable")
        made.set_boundary(f"=_{id_.partition('@')[0]}")
    return made


def attach(made: EmailMessage, name: str, lines: list[str]) -> None:
    """Hang a one-page PDF on a mail."""
    made.add_attachment(one_page(lines), maintype="application", subtype="pdf", filename=name)
    made.set_boundary(f"=_{made['Message-ID'].strip('<>').partition('@')[0]}-files")


def quote_mail(customer: Customer, setting: Setting, id_: str, at: dt.datetime) -> EmailMessage:
    """The mail that puts the quote before the customer."""
    quote, rep = customer.quote, setting.rep
    slots = {
        "first": first_name(customer.who),
        "firm": customer.firm,
        "opening": quote.opening,
        "number": quote.number,
        "what": quote.what,
        "items": _columns([*quote.items]),
        "total": money(quote.total),
        "valid": _valid(quote),
        "signature": rep.signature,
    }
    text = setting.quotes[quote.look].format_map(slots)
    page = _page(text, quote) if quote.form == "html" else ""
    subject = setting.subjects[quote.look].format_map(slots)
    made = mail(id_, at, f"{rep.name} <{rep.email}>", customer.who, subject, text, page)
    if quote.form == "pdf":
        rows = [f"{what}: {money(price)}" for what, price in quote.items]
        heading = [f"Quote {quote.number}", rep.company, f"{quote.sent:%B} {quote.sent.day}, {quote.sent.year}"]
        attach(made, f"{quote.number}.pdf", [*heading, "", *rows, "", f"Total: {money(quote.total)}", _valid(quote)])
    return made


def beat_mail(
    beat: Beat, thread: Thread, id_: str, at: dt.datetime, sender: str, to: str, signature: str
) -> EmailMessage:
    """What a customer answers, or what the rep writes by hand, with the mail before it quoted below."""
    words = beat.says or f"{beat.rep}\n\n{signature}"
    subject = beat.subject.format(subject=thread.subject)
    if beat.machine:
        made = mail(id_, at, sender, to, subject, words, thread=thread)
        made["Auto-Submitted"] = "auto-replied"  # RFC 3834
        made["X-Auto-Response-Suppress"] = "All"
        return made
    page = ""
    if beat.html:
        page = _paragraphs(words) + f'\n<blockquote type="cite">{_paragraphs(thread.words)}</blockquote>'
    made = mail(id_, at, sender, to, subject, f"{words}\n\n{thread.quoted()}", page, thread)
    if beat.attach:
        attach(made, beat.attach, [beat.attach.removesuffix(".pdf"), "", *words.split("\n")])
    return made


def bounce_mail(beat: Beat, thread: Thread, id_: str, at: dt.datetime, failed: str, to: str) -> EmailMessage:
    """A delivery status notification (RFC 3464) about the thread's latest mail."""
    address = parseaddr(failed)[1]
    domain = address.partition("@")[2]
    gone = beat.bounce == "permanent"
    says = (
        f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if gone
        else "451 4.4.1 Connection timed out; will keep trying for 48 hours"
    )
    text = (
        f"This is the mail system at host mx.{domain}.\n\n"
        + ("I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n"
           if gone else "Your message could not be delivered yet. You need not send it again;\ndelivery will be tried again.\n\n")
        + f"<{address}>: {says}\n"
    )  # fmt: skip
    subject = "Undelivered Mail Returned to Sender" if gone else "Delayed Mail (still being retried)"
    made = mail(id_, at, f"Mail Delivery System <mailer-daemon@{domain}>", to, subject, text)
    made["Auto-Submitted"] = "auto-replied"
    made.make_mixed()
    made.set_type("multipart/report")
    made.set_param("report-type", "delivery-status")
    made.set_boundary(f"=_{id_.partition('@')[0]}-report")
    action, status = ("failed", "5.1.1") if gone else ("delayed", "4.4.1")
    report = (
        f"Reporting-MTA: dns; mx.{domain}\n\nFinal-Recipient: rfc822; {address}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {says}\n"
    )
    made.attach(_raw_part("message/delivery-status", report))
    copy = f"From: {to}\nTo: {failed}\nSubject: {thread.subject}\nMessage-ID: <{thread.last}>\n"
    made.attach(_raw_part("text/rfc822-headers", copy))
    return made


def newsletter_mail(letter: Newsletter, number: int, id_: str, at: dt.datetime, to: str) -> EmailMessage:
    """One issue, with the headers by which bulk mail is known (RFC 2369, RFC 8058)."""
    headline, words = letter.issues[number]
    name, address = parseaddr(letter.sender)
    foot = f"You receive {name} because you subscribed.\nUnsubscribe: https://{address.partition('@')[2]}/unsubscribe"
    page = f"<h2>{html.escape(headline)}</h2>\n<p>{html.escape(words)}</p>\n<p><small>{html.escape(foot)}</small></p>"
    made = mail(id_, at, letter.sender, to, headline, f"{headline}\n\n{words}\n\n--\n{foot}", page)
    made["List-Unsubscribe"] = f"<https://{address.partition('@')[2]}/unsubscribe>"
    made["List-Id"] = f"<news.{address.partition('@')[2]}>"
    made["Precedence"] = "bulk"
    return made


def loose_mail(one: LooseMail, id_: str, at: dt.datetime, rep: str) -> EmailMessage:
    """A single mail of the chatter."""
    made = mail(id_, at, one.sender or rep, one.to or rep, one.subject, one.text)
    if one.attach:
        attach(made, one.attach, [one.attach.removesuffix(".pdf"), "", *one.text.split("\n")])
    return made


def entry(uid: str, created: dt.datetime, start: dt.datetime, beat: EntryBeat, customer: str, rep: str) -> bytes:
    """An entry the rep writes about a customer."""
    event = _event(uid, created, beat.title)
    event.add("dtstart", start.astimezone(dt.UTC))
    event.add("dtend", (start + dt.timedelta(minutes=beat.minutes)).astimezone(dt.UTC))
    if beat.notes:
        event.add("description", beat.notes)
    if beat.status:
        event.add("organizer", vCalAddress(f"mailto:{parseaddr(rep)[1]}"))
        guest = vCalAddress(f"mailto:{parseaddr(customer)[1]}")
        guest.params["CN"], guest.params["PARTSTAT"] = parseaddr(customer)[0], beat.status
        event.add("attendee", guest)
    return _calendar(event)


def loose_entry(uid: str, one: LooseEntry, created: dt.datetime, start: dt.datetime) -> bytes:
    """An entry of the rep's own."""
    event = _event(uid, created, one.title)
    if one.all_day is not None:
        event.add("dtstart", start.date())
        event.add("dtend", one.all_day + dt.timedelta(1))
    else:
        event.add("dtstart", start.astimezone(dt.UTC))
        event.add("dtend", (start + dt.timedelta(minutes=one.minutes)).astimezone(dt.UTC))
    return _calendar(event)


def with_words(data: bytes, adds: str) -> bytes:
    """A draft into which a person has written a sentence of his own, below the greeting."""
    made = email.message_from_bytes(data, policy=email.policy.SMTP)
    assert isinstance(made, EmailMessage)
    greeting = words_of(data).split("\n", 1)[0]
    for part in made.walk():
        if part.get_content_type() == "text/plain":
            text = part.get_content().replace(greeting, f"{greeting}\n\n{adds}", 1)
            part.set_content(text, cte="quoted-printable")
        elif part.get_content_type() == "text/html":
            shown = html.escape(greeting)
            text = part.get_content().replace(shown, f"{shown}<br>\n<br>\n{html.escape(adds)}", 1)
            part.set_content(text, subtype="html", cte="quoted-printable")
    return made.as_bytes()


def words_of(data: bytes) -> str:
    """The plain text of a mail."""
    part = email.message_from_bytes(data, policy=email.policy.default).get_body(("plain",))
    return part.get_content() if part is not None else ""


def header_of(data: bytes, name: str) -> str:
    """A header of a mail, "" where it is missing."""
    return str(email.message_from_bytes(data, policy=email.policy.default)[name] or "")


def first_name(who: str) -> str:
    """The name in a greeting: "Dana", or "Dr. Webb" for who is called so."""
    parts = parseaddr(who)[0].split()
    return f"{parts[0]} {parts[-1]}" if parts[0] == "Dr." else parts[0]


def money(amount: Decimal) -> str:
    """An amount as it stands in a US quote."""
    return f"${amount:,.2f}"


def _valid(quote: Quote) -> str:
    if not quote.valid:
        return ""
    last = quote.sent.date() + dt.timedelta(quote.valid)
    return f"The price is good until {last:%B} {last.day}, {last.year}. "


def _columns(items: list[tuple[str, Decimal]]) -> str:
    wide = max(len(what) for what, _ in items) + 4
    return "\n".join(f"  {what:<{wide}}{money(price):>12}" for what, price in items)


def _page(text: str, quote: Quote) -> str:
    """The quote's text as HTML, its items as a table."""
    rows = "".join(
        f'<tr><td style="padding-right:3em">{html.escape(what)}</td><td align="right">{money(price)}</td></tr>'
        for what, price in quote.items
    )
    before, _, after = text.partition(_columns([*quote.items]))
    return f"{_paragraphs(before)}\n<table>{rows}</table>\n{_paragraphs(after)}"


def _paragraphs(text: str) -> str:
    blocks = [html.escape(block).replace("\n", "<br>\n") for block in text.strip().split("\n\n") if block.strip()]
    return "\n".join(f"<p>{block}</p>" for block in blocks)


def _raw_part(kind: str, text: str) -> EmailMessage:
    """A part whose text stands as it is: the library would parse the fields of a report."""
    return email.message_from_string(f"Content-Type: {kind}\n\n{text}", EmailMessage, policy=POLICY)


def _event(uid: str, created: dt.datetime, title: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", title)
    for name in ("dtstamp", "created", "last-modified"):
        event.add(name, created.astimezone(dt.UTC))
    return event


def _calendar(event: Event) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Northwind//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
