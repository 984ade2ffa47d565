"""The rules of the house that a linter does not know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "bot").rglob("*.py"))
MOST_LINES = 300


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_long_file_says_why_and_every_file_says_what(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text)) or ""
    assert said or not text.strip(), "no docstring"
    assert len(text.splitlines()) <= MOST_LINES or "over 300 lines" in said.casefold()


def test_nothing_is_called_utils_helpers_or_manager() -> None:
    words = ("utils", "helper", "manager", "misc", "common")
    assert not [path for path in FILES if any(word in path.stem.casefold() for word in words)]


def test_thinking_rooms_never_ask_the_time() -> None:
    asked = []
    for room in ("cadence", "reading", "writing", "reports"):
        for path in (ROOT / "bot" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                if isinstance(called, ast.Attribute) and called.attr in ("now", "utcnow", "today"):
                    asked.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not asked
