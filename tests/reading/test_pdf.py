"""The text of an attached PDF: read in bounds, and never an error."""

from __future__ import annotations

import pytest

from bot.reading.pdf import MOST_BYTES, pdf_text
from tests.reading.test_quotes import pdf_of


def test_lines_come_out_as_written() -> None:
    assert pdf_text(pdf_of("Quote 77\nTotal $410.00")).splitlines() == ["Quote 77", "Total $410.00"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4",
        b"not a pdf at all",
        b"%PDF-1.7\n" + b"\x00\xff" * 5000,
        pdf_of("x")[:120],
        b"%PDF-" + b"1 0 obj <</Kids[1 0 R]>> endobj " * 50,
    ],
)
def test_broken_files_are_empty(data: bytes) -> None:
    assert pdf_text(data) == ""


def test_large_files_are_not_opened() -> None:
    assert pdf_text(pdf_of("Quote") + b" " * MOST_BYTES) == ""
