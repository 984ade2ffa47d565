"""Every fault at every call of Gmail and Google Calendar, and a kill at every step."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.contract.faults import STORY, Bed, EveryFault
from tests.fakes.google.bed import bed


class TestGoogle(EveryFault):
    """Google with faults on demand."""

    ways = ("with labels", "without labels")

    def bed(self, way: str) -> AbstractContextManager[Bed]:
        return bed(STORY[0].now, marks=way == "with labels")
