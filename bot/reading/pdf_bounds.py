"""Whether a PDF is small when it is unpacked, too: looked at before the library that reads it, which has no such bounds.

A file of two kilobytes can unpack to gigabytes (a stream compressed twice), and forms that draw forms can multiply by ten at
each step. Nothing here follows the file's own structure, which a hostile file lies about: every stretch that could be
unpacked is, up to a cap, wherever it lies. What is refused costs a quote the words of its paper and no more.

Filters and forms: ISO 32000-1, 7.4 and 8.10. A stream's dictionary always stands in the open (7.5.7), so what it says can be
trusted as far as the library would follow it.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

MOST_WORDS = 2 * 1024 * 1024  # bytes of unpacked streams that look like text: what costs time
MOST_BYTES = 24 * 1024 * 1024  # and of all others (pictures, fonts): what costs memory
MOST_LOCKED = 96 * 1024  # of a file whose streams are encrypted, so that nobody can look into them
MOST_DRAWN, MOST_NESTED = 400, 12  # "draw that object": on pages, and within objects that are drawn

_STREAM = re.compile(rb"(?<!end)stream\b")
_UNPACKING = re.compile(rb"/(?:FlateDecode|Fl)\b")
_UNBOUNDED = re.compile(rb"/(?:LZWDecode|LZW|RunLengthDecode|RL|ASCIIHexDecode|AHx)\b")
_FILTERS = re.compile(rb"/Filter\s*(\[[^\]]{0,300}\]|/\w{1,40}|.)", re.DOTALL)
_DRAWS = re.compile(rb"/[^\s/<>()\[\]]{1,40}\s{1,4}Do\b")
_NO_TEXT = bytes(c for c in range(256) if not (32 <= c < 127 or c in b"\t\r\n"))
_TEXTUAL = 0.75  # the share of printable bytes from which on something counts as text; noise has 0.38
_LONGEST_DICTIONARY = 8192
_PIECE = 256 * 1024


def is_modest(data: bytes) -> bool:
    """Whether reading the file takes no more than its share of time and memory."""
    if b"/Encrypt" in data and len(data) > MOST_LOCKED:
        return False
    words = others = drawn = nested = 0
    for dictionary, begin, end in _streams(data):
        if not _is_plain(dictionary):
            return False
        piece = data[begin:end]
        if b"/ASCII85Decode" in dictionary or b"/A85" in dictionary:
            piece = _unwrapped(piece)
        if not _UNPACKING.search(dictionary):
            draws = len(_DRAWS.findall(piece))
            drawn, nested = (drawn, nested + draws) if b"/Form" in dictionary else (drawn + draws, nested)
            words += len(piece) if _is_textual(piece) else 0
        for unpacked in _unpacked(piece, MOST_BYTES + 1 - others - words):
            draws = len(_DRAWS.findall(unpacked))
            drawn, nested = (drawn, nested + draws) if b"/Form" in dictionary else (drawn + draws, nested)
            if _is_textual(unpacked):
                words += len(unpacked)
            else:
                others += len(unpacked)
            if words > MOST_WORDS or words + others > MOST_BYTES or drawn > MOST_DRAWN or nested > MOST_NESTED:
                return False
    return words <= MOST_WORDS and drawn <= MOST_DRAWN and nested <= MOST_NESTED


def _streams(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each stream's dictionary, and from where to where it may reach."""
    starts = [found.end() for found in _STREAM.finditer(data)]
    for start, after in zip(starts, [*starts[1:], len(data)], strict=False):
        head = data[max(0, start - _LONGEST_DICTIONARY) : start]
        yield head[max(0, head.rfind(b"obj")) :], start, after


def _is_plain(dictionary: bytes) -> bool:
    """Whether a stream is packed at most once, and says so without disguise."""
    if re.search(rb"/\w*#[0-9A-Fa-f]{2}", dictionary):
        return False
    for found in _FILTERS.finditer(dictionary):
        said = found[1]
        if not said.startswith((b"[", b"/")) or _UNBOUNDED.search(said) or len(_UNPACKING.findall(said)) > 1:
            return False
    return len(_FILTERS.findall(dictionary)) <= 1


def _unwrapped(piece: bytes) -> bytes:
    """What base 85 holds; as it stands where it is none."""
    try:
        return base64.a85decode(piece.partition(b"~>")[0].strip(), ignorechars=b" \t\n\r\v\x00\x0c")
    except ValueError:
        return piece


def _unpacked(piece: bytes, cap: int) -> Iterator[bytes]:
    """Whatever in the piece unpacks (RFC 1950: the low half of the first byte is 8, both bytes divide by 31), up to a cap."""
    at = 0
    while at < len(piece) - 2 and cap > 0:
        if piece[at] & 0x8F != 0x08 or (piece[at] << 8 | piece[at + 1]) % 31 or piece[at + 1] & 0x20:
            at += 1
            continue
        found, rest = _inflated(piece[at:], cap)
        if found:
            cap -= len(found)
            yield found
        at = at + 1 if rest is None else len(piece) - rest


def _inflated(packed: bytes, cap: int) -> tuple[bytes, int | None]:
    """What unpacks up to the cap or to where it breaks, which the library would take as well; and how many bytes are left
    over (None: it broke)."""
    unpacker, found = zlib.decompressobj(), bytearray()
    try:
        while len(found) < cap and packed and not unpacker.eof:
            found += unpacker.decompress(packed, min(_PIECE, cap - len(found)))
            packed = unpacker.unconsumed_tail
    except zlib.error:
        return bytes(found), None
    return bytes(found), len(unpacker.unused_data)


def _is_textual(piece: bytes) -> bool:
    return len(piece.translate(None, _NO_TEXT)) >= _TEXTUAL * len(piece)
