"""Mails, entries, drafts and reminders for the contract tests, and a memory that replays pages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Generic, TypeVar

from bot.model import Address, Draft, Entry, Form, Message, Reminder, Standing, State
from bot.providers.base import Page

T = TypeVar("T", Message, Entry)

AT = dt.datetime(2026, 4, 7, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))
REP = Address("nora@kiln.example", "Nora Falk")
BUYER = Address("ivo@harbour.example", "Ivo Brandt")


def mail(name: str, *, sender: Address = BUYER, to: Address = REP, text: str = "Shelves arrived, thank you.") -> bytes:
    """A plain mail; `name` is the left half of its Message-ID."""
    m = EmailMessage()
    m["From"], m["To"] = str(sender), str(to)
    m["Subject"] = f"Kiln shelves {name}"
    m["Date"] = AT
    m["Message-ID"] = f"<{name}@harbour.example>"
    m.set_content(text + "\n")
    return m.as_bytes(policy=SMTP)


PDF = b"%PDF-1.4\n" + bytes(range(256)) * 4


def quote_with(files: Mapping[str, bytes], name: str = "q1", *, sender: Address = REP, to: Address = BUYER) -> bytes:
    """A mail with files, the rep's own unless said otherwise."""
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Date"] = str(sender), str(to), f"Kiln shelves {name}", AT
    m["Message-ID"] = f"<{name}@harbour.example>"
    m.set_content("The quote is attached.\n")
    for file, data in files.items():
        kind = ("image", "png") if file.endswith("png") else ("application", "pdf")
        m.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=file)
    return m.as_bytes(policy=SMTP)


def page_mail(page: str, name: str, *, sender: Address = REP, to: Address = BUYER) -> bytes:
    """A mail in HTML alone, the rep's own unless said otherwise."""
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Date"] = str(sender), str(to), f"Kiln shelves {name}", AT
    m["Message-ID"] = f"<{name}@harbour.example>"
    m.set_content(page, subtype="html")
    return m.as_bytes(policy=SMTP)


def draft(
    key: str = "7f3a9c",
    text: str = "Shall I keep the kiln date for you?",
    source: str | None = None,
    carries: tuple[str, ...] = (),
    must_carry: bool = False,
) -> Draft:
    """A draft to one person and one in copy."""
    return Draft(
        key=key,
        sender=REP,
        to=(BUYER,),
        cc=(Address("yard@harbour.example", "Yard, The"),),
        subject="Re: Kiln shelves",
        text=text,
        html="",
        answers="q1@kiln.example",
        references=("q1@kiln.example",),
        source=source,
        at=AT,
        carries=carries,
        must_carry=must_carry,
    )


def reminder(key: str = "51c0de", title: str = "Call Ivo about the kiln", days: int = 0) -> Reminder:
    """A quarter of an hour at eight, `days` after the first possible day."""
    start = AT.replace(hour=8, minute=0) + dt.timedelta(days=30 + days)
    return Reminder(
        key=key,
        uid=f"{key}@followup",
        start=start,
        end=start + dt.timedelta(minutes=15),
        title=title,
        notes="He asked for May; the quote is K-88, 1,200 EUR.\nPhone: 555-0142; ask for Ivo",
        at=AT,
    )


def entry(
    uid: str, *, start: str = "20260512T140000Z", title: str = "Glaze tasting", more: Iterable[str] = ()
) -> bytes:
    """An .ics file with one entry; `more` are further property lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}", f"DTSTART:{start}"]
    lines += ["DTSTAMP:20260407T073000Z", "CREATED:20260407T073000Z", f"SUMMARY:{title}", *more]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def intended(key: str, form: Form = Form.DRAFT) -> Standing:
    """What memory holds when the answer to the first put never came."""
    return Standing(key, form, State.INTENDED, "q1@kiln.example", "first", "1", (BUYER.email,), AT, AT)


@dataclasses.dataclass
class Known(Generic[T]):
    """What somebody knows who takes in every page."""

    items: dict[str, T] = dataclasses.field(default_factory=dict)
    unreadable: dict[str, str] = dataclasses.field(default_factory=dict)
    cursor: str | None = None
    pages: int = 0
    listed: set[str] | None = None

    def take(self, pages: Iterable[Page[T]]) -> list[Page[T]]:
        """Take in pages; gives them back."""
        taken = []
        for page in pages:
            taken.append(page)
            if page.begins:
                self.listed = set()
            for item in page.upserts:
                self.items[item.ref] = item
                self.unreadable.pop(item.ref, None)
            for broken in page.unreadables:
                self.unreadable[broken.ref] = broken.reason
            for ref in page.removals:
                self.items.pop(ref, None)
                self.unreadable.pop(ref, None)
            if self.listed is not None:
                self.listed |= {item.ref for item in page.upserts} | {broken.ref for broken in page.unreadables}
            if page.ends and self.listed is not None:
                self.items = {ref: item for ref, item in self.items.items() if ref in self.listed}
                self.listed = None
            self.cursor = page.cursor
            self.pages += 1
        return taken
