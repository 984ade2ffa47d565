"""kill -9 at random moments of real turns over real files; `FOLLOWUP_KILLS=100 pytest tests/machine/test_kill.py` for
more of it, or `python -m tests.machine.kill 100`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.machine.kill import by_once, killed_history

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill -9")
KILLS = int(os.environ.get("FOLLOWUP_KILLS", "10"))


@pytest.mark.slow
@pytest.mark.parametrize("steady", [True, False], ids=["a turn lives after each moment", "only the last turn lives"])
def test_killed_turns_leave_no_trace(tmp_path: Path, steady: bool) -> None:
    report = killed_history(tmp_path, KILLS, steady=steady)
    assert report.faults == ()
    assert report.killed + report.lived == KILLS
    assert report.killed > 0
    assert report.touches > 0


@pytest.mark.slow
def test_the_command_killed_leaves_no_trace(tmp_path: Path) -> None:
    """`followup once` itself: nothing twice, nothing missing, memory sound."""
    report = killed_history(tmp_path, max(4, KILLS // 2), steady=True, begin=by_once)
    assert report.faults == ()
    assert report.killed > 0 and report.touches > 0
