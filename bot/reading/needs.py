"""Write languages/needs.json anew, after a change to any rule: `python -m bot.reading.needs`.

The file only saves time: see literals.py. It is made by asking every reader for its rules.
"""

from __future__ import annotations

import importlib.resources
import json
import pathlib

from bot.reading import literals
from bot.reading.frame import frame
from bot.reading.notewords import note_words
from bot.reading.notice_rules import rules
from bot.reading.quotewords import quote_rules
from bot.reading.tongues import tongues

NOTICE_TABLES = (
    "subjects",
    "away",
    "left",
    "here",
    "automatic",
    "accepted",
    "declined",
    "unsigned",
    "bounced",
    "bulk",
    "formulas",
)


def current() -> dict[str, list[str]]:
    """What the file should hold: for every pattern of every reader whether it stays in its line, and its groups of
    literals."""
    for load in (tongues, frame, note_words, quote_rules):
        load()
    for table in NOTICE_TABLES:
        rules(table)
    return {key: _row(*literals.derive(*pattern)) for key, pattern in sorted(literals.asked.items())}


def _row(groups: literals.Needs, in_line: bool) -> list[str]:
    return [literals.IN_LINE if in_line else literals.ACROSS, *("\n".join(sorted(group)) for group in groups)]


def main() -> None:
    """Write the file beside the languages."""
    rows = (f"{json.dumps(key)}: {json.dumps(groups, ensure_ascii=False)}" for key, groups in current().items())
    file = importlib.resources.files(literals.LANGUAGES) / literals.KEPT
    pathlib.Path(str(file)).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
