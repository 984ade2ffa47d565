"""Where the history begins: quoted and forwarded text under, above or between the writer's own lines.

Known forms: lines with ">" or a blockquote, an attribution ("On ..., Dana wrote:"), a block of header lines as Outlook
writes it, a separator ("-----Original Message-----"), and what the markup of an HTML mail says.
"""

from __future__ import annotations

import re

from bot.reading.frame import Frame, frame
from bot.reading.html_marks import Mark

_QUOTE = re.compile(r"[ \t]{0,3}>")
_COMPARISON = re.compile(r"[ \t]{0,3}>\s?=?\s?[$€£]?\d[\d.,]*\s?[^\W\d_]")  # "> 100 units: 5 % less"
_OTHER_SIDE = re.compile(r"\s*(?:[<≤=]|up to|under|bis|\d)")  # of a comparison: "< 100 units: list price"
_FROM_LINE = re.compile(r">From ")  # an mbox's escape
_DATE = re.compile(
    r"\d{1,2}[:.h]\d\d|\d{4}|\d{1,2}[./\-]\d{1,2}|\d{1,2}\.? [^\W\d_]{3,}|\d{1,2}(?:st|nd|rd|th)|[^\W\d_]{3,} \d{1,2}"
)
_TIMESTAMP = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d\d)?(?: GMT[+-]\d\d:?\d\d)? \S.{0,200}$")
_FIELD = re.compile(r"[^\W\d_][\w /-]{1,24}:\s")  # "Phone: 040-5550-1234"
_ENDS = ":：-*"  # what an attribution ends in
_SURROUND = " \t-*_=~>#:：|"
_LONGEST_ATTRIBUTION = 400
_LONGEST_LINE = 2_000  # in which one may end
_MOST_ATTRIBUTION_LINES = 7
_MOST_HEADER_LINES = 14
_MOST_TRIED = 300  # lines of a mail that are tried for the end of an attribution
_LONGEST_LABEL = 30


def mark_quoted_lines(lines: list[str], marks: list[Mark]) -> None:
    """Mark the lines of a plain text that begin with ">", unless they are the upper end of a scale or an mbox's
    escapes."""
    at = 0
    while at < len(lines):
        if not _QUOTE.match(lines[at]):
            at += 1
            continue
        if _torn_attribution(lines[at]):
            at += 1
            continue
        end = at
        while end < len(lines) and _QUOTE.match(lines[end]):
            end += 1
        group = lines[at:end]
        compares = all(_COMPARISON.match(line) for line in group) and _other_side(lines, at, end)
        if not compares and not (len(group) == 1 and _FROM_LINE.match(group[0])):
            marks[at:end] = [Mark.QUOTED] * (end - at)
        at = end


def _torn_attribution(line: str) -> bool:
    """The end of an attribution whose address was wrapped before its closing bracket ("> wrote:")."""
    text = line.strip()[1:].strip()
    return len(text) < 40 and text.endswith((":", "：")) and (len(text) == 1 or bool(frame().wrote.match(text)))


def _other_side(lines: list[str], at: int, end: int) -> bool:
    """Whether the line next to a group of ">" lines is the other end of the same scale ("< 10 units: $5.00")."""
    return any(_OTHER_SIDE.match(line) for line in (*lines[max(0, at - 1) : at], *lines[end : end + 1]))


def mark_history(lines: list[str], marks: list[Mark]) -> None:
    """Mark as quoted whatever is history, given what `marks` says already of ">" lines and markup."""
    words = frame()
    has_own = False
    left = _MOST_TRIED
    for at, line in enumerate(lines):
        if marks[at] is Mark.HISTORY:
            marks[at:] = [Mark.QUOTED] * (len(marks) - at)
            return
        if marks[at] is not Mark.NONE:
            continue
        text = line.strip()
        if not text:
            continue
        if _separates(text, words) or (_heads(lines, at, words) and (has_own or not _is_form(lines, at, words))):
            start = _with_rule_above(lines, marks, at)
            marks[start:] = [Mark.QUOTED] * (len(marks) - start)
            return
        left -= text[-1] in _ENDS
        if left > 0 and (start := _attribution(lines, marks, at, text, words)) >= 0:
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
    return text.startswith("--") and core.startswith(words.forwarded_by)


def _label(line: str, words: Frame) -> str:
    """The role of a header label at the beginning of a line, "" for none."""
    colon = line.find(":", 0, _LONGEST_LABEL)
    if colon < 0:
        colon = line.find("：", 0, _LONGEST_LABEL)
    return words.labels.get(line[:colon].strip(" \t*_>|\xa0").casefold(), "") if colon > 0 else ""


def _heads(lines: list[str], at: int, words: Frame) -> bool:
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
    if "subject" in found:
        return "sent" in found or "to" in found
    return "@" in found["from"] and dated and "to" in found


def _is_form(lines: list[str], at: int, words: Frame) -> bool:
    """Whether header-like lines that open a mail are the fields of a form on a web site: others stand among them
    ("Phone: ...")."""
    return any(_FIELD.match(line) and not _label(line, words) for line in lines[at : at + _MOST_HEADER_LINES])


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
    stamped = text[0] == "2" and _TIMESTAMP.match(text)  # 2016-10-24 15:36 GMT+02:00 Dana Ruiz <dana@acme.example>:
    if stamped and ("GMT" in text or "@" in text):
        return at
    if text[-1] not in _ENDS or not text.strip("-* "):
        return -1
    followed = _quote_follows(marks, lines, at)
    start = _dated_attribution(lines, marks, at, followed, words)
    return start if start >= 0 else _undated_attribution(lines, at, followed, words)


def _dated_attribution(lines: list[str], marks: list[Mark], at: int, followed: bool, words: Frame) -> int:
    """ "On Tue, 3 Mar 2026 at 9:12, Dana <dana@acme.example> wrote:", wrapped over several lines as it may be."""
    joined = ""
    for line in range(at, max(-1, at - _MOST_ATTRIBUTION_LINES), -1):
        if marks[line] is Mark.QUOTED or len(joined) > _LONGEST_ATTRIBUTION:
            break
        if line < at and not lines[line].strip() and not _torn(joined) and not _dated_opening(lines[line - 1], words):
            break
        joined = f"{lines[line].strip()} {joined}"
        if words.opens.match(lines[line]) and _says_who_wrote(joined, followed, words):
            above = lines[line - 1] if line else ""
            goes_on = above.strip() and words.opens.match(above) and above.rstrip()[-1] not in ".!?:"
            return line - 1 if goes_on and _says_who_wrote(f"{above.strip()} {joined}", followed, words) else line
    return -1


def _dated_opening(line: str, words: Frame) -> bool:
    """ "On Thu, 31 Mar 2026 at 11:16 Dana Ruiz", the rest of it lying behind an empty line."""
    text = line.strip()
    return (
        bool(text)
        and len(text) < 120
        and text[-1] not in ".!?"
        and bool(words.opens.match(text) and _DATE.search(text))
    )


def _undated_attribution(lines: list[str], at: int, followed: bool, words: Frame) -> int:
    """ "Dana Ruiz <dana@acme.example> wrote:", or any line with an address and a date right above a quote."""
    torn = at > 0 and _torn(lines[at]) and bool(lines[at - 1].strip())
    start = at - 1 if torn else at
    text = " ".join(line.strip() for line in lines[start : at + 1])
    wrote = words.wrote.search(text) if len(text) < _LONGEST_LINE else None
    if followed and (wrote or ("@" in text and _DATE.search(text))):
        return start
    if wrote and "@" in text and len(text) < 250 and _tail_fits(text, wrote.end()):
        return start
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
    every = list(words.wrote.finditer(joined))
    if not every:
        return "@" in joined and followed
    if not followed and words.pronoun_wrote.search(joined):
        return False
    return _tail_fits(joined, every[-1].end())


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
