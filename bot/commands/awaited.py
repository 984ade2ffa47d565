"""An account at which nobody has signed in yet is served as soon as somebody has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bot.errors import OutsideFault
from bot.model import Standing
from bot.providers.base import Page


class Awaited:
    """An end of the world that could not be opened: each use tries to. What it can do beside its three verbs it can once it
    is open."""

    def __init__(self, opening: Callable[[], Any]) -> None:
        self._opening, self._there = opening, None

    def changes(self, since: str | None) -> Iterator[Page[Any]]:
        """News, once it can be opened."""
        yield from self._open().changes(since)

    def put(self, content: Any, known: Standing | None = None) -> Standing | None:
        """Make it stand, once it can be opened."""
        standing: Standing | None = self._open().put(content, known)
        return standing

    def withdraw(self, standing: Standing) -> bool:
        """Take it away, once it can be opened."""
        return bool(self._open().withdraw(standing))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or (name == "meter" and self._there is None):  # who reads figures opens nothing
            raise AttributeError(name)
        try:
            return getattr(self._open(), name)
        except OutsideFault as fault:
            raise AttributeError(name) from fault

    def _open(self) -> Any:
        if self._there is None:
            self._there = self._opening()
        return self._there
