"""HTML of a mail -> lines of text, each with what its markup says of it.

One pass from left to right without recursion; whatever the markup is, the time is linear in its length. Nothing is
fetched, run or resolved.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from bot.reading.html_marks import Mark, sense_of

MOST_TEXT = 64 * 1024  # characters that come out
_LONGEST_TAG = 8192
_MOST_OPEN = 64  # marked elements in one another
_BLOCKS = "div ul ol dl dt dd address article section header footer center form body"
_BREAK = frozenset(_BLOCKS.split())
_PARAGRAPH = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "hr"])
_SKIPPED = {  # what lies inside is no text; the end tag that ends it
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("style", "script", "head", "title", "template", "svg", "object")
}
_OPENING = re.compile(r"<(?=[a-zA-Z/!?])")  # any other "<" is text
_TAG_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset(["br", "hr", "img", "meta", "input", "link", "area", "col", "wbr", "base"])


@dataclass(slots=True)
class _Open:
    """A marked element that is open, and how many unmarked ones of its name are open in it."""

    name: str
    sense: str
    nested: int = 0


@dataclass(slots=True)
class _Page:
    """The text as it grows."""

    lines: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # of the line being built
    length: int = 0
    pending: int = 0  # a break that the next words will cause: 1 a new line, 2 with an empty one between
    fresh_cell: bool = False  # a table cell has begun and has no words yet
    history: bool = False
    opened: list[_Open] = field(default_factory=list)
    unclosed: set[str] = field(default_factory=set)  # elements whose end tag does not come any more
    rows: list[list[int]] = field(default_factory=list)  # of each open table: cells so far, whether one held a table
    hidden: int = 0
    quoted: int = 0
    signature: int = 0
    pre: int = 0

    def say(self, text: str) -> None:
        """Words come."""
        if self.hidden:
            return
        if not self.pre and not text.strip(" \t\r\n"):
            if self.words and not self.pending:
                self.words.append(" ")
            return
        if self.pending:
            self.end_line()
            if self.pending > 1 and self.lines and self.lines[-1]:
                self._add("")
            self.pending = 0
        self.fresh_cell = False
        if self.pre and "\n" in text:
            *whole, text = text.split("\n")
            for line in whole:
                self.words.append(line)
                self._add("".join(self.words).rstrip())
                self.words.clear()
        self.words.append(text)

    def end_line(self) -> None:
        """The line being built is done; one of nothing but no-break spaces is an empty line."""
        if self.words:
            self._add("\t".join(" ".join(cell.split()) for cell in "".join(self.words).split("\x1f")).strip())
            self.words.clear()

    def line_break(self) -> None:
        """<br>: ends the line, or makes an empty one."""
        if self.hidden:
            return
        empty = self.pending or not self.words  # after a block that has ended, <br> stands on a line of its own
        self.end_line()
        if empty:
            self._add("")
        self.pending = 0

    def _add(self, line: str) -> None:
        if not line and self.lines and not self.lines[-1] and self.marks[-1] is self.mark():
            return
        self.lines.append(line)
        self.marks.append(self.mark())
        self.length += len(line) + 1

    def mark(self) -> Mark:
        """What is known of the words that come now."""
        if self.history:
            return Mark.HISTORY
        if self.quoted:
            return Mark.QUOTED
        return Mark.SIGNATURE if self.signature else Mark.NONE

    def want_break(self, strength: int) -> None:
        """A block begins or ends. At the beginning of a table cell it means nothing."""
        if not self.fresh_cell:
            self.pending = max(self.pending, strength)

    def settle(self) -> None:
        """The mark is about to change: what has been said keeps the old one."""
        self.end_line()


def lines_of_html(source: str) -> tuple[list[str], list[Mark]]:
    """The visible text of an HTML mail as lines with their marks. The cells of a table's row stand on one line, parted
    by tabs."""
    page = _Page()
    at, end = 0, len(source)
    while at < end and page.length < MOST_TEXT:
        opening = _OPENING.search(source, at)
        if opening is None:
            _text(page, source[at:])
            break
        start = opening.start()
        if start > at:
            _text(page, source[at:start])
        at = _tag(page, source, start)
    page.end_line()
    while page.lines and not page.lines[-1]:
        page.lines.pop()
        page.marks.pop()
    return page.lines, page.marks


def _text(page: _Page, raw: str) -> None:
    page.say(html.unescape(raw) if "&" in raw else raw)


def _tag(page: _Page, source: str, start: int) -> int:
    """Read what begins with "<" at `start`; answers where reading goes on."""
    if source.startswith("<!--", start):
        stop = source.find("-->", start + 4)
        return len(source) if stop < 0 else stop + 3
    named = _TAG_NAME.match(source, start + 1)
    if not named:
        if source.startswith(("<!", "<?"), start):
            stop = source.find(">", start, start + _LONGEST_TAG)
            return start + 2 if stop < 0 else stop + 1
        page.say("<")
        return start + 1
    stop = source.find(">", named.end(), start + _LONGEST_TAG)
    if stop < 0:
        page.say("<")
        return start + 1
    name = named[1].lower()
    if source[start + 1] == "/":
        _close(page, name)
        return stop + 1
    if name in _SKIPPED and source[stop - 1] != "/":
        return _skip(page, name, source, stop)
    _open(page, name, source[named.end() : stop])
    return stop + 1


def _skip(page: _Page, name: str, source: str, stop: int) -> int:
    """Over an element whose contents are no text. Where its end tag is missing, a style sheet goes on to the end of the
    mail, as in a browser; of the others only the tag is skipped, and their end is not looked for again."""
    closing = None if name in page.unclosed else _SKIPPED[name].search(source, stop)
    if closing:
        return closing.start()
    page.unclosed.add(name)
    return len(source) if name in ("style", "script") else stop + 1


def _open(page: _Page, name: str, attributes: str) -> None:
    if name == "br":
        page.line_break()
        return
    _break_before(page, name)
    if name in _VOID:
        return
    sense = sense_of(name, attributes)
    if sense == "history":
        if not page.hidden and not page.quoted:
            page.settle()
            page.history = True
        return
    if sense and len(page.opened) < _MOST_OPEN:
        if sense != "pre":
            page.settle()
        page.opened.append(_Open(name, sense))
        _count(page, sense, 1)
        return
    for element in reversed(page.opened):
        if element.name == name:
            element.nested += 1
            break


def _break_before(page: _Page, name: str) -> None:
    if name in _BREAK:
        page.want_break(1)
    elif name in _PARAGRAPH:
        page.want_break(2)
    elif name == "li":
        page.want_break(1)
        page.say("- ")
    elif name in ("td", "th"):
        row = page.rows[-1] if page.rows else None
        if row and row[0] and not row[1]:
            page.pending = 0
            page.words.append("\x1f")
        else:
            page.pending = max(page.pending, 1)
        if row:
            row[0] += 1
        page.fresh_cell = True
    elif name in ("table", "tr"):
        page.fresh_cell = False
        page.want_break(1)
        if name == "table":
            if page.rows:
                page.rows[-1][1] = 1
            if len(page.rows) < _MOST_OPEN:
                page.rows.append([0, 0])
        elif page.rows:
            page.rows[-1][:] = [0, 0]


def _close(page: _Page, name: str) -> None:
    if name in _BREAK or name == "li":
        page.want_break(1)
    elif name in _PARAGRAPH:
        page.want_break(2)
    elif name in ("td", "th"):
        page.fresh_cell = False
        if page.rows and not page.rows[-1][1]:
            page.pending = 0
    elif name in ("table", "tr"):
        page.fresh_cell = False
        page.want_break(1)
        if name == "table" and page.rows:
            page.rows.pop()
    for place in range(len(page.opened) - 1, -1, -1):
        element = page.opened[place]
        if element.name == name:
            if element.nested:
                element.nested -= 1
                return
            page.settle()
            for closed in page.opened[place:]:
                _count(page, closed.sense, -1)
            del page.opened[place:]
            return


def _count(page: _Page, sense: str, step: int) -> None:
    if sense == "hidden":
        page.hidden += step
    elif sense == "quoted":
        page.quoted += step
    elif sense == "signature":
        page.signature += step
    else:
        page.pre += step
