"""Content-Type and Content-Disposition with their parameters (RFC 2045 section 5.1, RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from bot.providers.mime_headers import MOST_VALUE, charset_text, decode_words, until

MOST_PARAMETERS = 64

_PARAMETER = re.compile(r'\s*([^\s=;"]+)\s*=\s*')
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?$")


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A Content-Type or Content-Disposition as its lower-case word and its parameters (lower-case names), RFC 2231
    pieces put together and decoded, RFC 2047 words decoded where mailers wrongly put them."""
    word, semicolon, rest = value.partition(";")
    word = "".join(word.split()).lower()
    if not semicolon:
        return word, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in _raw_parameters(rest[:MOST_VALUE]):
        if "*" not in name:
            plain.setdefault(name, decode_words(text) if "=?" in text else text)
        elif found := _CONTINUED.match(name):
            pieces.setdefault(found[1], {}).setdefault(int(found[2] or 0), (text, bool(found[3])))
    for name, parts in pieces.items():
        plain[name] = _continued([parts[n] for n in sorted(parts)])
    return word, plain


def _raw_parameters(rest: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    at = 0
    while at < len(rest) and len(out) < MOST_PARAMETERS:
        found = _PARAMETER.match(rest, at)
        if not found:
            at = _next_semicolon(rest, at)
            continue
        at = found.end()
        if rest[at : at + 1] == '"':
            text, at = until(rest, at + 1, '"')
            at = _next_semicolon(rest, at)
        else:
            start, at = at, _next_semicolon(rest, at)
            text = rest[start:at].rstrip("; \t")
        out.append((found[1].lower(), text))
    return out


def _next_semicolon(rest: str, at: int) -> int:
    stop = rest.find(";", at)
    return len(rest) if stop < 0 else stop + 1


def _continued(parts: list[tuple[str, bool]]) -> str:
    """RFC 2231: numbered pieces of one value, those with a star percent-encoded, the first naming the charset."""
    charset = ""
    data = b""
    for number, (text, encoded) in enumerate(parts):
        if encoded and number == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return charset_text(data, charset)
