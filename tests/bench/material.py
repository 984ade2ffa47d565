"""A rep's years of mail, made up: the same for the same seed, and shaped like the real thing.

One mail in twenty belongs to a quote: the quote itself, what the customer said, what the rep said then. The rest is what
fills a mailbox: newsletters and notices in HTML, colleagues and suppliers with their quoted threads, service for old
customers. A mail is 2 to 6 kB, headers as carriers write them included; some bring a file.
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import heapq
import quopri
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.phrases import ANSWERS, FIRST, GOODS, LAST, NEWS, NOTICES, TALK, TOWNS

REP = "Alex Reed <alex@northwind.example>"
ME = "alex@northwind.example"
BEGAN = dt.datetime(2025, 1, 6, 8, 0, tzinfo=dt.UTC)
ENDED = dt.date(2026, 6, 30)
QUOTES = 0.05  # the share of mails that belong to quotes
_SIGNATURE = "Alex Reed\nNorthwind Equipment\n+1 312 555 0148\nwww.northwind.example"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as its bytes, and whether the rep sent it."""

    at: dt.datetime
    data: bytes
    sent: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What a mail is about to say, before it is bytes."""

    sender: str
    to: str
    subject: str
    text: str
    page: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    answers: str = ""
    references: tuple[str, ...] = ()
    headers: str = ""


def letters(count: int, seed: int = 7) -> Iterator[Letter]:
    """`count` mails in the order of their time, from `BEGAN` to `ENDED`, one at a time."""
    return _Writer(random.Random(seed), count).letters()


def write_mbox(path: Path, count: int) -> None:
    """The mails as one mbox, as Thunderbird would export it."""
    with path.open("wb") as file:
        for letter in letters(count):
            file.write(f"From - {letter.at:%a %b %d %H:%M:%S %Y}\n".encode())
            file.write(letter.data.replace(b"\nFrom ", b"\n>From "))
            file.write(b"\n")


class _Writer:
    """One telling of a mailbox's life."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.chance, self.count = chance, count
        self.step = (dt.datetime.combine(ENDED, dt.time(), dt.UTC) - BEGAN) / max(1, count)
        self.made = 0
        self.quoted = 0
        self.due: list[tuple[int, int, Callable[[], _Said]]] = []  # what follows in a quote's thread, and when
        self.ids: dict[str, str] = {}
        self.people = [self._person() for _ in range(max(20, count // 50))]
        self.newsletters = [f"news@{town.lower()}-weekly.example" for town in TOWNS]

    def letters(self) -> Iterator[Letter]:
        # a thread has about three mails
        begins = QUOTES / 3
        for number in range(self.count):
            at = BEGAN + self.step * number
            if self.due and self.due[0][0] <= number:
                said = heapq.heappop(self.due)[2]()
            elif self.chance.random() < begins:
                said = self._quote(number)
            else:
                said = self._ordinary()
            yield self._letter(said, at)

    # --- quotes

    def _quote(self, number: int) -> _Said:
        self.quoted += 1
        name, address = self._person()
        goods, value = self.chance.choice(GOODS), self.chance.randrange(800, 90_000)
        quote_number = f"Q-{1000 + self.quoted}"
        subject = f"Quote {quote_number}: {goods}"
        text = (
            f"Hi {name.split()[0]},\n\nthank you for taking the time to go through it with me. As discussed, here is our quote "
            f"for the {goods}:\n\n  {goods}, delivered and installed   ${value:,}.00\n  Training on site   included\n\n"
            f"Total: ${value:,}.00 plus tax. The quote is valid for 30 days.\n\n{self._talk(2)}\n\nBest regards\n{_SIGNATURE}\n"
        )
        paper = (f"{quote_number}.pdf", _pdf([f"Quotation {quote_number}", goods, f"Total $ {value:,}.00"]))
        files = (paper,) if self.chance.random() < 0.15 else ()
        opening = f"quote.{self.quoted}@northwind.example"
        customer = f"{name} <{address}>"
        references = (opening,)
        wait = max(3, int(dt.timedelta(days=self.chance.randrange(1, 9)) / self.step))
        if self.chance.random() < 0.7:
            words = self.chance.choice(ANSWERS)
            self._later(number + wait, lambda: self._answer(customer, subject, words, text, opening, references))
        for nth in range(self.chance.choice((0, 1, 2, 3))):
            self._later(
                number + wait * (nth + 2),
                lambda: self._answer(customer, subject, "", text, opening, references, mine=True),
            )
        return _Said(REP, customer, subject, text, _page(text), files, headers=f"Message-ID: <{opening}>\n")

    def _answer(
        self, customer: str, subject: str, words: str, quoted: str, opening: str, references: tuple[str, ...],
        mine: bool = False,
    ) -> _Said:  # fmt: skip
        first = customer.split()[0]
        said = words or f"Hi {first},\n\n{self._talk(3)}\n\nBest regards\n{_SIGNATURE}"
        closing = "" if mine else f"\n\nKind regards\n{customer.partition(' <')[0]}"
        text = f"{said}{closing}\n\nOn Mon, Mar 3, 2025 at 9:14 AM Alex Reed <{ME}> wrote:\n{_as_quoted(quoted)}\n"
        sender, to = (REP, customer) if mine else (customer, REP)
        return _Said(sender, to, f"Re: {subject}", text, answers=opening, references=references)

    def _later(self, number: int, make: Callable[[], _Said]) -> None:
        heapq.heappush(self.due, (number, len(self.due) + self.made * 100, make))

    # --- everything else

    def _ordinary(self) -> _Said:
        pick = self.chance.random()
        if pick < 0.2:
            return self._newsletter()
        if pick < 0.34:
            return self._notice()
        return self._talked()

    def _newsletter(self) -> _Said:
        sender = self.chance.choice(self.newsletters)
        titles = self.chance.sample(NEWS, 4)
        rows = "".join(
            f'<tr><td style="padding:12px 24px;font-family:Arial,Helvetica,sans-serif"><h2 style="color:#224">{title}</h2>'
            f'<p style="line-height:1.5">{self._talk(3)}</p><a href="https://{sender.partition("@")[2]}/{n}?u=8831">Read</a>'
            "</td></tr>"
            for n, title in enumerate(titles)
        )
        page = (
            "<!DOCTYPE html><html><head><style>td{margin:0}.b{background:#fff}a{color:#06c}</style></head>"
            f'<body class="b"><table width="600" cellpadding="0">{rows}</table></body></html>'
        )
        return _Said(
            f"The Weekly <{sender}>", REP, titles[0], "", page,
            headers=f"List-Id: <weekly.{sender.partition('@')[2]}>\nList-Unsubscribe: <https://list.example/u/8831>\n"
                    "Precedence: bulk\n",
        )  # fmt: skip

    def _notice(self) -> _Said:
        what = self.chance.choice(NOTICES)
        text = f"{what}\n\n{self._talk(2)}\n\nDo not answer this mail: nobody reads it.\n"
        return _Said(
            "Notices <no-reply@portal.example>",
            REP,
            what,
            text,
            _page(text),
            headers="Auto-Submitted: auto-generated\n",
        )

    def _talked(self) -> _Said:
        """Colleagues, suppliers, old customers: half of it the rep's own, half of it in threads."""
        name, address = self.chance.choice(self.people)
        other = f"{name} <{address}>"
        mine = self.chance.random() < 0.5
        sender, to = (REP, other) if mine else (other, REP)
        words = f"Hi {'Alex' if not mine else name.split()[0]},\n\n{self._talk(4)}\n\n{self._talk(3)}"
        closing = _SIGNATURE if mine else f"{name}\n{address.partition('@')[2]}"
        text = f"{words}\n\nBest\n{closing}\n"
        subject = self.chance.choice(NEWS)
        before = self.ids.get(address, "")
        if before and self.chance.random() < 0.6:
            text += f"\nOn Tue, Mar 4, 2025 at 4:02 PM {other if mine else REP} wrote:\n{_as_quoted(self._talk(5))}\n"
            subject = f"Re: {subject}"
        else:
            before = ""
        made = f"talk.{self.made}@{address.partition('@')[2]}"
        self.ids[address] = made
        files = ()
        if self.chance.random() < 0.04:
            files = (("drawing.bin", self.chance.randbytes(self.chance.randrange(8_000, 40_000))),)
        page = _page(text) if self.chance.random() < 0.6 else ""
        return _Said(
            sender, to, subject, text, page, files, before, (before,) if before else (), f"Message-ID: <{made}>\n"
        )

    def _person(self) -> tuple[str, str]:
        first, last, town = (self.chance.choice(words) for words in (FIRST, LAST, TOWNS))
        company = f"{town.lower()}{self.chance.randrange(4000)}.example"
        return f"{first} {last}", f"{first.lower()}.{last.lower()}@{company}"

    def _talk(self, sentences: int) -> str:
        return " ".join(self.chance.sample(TALK, sentences))

    # --- bytes

    def _letter(self, said: _Said, at: dt.datetime) -> Letter:
        self.made += 1
        sent = said.sender == REP
        named = (
            said.headers if "Message-ID" in said.headers else f"{said.headers}Message-ID: <{self.made}.m@mx.example>\n"
        )
        when = email.utils.format_datetime(at)
        carried = "" if sent else self._carried(said.sender, when)
        thread = ""
        if said.answers:
            thread = f"In-Reply-To: <{said.answers}>\nReferences: {' '.join(f'<{r}>' for r in said.references)}\n"
        head = (
            f"{carried}From: {said.sender}\nTo: {said.to}\nSubject: {said.subject}\nDate: {when}\n{named}{thread}"
            "MIME-Version: 1.0\n"
        )
        return Letter(at, (head + self._content(said)).encode(), sent)

    def _carried(self, sender: str, when: str) -> str:
        """What carriers write above a mail on its way."""
        token = base64.b64encode(self.chance.randbytes(96)).decode()
        domain = sender.rpartition("@")[2].strip(">")
        hops = "".join(
            f"Received: from mx{n}.{domain} (mx{n}.{domain} [192.0.2.{n}])\n\tby in{n}.northwind.example (Postfix) with ESMTPS "
            f"id {token[n * 9 : n * 9 + 9]}\n\tfor <{ME}>; {when}\n"
            for n in range(1, 4)
        )
        return (
            f"Return-Path: <bounce@{domain}>\nDelivered-To: {ME}\n{hops}DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; "
            f"d={domain}; s=mail;\n\th=from:to:subject:date; b={token[:64]}\n\t{token[64:]}\n"
            f"Authentication-Results: in1.northwind.example; dkim=pass header.d={domain}; spf=pass\n"
        )

    def _content(self, said: _Said) -> str:
        plain = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{said.text}"
        page = ""
        if said.page:
            coded = quopri.encodestring(said.page.encode()).decode()
            page = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{coded}"
        body = (
            plain
            if not page
            else page
            if not said.text
            else _multipart("alternative", f"alt{self.made}", [plain, page])
        )
        if not said.files:
            return body
        parts = [body]
        for name, data in said.files:
            parts.append(
                f'Content-Type: application/octet-stream; name="{name}"\nContent-Transfer-Encoding: base64\n'
                f'Content-Disposition: attachment; filename="{name}"\n\n{base64.encodebytes(data).decode()}'
            )
        return _multipart("mixed", f"mix{self.made}", parts)


def _multipart(kind: str, boundary: str, parts: list[str]) -> str:
    inside = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inside}--{boundary}--\n'


def _page(text: str) -> str:
    """A text as mail programs write it in HTML."""
    lines = "".join(f'<div style="font-family:Calibri,sans-serif">{line or "<br>"}</div>' for line in text.split("\n"))
    return f'<html><head><meta charset="utf-8"></head><body lang="EN-US">{lines}</body></html>'


def _as_quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _pdf(lines: list[str]) -> bytes:
    """A page with these lines."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    stream = f"BT /F1 14 Tf 60 760 Td {shown} ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return f"{out}xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n".encode()
