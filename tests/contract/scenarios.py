"""Whole weeks on another mailbox: every scenario of the cases that lie beside the project is played on a Maildir and on
the provider under test, and both must show the same drafts, reminders and stages at the same moments.

A provider's test gives a Stage; nothing here knows whose it is.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import importlib.util
import os
import tempfile
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from bot import app, config
from bot.commands.archives import arrivals_of
from bot.jobs.playground import Playground
from bot.jobs.replay import Approve, Shown, Uniform, replay
from bot.model import Draft, Put
from bot.pipeline import Account, World
from bot.writing.facts import Rep
from bot.writing.values import Item

_PLACES = (os.environ.get("FOLLOWUP_CASES", ""), str(Path(__file__).parents[3] / "shared" / "cases"))


class Ground(Protocol):
    """What replay does with a mailbox (bot.jobs.playground.Playground has it for a Maildir)."""

    def arrive(self, data: bytes, *, sent: bool) -> None: ...

    def note(self, data: bytes, name: str) -> None: ...

    def drafts(self) -> Iterator[tuple[str, Any]]: ...

    def send(self, path: Any, at: dt.datetime) -> None: ...

    def discard(self, path: Any) -> None: ...


Stage = Callable[
    [Account, tuple[Item, ...], Callable[[], dt.datetime]], contextlib.AbstractContextManager[tuple[Any, World]]
]


@dataclass(frozen=True)
class Played:
    """What a scenario came to on one mailbox: what was shown, and what lay there in the end."""

    rows: tuple[tuple[Any, ...], ...]
    drafts: tuple[str, ...]


@cache
def checker() -> Any:
    """The module that writes scenarios out as mails and entries; None where the cases are not here."""
    if importlib.util.find_spec("yaml") is None:
        return None
    for place in _PLACES:
        path = Path(place) / "check.py"
        if place and path.is_file():
            spec = importlib.util.spec_from_file_location("cases_check", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return None


def files() -> list[Path]:
    """The scenarios that are here; none without the cases."""
    module = checker()
    return sorted((Path(module.__file__).parent / "scenarios").glob("*.yaml")) if module else []


def both(scenario: Path, stage: Stage) -> tuple[Played, Played]:
    """A scenario on a Maildir and on the stage."""
    found: list[Played] = []

    def play(command: object, args: list[str], limit: float) -> tuple[list[Any], str]:
        found.append(_play(args, on_maildir))
        found.append(_play(args, stage))
        return [], ""

    module = checker()
    before, module.run = module.run, play
    try:
        module.play(scenario, [], 0.0)
    finally:
        module.run = before
    return found[0], found[1]


@contextlib.contextmanager
def on_maildir(
    account: Account, library: tuple[Item, ...], clock: Callable[[], dt.datetime]
) -> Iterator[tuple[Ground, World]]:
    """The stage that the others are compared with."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Playground(Path(folder))
        world = app.playing(ground, account, library)
        try:
            yield ground, world
        finally:
            world.memory.close()


def _play(args: list[str], stage: Stage) -> Played:
    """One playing, from the arguments of `followup replay`."""
    given = _parsed(args[1:])
    settings = config.load(Path(given.config)) if given.config else config.defaults()
    own = tuple(dict.fromkeys(one.casefold() for one in given.me))
    zone = zoneinfo.ZoneInfo(given.zone)
    arrivals, name = arrivals_of(Path(given.mail), Path(given.calendar), own, zone)
    account = Account("replay", own, Rep(name or own[0], own[0]), zone, given.country, "en", settings.policy)
    now = [dt.datetime.combine(given.begin, dt.time(), zone)]
    with stage(account, app.library_of(settings.library), lambda: now[0]) as (ground, world):
        clocked = _Clocked(ground, now)
        people = Uniform(clocked, Approve(given.approve))  # type: ignore[arg-type]

        def after(at: dt.datetime, outcome: object) -> None:
            now[0] = at

        shown = replay(arrivals, clocked, world, given.begin, given.end, people, after)  # type: ignore[arg-type]
        rows = tuple(row for one in shown for row in _row(one))
        return Played(rows, tuple(sorted(key for key, _ in ground.drafts())))


class _Clocked:
    """A ground that tells the stage's clock when things happen."""

    def __init__(self, ground: Ground, now: list[dt.datetime]) -> None:
        self._ground, self._now = ground, now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ground, name)

    def send(self, path: Any, at: dt.datetime) -> None:
        self._now[0] = at
        self._ground.send(path, at)


def _parsed(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--mail", "--calendar", "--zone", "--country", "--approve", "--config"):
        parser.add_argument(name)
    parser.add_argument("--from", dest="begin", type=dt.date.fromisoformat)
    parser.add_argument("--to", dest="end", type=dt.date.fromisoformat)
    parser.add_argument("--me", action="append")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(args)


def _row(shown: Shown) -> Iterator[tuple[Any, ...]]:
    """What is compared of a thing shown."""
    if shown.opportunity is not None:
        yield shown.at, "stage", shown.opportunity.opening, shown.opportunity.stage
    if shown.done is None:
        return
    effect, written = shown.done.effect, shown.done.written
    if not isinstance(effect, Put) or written is None:
        key = effect.touch.key if isinstance(effect, Put) else effect.standing.key
        yield shown.at, "withdrawn", key
    elif isinstance(written.content, Draft):
        d = written.content
        thread = (d.answers is not None, len(d.references))  # of our own mails each service makes ids of its own
        yield shown.at, "draft", d.key, effect.touch.step, d.to, d.cc, d.subject, d.text, d.html, thread
    else:
        r = written.content
        yield shown.at, "reminder", r.key, effect.touch.step, r.start, r.end, r.title, r.notes
