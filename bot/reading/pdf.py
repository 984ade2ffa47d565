"""The text of a PDF the rep attached: the first pages of a file of bounded size, within a bounded time."""

from __future__ import annotations

import functools
import importlib
import time
from typing import Any

from bot.reading.pdf_bounds import is_modest

MOST_BYTES = 4 * 1024 * 1024
MOST_PAGES = 6
MOST_TEXT = 24_000
MOST_SECONDS = 1.5


def pdf_text(data: bytes) -> str:
    """The words on the first pages; "" where the file is no PDF, locked, broken or too large, packed or unpacked. Never
    raises."""
    if len(data) > MOST_BYTES or b"%PDF-" not in data[:1024] or not is_modest(data):
        return ""
    began = time.monotonic()  # a limit on work, not a date: nothing that is read depends on it
    pieces: list[str] = []
    pdfium = _pdfium()
    try:
        document = pdfium.PdfDocument(data)
    except (pdfium.PdfiumError, ValueError, OSError):
        return ""
    try:
        for number in range(min(MOST_PAGES, len(document))):
            page = document[number]
            words = page.get_textpage()
            pieces.append(words.get_text_bounded())
            words.close()
            page.close()
            if time.monotonic() - began > MOST_SECONDS or sum(map(len, pieces)) > MOST_TEXT:
                break
    except (pdfium.PdfiumError, ValueError, OSError):
        pass
    finally:
        document.close()
    return "\n".join(pieces).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")[:MOST_TEXT]


@functools.cache
def _pdfium() -> Any:
    """The library, loaded when the first PDF comes: most runs see none, and it takes a third of the reader's start."""
    return importlib.import_module("pypdfium2")
