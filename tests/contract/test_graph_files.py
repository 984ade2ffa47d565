"""Files that go along with a draft at Graph: every call on the way may fail once, and nothing is attached twice."""

from __future__ import annotations

import pytest

from bot.errors import TryLater
from bot.model import State
from bot.providers import mime
from tests.contract.samples import PDF, draft, intended, quote_with
from tests.fakes.graph.server import serving
from tests.fakes.graph.service import Reply, Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import GraphMailWorld


@pytest.mark.parametrize("place", range(1, 12))
def test_a_call_that_fails_on_the_way_leaves_one_draft_with_its_files(place: int) -> None:
    service = Service(Store())
    with serving(service) as server:
        world = GraphMailWorld(server)
        world.send(quote_with({"K-88.pdf": PDF, "K-88 plan.pdf": PDF + b"x"}))
        (ref,) = [one.immutable for one in service.store.living()]
        before = len(service.calls)
        failed: list[str] = []

        def fault(number: int, method: str, path: str) -> Reply | None:
            if number - before == place and not failed:
                failed.append(path)
                return Reply(503, {"error": {"code": "serviceNotAvailable"}}, {"Retry-After": "0"})
            return None

        service.inner_fault = fault
        for _ in range(3):
            try:
                standing = world.open().put(draft(source=ref, carries=(ref,)), intended("7f3a9c"))
            except TryLater:
                continue
            assert standing is not None and standing.state is State.STANDING
        (data,) = world.drafts()
        files = [(file.name, file.decoded()) for file in mime.parse(data, "").attachments]
        assert files == [("K-88.pdf", PDF), ("K-88 plan.pdf", PDF + b"x")]
        world.close()


def test_a_mailbox_that_will_not_have_the_file_still_gets_the_draft() -> None:
    service = Service(Store())
    with serving(service) as server:
        world = GraphMailWorld(server)
        world.send(quote_with({"K-88.pdf": PDF}))
        (ref,) = [one.immutable for one in service.store.living()]
        service.inner_fault = lambda number, method, path: (
            Reply(413, {"error": {"code": "RequestEntityTooLarge"}}) if method == "POST" and "attach" in path else None
        )
        standing = world.open().put(draft(source=ref, carries=(ref,)))
        assert standing is not None and standing.state is State.STANDING
        world.close()
