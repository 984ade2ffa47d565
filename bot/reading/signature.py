"""Where the writer's signature begins: closing formula, name, contact lines, mobile footers, disclaimers.

Read from the bottom up, as a person would: what looks like a name, a title or a telephone number belongs to the
signature as long as a name, a closing formula or a contact line anchors it. In doubt a line stays: a missed signature
costs nothing, a lost "unsubscribe" costs a customer.
"""

from __future__ import annotations

import re

from bot.reading.frame import Frame, Writer, frame
from bot.reading.signature_lines import (
    EMAIL,
    all_capitalised,
    closing,
    is_contact,
    is_greeting,
    is_name,
    is_title,
)

_DELIMITER = re.compile(r"(?:--|—|––|-- -)\s*$")
_RULE = re.compile(r"[\s\-_=*~#+.·•|>\u2014\u2013\u1427]+$")
_LISTED = re.compile(r"(?:\d{1,2}[.)]|[-*•–])\s")
_DEEPEST = 16  # lines with words that a signature may have
_MOST_AFTER_DELIMITER = 20
_BANNER_LINES = 6


def cut_signature(block: list[str], writer: Writer, alone: bool) -> set[int]:
    """The lines of `block` that are no words of the message: the signature at its end, footers, disclaimers, and a
    banner on top.

    `alone`: the writer wrote nothing else, so that a closing word ("Thanks!") may be all he has to say and stays.
    """
    words = frame()
    text = "\n".join(block)
    found = words.trims.spans(text)
    gone = _banners(block, found.get("banners", []))
    end = _disclaimer(block, found.get("disclaimers", []))
    end, footers = _strip_footers(block, end, found.get("footers", []))
    end = min(end, _delimiter(block, end))
    start = _bottom_up(block, end, writer, words)
    if start < end:
        start = _keep_something(block, start, end, gone | footers, writer, alone, words)
    return gone | footers | set(range(min(start, end), len(block)))


def _banners(block: list[str], spans: list[tuple[int, int]]) -> set[int]:
    """Warnings that a company's mail server puts on top ("EXTERNAL EMAIL: ...")."""
    gone: set[int] = set()
    for first, last in spans:
        if first < _BANNER_LINES:
            gone |= set(range(first, last + 1))
    if gone:  # the rest of the paragraph is the same warning
        at = max(gone) + 1
        while at < len(block) and block[at].strip() and len(block[at]) > 30 and not is_greeting(block[at]):
            gone.add(at)
            at += 1
    return gone


def _disclaimer(block: list[str], spans: list[tuple[int, int]]) -> int:
    """Where the disclaimers and company lines at the end begin. One that opens the mail is taken for its text."""
    first = next((i for i, line in enumerate(block) if line.strip()), 0)
    end = len(block)
    for start, _ in spans:
        while start > first and block[start - 1].strip() and len(block[start - 1]) > 40:
            start -= 1
        if start > first:
            end = min(end, start)
    return end


def _strip_footers(block: list[str], end: int, spans: list[tuple[int, int]]) -> tuple[int, set[int]]:
    """Footers of telephones ("Sent from my iPhone") at the end; they go alone, what stands above is looked at again."""
    marked: set[int] = set()
    for first, last in spans:
        marked |= set(range(first, last + 1))
    last = _last_with_words(block, end)
    while last >= 0 and (last in marked or _RULE.match(block[last])):
        last = _last_with_words(block, last)
    footers = {i for i in marked if i < last and last - i <= 4 and _close_to_end(block, i, last, marked)}
    return last + 1, footers


def _close_to_end(block: list[str], at: int, last: int, marked: set[int]) -> bool:
    """A footer above the last lines goes only where those look like a signature, not like a sentence."""
    others = [block[i].rstrip() for i in range(at, last + 1) if i not in marked]
    return all(len(line) < 60 and not line.endswith(("?", "!", ".")) for line in others)


def _last_with_words(block: list[str], end: int) -> int:
    last = end - 1
    while last >= 0 and not block[last].strip():
        last -= 1
    return last


def _delimiter(block: list[str], end: int) -> int:
    """RFC 3676 section 4.3: "-- " parts the signature; many write it without its space."""
    for at in range(max(0, end - 60), end):
        if not _DELIMITER.match(block[at]):
            continue
        rest = [line for line in block[at + 1 : end] if line.strip()]
        if len(rest) <= _MOST_AFTER_DELIMITER and (block[at] == "-- " or sum(map(len, rest)) <= 600):
            return at
    return end


def _bottom_up(block: list[str], end: int, writer: Writer, words: Frame) -> int:
    """The line at which the signature begins; `end` where there is none."""
    seen = contacts = titles = 0
    top_contact = top_name = end
    at = end
    strange = False  # a line that only stands below a name may be part of a signature
    while at > 0 and seen < _DEEPEST:
        at -= 1
        line = block[at].strip()
        if not line or _RULE.match(line):
            continue
        seen += 1
        formula = closing(line, writer, words)
        if formula and (seen > 1 or formula > 1) and not (strange and not contacts):
            return _over_rule(block, at)
        if sure := is_name(line, writer, words):
            top_name = at
            if sure > 1:
                break
        elif is_contact(line, writer, words):
            contacts += 1
            top_contact = at
        elif is_title(line, words):
            titles += 1
            strange = strange or not all_capitalised(line)
            if titles > 4 and not contacts:
                break
        else:
            break
    if top_name < end:
        return _with_closing_above(block, top_name, words, writer)
    return _contact_paragraph(block, top_contact, end, writer, words) if contacts else end


def _with_closing_above(block: list[str], name: int, words: Frame, writer: Writer) -> int:
    """What stands right over a name and belongs to it: the name itself over a company of the same name, the closing
    formula, a ruled line."""
    if name and is_name(block[name - 1].strip(), writer, words):
        name -= 1
    above = name - 1
    while above >= 0 and above >= name - 4 and not block[above].strip():
        above -= 1
    if above >= 0 and closing(block[above].strip(), writer, words):
        return _over_rule(block, above)
    return _over_rule(block, name)


def _over_rule(block: list[str], at: int) -> int:
    return at - 1 if at > 0 and block[at - 1].strip() and _RULE.match(block[at - 1]) else at


def _contact_paragraph(block: list[str], top: int, end: int, writer: Writer, words: Frame) -> int:
    """Contact lines without the writer's name, where one is his own address: from the first, with the title lines over
    it. Any others may be those of somebody whom he names."""
    own = any(address.casefold() == writer.email for line in block[top:end] for address in EMAIL.findall(line))
    if not own or any(_LISTED.match(line) for line in block[top:end]):
        return end
    at = top
    while at > max(0, top - 3) and (line := block[at - 1].strip()) and is_title(line, words) and all_capitalised(line):
        at -= 1
    return at if not at or not block[at - 1].strip() else end


def _keep_something(
    block: list[str], start: int, end: int, gone: set[int], writer: Writer, alone: bool, words: Frame
) -> int:
    """Where nothing but a greeting would be left, the closing formula is the message, and a bare name or number
    stays."""
    rest = [line for i, line in enumerate(block[:start]) if i not in gone and line.strip()]
    if not alone or any(not is_greeting(line) for line in rest):
        return start
    at = start
    while at < end and not block[at].strip():
        at += 1
    if at < end and closing(block[at].strip(), writer, words):
        return at + 1
    return end if not rest else start
