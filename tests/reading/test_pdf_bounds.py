"""PDFs that are small on disk and huge inside: refused in a moment; what quotes are really made of is not."""

from __future__ import annotations

import base64
import os
import time
import tracemalloc
import zlib

import pytest

from bot.demo.pdf import one_page
from bot.reading.pdf import pdf_text
from bot.reading.pdf_bounds import MOST_LOCKED, is_modest

WORDS = b"BT /F1 12 Tf 72 720 Td (Quote 77, total $410.00) Tj ET"


def pdf(stream: bytes, filters: bytes = b"/FlateDecode", *more: bytes, trailer: bytes = b"") -> bytes:
    """A page with that stream for its contents; `more` are further objects, from number 6 on."""
    packing = b"/Filter " + filters if filters else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >>"
        b" /XObject << /X 6 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), packing, stream),
        *more,
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, table)
    return bytes(out)


def packed(unit: bytes, size: int) -> bytes:
    """So many bytes of the unit again and again, deflated."""
    packer, block = zlib.compressobj(9), unit * (1_000_000 // len(unit))
    return b"".join([*(packer.compress(block) for _ in range(size // len(block))), packer.flush()])


def forms(depth: int, width: int) -> bytes:
    """Forms that draw the next form many times over, and the last one words."""
    made = []
    for level in range(depth):
        last = level == depth - 1
        body = WORDS if last else b"/X Do " * width
        inside = b"/Font << /F1 4 0 R >>" if last else b"/XObject << /X %d 0 R >>" % (level + 7)
        head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << %s >> /Length %d >>" % (
            inside,
            len(body),
        )
        made.append(b"%s\nstream\n%s\nendstream" % (head, body))
    return pdf(b"/X Do", b"", *made)


BOMBS = {
    "spaces": pdf(packed(b" ", 300_000_000)),
    "words": pdf(packed(b"(brick) Tj 0 1 Td ", 40_000_000)),
    "words with noise between them": pdf(packed(b"(brick) Tj 0 1 Td " + os.urandom(5), 40_000_000)),
    "packed twice": pdf(zlib.compress(packed(b" ", 100_000_000)), b"[/FlateDecode /FlateDecode]"),
    "packed twice, in disguise": pdf(zlib.compress(packed(b" ", 100_000_000)), b"[/Fl /#46lateDecode]"),
    "the packing named elsewhere": pdf(zlib.compress(packed(b" ", 100_000_000)), b"6 0 R", b"[/Fl /Fl]"),
    "two filters, one behind the other": pdf(packed(b" ", 1_000_000), b"/Fl /Filter [/Fl /Fl]"),
    "run lengths": pdf(b"\x81 " * 900_000 + b"\x80", b"/RunLengthDecode"),
    "LZW": pdf(b"\x80" * 900_000, b"/LZWDecode"),
    "a broken end": pdf(packed(b"(brick) Tj 0 1 Td ", 20_000_000)[:-6] + b"xxxxxx"),
    "in base 85": pdf(base64.a85encode(packed(b" ", 100_000_000)) + b"~>", b"[/ASCII85Decode /FlateDecode]"),
    "a locked one": pdf(packed(b" ", 200_000_000), trailer=b"/Encrypt 6 0 R"),
    "forms within forms": forms(12, 3),
    "a form drawn for ever": pdf(b"/X Do " * 3000, b"", b"<< /Subtype /Form /Length 1 >>\nstream\nq\nendstream"),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_a_moment(data: bytes) -> None:
    begun = time.process_time()
    tracemalloc.start()
    try:
        assert pdf_text(data) == ""
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert time.process_time() - begun < 4
    assert not is_modest(data)


PLAIN = {
    "as it stands": pdf(WORDS, b""),
    "deflated": pdf(zlib.compress(WORDS)),
    "in base 85, as some libraries write": pdf(base64.a85encode(zlib.compress(WORDS)) + b"~>", b"[ /ASCII85Decode /FlateDecode ]"),
    "beside a large picture": pdf(
        zlib.compress(WORDS), b"/FlateDecode",
        b"<< /Subtype /Image /Filter /FlateDecode >>\nstream\n%s\nendstream" % zlib.compress(os.urandom(3_000_000)),
    ),
    "with a few forms": forms(3, 3),
}  # fmt: skip


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_what_quotes_are_made_of_is_read(data: bytes) -> None:
    assert "Quote 77, total $410.00" in pdf_text(data)


def test_a_small_locked_file_may_be_tried() -> None:
    data = pdf(zlib.compress(WORDS), trailer=b"/Encrypt 99 0 R")
    assert is_modest(data) and len(data) < MOST_LOCKED


def test_the_demo_s_own_paper() -> None:
    assert pdf_text(one_page(["Quote 77", "Total $410.00"])).splitlines() == ["Quote 77", "Total $410.00"]
