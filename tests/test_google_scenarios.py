"""Weeks of mail and calendar played at Gmail and Google Calendar give the same drafts, reminders and stages as played on
a Maildir and a folder of .ics files.

The scenarios lie beside this checkout; where they do not, one of our own is played. FOLLOWUP_SCENARIOS=all plays every
one of them, else a few are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import os
import zoneinfo
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, cast

import pytest

from bot import app
from bot import config as settings_file
from bot.cli.plays import row_of
from bot.commands.archives import arrivals_of
from bot.jobs.playground import Playground
from bot.jobs.replay import Approve, Coming, Uniform, replay
from bot.pipeline import Account, World
from bot.store.sql import open_memory
from bot.writing.facts import Rep
from tests.fakes.google.people import Clock
from tests.fakes.google.playground import GooglePlayground
from tests.fakes.google.server import FakeGoogle

CASES = Path(__file__).parents[2] / "shared" / "cases"
FILES = sorted((CASES / "scenarios").glob("*.yaml"))
SOME = FILES if os.environ.get("FOLLOWUP_SCENARIOS") == "all" else FILES[::11]

Row = dict[str, object]


class Case:
    """What is played, as the command line has it."""

    def __init__(self, arguments: list[str]) -> None:
        parser = argparse.ArgumentParser()
        for name in ("mail", "calendar", "zone", "country", "from", "to", "approve", "config"):
            parser.add_argument(f"--{name}")
        parser.add_argument("--me", action="append")
        parser.add_argument("--json", action="store_true")
        given = vars(parser.parse_args(arguments))
        settings = settings_file.load(Path(given["config"])) if given["config"] else settings_file.defaults()
        self.zone = zoneinfo.ZoneInfo(given["zone"])
        me = tuple(dict.fromkeys(a.casefold() for a in given["me"]))
        self.coming, name = arrivals_of(Path(given["mail"]), Path(given["calendar"]), me, self.zone)
        self.account = Account(
            "replay", me, Rep(name or me[0], me[0]), self.zone, given["country"], "en", settings.policy
        )
        self.library = app.library_of(settings.library)
        self.begin, self.end = (dt.date.fromisoformat(given[n]) for n in ("from", "to"))
        self.approve = Approve(given["approve"])

    def on_disk(self, root: Path) -> list[Row]:
        playground = Playground(root)
        return self._play(playground, app.playing(playground, self.account, self.library), lambda at: None)

    def at_google(self) -> tuple[list[Row], FakeGoogle]:
        clock = Clock(dt.datetime.combine(self.begin, dt.time(), self.zone))
        fake = FakeGoogle(self.account.me[0], clock)
        playground = GooglePlayground(fake, self.zone)
        mailbox = playground.mailbox(self.account.me, self.account.language)
        templates = app.templates_of(None)
        world = World(self.account, mailbox, playground.calendar(), open_memory(None), templates, self.library)

        def set_clock(at: dt.datetime) -> None:
            clock.at = at

        try:
            return self._play(cast(Playground, playground), world, set_clock), fake
        finally:
            playground.close()

    def _play(self, playground: Playground, world: World, after: Callable[[dt.datetime], None]) -> list[Row]:
        people = Uniform(playground, self.approve)
        coming = cast("list[Coming]", self.coming)
        shown = replay(coming, playground, world, self.begin, self.end, people, lambda at, outcome: after(at))
        try:
            return [row_of(event) for event in shown]
        finally:
            world.memory.close()


def check_module() -> Any:
    spec = importlib.util.spec_from_file_location("cases_check", CASES / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def differences(case: Case, root: Path) -> list[Row]:
    """What the one has and the other has not."""
    disk = case.on_disk(root)
    google, fake = case.at_google()
    assert fake.violations == [] and fake.collisions == 0
    assert any(row["effect"] != "stage" for row in disk) or not any(row["effect"] != "stage" for row in google)
    return [row for row in disk if row not in google] + [row for row in google if row not in disk]


@pytest.mark.parametrize("file", SOME, ids=lambda file: file.stem)
def test_the_same_at_google_as_on_a_maildir(file: Path, tmp_path: Path) -> None:
    module = check_module()
    found: list[Row] = []

    def run(command: list[str], arguments: list[str], limit: float) -> tuple[list[Row], str]:
        found.extend(differences(Case(arguments[1:]), tmp_path))
        return [], ""

    module.run = run
    module.play(file, [], 0)
    assert found == []


def test_a_scenario_of_our_own(tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    mail.mkdir()
    (tmp_path / "calendar").mkdir()

    def write(name: str, day: int, sender: str, to: str, text: str, answers: str = "") -> None:
        m = EmailMessage()
        m["From"], m["To"], m["Message-ID"] = sender, to, f"<{name}@lathe.example>"
        m["Subject"] = "Re: Quote L-77" if answers else "Quote L-77"
        m["Date"] = dt.datetime(2026, 3, day, 9, 0, tzinfo=dt.UTC)
        if answers:
            m["In-Reply-To"] = m["References"] = f"<{answers}@lathe.example>"
        m.set_content(text + "\n")
        (mail / f"{name}.eml").write_bytes(m.as_bytes(policy=SMTP))

    rep, buyer = "Ole Dahl <ole@lathe.example>", "Mia Roth <mia@joinery.example>"
    quote = "Hi Mia,\n\nplease find our quote L-77 for the lathe below: 12,400 EUR, valid until 30 April 2026.\n\nOle"
    write("q1", 2, rep, buyer, quote)
    write("r1", 12, buyer, rep, "Hi Ole,\n\ncall me in May please, we are moving the workshop.\n\nMia", "q1")
    arguments = [
        "--mail",
        str(mail),
        "--calendar",
        str(tmp_path / "calendar"),
        "--zone",
        "Europe/Berlin",
        "--country",
        "DE",
    ]
    case = Case(
        [*arguments, "--from", "2026-03-02", "--to", "2026-05-10", "--approve", "ignored", "--me", "ole@lathe.example"]
    )
    google, fake = case.at_google()
    assert {row["effect"] for row in google} >= {"draft", "withdrawn", "reminder", "stage"}
    assert differences(case, tmp_path / "played") == []
    del fake
