"""A turn that dies at a step, before or after the step took effect: the next turn brings the world to where it would have
been. The weightiest steps as a rule; every single one with FOLLOWUP_KILLS set."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.playground import Playground
from bot.model import State
from bot.pipeline import Account, World, turn
from tests.machine.history import ACCOUNT, History, keys_lying, opened, state_of

STEPS = frozenset(("absorb", "settle", "intend", "suppress", "set_fact", "put", "withdraw"))


class Died(BaseException):
    """The process is gone. No `except` of the program may hold it up, as none would a kill."""


@dataclass
class Fate:
    """Dies at the step numbered `at`, before it or after it took effect; `steps` names those that were taken."""

    at: int
    after: bool
    steps: list[str] = field(default_factory=list)

    def step(self, name: str, effect: Callable[[], Any]) -> Any:
        self.steps.append(name)
        dies = len(self.steps) == self.at
        if dies and not self.after:
            raise Died
        result = effect()
        if dies:
            raise Died
        return result


class Mortal:
    """Something whose every change of the world is a step; the pages it gives are steps as well."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner, self._fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in STEPS:
            return found
        return lambda *args, **more: self._fate.step(name, lambda: found(*args, **more))

    def changes(self, since: str | None) -> Iterator[Any]:
        for page in self._inner.changes(since):
            yield self._fate.step("page", lambda: page)  # noqa: B023


def mortal(world: World, fate: Fate) -> World:
    return replace(
        world,
        mailbox=Mortal(world.mailbox, fate),
        calendar=Mortal(world.calendar, fate),
        memory=Mortal(world.memory, fate),
    )


@dataclass(frozen=True)
class Scene:
    """A world in which a turn is due."""

    root: Path
    at: dt.datetime
    account: Account = ACCOUNT

    def copy(self, root: Path) -> tuple[Playground, World]:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.root, root)
        ground, world = opened(root)
        return ground, replace(world, account=self.account)


def first_turn(root: Path) -> Scene:
    """Years of mail and an empty memory."""
    ground, world = opened(root)
    world.memory.close()
    moments = list(History(4).moments())
    for moment in moments:
        for act in moment.acts:
            act(ground)
    return Scene(root, moments[-1].at)


def busy_morning(root: Path) -> Scene:
    """Drafts to put and to withdraw, reminders, an opt-out, and what the rep did with his drafts."""
    ground, world = opened(root)
    moments = list(History(6).moments())
    for moment in moments[:-4]:
        for act in moment.acts:
            act(ground)
        turn(world, moment.at)
    for moment in moments[-4:]:
        for act in moment.acts:
            act(ground)
    world.memory.close()
    return Scene(root, moments[-1].at)


def rewriting(root: Path) -> Scene:
    """Everything that stands is to be written anew: the rep has another phone, and the facts are counted otherwise."""
    ground, world = opened(root)
    moments = list(History(4).moments())
    for moment in moments:
        for act in moment.acts:
            act(ground)
        turn(world, moment.at)
    for s in world.memory.standings(ACCOUNT.name).values():
        if s.state is State.STANDING:
            world.memory.settle(ACCOUNT.name, replace(s, fingerprint="of old"))
    world.memory.close()
    rep = replace(ACCOUNT.rep, phone="+1 312 555 0199")
    return Scene(root, moments[-1].at + dt.timedelta(minutes=30), replace(ACCOUNT, rep=rep))


@pytest.mark.slow
@pytest.mark.parametrize("scene", [first_turn, busy_morning, rewriting])
def test_dying_at_each_step(tmp_path: Path, scene: Callable[[Path], Scene]) -> None:
    due = scene(tmp_path / "scene")
    ground, world = due.copy(tmp_path / "spared")
    spared = Fate(0, False)
    assert turn(mortal(world, spared), due.at).done
    wanted = settled(ground, world, due)
    assert {"page", "absorb", "put", "settle"} <= set(spared.steps)
    for number in chosen(spared.steps):
        for after in (False, True):
            ground, world = due.copy(tmp_path / "mortal")
            with pytest.raises(Died):
                turn(mortal(world, Fate(number, after)), due.at)
            world.memory.close()
            ground, world = opened(tmp_path / "mortal")
            world = replace(world, account=due.account)
            turn(world, due.at)
            where = f"{'after' if after else 'before'} step {number}, {spared.steps[number - 1]}"
            assert settled(ground, world, due) == wanted, where
            keys = keys_lying(ground)
            assert len(keys) == len(set(keys)), where


def chosen(steps: Sequence[str]) -> list[int]:
    """The numbers of the steps to die at: all of them, or the last of each sort that tells the world or memory of a touch."""
    if "FOLLOWUP_KILLS" in os.environ:
        return list(range(1, len(steps) + 1))
    return sorted(
        {name: n for n, name in enumerate(steps, 1) if name in ("absorb", "intend", "put", "withdraw")}.values()
    )


def settled(ground: Playground, world: World, due: Scene) -> dict[str, object]:
    """The state after one more turn that has nothing to do; memory is closed."""
    assert turn(world, due.at).done == ()
    assert world.memory.check() == ()
    try:
        return state_of(ground, world)
    finally:
        world.memory.close()
