"""The telephone numbers under which the writer of a mail can be reached, as his own signature gives them.

Nothing is guessed: a number counts only below the writer's name, and only where its label or its shape says that it is a
telephone's. Fax, tax and register numbers are none. The labels are in phones.toml.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib

from bot.model import Address
from bot.reading.body import Body
from bot.reading.frame import Frame, Writer, frame
from bot.reading.signature_lines import closing, is_name

MOST_NUMBERS = 2
_LINES = 15  # below the name
_LONGEST_LINE = 200
# ITU-T E.123 writes groups of digits with spaces; people also use dots, hyphens, slashes and brackets.
_NUMBER = re.compile(r"(?<![\w@/#.-])(?:\+|00)?[\s(]{0,2}\d(?:[\s().\-/\u2010-\u2013]{0,3}\d){6,14}(?![\w@]|[.,]\d)")
_INTERNATIONAL = re.compile(r"\+|00[1-9]")
_NATIONAL = re.compile(  # a trunk 0, or as in North America
    r"\(?0\d|\(?[2-9]\d\d\)?[ .\-\u2010-\u2013]{1,3}\d{3}[ .\-\u2010-\u2013]\d{4}$"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_EXTENSION = re.compile(r"\s{0,2}(?:x|ext\.?|extension|dw|ap\.?)\s{0,2}(\d{1,6})(?!\d)", re.IGNORECASE)
_LABEL = re.compile(r"[^\W\d_][\w.\u00b0' -]{0,24}$")
_BEHIND = re.compile(r"\s{0,2}\(([^\W\d_][^()\d]{0,20})\)")
_ORDER = ("direct", "mobile", "office")


@functools.cache
def _labels() -> dict[str, str]:
    """Each label and what it says a number is."""
    file = importlib.resources.files("bot.reading") / "phones.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))["labels"]
    return {label: sort for sort, labels in table.items() for label in labels}


def phones_of(body: Body, sender: Address) -> str:
    """The writer's numbers, the most direct first, as he writes them: "mobile +49 171 2345678, tel +49 40 123456"; ""
    where he gives none."""
    if not any(c.isdigit() for c in body.signature):
        return ""
    writer, words = Writer.of(sender.name, sender.email), frame()
    lines = body.signature.splitlines()
    name = next((n for n, line in enumerate(lines) if _names(line.strip(), writer, words)), None)
    if name is None:
        return ""
    found: dict[str, tuple[int, str]] = {}
    for line in lines[name : name + _LINES]:
        for sort, label, number in _numbers(line[:_LONGEST_LINE], writer):
            digits = "".join(c for c in number if c.isdigit())[-9:]
            found.setdefault(digits, (_ORDER.index(sort), f"{label} {number}".strip()))
    return ", ".join(text for _, text in sorted(found.values(), key=lambda one: one[0])[:MOST_NUMBERS])


def _names(line: str, writer: Writer, words: Frame) -> bool:
    """Whether a line is the writer's name, by itself, behind a closing phrase ("Thanks, Dana"), or before its number."""
    return bool(is_name(line, writer, words) or closing(line, writer, words) > 1)


def _numbers(line: str, writer: Writer) -> list[tuple[str, str, str]]:
    """The numbers of a line: what each is, its label, and itself."""
    told = []
    after = 0
    for match in _NUMBER.finditer(line):
        number = match[0].strip()
        label = _label(line[after : match.start()], line[match.end() :])
        label = "" if set(label.casefold().split()) <= writer.names else label
        sort = _labels().get(label.casefold(), "none" if label else "")
        shaped = (_INTERNATIONAL.match(number) or _NATIONAL.match(number)) and not _DATE.search(number)
        after = match.end()
        if extension := _EXTENSION.match(line, after):
            number, after = f"{number} ext. {extension[1]}", extension.end()
        if sort in _ORDER and (shaped or sort != "office" or len(label) > 1):
            told.append((sort, label.casefold(), number))
        elif not sort and shaped:
            told.append(("office", "", number))
    return told


def _label(before: str, behind: str) -> str:
    """The words that say what a number is: those behind it in brackets, else those before it; "" where there are none."""
    if told := _BEHIND.match(behind):
        return told[1].strip(" .")
    found = _LABEL.search(
        before.rstrip(" :.=\t([|•·,;/-–—").split("|")[-1].split("•")[-1].split("·")[-1].split(",")[-1]
    )
    return found[0].strip(" .:") if found else ""
