"""Mails that nobody means well with, made up at random: torn and grafted MIME, babble out of the rules' own words, endless
repeats, HTML that never closes. The same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from bot.reading.language import tables
from tests.bench.material import letters

MOST_BYTES = 2 * 1024 * 1024
_WORDS = re.compile(r"[^\W\d_]{2,}(?: [^\W\d_]{2,}){0,3}")
_STOPS = (". ", "? ", "! ", ", ", "\n", "\n\n", ": ", "; ", " - ", "... ", ".\n> ", "\n-- \n", " (", ") ")
_SIGNS = """\x00 \t \r \u200b \u202e ﷽ € $ £ ₹ # @ > < & ; : " ' / \\ | _ * ~ = =20 =?utf-8?q?=C3=A4?= %s {{x}} {%x%} ß İ ﬁ ̈
1 12 1,000.00 1.000,00 03/04/2026 2026-03-04 10:15 Q-1042 a@b.example http://x.example/y On_Mon,_Mar_3,_2026_Dana_wrote:""".split(
    " "
)
_TAGS = "div p br table tr td span blockquote ul li a style script pre b font head title".split()
_HEADERS = """Auto-Submitted: auto-replied|Precedence: bulk|List-Id: <x.example>|In-Reply-To: <q@x.example>|
X-Failed-Recipients: a@b.example|Content-Type: multipart/report; report-type=delivery-status; boundary=b|
Content-Transfer-Encoding: base64|
Content-Transfer-Encoding: quoted-printable|Content-Type: text/html; charset=utf-16|Reply-To: someone@else.example|
References: <a@b> <c@d> <e@f>|Subject: Undelivered Mail Returned to Sender|Subject: Out of office|Date: rubbish""".replace(
    "\n", ""
).split("|")
_OWN, _OTHER = "Alex Reed <alex@northwind.example>", "Dana Ruiz <dana@acme.example>"


def mails(seed: int) -> Iterator[bytes]:
    """Mails without end."""
    chance = random.Random(seed)
    whole = [letter.data for letter in letters(200, seed=seed)]
    words = _said()
    makers = (_torn, _torn, _babble, _babble, _babble, _repeated, _marked_up, _nested)
    while True:
        yield chance.choice(makers)(chance, whole, words)[:MOST_BYTES]


def _said() -> list[list[str]]:
    """The words of each language's rules."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from strings(inner)

    found = (sorted({w for s in strings(t) for w in _WORDS.findall(re.sub(r"\\.", " ", s))}) for t in tables().values())
    return [words for words in found if len(words) > 50]


def _mail(chance: random.Random, text: str, headers: str = "", html: bool = False) -> bytes:
    sender, to = chance.choice(((_OWN, _OTHER), (_OTHER, _OWN), (_OTHER, _OWN)))
    subject = chance.choice(("Re: Quote Q-1042", "hello", "Offer", "Automatic reply: Quote"))
    thread = chance.choice(("", "In-Reply-To: <q@northwind.example>\n"))
    head = (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Tue, 03 Mar 2026 09:00:00 +0000\nMessage-ID: <m@x.example>\n{thread}"
        f"{headers}Content-Type: text/{'html' if html else 'plain'}; charset=utf-8\n\n"
    )
    return (head + text).encode("utf-8", "replace")


def _babbled(chance: random.Random, words: list[list[str]], most: int) -> str:
    """Sentences of the rules' own words, mostly of one language."""
    mother = chance.choice(words)
    said = []
    for _ in range(chance.randrange(1, most)):
        tongue = mother if chance.random() < 0.9 else chance.choice(words)
        said.append(chance.choice(tongue) if chance.random() < 0.93 else chance.choice(_SIGNS))
        said.append(" " if chance.random() < 0.85 else chance.choice(_STOPS))
    return "".join(said)


def _babble(chance: random.Random, whole: list[bytes], words: list[list[str]]) -> bytes:
    headers = "".join(f"{h}\n" for h in chance.sample(_HEADERS, chance.choice((0, 0, 0, 1, 2))))
    return _mail(chance, _babbled(chance, words, chance.choice((20, 100, 500, 4000))), headers)


def _repeated(chance: random.Random, whole: list[bytes], words: list[list[str]]) -> bytes:
    """A few words or signs, over and over."""
    unit = "".join(
        chance.choice((chance.choice(chance.choice(words)), chance.choice(_SIGNS), chance.choice(_STOPS)))
        + chance.choice(("", " ", "\n"))
        for _ in range(chance.randrange(1, 6))
    )
    size = chance.choice((500, 5_000, 70_000, 500_000))
    return _mail(chance, (unit * (size // len(unit) + 1))[:size], html=chance.random() < 0.2)


def _marked_up(chance: random.Random, whole: list[bytes], words: list[list[str]]) -> bytes:
    """HTML of tags that open, close and cross at random."""
    size = chance.choice((10, 100, 2_000, 20_000))
    out = []
    for _ in range(size):
        tag = chance.choice(_TAGS)
        attribute = chance.choice(
            ("", "", " class=gmail_quote", ' style="display:none"', " " + "x" * chance.randrange(99))
        )
        out.append(
            chance.choice(
                (f"<{tag}{attribute}>", f"</{tag}>", f"<{tag}", "<!--", "&nbsp;", "&#0;", chance.choice(words[0]))
            )
        )
    return _mail(chance, "".join(out), html=True)


def _nested(chance: random.Random, whole: list[bytes], words: list[list[str]]) -> bytes:
    """Parts in parts in parts, some of them torn."""
    depth = chance.choice((1, 3, 30, 300))
    body = _mail(chance, _babbled(chance, words, 60)).decode("utf-8", "replace")
    for level in range(depth):
        kind = chance.choice(("mixed", "alternative", "report", "digest", "related"))
        end = f"--b{level}--\n" if chance.random() < 0.7 else ""
        body = f'Content-Type: multipart/{kind}; boundary="b{level}"\n\n--b{level}\n{body}\n{end}'
    return _mail(chance, "").partition(b"Content-Type")[0] + body.encode()


def _torn(chance: random.Random, whole: list[bytes], words: list[list[str]]) -> bytes:
    """A whole mail after a few accidents."""
    data = bytearray(chance.choice(whole))
    for _ in range(chance.choice((1, 3, 10, 60))):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 10, 200)))
        match chance.randrange(6):
            case 0:
                data[at:at] = chance.randbytes(chance.choice((1, 4, 40)))
            case 1:
                del data[at:end]
            case 2:
                data[at:at] = data[at:end] * chance.choice((1, 3, 200))
            case 3:
                data[at:end] = chance.choice(_SIGNS).encode() * chance.choice((1, 50))
            case 4:
                other = chance.choice(whole)
                data[at:at] = other[chance.randrange(len(other)) :][:2_000]
            case _:
                data[:0] = f"{chance.choice(_HEADERS)}\n".encode()
    return bytes(data)
