"""What must hold under every fault, each a test by name. All read one run of the simulation (see there for a longer one)."""

from __future__ import annotations

import pytest

from tests.machine.simulation import INVARIANTS, Report, run

SEEDS = range(2)
MUST_STRIKE = (
    "lost request", "lost answer", "429", "garbage", "revoked token", "killed before", "killed after",
    "killed before a commit", "killed after a commit", "disk full", "cursor expired", "replay", "sync token gone",
    "people act between look and write", "second instance", "second instance past the lock", "clock set back",
)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> Report:
    return run(SEEDS, rate=0.1)


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_holds_under_fault(report: Report, invariant: str) -> None:
    assert [(seed, words) for which, seed, words in report.violations if which == invariant] == []


def test_every_kind_of_fault_really_struck(report: Report) -> None:
    missing = set(MUST_STRIKE) - report.faults.keys()
    assert len(missing) <= 2, missing  # of a few seeds one or two rare kinds may be absent
    assert report.account_days >= 100 and sum(report.faults.values()) > 150
