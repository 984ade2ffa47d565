"""The header lines of a mail: unfolding, encoded words, dates and ids; addresses and parameters have files of their
own.

Lenient all through: what RFC 5322, 2047 and 2231 forbid and mailers send all the same is read as a person would read
it. Nothing here raises on what a mail contains, and everything runs in time linear in its length.
"""

from __future__ import annotations

import binascii
import datetime as dt
import email.utils
import re

MOST_REFERENCES = 200
MOST_VALUE = 32 * 1024  # characters of one header that are looked at

Headers = dict[str, list[str]]

# Charset names that mailers use; Python also knows codecs that are no charsets at all (punycode, unicode_escape: slow
# or odd).
_CHARSET = re.compile(
    r"(?:x-)?(?:utf|iso|windows|cp|koi|gb|big5|euc|shift|sjis|ms9|mac|us-ascii|ascii|latin|l\d|tis|hz|ks|johab)"
)
_WIDER = {  # what is really sent under a narrower name (https://encoding.spec.whatwg.org/#names-and-labels)
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "windows-1252": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
}
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def charset_text(data: bytes, charset: str = "") -> str:
    """Bytes as text in the named charset; where that name or the bytes are wrong, as UTF-8, else as Windows-1252."""
    name = charset.strip(" \t\"'").lower()
    name = _WIDER.get(name, name)
    for candidate in (name, "utf-8"):
        if candidate and _CHARSET.match(candidate):
            try:
                return data.decode(candidate)
            except (LookupError, ValueError):
                continue
    return data.decode("cp1252", "replace")


def unbase64(data: bytes) -> bytes:
    """Base64 decoded as far as it goes: foreign bytes are skipped, a torn end is dropped."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        whole = clean[: len(clean) // 4 * 4]
        rest = clean[len(whole) :]
        try:
            return binascii.a2b_base64(whole + (rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""))
        except binascii.Error:
            return b""


def split_headers(block: bytes) -> Headers:
    """A header block as lower-case names with their unfolded values, each in the order of the mail. A line that is no
    header (an mbox "From " line, rubbish) is left out."""
    try:
        text = block.decode("ascii")
    except UnicodeDecodeError:
        text = _eight_bit(block)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    headers: Headers = {}
    values: list[str] | None = None
    for line in text.split("\n"):
        if line[:1] in (" ", "\t"):
            if values is not None and len(values[-1]) < MOST_VALUE:
                values[-1] += line
            continue
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if not colon or not name or " " in name or "\t" in name:
            values = None
            continue
        values = headers.setdefault(name.lower(), [])
        values.append(value)
    return headers


def _eight_bit(block: bytes) -> str:
    """Raw 8-bit headers: UTF-8 (RFC 6532) where they are, else line by line, since some lines may be Latin-1."""
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(charset_text(line, "utf-8") for line in block.split(b"\n"))


def decode_words(value: str) -> str:
    """A header's text with its encoded words (RFC 2047) decoded, also inside quotes and without the space that should
    part them. A character torn over two words of one charset is put together again."""
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, last = b"", "", 0
    for found in _ENCODED_WORD.finditer(value):
        between = value[last : found.start()]
        name = found[1].partition("*")[0].lower()  # RFC 2231 section 5: a language may follow the charset
        if pending and (between.strip() or name != charset):
            out.append(charset_text(pending, charset))
            pending = b""
        if between.strip() or not last:
            out.append(between)
        raw = found[3].encode("utf-8", "replace")
        pending += unbase64(raw) if found[2] in "bB" else binascii.a2b_qp(raw, header=True)
        charset, last = name, found.end()
    if pending:
        out.append(charset_text(pending, charset))
    return "".join(out) + value[last:]


def clean(value: str) -> str:
    """A header's text for a reader: decoded, without control characters, white space squeezed."""
    value = decode_words(value[:MOST_VALUE])
    if not value.isprintable():
        value = _CONTROL.sub(" ", value)
    return " ".join(value.split())


# --- dates

_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})\s+([A-Za-z]{3})[a-z]*\.?,?\s+(\d{4})\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([+-]\d{4})"
)
_MONTHS = {
    m: n for n, m in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_FIRST_YEAR = 1970


def date_of(value: str) -> dt.datetime | None:
    """A Date header (RFC 5322 section 3.3) as an aware time, None where it cannot be read or is older than mail
    itself."""
    value = value[:200]
    try:
        if (found := _DATE.match(value)) and (month := _MONTHS.get(found[2].lower())):
            offset = int(found[7][1:3]) * 60 + int(found[7][3:5])
            zone = _zone(-offset if found[7][0] == "-" else offset)
            second = min(int(found[6] or 0), 59)  # a leap second is nobody's business here
            at = dt.datetime(int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), second, tzinfo=zone)
        else:
            parts = email.utils.parsedate_tz(value)
            if parts is None:
                return None
            at = dt.datetime(*parts[:6], tzinfo=_zone((parts[9] or 0) // 60))
        at.astimezone(dt.UTC)  # must not fall off the calendar later
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return at if at.year >= _FIRST_YEAR else None


def _zone(minutes: int) -> dt.timezone:
    return dt.UTC if not minutes or abs(minutes) >= 24 * 60 else dt.timezone(dt.timedelta(minutes=minutes))


# --- ids

_ID = re.compile(r"<([^<>]{1,998})>")


def ids(value: str) -> tuple[str, ...]:
    """Message-IDs without angle brackets and white space, the first and the latest ones where there are too many."""
    if "=?" in value:
        value = decode_words(value)
    found = _ID.findall(value[:MOST_VALUE])
    if not found:
        found = [word.strip("<>,;\"'") for word in value[:MOST_VALUE].split() if "@" in word]
    every = ["".join(one.split()) for one in found]
    every = [one for one in every if one]
    return tuple(every if len(every) <= MOST_REFERENCES else [every[0], *every[1 - MOST_REFERENCES :]])


def until(value: str, at: int, closing: str) -> tuple[str, int]:
    """The text up to the closing character, with backslashes taken off, and the place behind it."""
    out: list[str] = []
    while at < len(value):
        char = value[at]
        if char == closing:
            return "".join(out), at + 1
        if char == "\\" and at + 1 < len(value):
            at += 1
            char = value[at]
        out.append(char)
        at += 1
    return "".join(out), at
