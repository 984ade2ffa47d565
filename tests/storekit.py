"""Small records for the tests of memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.model import (
    Address,
    Attendee,
    Direction,
    EntryRecord,
    Form,
    Kind,
    MailRecord,
    Reading,
    Standing,
    State,
)

ME = Address("iris@kiln.example", "Iris Moss")
NOON = dt.datetime(2026, 4, 7, 12, 0, tzinfo=dt.UTC)


def mail(
    id: str,
    ref: str = "",
    *,
    sender: Address = ME,
    to: tuple[str, ...] = ("otto@bricks.example",),
    cc: tuple[str, ...] = (),
    direction: Direction = Direction.SENT,
    etag: str = "1",
    at: dt.datetime = NOON,
    reading: Reading | None = None,
) -> MailRecord:
    """A mail, by default one the rep sent."""
    return MailRecord(
        id=id,
        ref=ref,
        etag=etag,
        at=at,
        direction=direction,
        sender=sender,
        to=tuple(map(Address, to)),
        cc=tuple(map(Address, cc)),
        answers=None,
        references=(),
        topic="t",
        key=None,
        reading=reading or Reading(Kind.NOTHING),
    )


def entry(id: str, ref: str = "", *, etag: str = "1", title: str = "", attendees: tuple[str, ...] = ()) -> EntryRecord:
    """A calendar entry of half an hour."""
    return EntryRecord(
        id=id,
        ref=ref,
        etag=etag,
        at=NOON,
        start=NOON + dt.timedelta(days=3),
        end=NOON + dt.timedelta(days=3, minutes=30),
        all_day=False,
        title=title,
        attendees=tuple(Attendee(Address(a), "ACCEPTED") for a in attendees),
        cancelled=False,
        key=None,
        reading=Reading(Kind.MEETING),
    )


def standing(key: str, state: State = State.INTENDED, **changes: object) -> Standing:
    """A touch that was put, or is about to be."""
    value = Standing(key, Form.DRAFT, state, "q1@kiln.example", "first", "0", ("otto@bricks.example",), NOON, NOON)
    return replace(value, **changes)  # type: ignore[arg-type]
