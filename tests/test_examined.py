"""What examiners' mails and entries are read as today: better than this, or something was lost."""

from __future__ import annotations

from tests.accuracy import HERE, Score, cases_of


def test_examined_mails_are_read_as_well_as_before() -> None:
    score = Score()
    for path in sorted((HERE / "examined").glob("*.jsonl")):
        for case, reading in cases_of(path):
            score.add(case, reading)
    assert score.cases > 1000
    assert score.right / score.cases >= 0.95, f"{score.right} of {score.cases}; {score.confused.most_common(8)}"
    assert len(score.costly) <= 4, score.costly
