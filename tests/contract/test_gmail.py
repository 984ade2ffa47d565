"""The mailbox contract over Gmail, at a server of our own; and what only Gmail has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from bot.providers import gmail
from tests.contract.mailbox import MailboxContract, MailWorld
from tests.fakes.google import contract
from tests.fakes.google.people import ADDRESS, Clock, GmailWorld
from tests.fakes.google.server import FakeGoogle

NOW = dt.datetime(2026, 4, 20, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[GmailWorld]:
    monkeypatch.setattr(gmail, "PAGE_MAILS", 20)
    fake = FakeGoogle(ADDRESS, Clock(NOW))
    world = GmailWorld(fake)
    yield world
    world.close()
    fake.close()
    assert fake.violations == [] and fake.collisions == 0
    assert not [call for call in fake.trace if "send" in call[1].lower().replace("sendas", "")]


class TestGmail(MailboxContract):
    page_size = 20

    @pytest.fixture
    def world(self, world: GmailWorld) -> MailWorld:
        return world


def test_the_fake_is_held_against_google_s_schemas() -> None:
    if contract.schemas() is None:
        pytest.skip("no shared/contracts beside this checkout: bodies are not held against the schemas")
    method, _ = contract.find("POST", "/gmail/v1/users/me/drafts")
    with pytest.raises(contract.Violation):
        contract.check_body(method, {"message": {"raw": "eA==", "threadID": "1"}}, answer=False)
