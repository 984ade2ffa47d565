"""A one-page PDF with lines of text: the smallest file that every viewer opens."""

from __future__ import annotations

from collections.abc import Sequence

_LINE_HEIGHT, _LEFT, _TOP = 18, 64, 744  # points, on a US letter page


def one_page(lines: Sequence[str]) -> bytes:
    """The lines on a US letter page in Helvetica; the first is a heading. Characters outside Latin-1 become "?".

    Structure after ISO 32000-1, 7.5: header, five objects, cross-reference table, trailer.
    """
    body = [f"BT {_LEFT} {_TOP} Td {_LINE_HEIGHT} TL"]
    for number, line in enumerate(lines):
        body.append(f"/F1 {16 if number == 0 else 11} Tf ({_escaped(line)}) Tj T*")
    stream = ("\n".join(body) + "\nET").encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
