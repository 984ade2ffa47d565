"""The parts of a mail: one walk without recursion, with caps on depth, number and bytes, that keeps going over any
rubbish.

Parts are found as spans of the mail's bytes; only text that will be read is decoded, and files stay as they are
encoded."""

from __future__ import annotations

import binascii
import html
from dataclasses import dataclass, field

from bot.model import Attachment
from bot.providers.mime_headers import Headers, charset_text, clean, split_headers, unbase64
from bot.providers.mime_parameters import parameters

MOST_BYTES = 8 * 1024 * 1024  # of a mail that are looked at
MOST_DEPTH = 20
MOST_PARTS = 200
MOST_TEXT = 64 * 1024  # characters of plain text kept
MOST_HTML = 256 * 1024  # and of HTML, in which style sheets take much of the room
MOST_HEADER_BYTES = 256 * 1024
_MOST_FALSE_BOUNDARIES = 2000  # lines that begin like a boundary and are none
_RETURNED = 16 * 1024

_HTML_TYPES = frozenset({"text/html", "text/enriched", "text/richtext"})
_SECOND_COPIES = frozenset({"text/x-amp-html", "text/watch-html"})  # of a body that is there as plain text or HTML, too
_HEADER_COPIES = frozenset({"text/rfc822-headers", "message/rfc822-headers"})
_WHOLE_MAILS = frozenset({"message/rfc822", "message/global"})
_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})


@dataclass(slots=True)
class Contents:
    """What the walk found. Each segment is one stretch of the text, as plain text or HTML or both (alternatives)."""

    segments: list[list[str]] = field(default_factory=list)  # [plain, html]
    attachments: list[Attachment] = field(default_factory=list)
    report: str = ""
    returned: str = ""

    def texts(self) -> tuple[str, str]:
        """The whole text as plain words and as HTML. Where a stretch is HTML alone, as with a list's plain footer
        under an HTML mail, all of it goes into the HTML and the plain text is empty, lest the footer be taken for the
        mail."""
        segments = [s for s in self.segments if s[0] or s[1]]
        if len(segments) == 1:
            return segments[0][0], segments[0][1]
        page = (
            "<br>\n".join(s[1] or f"<pre>{html.escape(s[0])}</pre>" for s in segments)
            if any(s[1] for s in segments)
            else ""
        )
        if any(s[1].strip() and not s[0].strip() for s in segments):
            return "", page[:MOST_HTML]
        return "\n".join(s[0] for s in segments)[:MOST_TEXT], page[:MOST_HTML]


@dataclass(frozen=True, slots=True)
class _Span:
    """A part still to be opened: where it lies, how deep, and what it lies in."""

    start: int
    end: int
    depth: int
    segment: int  # the alternatives it belongs to, -1 for none
    parent: str  # the media type of the multipart around it


def header_end(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block from `start` ends, and where the body begins behind the empty line."""
    if data.startswith((b"\n", b"\r\n"), start, end):  # no headers at all
        return start, start + (1 if data[start : start + 1] == b"\n" else 2)
    limit = min(end, start + MOST_HEADER_BYTES)
    lf = data.find(b"\n\n", start, limit)
    crlf = data.find(b"\n\r\n", start, limit if lf < 0 else lf)
    if crlf >= 0:
        return crlf, crlf + 3
    if lf >= 0:
        return lf, lf + 2
    return limit, limit


def read_parts(data: bytes, top: Headers, body: int) -> Contents:
    """Every part of the mail whose headers are `top` and whose body begins at `body`, in the order in which they
    stand."""
    found = Contents()
    end = min(len(data), MOST_BYTES)
    waiting: list[_Span] = []
    _open_part(data, top, _Span(body, end, 0, -1, ""), found, waiting)
    opened = 1
    while waiting and opened < MOST_PARTS:
        span = waiting.pop()
        opened += 1
        stop, start = header_end(data, span.start, span.end)
        headers = split_headers(data[span.start : stop])
        if not headers and stop == span.end:  # neither headers nor an empty line: all of it is text
            start = span.start
        _open_part(data, headers, _Span(start, span.end, span.depth, span.segment, span.parent), found, waiting)
    return found


def _open_part(data: bytes, headers: Headers, span: _Span, found: Contents, waiting: list[_Span]) -> None:
    default = "message/rfc822" if span.parent == "multipart/digest" else "text/plain"
    kind, params = parameters(_first(headers, "content-type") or default)
    if "/" not in kind:
        kind = {"text": "text/plain", "multipart": "multipart/mixed"}.get(kind, default)
    if kind.startswith("multipart/"):
        children = _children(data, span, params.get("boundary", "")) if span.depth < MOST_DEPTH else []
        if children:
            segment = span.segment
            if kind == "multipart/alternative" and segment < 0:
                found.segments.append(["", ""])
                segment = len(found.segments) - 1
            waiting.extend(_Span(a, b, span.depth + 1, segment, kind) for a, b in reversed(children))
            return
        kind = "text/plain"
    _leaf(data, headers, kind, params, span, found)


def _children(data: bytes, span: _Span, boundary: str) -> list[tuple[int, int]]:
    """The spans between the boundary lines (RFC 2046 section 5.1.1); a missing end boundary is the end of the part."""
    start, end = span.start, span.end
    mark = b"--" + boundary.encode("utf-8", "replace")
    if not boundary:  # the first line that looks like one
        at = start if data.startswith(b"--", start, end) else data.find(b"\n--", start, end) + 1
        line_end = data.find(b"\n", at, end)
        if (not at and start) or line_end < 0 or line_end - at > 200:
            return []
        mark = data[at:line_end].rstrip()
        if len(mark) < 6:
            return []
    out: list[tuple[int, int]] = []
    begun = -1  # where the part being read begins
    misses = 0
    at = start if data.startswith(mark, start, end) else _next_line(data, mark, start, end)
    while at >= 0 and len(out) < MOST_PARTS and misses < _MOST_FALSE_BOUNDARIES:
        line_end = data.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        rest = data[at + len(mark) : min(line_end, at + len(mark) + 80)].strip()
        if rest not in (b"", b"--"):
            misses += 1
        else:
            if begun >= 0:
                out.append((begun, _before_newline(data, begun, at)))
            begun = min(line_end + 1, end)
            if rest:
                return out
        at = _next_line(data, mark, max(at, line_end - 1), end)
    if begun >= 0 and begun < end:
        out.append((begun, end))
    return out


def _next_line(data: bytes, mark: bytes, start: int, end: int) -> int:
    found = data.find(b"\n" + mark, start, end)
    return found + 1 if found >= 0 else -1


def _before_newline(data: bytes, begun: int, at: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    at -= 1
    return max(begun, at - 1 if data[at - 1 : at] == b"\r" else at)


def _leaf(data: bytes, headers: Headers, kind: str, params: dict[str, str], span: _Span, found: Contents) -> None:
    encoding = "".join(_first(headers, "content-transfer-encoding").split()).lower()
    disposition, more = parameters(_first(headers, "content-disposition"))
    name = clean(more.get("filename") or params.get("name") or "")
    if kind in _STATUSES:
        found.report = (found.report + "\n" + _text(data, span, encoding, "utf-8", MOST_TEXT)).strip()[:MOST_TEXT]
        return
    in_report = span.parent == "multipart/report" or bool(found.report)
    if kind in _HEADER_COPIES or (kind in _WHOLE_MAILS and in_report):
        found.returned = found.returned or _returned(data, span, encoding)
        return
    if kind in _SECOND_COPIES:
        return
    is_text = kind == "text/plain" or kind in _HTML_TYPES
    if not is_text or disposition == "attachment" or name:
        if kind != "text/plain" or span.end > span.start:
            found.attachments.append(Attachment(name, kind, data[span.start : span.end], encoding))
        return
    most = MOST_TEXT if kind == "text/plain" else MOST_HTML
    text = _text(data, span, encoding, params.get("charset", ""), most)
    if span.segment < 0:
        found.segments.append(["", ""])
    segment = found.segments[span.segment]
    column = 0 if kind == "text/plain" else 1
    if not segment[column]:
        segment[column] = text
    elif len(segment[column]) < most:
        segment[column] = f"{segment[column]}\n{text}"[:most]


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""


def _text(data: bytes, span: _Span, encoding: str, charset: str, most: int) -> str:
    """A part's text, decoded, with "\\n" at the end of its lines."""
    raw = data[span.start : min(span.end, span.start + 4 * most)]
    if encoding == "base64":
        raw = unbase64(raw)
    elif encoding == "quoted-printable":
        raw = binascii.a2b_qp(raw)
    text = charset_text(raw, charset)[:most]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "") if "\0" in text else text


def _returned(data: bytes, span: _Span, encoding: str) -> str:
    """The header lines of a mail that came back, unfolded and decoded."""
    raw = data[span.start : min(span.end, span.start + 4 * _RETURNED)]
    if encoding == "base64":
        raw = unbase64(raw)
    elif encoding == "quoted-printable":
        raw = binascii.a2b_qp(raw)
    raw = raw.lstrip(b"\r\n")
    stop, _ = header_end(raw, 0, len(raw))
    lines = [f"{name}: {clean(value)}" for name, values in split_headers(raw[:stop]).items() for value in values]
    return "\n".join(lines)[:_RETURNED]
