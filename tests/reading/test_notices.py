"""Notices of eight languages, as responders write them."""

from __future__ import annotations

import pytest

from bot.model import Kind, Mark
from tests.reading.notice_samples import Sample, samples

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "more")


@pytest.mark.parametrize("sample", samples(*LANGUAGES), ids=lambda s: f"{s.language}: {s.name}")
def test_a_notice_is_read(sample: Sample) -> None:
    reading = sample.read()
    wanted = sample.row["kind"]
    assert reading is not None, "taken for a person's mail"
    assert reading.kind in ([wanted] if isinstance(wanted, str) else wanted), reading
    assert Mark.MACHINE in reading.marks
    assert reading.words
    assert reading.rule
    if "until" in sample.row:
        days = sample.row["until"]
        first, last = days if isinstance(days, list) else (days, days)
        assert first <= str(reading.until or "") <= last, reading
    if "contact" in sample.row:
        assert reading.contact == sample.row["contact"], reading


@pytest.mark.parametrize("sample", samples("people"), ids=lambda s: s.name)
def test_a_person_is_left_to_the_reader_of_answers(sample: Sample) -> None:
    assert sample.read() is None


@pytest.mark.parametrize("sample", samples("bounces"), ids=lambda s: s.name)
def test_a_bounce_is_read(sample: Sample) -> None:
    reading = sample.read()
    assert reading is not None, "taken for a person's mail"
    assert reading.kind is Kind(sample.row["kind"]), reading
    assert Mark.MACHINE in reading.marks
    assert reading.address == sample.row.get("address"), reading
    assert reading.permanent is sample.row.get("permanent"), reading
    assert (Mark.DELAYED in reading.marks) is sample.row.get("delayed", False), reading
