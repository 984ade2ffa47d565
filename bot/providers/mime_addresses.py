"""Address headers (RFC 5322 section 3.4), read as leniently as they are written: groups, comments, names in any
quotes."""

from __future__ import annotations

import re

from bot.model import Address
from bot.providers.mime_headers import MOST_VALUE, clean, decode_words, until

MOST_ADDRESSES = 500

_SIMPLE_ADDRESS = re.compile(r'\s*(?:"([^"\\<>]*)"|([^"<>,;:()\\@\[\]]*))\s*<([^<>\s@",;:()]+@[^<>\s@",;:()]+)>\s*$')
_BARE_ADDRESS = re.compile(r"[^<>\s@\",;:()\[\]]+@[^<>\s@\",;:()\[\]]+$")
_ADDRESS_SPECIAL = re.compile(r'[",;:<>()\\]')


def addresses(values: list[str]) -> tuple[Address, ...]:
    """The addresses of one or several address headers, in order, without those that have no "@" (RFC 5322 section 3.4;
    groups and comments are understood)."""
    found: list[Address] = []
    for value in values:
        found.extend(a for a in _address_list(value[:MOST_VALUE]) if "@" in a.email)
        if len(found) >= MOST_ADDRESSES:
            return tuple(found[:MOST_ADDRESSES])
    return tuple(found)


def first_address(values: list[str]) -> Address:
    """The first address of a From header, also one without a domain ("MAILER-DAEMON"); an empty one where there is
    none."""
    every = [a for value in values for a in _address_list(value[:MOST_VALUE])]
    return next((a for a in every if "@" in a.email), every[0] if every else Address(""))


def _address_list(value: str) -> list[Address]:
    if simple := _SIMPLE_ADDRESS.match(value):
        return [Address(simple[3].casefold(), clean(simple[1] or simple[2] or ""))]
    bare = value.strip()
    if _BARE_ADDRESS.match(bare):
        return [Address(bare.casefold())]
    return _scan_addresses(value)


def _scan_addresses(value: str) -> list[Address]:
    """The slow and sure way: one walk over the special characters."""
    out: list[Address] = []
    words: list[str] = []  # of the address being read, outside of quotes, comments and angle brackets
    quoted: list[str] = []
    comment: list[str] = []
    route = ""  # what stood in angle brackets

    def close() -> None:
        nonlocal route
        plain = "".join(words).strip()
        if route or "@" in plain or plain or quoted:
            name = (" ".join([*quoted, plain]) if route else "".join(quoted) or "".join(comment)).strip()
            mailbox = route or plain
            if not route and quoted and plain.startswith("@"):  # "a b"@example.com
                mailbox, name = "".join(quoted) + plain, "".join(comment)
            elif not route and "@" in plain and " " in plain:  # Dana Ruiz dana@acme.example
                mailbox = next(word for word in plain.split() if "@" in word)
                name = plain.replace(mailbox, "")
            elif not route and not plain:
                mailbox = next((w for w in "".join(quoted).split() if "@" in w), "")
            out.append(Address(_mailbox(mailbox), clean(name)))
        words.clear()
        quoted.clear()
        comment.clear()
        route = ""

    at, end = 0, len(value)
    while at < end and len(out) < MOST_ADDRESSES:
        special = _ADDRESS_SPECIAL.search(value, at)
        stop = special.start() if special else end
        words.append(value[at:stop])
        if not special:
            break
        at = stop + 1
        match special[0]:
            case '"':
                text, at = until(value, at, '"')
                quoted.append(text)
            case "(":
                text, at = until(value, at, ")")
                comment.append(text)
            case "<":
                text, at = until(value, at, ">")
                route = route or text.rpartition(":")[2]  # RFC 5322 section 4.4: <@relay:dana@acme.example>
            case "," | ";":
                close()
            case ":":
                if "@" not in "".join(words):  # a group's name
                    words.clear()
                    quoted.clear()
            case _:
                pass
    close()
    return [a for a in out if a.email or a.name]


def _mailbox(text: str) -> str:
    """An address without white space and control characters, casefolded."""
    if "=?" in text:
        text = decode_words(text)
    return "".join(c for c in text if c.isprintable() and not c.isspace() and c not in "<>,;").casefold()
