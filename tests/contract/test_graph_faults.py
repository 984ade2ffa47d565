"""Every fault at every call of Graph, and a kill at every step; and what only Graph has: If-Match."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from bot.errors import TryLater
from bot.model import State
from tests.contract.faults import STORY, WORDS, Bed, EveryFault
from tests.contract.samples import draft
from tests.fakes.graph.bed import bed


class TestGraph(EveryFault):
    """Microsoft 365 with faults on demand."""

    ways = ("keyed replies", "plain replies and categories")

    def bed(self, way: str) -> AbstractContextManager[Bed]:
        return bed(keyed_replies=way == "keyed replies", marks=way != "keyed replies")


@pytest.mark.parametrize("what", ["rewrite", "withdraw"])
def test_an_edit_between_our_look_and_our_write_is_kept(what: str) -> None:
    with bed() as one, one.place.open(STORY[0].now) as (mailbox, _calendar):
        first = mailbox.put(draft())
        assert first is not None

        def edits(number: int, method: str, path: str) -> None:
            if method in ("PATCH", "DELETE") and WORDS not in one.drafts()[first.key][0]:
                one.edit(first.key, WORDS)

        one.server.service.inner_fault = edits
        if what == "withdraw":
            assert mailbox.withdraw(first) is False
        else:
            with pytest.raises(TryLater):
                mailbox.put(draft(text="Shall I move the kiln date to May?"), first)
            seen = mailbox.put(draft(text="Shall I move the kiln date to May?"), first)
            assert seen is not None and seen.state is State.EDITED
        assert WORDS in one.drafts()[first.key][0]
