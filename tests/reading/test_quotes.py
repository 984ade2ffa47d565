"""Sent mails of many trades and registers: what each says."""

from __future__ import annotations

import datetime as dt
import time
import tomllib
import zoneinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.model import Address, Attachment, Message, Reading, mention
from bot.reading.body import body_of
from bot.reading.quotes import clean_subject, read_sent
from bot.reading.quotewords import PARTS
from bot.reading.references import mentions, quote_number
from bot.reading.salutation import greeting_of
from bot.reading.settings import ReadSettings
from bot.reading.totals import scan, total_of

ZONE = zoneinfo.ZoneInfo("America/Chicago")
MAILS = tomllib.loads((Path(__file__).parent / "sent_mails.toml").read_text(encoding="utf-8"))["mail"]


def pdf_of(text: str) -> bytes:
    """A PDF of one page that shows the text line by line."""
    shown = " ".join(f"({line.translate({40: 92, 41: 92})}) '" for line in text.splitlines())
    stream = f"BT /F 10 Tf 14 TL 40 800 Td {shown} ET".encode("cp1252", "replace")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>> stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
    ]
    return (
        b"%PDF-1.4\n"
        + b"".join(b"%d 0 obj %s endobj\n" % (n, p) for n, p in enumerate(parts, 1))
        + b"trailer <</Size 6/Root 1 0 R>>\n%%EOF"
    )


def read_mail(mail: dict[str, Any]) -> Reading:
    """The reading of a mail of the data file."""
    to = tuple(Address(email) for email in mail.get("to", ["someone@customer.example"]))
    files = [Attachment(name, "application/octet-stream", b"x") for name in mail.get("attachments", [])]
    files += [Attachment(name, "application/pdf", pdf_of(text)) for name, text in mail.get("pdf", {}).items()]
    at = dt.datetime.fromisoformat(mail.get("at", "2026-03-03T10:00")).replace(tzinfo=ZONE)
    message = Message(
        "1",
        "1",
        "m@northwind.example",
        at,
        Address("sam@northwind.example", "Sam"),
        to,
        subject=mail["subject"],
        plain=mail.get("body", ""),
        html=mail.get("html", ""),
        attachments=tuple(files),
        answers="q@customer.example" if mail["subject"].startswith(("Re:", "AW:")) else None,
    )
    settings = ReadSettings.of(["sam@northwind.example"], "America/Chicago", mail.get("country", "US"))
    return read_sent(message, body_of(message), settings)


def differences(reading: Reading, expect: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Which expected keys the reading misses: key -> (wanted, got)."""
    wrong = {}
    for key, want in expect.items():
        got = getattr(reading, key)
        if key == "marks":
            right = set(want) == {m.value for m in reading.marks}
        elif key == "amount":
            right = got is not None and got in [Decimal(w) for w in (want if isinstance(want, list) else [want])]
        elif key == "kind":
            right = got.value in (want if isinstance(want, list) else [want])
        elif key == "number":
            right = (got or "").lstrip("#") == want.lstrip("#")
        else:
            right = str(got if got is not None else "") == want
        if not right:
            wrong[key] = (want, got)
    return wrong


@pytest.mark.parametrize("mail", MAILS, ids=[mail["id"] for mail in MAILS])
def test_sent_mail(mail: dict[str, Any]) -> None:
    reading = read_mail(mail)
    assert not differences(reading, mail["expect"]), reading


@pytest.mark.parametrize(
    ("line", "greeting"),
    [
        ("Hi Ellen,", "Hi Ellen"),
        ("Father Joe,", "Father Joe"),
        ("Ana, Rob,", "Ana, Rob"),
        ("Carol,", "Carol"),
        ("Hello,", ""),
        ("Good morning,", ""),
        ("Good morning Lars,", "Good morning Lars"),
        ("To whom it may concern,", ""),
        ("Dear Sir or Madam,", ""),
        ("Hi all,", ""),
        ("Thanks,", ""),
        ("Sehr geehrte Damen und Herren,", ""),
        ("Liebe Frau Dr. Arndt,", "Liebe Frau Dr. Arndt"),
        ("Bonjour Madame,", "Bonjour Madame"),
        ("Please see below", ""),
    ],
)
def test_greeting(line: str, greeting: str) -> None:
    assert greeting_of(f"{line}\n\nthe price is below.", (Address("office@customer.example"),)) == greeting


def test_a_name_in_the_running_text_counts_where_it_is_the_recipient() -> None:
    text = "Nick, the price for the gate is $900."
    assert greeting_of(text, (Address("nick.stone@customer.example"),)) == "Nick"
    assert greeting_of(text, (Address("office@customer.example"),)) == ""


def test_every_number_of_a_mail_is_remembered() -> None:
    named = mentions("Quote Q-1042, your PO 77120", "replaces FJ/2306A of 12/03/2026")
    assert {mention("Q-1042"), mention("77120"), mention("FJ/2306A")} <= named
    assert mention("12/03/2026") not in named


def test_subject_loses_answers_and_tags() -> None:
    assert clean_subject("RE: [EXTERNAL] Fwd: AW: Quote 5 for  gates") == "Quote 5 for gates"


@pytest.mark.parametrize(
    "text",
    [
        "total " * 8000,
        "¤" * 9000,
        "option a " * 6000,
        "$1 " * 9000,
        "your " * 9000 + "price",
        "quote " * 8000,
        "Hi " * 9000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    began = time.perf_counter()
    scanned = scan(text, "US")
    total_of(scanned)
    for part in PARTS:
        for _match in scanned.matches.of(part):
            pass
    quote_number([text])
    assert time.perf_counter() - began < 4
