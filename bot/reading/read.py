"""What a record says: the one door to the readers of each sort."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Direction, Entry, Kind, Mark, Message, Reading
from bot.reading.answers import read_answer
from bot.reading.asked_again import asks_again
from bot.reading.body import Body, body_of
from bot.reading.familiar import is_familiar
from bot.reading.notes import read_note
from bot.reading.notices import read_notice
from bot.reading.phones import phones_of
from bot.reading.quotes import read_sent
from bot.reading.settings import ReadSettings


def direction_of(message: Message, settings: ReadSettings) -> Direction:
    """Which way a mail went: decided by who wrote it, wherever it lies."""
    if message.is_draft:
        return Direction.DRAFT
    return Direction.SENT if settings.is_own(message.sender) else Direction.RECEIVED


def read(message: Message, settings: ReadSettings, body: Body | None = None) -> Reading:
    """What a mail says. Never raises on what a mail contains."""
    direction = direction_of(message, settings)
    if direction is Direction.DRAFT:
        return Reading(Kind.NOTHING, rule="draft")
    body = body or body_of(message)
    if direction is Direction.SENT:
        sent = read_sent(message, body, settings)
        familiar = sent.kind in (Kind.QUOTE, Kind.PROMISED) and is_familiar(body.own, sent.language)
        return replace(sent, familiar=True) if familiar else sent
    if (notice := read_notice(message, body, settings)) is not None:
        return notice
    answer, phone = read_answer(message, body, settings), phones_of(body, message.sender)
    if answer.kind is Kind.ENGAGED and asks_again(body.own):
        answer = replace(answer, marks=answer.marks | {Mark.ASKS_AGAIN})
    return replace(answer, phone=phone) if phone else answer


def read_entry(entry: Entry, settings: ReadSettings) -> Reading:
    """What a calendar entry says."""
    return read_note(entry, settings)
