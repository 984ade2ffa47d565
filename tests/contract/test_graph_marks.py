"""Categories in Microsoft 365."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.errors import TryLater
from bot.model import Shown
from bot.providers.base import LABELS
from tests.contract.labels import LabelsContract, listed, marker
from tests.contract.samples import mail
from tests.fakes.graph.server import serving
from tests.fakes.graph.service import Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import GraphMailWorld


@pytest.fixture
def world() -> Iterator[GraphMailWorld]:
    service = Service(Store())
    with serving(service) as server:
        world = GraphMailWorld(server)
        world.marks = True
        yield world
        world.close()
    assert service.violations == [] and service.most_at_once <= 2


class TestGraphMarks(LabelsContract):
    """The contract."""


def test_what_stands_there_already_is_not_written(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    (ref,) = listed(marker(world)).items
    for _ in range(2):
        marker(world).mark({ref: Shown.WAITING})
    assert sum(method == "PATCH" for method, _ in world.service.calls) == 1


def test_a_category_that_the_rep_sets_in_this_moment_is_kept(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    (ref,) = listed(marker(world)).items

    def sets(number: int, method: str, path: str) -> None:
        if method == "PATCH" and "Kilns" not in world.labels_of("in-1@harbour.example"):
            world.set_label("in-1@harbour.example", "Kilns")

    world.service.inner_fault = sets
    with pytest.raises(TryLater):
        marker(world).mark({ref: Shown.WAITING})
    marker(world).mark({ref: Shown.WAITING})
    assert world.labels_of("in-1@harbour.example") == {"Kilns", LABELS[Shown.WAITING]}
