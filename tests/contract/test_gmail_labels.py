"""Labels at Gmail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from bot.errors import TryLater
from bot.model import Shown
from bot.providers.google_api import GMAIL_ALLOWED, gmail_wire
from bot.providers.wire import Forbidden, Meter
from tests.contract.labels import LabelsContract, listed, marker
from tests.contract.samples import mail
from tests.fakes.google.people import ADDRESS, Clock, GmailWorld
from tests.fakes.google.server import FakeGoogle


@pytest.fixture
def world() -> Iterator[GmailWorld]:
    fake = FakeGoogle(ADDRESS, Clock(dt.datetime(2026, 4, 20, 9, 0, tzinfo=dt.UTC)))
    world = GmailWorld(fake, marks=True)
    yield world
    world.close()
    fake.close()
    assert fake.violations == [] and fake.collisions == 0


class TestGmailLabels(LabelsContract):
    """The contract."""


def test_labels_are_made_where_they_are_missing_and_found_again(world: GmailWorld) -> None:
    world.receive(mail("in-1"))
    world.store.make_label("FOLLOW-UP/waiting")
    (ref,) = listed(marker(world)).items
    for _ in range(2):
        marker(world).mark({ref: Shown.WAITING})
    names = sorted(world.store.user_labels.values())
    assert names == [
        "FOLLOW-UP/waiting",
        "Follow-up/Draft ready",
        "Follow-up/Snooze",
        "Follow-up/Stop",
        "Follow-up/Your turn",
    ]


def test_a_label_that_the_rep_deletes_is_made_again(world: GmailWorld) -> None:
    world.receive(mail("in-1"))
    mailbox = marker(world)
    (ref,) = listed(mailbox).items
    mailbox.mark({ref: Shown.WAITING})
    world.store.user_labels.clear()
    for one in world.store.mails.values():
        one.labels = {label for label in one.labels if not label.startswith("Label_")}
    with pytest.raises(TryLater):
        mailbox.mark({ref: Shown.YOUR_TURN})
    mailbox.mark({ref: Shown.YOUR_TURN})
    assert world.labels_of("in-1@harbour.example") == {"Follow-up/Your turn"}


def test_without_labels_in_the_config_none_can_leave(world: GmailWorld) -> None:
    assert not any(
        allow.method == "POST" and ("label" in allow.path or "modify" in allow.path) for allow in GMAIL_ALLOWED
    )
    wire = gmail_wire(lambda: "good", Meter(), stand_ins=world.fake.stand_ins)
    for path in ("labels", "messages/18f/modify", "messages/batchModify", "messages/18f/trash", "threads/18f/modify"):
        with pytest.raises(Forbidden):
            wire.json("POST", f"https://gmail.googleapis.com/gmail/v1/users/me/{path}", {})
    wire.close()
    labelling = gmail_wire(lambda: "good", Meter(), labelling=True, stand_ins=world.fake.stand_ins)
    for path in ("messages/batchModify", "messages/18f/trash", "messages/send", "threads/18f/modify", "labels/1"):
        with pytest.raises(Forbidden):
            labelling.json("POST", f"https://gmail.googleapis.com/gmail/v1/users/me/{path}", {})
    labelling.close()
    assert world.fake.requests == 0
