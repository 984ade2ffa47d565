"""Everything that can go wrong on the way to Google, at every request of a turn, and a kill at every step: at most one
draft a key, none missing, no rep's edit lost, and then a turn that writes nothing.

FOLLOWUP_FAULTS=all tries every fault at every request, else each request meets some of them.
"""

from __future__ import annotations

import copy
import datetime as dt
import os
import threading
import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.cadence.policy import Policy
from bot.model import Put, State
from bot.pipeline import Account, Outcome, World, turn
from bot.providers.gmail import Gmail
from bot.providers.google_api import calendar_wire, gmail_wire
from bot.providers.google_calendar import GoogleCalendar
from bot.providers.wire import Meter, Wire
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from tests.fakes.google.people import Clock, GmailWorld, GoogleCalendarWorld
from tests.fakes.google.server import FAULTS, FakeGoogle

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
REP = "ole@lathe.example"
ACCOUNT = Account("ole", (REP,), Rep("Ole Dahl", REP), ZONE, "DE", "en", Policy())
TEMPLATES = app.templates_of(None)
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
FRIDAY, NEXT_MONDAY = MONDAY + dt.timedelta(days=4), MONDAY + dt.timedelta(days=7, hours=3)
ALL = os.environ.get("FOLLOWUP_FAULTS") == "all"


def mail(name: str, at: dt.datetime, sender: str, to: str, text: str, answers: str = "") -> bytes:
    m = EmailMessage()
    m["From"], m["To"], m["Message-ID"], m["Date"] = sender, to, f"<{name}@lathe.example>", at
    number = 70 + len(answers or name) + ord((answers or name)[0])
    m["Subject"] = f"{'Re: ' if answers else ''}Quote L-{number} for a lathe"
    if answers:
        m["In-Reply-To"] = m["References"] = f"<{answers}@lathe.example>"
    m.set_content(text + "\n")
    return m.as_bytes(policy=SMTP)


def quote(name: str, buyer: str, at: dt.datetime) -> bytes:
    text = "Hi,\n\nplease find our quote for the lathe below: 12.400 EUR, valid until 30 April 2026.\n\nOle"
    return mail(name, at, f"Ole Dahl <{REP}>", f"{buyer}@{buyer}.example", text)


class Scene:
    """A mailbox and a calendar at Google, and the bot's memory on disk.

    On Friday drafts for anna, bea and carl are put. Then anna answers, the rep edits bea's draft, dora has been waiting for
    three days, and emil wants to be called in May. So on Monday there is a draft to withdraw, one to leave alone, one to
    put, and a reminder to put.
    """

    patience = 20.0  # seconds

    def __init__(self, memory: Path) -> None:
        self.path = memory
        self.clock = Clock(FRIDAY)
        self.fake = FakeGoogle(REP, self.clock)
        self.mail, self.calendar = GmailWorld(self.fake), GoogleCalendarWorld(self.fake, ZONE)
        self.wires: list[Wire] = []
        self.keys: dict[str, str] = {}

    def prepare(self) -> None:
        """What happens up to Monday."""
        for number, buyer in enumerate(("anna", "bea", "carl")):
            self.mail.send(quote(buyer, buyer, MONDAY + dt.timedelta(minutes=number)))
        for done in self.turn(FRIDAY).done:
            assert isinstance(done.effect, Put)
            self.keys[done.effect.touch.people[0].email.partition("@")[0]] = done.effect.touch.key
        assert self.keys.keys() == {"anna", "bea", "carl"}, "the scene is set"
        self.mail.receive(mail("r1", FRIDAY, "anna@anna.example", REP, "What is the lead time?", "anna"))
        self.mail.edit_draft(self.keys["bea"], "Bea, call me.")
        for buyer in ("dora", "emil"):
            self.mail.send(quote(buyer, buyer, MONDAY + dt.timedelta(days=1)))
        self.mail.receive(mail("r2", FRIDAY, "emil@emil.example", REP, "Please call me again in May.", "emil"))

    def copied_from(self, other: Scene) -> Scene:
        """This one, as the other one is."""
        for name in ("mail", "calendar"):
            store = copy.deepcopy(vars(getattr(other.fake, name)), {id(other.clock): self.clock})
            vars(getattr(self.fake, name)).update(store)
        self.calendar.own, self.keys = other.calendar.own, other.keys
        self.path.write_bytes(other.path.read_bytes())
        return self

    def world(self) -> World:
        """The bot as a newly started process."""
        for wire in self.wires:
            wire.close()
        self.wires = [
            make(lambda: "good", Meter(), stand_ins=self.fake.stand_ins, clock=self.clock, read_seconds=self.patience)
            for make in (gmail_wire, calendar_wire)
        ]
        mailbox = Gmail(self.wires[0], me=(REP,), now=self.clock)
        calendar = GoogleCalendar(self.wires[1], self.calendar.own, ZONE, now=self.clock)
        return World(ACCOUNT, mailbox, calendar, open_memory(self.path), TEMPLATES)

    def turn(self, at: dt.datetime) -> Outcome:
        self.clock.at = at
        world = self.world()
        try:
            return turn(world, at)
        finally:
            world.memory.close()

    def writes(self) -> int:
        return sum(n for name, n in self.fake.counts.items() if name.rpartition(".")[2] in WRITES)

    def check(self, at: dt.datetime) -> None:
        """What must hold in the end, after turns that went well."""
        last = self.turn(at)
        for _ in range(3):
            if not last.done and not last.problems:
                break
            at += dt.timedelta(minutes=10)
            last = self.turn(at)
        assert last.problems == ()
        before, told = self.writes(), self.turn(at + dt.timedelta(minutes=10))
        assert self.writes() == before and told.done == (), "a turn with nothing to do writes nothing"
        drafts = [
            m.headers.get("x-followup-key", "")
            for m in map(self.fake.mail.mails.get, self.fake.mail.drafts.values())
            if m
        ]
        events = [e for e in self.fake.calendar.of(self.calendar.own).values() if e["status"] != "cancelled"]
        reminders = [e["extendedProperties"]["private"]["followupKey"] for e in events]
        assert max(Counter(drafts + reminders).values()) == 1, "at most one a key"
        memory = open_memory(self.path)
        standings = memory.standings(ACCOUNT.name).values()
        memory.close()
        stand = {s.key for s in standings if s.state in (State.STANDING, State.EDITED)}
        assert stand - {self.keys["anna"]} == set(drafts + reminders) - {self.keys["anna"]}, (
            "none missing, none forgotten"
        )
        assert self.keys["anna"] not in drafts, "who has answered gets no draft"
        assert any("Bea, call me." in m.text for m in self.fake.mail.mails.values() if "DRAFT" in m.labels)
        assert self.keys["carl"] in drafts and reminders, "carl's draft and the reminders stand"
        assert self.fake.violations == [] and self.fake.collisions == 0

    def close(self) -> None:
        for wire in self.wires:
            wire.close()
        self.fake.close()


WRITES = ("create", "update", "delete", "insert", "patch")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    one = Scene(tmp_path_factory.mktemp("scene") / "memory.sqlite3")
    one.prepare()
    yield one
    one.close()


@pytest.fixture
def scene(prepared: Scene, tmp_path: Path) -> Iterator[Callable[[], Scene]]:
    made: list[Scene] = []

    def make() -> Scene:
        while made:
            made.pop().close()
        made.append(Scene(tmp_path / "memory.sqlite3").copied_from(prepared))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_without_faults(scene: Callable[[], Scene]) -> None:
    one = scene()
    told = one.turn(NEXT_MONDAY)
    assert len(told.done) >= 3 and told.problems == ()
    one.check(NEXT_MONDAY + dt.timedelta(minutes=10))


def requests_of_a_turn(scene: Callable[[], Scene]) -> int:
    one = scene()
    before = one.fake.requests
    one.turn(NEXT_MONDAY)
    return one.fake.requests - before


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_at_every_request(scene: Callable[[], Scene], fault: str) -> None:
    count = requests_of_a_turn(scene)
    assert count >= 8
    step = 1 if ALL else 7
    for number in range(FAULTS.index(fault) % step, count, step):
        one = scene()
        one.fake.fail(number, fault=fault)
        one.patience = 0.4 if fault == "slow" else Scene.patience
        one.turn(NEXT_MONDAY)
        one.patience = Scene.patience
        one.check(NEXT_MONDAY + dt.timedelta(minutes=10))


class Killed(BaseException):
    """The process is gone."""


def killing(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, number: int, *, after: bool) -> list[int]:
    """Let the call with this number be the last thing that happens."""
    original, count = getattr(target, name), [0]

    def last(*arguments: Any, **named: Any) -> Any:
        count[0] += 1
        if count[0] - 1 == number and not after:
            raise Killed
        answer = original(*arguments, **named)
        if count[0] - 1 == number:
            raise Killed
        return answer

    monkeypatch.setattr(target, name, last)
    return count


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_every_request(scene: Callable[[], Scene], monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    count = requests_of_a_turn(scene)
    for number in range(0, count, 1 if ALL else 4):
        one = scene()
        with monkeypatch.context() as patch:
            killing(patch, Wire, "_send", number, after=after)
            with pytest.raises(Killed):
                one.turn(NEXT_MONDAY)
        one.check(NEXT_MONDAY + dt.timedelta(minutes=10))


@pytest.mark.parametrize("verb", ["absorb", "intend", "settle"])
def test_a_kill_at_every_write_of_memory(
    scene: Callable[[], Scene], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    number, kills = 0, 0
    while True:
        one = scene()
        with monkeypatch.context() as patch:
            killing(patch, type(one.world().memory), verb, number, after=bool(number % 2))
            try:
                one.turn(NEXT_MONDAY)
            except Killed:
                kills += 1
            else:
                break
        one.check(NEXT_MONDAY + dt.timedelta(minutes=10))
        number += 1 if ALL else 3
    assert kills >= 1


@pytest.mark.parametrize("fault", ["500", "lost answer", "truncated"])
def test_faults_of_a_first_listing(tmp_path: Path, fault: str) -> None:
    for number in range(5):
        one = Scene(tmp_path / f"{fault}{number}.sqlite3")
        one.mail.send(quote("carl", "carl", MONDAY))
        one.fake.fail(number, fault=fault)
        one.turn(FRIDAY)
        one.turn(FRIDAY + dt.timedelta(minutes=10))
        assert len(one.mail.drafts()) == 1
        one.close()


def test_an_account_that_hangs_does_not_delay_another(tmp_path: Path, prepared: Scene) -> None:
    hanging, well = Scene(tmp_path / "a.sqlite3"), Scene(tmp_path / "b.sqlite3")
    for one in (hanging, well):
        one.copied_from(prepared)
    hanging.fake.slow_seconds = 30.0
    hanging.fake.fail(0, fault="slow")
    hanging.patience = 4.0
    thread = threading.Thread(target=hanging.turn, args=(NEXT_MONDAY,))
    thread.start()
    assert len(well.turn(NEXT_MONDAY).done) >= 3
    assert thread.is_alive(), "the one was done while the other still waited"
    thread.join(20)
    for one in (hanging, well):
        one.close()
