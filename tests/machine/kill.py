"""Turns killed at random moments: `python -m tests.machine.kill [HOW MANY] [--once]`.

Each turn is a process of its own over a real Maildir, a real folder of entries and a real database, and dies by
SIGKILL after a while drawn between nothing and a little more than a turn takes. A copy of the world lives through the
same history without a kill. With `--once` each of them is the command line's own `followup once`, under
a clock that stands where the history is.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot import cli
from bot.commands import accounts
from bot.jobs.playground import Playground
from bot.model import MailRecord
from bot.pipeline import preview, turn
from tests.machine.history import History, keys_lying, opened, state_of


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. `killed` turns died on the way, `lived` were done sooner; `faults` are what is wrong at the end."""

    killed: int
    lived: int
    midway: int
    touches: int
    mails: int
    faults: tuple[str, ...]


Begin = Callable[[Path, dt.datetime], int]  # begin a turn in a process of its own; its id


def by_fork(root: Path, at: dt.datetime) -> int:
    """The pipeline's turn, in a child of this process."""
    return _child(lambda: _turn(root, at))


def by_once(root: Path, at: dt.datetime) -> int:
    """The command line's `followup once`, from its arguments to its exit status."""
    config = root / "followup.yaml"
    if not config.exists():
        config.write_text(CONFIG.format(root=root))
    return _child(lambda: _once(config, at))


def _once(config: Path, at: dt.datetime) -> None:
    accounts.now_in_utc = lambda: at  # this process is the child: nobody else's clock is set
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["followup", "once", "-c", str(config)]
    try:
        cli.main()
    except SystemExit as ended:
        assert ended.code in (None, 0), ended.code


CONFIG = """accounts:
  - name: iris
    me: [iris@kiln.example]
    rep: {{name: Iris Moss, phone: "+1 312 555 0188", company: Kiln Works}}
    zone: America/Chicago
    country: US
    mail: {{kind: maildir, path: {root}/mail}}
    calendar: {{kind: icsdir, path: {root}/calendar}}
store: {{path: {root}/memory.sqlite3}}
"""


def killed_history(folder: Path, kills: int, *, steady: bool, seed: int = 5, begin: Begin = by_fork) -> Report:
    """Play a history with `kills` turns to be killed.

    `steady`: each moment ends with a turn that is let live, so that what the rep finds is what he would have found; the
    two worlds must then be equal in every byte. Otherwise the one turn that lives is the last, and everything that
    should stand must stand, once.
    """
    chance = random.Random(seed)
    _warm(folder / "warm")
    rough, smooth = folder / "rough", folder / "smooth"
    spared, patience = _spared(smooth, kills, seed, begin)
    ground, world = opened(rough)
    world.memory.close()
    died = Counter[str]()
    moments = list(History(_days(kills), seed).moments())
    for number, moment in enumerate(moments):
        for act in moment.acts:
            act(ground)
        for _ in range(kills * (number + 1) // len(moments) - kills * number // len(moments)):
            before = _marks(rough)
            after = patience * chance.uniform(
                0, 1.2 if died["killed"] else 0.3
            )  # one at least dies, however few there are
            died["killed" if _killed(rough, moment.at, after, begin) else "lived"] += 1
            died["midway"] += before != _marks(rough)
        if steady or moment is moments[-1]:
            _live(rough, moment.at, begin)
    faults = _faults(ground, rough, moments[-1].at)
    if steady:
        faults += _differences(spared, _state(rough))
    return Report(died["killed"], died["lived"], died["midway"], *_counts(ground, rough), tuple(faults))


def _warm(root: Path) -> None:
    """What a process does once and its children need not do again: the rules are compiled."""
    ground, world = opened(root)
    for moment in History(2).moments():
        for act in moment.acts:
            act(ground)
        turn(world, moment.at)
    world.memory.close()


def _days(kills: int) -> int:
    return max(5, kills // 5)


def _spared(root: Path, kills: int, seed: int, begin: Begin) -> tuple[dict[str, object], float]:
    """The state of the world in which nobody was killed, and how long a turn took in it."""
    ground, world = opened(root)
    world.memory.close()
    took = []
    for moment in History(_days(kills), seed).moments():
        for act in moment.acts:
            act(ground)
        took.append(_live(root, moment.at, begin))
    return _state(root), sorted(took)[len(took) // 2]


def _child(work: Callable[[], object]) -> int:
    """A process that does the work and nothing after it; its id."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid


def _turn(root: Path, at: dt.datetime) -> None:
    _, world = opened(root)
    outcome = turn(world, at)
    assert not outcome.problems, outcome.problems


def _killed(root: Path, at: dt.datetime, after: float, begin: Begin) -> bool:
    """Take a turn and kill it; whether it was still alive."""
    pid = begin(root, at)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise AssertionError("a turn failed by itself")
    return os.WIFSIGNALED(status)


def _live(root: Path, at: dt.datetime, begin: Begin) -> float:
    """Take a turn to its end; how long it took."""
    pid, begun = begin(root, at), time.perf_counter()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, "a turn failed"
    return time.perf_counter() - begun


def _marks(root: Path) -> list[tuple[str, int]]:
    """What a turn leaves behind, so that it shows whether it had begun to write."""
    files = [root / "memory.sqlite3", root / "memory.sqlite3-wal", *(root / "mail" / ".Drafts" / "cur").iterdir()]
    return sorted((file.name, file.stat().st_mtime_ns) for file in files if file.exists())


def _state(root: Path) -> dict[str, object]:
    ground, world = opened(root)
    try:
        return state_of(ground, world)
    finally:
        world.memory.close()


def _faults(ground: Playground, root: Path, at: dt.datetime) -> list[str]:
    """What is wrong in a world after a turn that lived."""
    _, world = opened(root)
    try:
        found = list(world.memory.check())
        twice = [key for key, count in Counter(keys_lying(ground)).items() if count > 1]
        found += [f"twice: {key}" for key in twice]
        found += [f"still to do: {effect}" for effect in preview(world, at).effects]
        known = Counter(r.id for r in world.memory.records("iris") if isinstance(r, MailRecord) and r.key is None)
        lying = {path.read_bytes().partition(b"Message-ID: <")[2].partition(b">")[0].decode()
                 for path in ground.mail.rglob("cur/*") if b"X-Followup-Key:" not in path.read_bytes()}  # fmt: skip
        found += [f"lost mail: {id_}" for id_ in lying - known.keys()]
        left = [str(p.relative_to(ground.mail)) for p in ground.mail.rglob("tmp/*") if p.stat().st_size == 0]
        return found + [f"empty file: {name}" for name in left]
    finally:
        world.memory.close()


def _differences(spared: dict[str, object], other: dict[str, object]) -> list[str]:
    return [f"differs from the history without kills: {key}\n{_first(spared[key], other[key])}"
            for key in spared if spared[key] != other[key]]  # fmt: skip


def _first(left: object, right: object) -> str:
    """The first thing two states do not share."""
    a, b = (list(x.items()) if isinstance(x, dict) else list(x) for x in (left, right))  # type: ignore[call-overload]
    return f"  without kills only: {[x for x in a if x not in b][:1]}\n  with kills only: {[x for x in b if x not in a][:1]}"


def _counts(ground: Playground, root: Path) -> tuple[int, int]:
    _, world = opened(root)
    try:
        return len(keys_lying(ground)), world.memory.records_count("iris")
    finally:
        world.memory.close()


def main() -> int:
    """The full test, told in a few lines."""
    options = argparse.ArgumentParser(
        prog="python -m tests.machine.kill", description="Turns killed at random moments."
    )
    options.add_argument("kills", nargs="?", type=int, default=100)
    options.add_argument("--seed", type=int, default=5)
    options.add_argument("--once", action="store_true", help="through the command line")
    asked = options.parse_args()
    bad = False
    for steady in (True, False):
        with tempfile.TemporaryDirectory(prefix="followup-kill-") as folder:
            report = killed_history(
                Path(folder), asked.kills, steady=steady, seed=asked.seed, begin=by_once if asked.once else by_fork
            )
        print(f"{'a turn lives after each moment' if steady else 'only the last turn lives'}: {report.killed} killed "
              f"({report.midway} runs left something written), {report.lived} done before the kill, "
              f"{report.touches} touches lie or were sent, {report.mails} records, {len(report.faults)} faults")  # fmt: skip
        for fault in report.faults:
            print(f"  {fault[:2000]}")
        bad = bad or bool(report.faults)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
