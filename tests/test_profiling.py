"""What the vendor knows of the rep: asked once a day, kept, and laid under the config."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import app
from bot.cadence.policy import Policy
from bot.errors import OutsideFault, TryLater
from bot.jobs.playground import Playground
from bot.model import Address, Direction, MailRecord
from bot.pipeline import Account, World, preview, turn
from bot.profiling import asked, known
from bot.providers.base import Profile, WorkingHours
from bot.providers.maildir import Maildir
from bot.store.sql import open_memory
from bot.writing.facts import Rep

ZONE = zoneinfo.ZoneInfo("Europe/Dublin")
TUESDAY = dt.datetime(2026, 3, 3, 10, 0, tzinfo=ZONE)
FOUR_DAYS = WorkingHours(frozenset((0, 1, 2, 3)), dt.time(9), dt.time(17))
TELLS = Profile((Address("una@loom.example", "Una"), Address("orders@loom.example")), "<b>Una</b>", FOUR_DAYS)


class Telling(Maildir):
    """A Maildir whose vendor knows its rep."""

    tells: Profile | OutsideFault = TELLS
    questions = 0

    def profile(self) -> Profile:
        self.questions += 1
        if isinstance(self.tells, OutsideFault):
            raise self.tells
        return self.tells


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    ground = Playground(tmp_path)
    account = Account("una", ("una@loom.example",), Rep("Una", "una@loom.example"), ZONE, "IE", "en", Policy())
    memory = open_memory(tmp_path / "memory.sqlite3")
    yield World(account, Telling(ground.mail), None, memory, app.templates_of(None))
    memory.close()


def test_it_is_asked_once_a_day(world: World) -> None:
    assert isinstance(world.mailbox, Telling)
    for minutes in (0, 10, 20):
        turn(world, TUESDAY + dt.timedelta(minutes=minutes))
    assert world.mailbox.questions == 1
    turn(world, TUESDAY + dt.timedelta(days=1))
    assert world.mailbox.questions == 2


def test_it_is_laid_under_the_config(world: World) -> None:
    assert asked(world, TUESDAY) is None
    account = known(world.account, world.memory)
    assert account.me == ("una@loom.example", "orders@loom.example"), "those of the config come first"
    assert account.profile == TELLS and account.weekdays == {0, 1, 2, 3}
    assert world.account.weekdays == {0, 1, 2, 3, 4} and world.account.profile == Profile()


def test_the_hours_for_calls_are_the_config_s_then_the_mailbox_s(world: World) -> None:
    early = dataclasses.replace(TELLS, hours=WorkingHours(frozenset((0, 1)), dt.time(6, 30), dt.time(14)))
    night = dataclasses.replace(TELLS, hours=WorkingHours(frozenset((0, 1)), dt.time(22), dt.time(6)))
    own = dataclasses.replace(world.account, policy=Policy(work_to=dt.time(16)))
    assert isinstance(world.mailbox, Telling)
    told = []
    for profile, account in ((early, world.account), (early, own), (night, world.account)):
        world.mailbox.tells = profile
        world.memory.set_fact("una", "profile", None)
        assert asked(world, TUESDAY) is None
        policy = known(account, world.memory).policy
        told.append((policy.work_from.hour, policy.work_to.hour))
    assert told == [(6, 14), (9, 16), (9, 17)]


def test_a_mail_from_an_alias_is_the_reps_own(world: World, tmp_path: Path) -> None:
    sent = b"From: orders@loom.example\r\nTo: jo@dyer.example\r\nSubject: Quote 7 for the loom\r\nMessage-ID: <a@loom.example>\r\n"
    sent += b"Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nHi Jo, please find our quote: 900 EUR in total.\r\n"
    Playground(tmp_path).arrive(sent, sent=True)
    turn(world, TUESDAY)
    (record,) = world.memory.records("una")
    assert isinstance(record, MailRecord) and record.direction is Direction.SENT
    assert [o.opening for o in preview(world, TUESDAY).opportunities] == ["a@loom.example"]


def test_before_the_first_listing_nothing_is_read_without_it(world: World) -> None:
    assert isinstance(world.mailbox, Telling)
    world.mailbox.tells = TryLater("busy")
    outcome = turn(world, TUESDAY)
    assert [str(p) for p in outcome.problems] == ["busy"]
    assert world.memory.cursor("una", "mail") is None, "what is read once is read for good"


def test_later_the_old_answer_stays(world: World) -> None:
    turn(world, TUESDAY)
    mailbox = world.mailbox
    assert isinstance(mailbox, Telling)
    mailbox.tells = TryLater("busy")
    tomorrow = TUESDAY + dt.timedelta(days=1)
    assert turn(world, tomorrow).problems == ()
    assert known(world.account, world.memory).profile == TELLS
    mailbox.tells = dataclasses.replace(TELLS, signature_html="new")
    turn(world, tomorrow + dt.timedelta(minutes=10))
    assert known(world.account, world.memory).profile.signature_html == "new", "and it is asked again in the next turn"


def test_what_memory_has_may_be_damaged(world: World) -> None:
    for text in ("", "[]", "{}", '{"asked": "x", "addresses": [1], "signature": "", "hours": null}'):
        world.memory.set_fact("una", "profile", text)
        assert known(world.account, world.memory).profile == Profile()
