"""For every test: no network, and a trace of what was asked of its stand-ins, which the last test looks over."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import trace

LAST = "test_last_trace.py"


@pytest.fixture(autouse=True, scope="session")
def network() -> Iterator[None]:
    """None, except where live accounts are tested."""
    if any(name.startswith("FOLLOWUP_LIVE_") for name in os.environ):
        yield
        return
    with trace.guarded():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The look at the trace comes last."""
    items.sort(key=lambda item: item.path.name == LAST)
