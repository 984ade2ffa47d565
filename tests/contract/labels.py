"""What every mailbox with labels must do (base.Marker, Message.wish). A provider's test inherits LabelsContract and gives
it a world whose mailboxes mark."""

from __future__ import annotations

import datetime as dt
import tempfile
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.cadence.policy import Policy
from bot.model import Message, Shown, Stage, Wish
from bot.pipeline import Account, World, turn
from bot.providers.base import LABELS, WISH_LABELS, Marker
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from tests.contract.samples import BUYER, REP, Known, mail

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
MONDAY = dt.datetime(2026, 4, 6, 10, 0, tzinfo=ZONE)
OFFER = "Dear Ivo,\n\nplease find our quotation K-88 for the kiln: the total is EUR 1,200.00.\n\nNora"


def marker(world: Any) -> Any:
    """The mailbox as a newly started process has it."""
    mailbox = world.open()
    assert isinstance(mailbox, Marker) and mailbox.marks
    return mailbox


def listed(mailbox: Any) -> Known[Message]:
    known: Known[Message] = Known()
    known.take(mailbox.changes(None))
    return known


class LabelsContract:
    """The tests."""

    def test_a_mail_shows_one_state_beside_the_reps_own_labels(self, world: Any) -> None:
        world.receive(mail("in-1"))
        world.set_label("in-1@harbour.example", "Kilns")
        (ref,) = listed(marker(world)).items
        for state in (Shown.WAITING, Shown.YOUR_TURN, Shown.DRAFT_READY):
            marker(world).mark({ref: state})
            assert world.labels_of("in-1@harbour.example") == {"Kilns", LABELS[state]}
        marker(world).mark({ref: None})
        assert world.labels_of("in-1@harbour.example") == {"Kilns"}

    def test_marking_again_and_marking_what_is_gone_does_no_harm(self, world: Any) -> None:
        world.receive(mail("in-1"))
        world.receive(mail("in-2"))
        mailbox = marker(world)
        refs = dict(listed(mailbox).items)
        gone, stays = refs
        world.delete(refs[gone].id)
        for _ in range(2):
            mailbox.mark({gone: Shown.WAITING, stays: Shown.WAITING})
        assert world.labels_of(refs[stays].id) == {LABELS[Shown.WAITING]}

    def test_our_own_labels_are_no_news_of_the_reps(self, world: Any) -> None:
        world.receive(mail("in-1"))
        mailbox = marker(world)
        known = listed(mailbox)
        (ref,) = known.items
        before = known.items[ref]
        mailbox.mark({ref: Shown.WAITING})
        known.take(marker(world).changes(known.cursor))
        assert known.items == {ref: before} and before.wish is None

    @pytest.mark.parametrize(("name", "wish"), list(zip(WISH_LABELS, Wish, strict=True)))
    def test_what_the_rep_asks_for_by_a_label_is_news(self, world: Any, name: str, wish: Wish) -> None:
        world.receive(mail("in-1"))
        known = listed(marker(world))
        (ref,) = known.items
        world.set_label("in-1@harbour.example", name)
        known.take(marker(world).changes(known.cursor))
        assert known.items[ref].wish is wish
        assert listed(marker(world)).items[ref].wish is wish, "and a fresh listing tells it as well"
        world.set_label("in-1@harbour.example", name, on=False)
        known.take(marker(world).changes(known.cursor))
        assert known.items[ref].wish is None

    def test_other_labels_are_no_news(self, world: Any) -> None:
        world.receive(mail("in-1"))
        mailbox = marker(world)
        known = listed(mailbox)
        world.set_label("in-1@harbour.example", "Follow-up/Someday")
        known.take(mailbox.changes(known.cursor))
        assert all(one.wish is None for one in known.items.values())

    # --- and through whole turns

    @pytest.fixture
    def street(self, world: Any) -> Iterator[Any]:
        """A turn of a program that is newly started each time."""
        with tempfile.TemporaryDirectory() as folder:
            account = Account("nora", (REP.email,), Rep("Nora Falk", REP.email), ZONE, "DE", "en", Policy())

            def taken(now: dt.datetime) -> Any:
                memory = open_memory(Path(folder) / "memory.sqlite3")
                try:
                    outcome = turn(World(account, world.open(), None, memory, app.templates_of(None)), now)
                finally:
                    memory.close()
                assert outcome.problems == ()
                return outcome

            world.send(quote_mail())
            yield taken

    def test_stop_by_a_label_where_the_draft_lies(self, world: Any, street: Any) -> None:
        street(MONDAY)
        street(MONDAY + dt.timedelta(days=4))
        assert len(world.drafts()) == 1
        world.label_draft(WISH_LABELS[0])
        street(MONDAY + dt.timedelta(days=4, hours=1))
        assert world.drafts() == []

    def test_the_state_of_a_matter_walks_along(self, world: Any, street: Any) -> None:
        opening = "q1@kiln.example"
        street(MONDAY)
        assert world.labels_of(opening) == {LABELS[Shown.WAITING]}
        street(MONDAY + dt.timedelta(days=4))
        assert world.labels_of(opening) == {LABELS[Shown.DRAFT_READY]}
        world.receive(answer_mail("Does the price include the transport to Kiel?"))
        street(MONDAY + dt.timedelta(days=4, hours=3))
        street(MONDAY + dt.timedelta(days=4, hours=4))
        assert world.labels_of(opening) == set(), "the newest mail of the matter shows it, and no other"
        assert world.labels_of("a1@harbour.example") == {LABELS[Shown.YOUR_TURN]}

    def test_a_turn_without_news_writes_no_label(self, world: Any, street: Any) -> None:
        for minutes in (0, 10, 20):
            street(MONDAY + dt.timedelta(minutes=minutes))
        before = world.writes()
        street(MONDAY + dt.timedelta(minutes=30))
        assert before > 0 and world.labels_of("q1@kiln.example") and world.writes() <= before + 1  # a batch is a POST

    def test_a_label_taken_off_by_the_rep_stays_off(self, world: Any, street: Any) -> None:
        street(MONDAY)
        world.set_label("q1@kiln.example", LABELS[Shown.WAITING], on=False)
        street(MONDAY + dt.timedelta(minutes=10))
        street(MONDAY + dt.timedelta(days=1))
        assert world.labels_of("q1@kiln.example") == set()

    def test_stop_by_a_label(self, world: Any, street: Any) -> None:
        street(MONDAY)
        world.set_label("q1@kiln.example", WISH_LABELS[0])
        street(MONDAY + dt.timedelta(hours=1))
        outcome = street(MONDAY + dt.timedelta(days=4))
        assert [o.stage for o in outcome.view.opportunities] == [Stage.STOPPED]
        assert world.drafts() == [] and world.labels_of("q1@kiln.example") == {WISH_LABELS[0]}

    def test_stop_by_a_label_on_the_answer(self, world: Any, street: Any) -> None:
        world.receive(answer_mail("Thank you, we are looking at it."))
        street(MONDAY + dt.timedelta(days=1))
        world.set_label("a1@harbour.example", WISH_LABELS[0])
        street(MONDAY + dt.timedelta(days=1, hours=1))
        outcome = street(MONDAY + dt.timedelta(days=14))
        assert [o.stage for o in outcome.view.opportunities] == [Stage.STOPPED] and world.drafts() == []

    def test_snooze_by_a_label_counts_once(self, world: Any, street: Any) -> None:
        street(MONDAY)
        world.set_label("q1@kiln.example", WISH_LABELS[1])
        street(MONDAY + dt.timedelta(hours=1))
        street(MONDAY + dt.timedelta(days=4))
        assert world.drafts() == [], "five working days are not over"
        world.set_label("q1@kiln.example", "Kilns")
        street(MONDAY + dt.timedelta(days=4, hours=1))
        street(MONDAY + dt.timedelta(days=9))
        assert len(world.drafts()) == 1, "the label that stays where it is says nothing again"


def quote_mail() -> bytes:
    """The quote that opens the matter."""
    return _dated(mail("x", sender=REP, to=BUYER, text=OFFER), "q1@kiln.example", MONDAY - dt.timedelta(hours=1), "")


def answer_mail(text: str) -> bytes:
    """The buyer's answer."""
    return _dated(mail("x", text=text), "a1@harbour.example", MONDAY + dt.timedelta(hours=20), "q1@kiln.example")


def _dated(data: bytes, name: str, at: dt.datetime, answers: str) -> bytes:
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Message-ID:", b"Date:", b"Subject:"))]
    lines += [f"Message-ID: <{name}>".encode(), f"Date: {at:%a, %d %b %Y %H:%M:%S %z}".encode()]
    lines += [b"Subject: " + (b"Re: " if answers else b"") + b"Quotation K-88 for the kiln"]
    lines += [f"In-Reply-To: <{answers}>\r\nReferences: <{answers}>".encode()] if answers else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
