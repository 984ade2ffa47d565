"""Bounces that no sample of a server shows: hostile, huge and half-written ones."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from bot.model import Address, Kind, Mark, Message
from bot.reading.body import Body
from bot.reading.notices import read_notice
from bot.reading.settings import ReadSettings

SETTINGS = ReadSettings.of(["rep@reader.example"], "UTC", "US")


def a_bounce(text: str, *, report: str = "", returned: str = "", subject: str = "Undelivered Mail") -> Message:
    return Message(
        ref="r",
        etag="e",
        id="b@mx.example",
        at=dt.datetime(2026, 3, 10, 9, tzinfo=dt.UTC),
        sender=Address("mailer-daemon@mx.example"),
        to=(Address("rep@reader.example"),),
        subject=subject,
        plain=text,
        report=report,
        returned=returned,
    )


@pytest.mark.parametrize(
    ("status", "action", "permanent"),
    [
        ("5.1.1", "failed", True),
        ("5.7.1", "failed", True),
        ("5.2.2", "failed", False),
        ("4.2.2", "failed", False),
        ("4.4.7", "failed", False),
        ("4.4.1", "delayed", False),
        ("5.0.0", "delayed", False),
    ],
)
def test_for_good_follows_the_class_of_the_status(status: str, action: str, permanent: bool) -> None:
    report = (
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: {status}\n"
    )
    message = a_bounce("", report=report)
    reading = read_notice(message, Body("", ""), SETTINGS)
    assert reading is not None
    assert (reading.kind, reading.address, reading.permanent) == (Kind.BOUNCED, "a@b.example", permanent)
    assert (Mark.DELAYED in reading.marks) is (action == "delayed")


def test_the_original_recipient_is_the_one_we_wrote_to() -> None:
    fields = ["Original-Recipient: rfc822;sales@b.example", "Final-Recipient: rfc822;ann@c.example", "Action: failed"]
    report = "\n".join([*fields, "Status: 5.1.1"])
    reading = read_notice(a_bounce("", report=report), Body("", ""), SETTINGS)
    assert reading is not None
    assert reading.address == "sales@b.example"


def test_the_own_mailbox_filling_up_is_no_bounce() -> None:
    text = "Your mailbox is almost full. You have used 95% of your quota: rep@reader.example."
    reading = read_notice(a_bounce(text, subject="Quota warning"), Body(text, text), SETTINGS)
    assert reading is None or reading.kind is not Kind.BOUNCED


@pytest.mark.parametrize(
    "junk",
    [
        "a@b " * 16000,
        "<x@y.example>:\n" * 4000,
        "\n \n" * 20000,
        "5.1.1 " * 10000,
        "@" * 64000,
        "could not " * 6000,
        "Final-Recipient: rfc822; \n " * 2000,
        "please contact " * 4000,
        "out of the office until " * 2500,
    ],
    ids=lambda junk: repr(junk[:14]),
)
def test_hostile_text_is_read_in_time(junk: str) -> None:
    began = time.perf_counter()
    read_notice(a_bounce(junk, report=junk, returned=junk), Body(junk, junk), SETTINGS)
    assert time.perf_counter() - began < 3
