"""Splitting mboxes: separators, quoting, caps, and pieces cut anywhere."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers import mbox

SEPARATOR = b"From 1612@xxx Thu Mar 05 09:15:00 +0200 2026"


def letters(data: bytes, most: int = 1_000_000) -> list[bytes]:
    return [mail.data for mail in mbox.mails(io.BytesIO(data), most)]


def test_mails_are_parted_at_true_separators_only() -> None:
    data = (
        SEPARATOR + b"\nSubject: one\n\nFrom here on it is text\n\nFrom Monday we load at 7:30\nbring gloves\n\n"
        b"From ivo@harbour.example Fri Mar  6 10:00:00 2026\nSubject: two\n\nBye\n\n"
    )
    one, two = letters(data)
    assert one.startswith(b"Subject: one") and b"bring gloves" in one
    assert two == b"Subject: two\n\nBye\n\n"


def test_quoting_is_undone_by_one() -> None:
    (mail,) = letters(SEPARATOR + b"\nSubject: s\n\n>From Ivo\n>>From Nora\n> From neither\nx >From y\n")
    assert mail.endswith(b"\n\nFrom Ivo\n>From Nora\n> From neither\nx >From y\n")


def test_line_ends_of_windows() -> None:
    data = SEPARATOR + b"\r\nSubject: one\r\n\r\n>From a\r\n\r\n" + SEPARATOR + b"\r\nSubject: two\r\n\r\nb\r\n"
    assert letters(data) == [b"Subject: one\r\n\r\nFrom a\r\n\r\n", b"Subject: two\r\n\r\nb\r\n"]


def test_a_missing_empty_line_is_forgiven_where_the_separator_is_whole() -> None:
    data = SEPARATOR + b"\nSubject: one\n\nx\nFrom - Fri Mar 06 10:00:00 2026\nSubject: two\n\ny\n"
    assert len(letters(data)) == 2


def test_the_time_of_delivery() -> None:
    (mail,) = mbox.mails(io.BytesIO(SEPARATOR + b"\nSubject: s\n\n"), 100)
    assert mail.delivered == dt.datetime(2026, 3, 5, 7, 15, tzinfo=dt.UTC)
    (mail,) = mbox.mails(io.BytesIO(b"From x Fri Feb 31 10:00:00 2026\nSubject: s\n\n"), 100)
    assert mail.delivered is None


def test_a_huge_mail_is_cut_and_the_next_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "PIECE", 1 << 16)
    data = SEPARATOR + b"\nSubject: big\n\n" + b"A" * 3_000_000 + b"\n\n" + SEPARATOR + b"\nSubject: two\n\n"
    big, two = mbox.mails(io.BytesIO(data), 10_000)
    assert len(big.data) == 10_000 and big.length > 3_000_000
    assert two.data.startswith(b"Subject: two")


def test_bytes_read_are_told() -> None:
    told: list[int] = []
    list(mbox.mails(io.BytesIO(SEPARATOR + b"\nSubject: s\n\nx\n"), 100, told.append))
    assert sum(told) == len(SEPARATOR) + 15


def test_nothing_is_no_mail() -> None:
    assert letters(b"") == letters(b"\n\n\n") == letters(b"just words\nFrom me\n") == []


@settings(max_examples=150, deadline=None)
@given(
    bodies=st.lists(st.lists(st.sampled_from([b"", b"From", b">From ", b"From x 10:30", b"\r", b"a: b"])), max_size=6),
    end=st.sampled_from([b"\n", b"\r\n"]),
    piece=st.integers(1, 700),
)
def test_what_was_put_together_comes_apart_wherever_a_piece_ends(
    bodies: list[list[bytes]], end: bytes, piece: int
) -> None:
    mails = [end.join([b"Subject: s", b"", *body]) + end for body in bodies]
    data = b"".join(SEPARATOR + end + mail.replace(b"\nFrom ", b"\n>From ") + end for mail in mails)
    whole = letters(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox, "PIECE", piece)
        assert letters(data) == whole
    if not any(b"\n>From " in mail for mail in mails):
        assert whole == [mail + end for mail in mails]
