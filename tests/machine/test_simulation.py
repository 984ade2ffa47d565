"""What must hold under every fault: each invariant a test by name, under each kind of fault alone, and under all of them at
once. `python -m tests.machine.simulation --seeds 1000` lives through more."""

from __future__ import annotations

import functools

import pytest

from tests.machine.simulation import APART, DAYS, FAULTS, INVARIANTS, OF_THE_FILE, Report, run

KINDS = (*FAULTS, *OF_THE_FILE)
WITH = {"cursor expired again": {"cursor expired"}}  # it needs a listing begun anew
ALL = "all of them at once"
SEEDS = (
    11,
    6,
    21,
    12,
    9,
    4,
    19,
    22,
)  # weeks in which much happens; the first in which the fault strikes ends the search
SHORT = 10  # days


@functools.cache
def lived(kind: str) -> Report:
    """Weeks in which this kind of fault really struck."""
    if kind == ALL:
        both = run(range(3), rate=0.1)
        both.add(run([3], 0.1, {*KINDS} - APART, SHORT, on_disk=True))
        return both
    report = Report()
    for seed in SEEDS:
        report.add(run([seed], 0.3, {kind, *WITH.get(kind, ())}, SHORT, on_disk=kind in OF_THE_FILE))
        if report.faults[kind]:
            break
    return report


@pytest.mark.parametrize("kind", (*KINDS, ALL))
@pytest.mark.parametrize("invariant", INVARIANTS)
def test_holds_under_fault(invariant: str, kind: str) -> None:
    assert [(seed, words) for which, seed, words in lived(kind).violations if which == invariant] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_fault_really_struck(kind: str) -> None:
    assert lived(kind).faults[kind] > 0


def test_all_of_them_struck_together() -> None:
    report = lived(ALL)
    assert report.account_days == 3 * DAYS + SHORT and report.compared > 25
    assert len(report.faults) > len(KINDS) // 2 and sum(report.faults.values()) > 200
