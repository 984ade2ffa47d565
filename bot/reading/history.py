"""Where the history begins: quoted and forwarded text under, above or between the writer's own lines.

Known forms: lines with ">" or a blockquote, an attribution ("On ..., Dana wrote:"), a block of header lines as Outlook
writes it, a separator ("-----Original Message-----"), and what the markup of an HTML mail says.
"""

from __future__ import annotations

import re

from bot.reading.frame import Frame, frame
from bot.reading.html import Mark

_QUOTE = re.compile(r"[ \t]{0,3}>")
_COMPARISON = re.compile(r"[ \t]{0,3}>\s?=?\s?[$€£]?\d")  # "> 100 units: 5 % less"
_FROM_LINE = re.compile(r">From ")  # an mbox's escape
_DATE = re.compile(r"\d{1,2}[:.h]\d\d|\d{4}|\d{1,2}[./\-]\d{1,2}|\d{1,2}\.? [^\W\d_]{3,}|\d{1,2}(?:st|nd|rd|th)|[^\W\d_]{3,} \d{1,2}")
_TIMESTAMP = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d\d)?(?: GMT[+-]\d\d:?\d\d)? \S.{0,200}$")
_SURROUND = " \t-*_=~>#:：|"
_LONGEST_ATTRIBUTION = 400
_MOST_ATTRIBUTION_LINES = 7
_MOST_HEADER_LINES = 14
_LONGEST_LABEL = 30


def mark_quoted_lines(lines: list[str], marks: list[Mark]) -> None:
    """Mark the lines of a plain text that begin with ">", unless they are comparisons or an mbox's escapes."""
    at = 0
    while at < len(lines):
        if not _QUOTE.match(lines[at]):
            at += 1
            continue
        end = at
        while end < len(lines) and _QUOTE.match(lines[end]):
            end += 1
        group = lines[at:end]
        alone = all(_COMPARISON.match(line) for line in group) and not _attributed(lines, marks, at)
        if not alone and not (len(group) == 1 and _FROM_LINE.match(group[0])):
            marks[at:end] = [Mark.QUOTED] * (end - at)
        at = end


def _attributed(lines: list[str], marks: list[Mark], at: int) -> bool:
    """Whether the line before a group of ">" lines ends with a colon, as attributions do."""
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return above.rstrip().endswith((":", "：")) and bool(frame().wrote.search(above))


def mark_history(lines: list[str], marks: list[Mark]) -> None:
    """Mark as quoted whatever is history, given what `marks` says already of ">" lines and markup."""
    words = frame()
    has_own = False
    for at, line in enumerate(lines):
        if marks[at] is Mark.HISTORY:
            marks[at:] = [Mark.QUOTED] * (len(marks) - at)
            return
        if marks[at] is not Mark.NONE:
            continue
        text = line.strip()
        if not text:
            continue
        if _separates(text, words) or _heads(lines, marks, at, words):
            start = _with_rule_above(lines, marks, at)
            marks[start:] = [Mark.QUOTED] * (len(marks) - start)
            return
        if (start := _attribution(lines, marks, at, text, words)) >= 0:
            above = any(marks[i] is Mark.NONE and lines[i].strip() for i in range(start))
            if above and not _quote_follows(marks, lines, at):
                marks[start:] = [Mark.QUOTED] * (len(marks) - start)
                return
            marks[start : at + 1] = [Mark.QUOTED] * (at + 1 - start)
            continue
        has_own = True
    if not has_own:
        _unquote_all(lines, marks, words)


def _separates(text: str, words: Frame) -> bool:
    """-----Original Message-----, Begin forwarded message:, ---- Weitergeleitet von ... ----."""
    if text[0] not in "-*_=~#>" and text[-1] not in ":：-*":
        return False
    core = text.strip(_SURROUND).casefold()
    if core in words.separators:
        return True
    return text.startswith("--") and any(core.startswith(word) for word in words.separators if word.endswith((" by", " von", " da", " por", " par")))


def _label(line: str, words: Frame) -> str:
    """The role of a header label at the beginning of a line, "" for none."""
    colon = line.find(":", 0, _LONGEST_LABEL)
    if colon < 0:
        colon = line.find("：", 0, _LONGEST_LABEL)
    return words.labels.get(line[:colon].strip(" \t*_>|\xa0").casefold(), "") if colon > 0 else ""


def _heads(lines: list[str], marks: list[Mark], at: int, words: Frame) -> bool:
    """Whether a block of header lines begins here: a sender, and a subject, and a time or a recipient, close
    together."""
    if not _label(lines[at], words):
        return False
    found: dict[str, str] = {}
    missing = 0
    block = ""
    for line in lines[at : at + _MOST_HEADER_LINES]:
        role = _label(line, words)
        if role:
            found.setdefault(role, line)
            missing = 0
        else:
            missing += 1
            if missing > 3:
                break
        block += line + "\n"
    dated = "sent" in found and bool(_DATE.search(found["sent"]))
    if "from" not in found or not (dated or "@" in block):
        return False
    return ("subject" in found and ("sent" in found or "to" in found)) or ("@" in found["from"] and dated and "to" in found)


def _with_rule_above(lines: list[str], marks: list[Mark], at: int) -> int:
    """A ruled line or separator right above the history belongs to it."""
    above = at - 1
    while above >= 0 and above >= at - 4 and marks[above] is Mark.NONE:
        text = lines[above].strip()
        if text and text.strip(_SURROUND):
            break
        if text:
            return above
        above -= 1
    return at


def _quote_follows(marks: list[Mark], lines: list[str], at: int) -> bool:
    for below in range(at + 1, min(at + 5, len(lines))):
        if lines[below].strip():
            return marks[below] is Mark.QUOTED
    return False


def _attribution(lines: list[str], marks: list[Mark], at: int, text: str, words: Frame) -> int:
    """The line at which an attribution that ends on line `at` begins, -1 where none ends here."""
    if text[-1] not in ":：-*" and not (text[0] == "2" and _TIMESTAMP.match(text)):
        return -1
    stamped = _TIMESTAMP.match(text)
    if stamped and ("GMT" in text or "@" in text):
        return at
    followed = _quote_follows(marks, lines, at)
    start, joined, first = -1, "", at
    for line in range(at, max(-1, at - _MOST_ATTRIBUTION_LINES), -1):
        if marks[line] is Mark.QUOTED or len(joined) > _LONGEST_ATTRIBUTION:
            break
        joined = f"{lines[line].strip()} {joined}"
        if words.opens.match(lines[line]) and _says_who_wrote(joined, followed, words):
            start = line
            if not _TIMESTAMP.match(lines[line]) or line == 0 or not lines[line - 1].strip():
                break
        elif start >= 0:
            break
        elif line < at and not lines[line].strip() and not _torn(joined):
            break
        first = line
    if start >= 0:
        return start
    text = " ".join(line.strip() for line in lines[max(0, at - 1) : at + 1]) if _torn(lines[at]) else text
    begins = at - 1 if _torn(lines[at]) and at > 0 and first < at else at
    if followed and (words.wrote.search(text) or ("@" in text and _DATE.search(text))):
        return begins
    wrote = words.wrote.search(text)
    if wrote and "@" in text[: wrote.end() + 200] and len(text) < 250 and _tail_fits(text, wrote.end()):
        return begins
    return -1


def _torn(text: str) -> bool:
    """Whether an address is torn over lines: a closing bracket without its opening one, or the verb alone on its
    line."""
    stripped = text.strip()
    return stripped.count(">") > stripped.count("<") or len(stripped) < 14


def _says_who_wrote(joined: str, followed: bool, words: Frame) -> bool:
    """Whether the words are an attribution: a date, and a verb near the end whose subject is no pronoun."""
    if len(joined) > _LONGEST_ATTRIBUTION or not _DATE.search(joined):
        return False
    wrote = None
    for wrote in words.wrote.finditer(joined):
        pass
    if wrote is None:
        return "@" in joined and followed
    if not followed and words.pronoun_wrote.search(joined):
        return False
    return _tail_fits(joined, wrote.end())


def _tail_fits(text: str, end: int) -> bool:
    """What follows the verb: nothing, or a name, an address, a date; no clause."""
    tail = text[end:].strip(" \t:：-*>")
    if not tail or "@" in tail:
        return True
    if len(tail) > 120:
        return False
    plain = [word for word in tail.split() if word[0].islower()]
    return len(plain) <= 2 and (len(tail.split()) <= 4 or bool(_DATE.search(tail)))


def _unquote_all(lines: list[str], marks: list[Mark], words: Frame) -> None:
    """A mail in which every line is quoted. Where some of it is quoted twice, a gateway has put its ">" before the
    whole mail: what is quoted once is the writer's, up to the first attribution."""
    once = [i for i, line in enumerate(lines) if _QUOTE.match(line) and not _QUOTE.match(line.lstrip()[1:])]
    deeper = any(_QUOTE.match(line) and _QUOTE.match(line.lstrip()[1:]) for line in lines)
    if not deeper:
        return
    for i in once:
        text = lines[i].lstrip()[1:].strip()
        if text and (text[-1] in ":：" or words.wrote.search(text) or _separates(text, words) or _label(text, words)):
            return
        marks[i] = Mark.NONE
        lines[i] = lines[i].lstrip()[1:].lstrip(" ")
