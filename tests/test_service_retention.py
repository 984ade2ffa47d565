"""Letting go of what is long over, and of nothing else."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import replace
from decimal import Decimal

from bot.app import playing
from bot.cadence.policy import Policy
from bot.jobs.playground import Playground
from bot.jobs.retention import let_go
from bot.model import Address, Direction, Kind, MailRecord, Reading, State
from bot.pipeline import Account, World
from bot.writing.facts import Rep
from tests.storekit import ME, mail, standing

NOW = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def quote(n: int, days_ago: int) -> MailRecord:
    reading = Reading(
        Kind.QUOTE, number=f"Q-{n}", amount=Decimal(4200), currency="EUR", subject=f"Quote Q-{n}", language="en"
    )
    record = mail(f"q{n}", f"q{n}", to=(f"c{n}@c{n}co.example",), at=NOW - dt.timedelta(days_ago), reading=reading)
    return replace(record, topic=f"t{n}")


def answer(n: int, kind: Kind, days_ago: int, date: dt.date | None = None) -> MailRecord:
    record = mail(
        f"a{n}", f"a{n}", sender=Address(f"c{n}@c{n}co.example"), to=(ME.email,), direction=Direction.RECEIVED,
        at=NOW - dt.timedelta(days_ago), reading=Reading(kind, date=date),
    )  # fmt: skip
    return replace(record, answers=f"q{n}", references=(f"q{n}",), topic=f"t{n}")


def world(tmp_path: object) -> World:
    account = Account("iris", (ME.email,), Rep(ME.name, ME.email), BERLIN, "DE", "en", Policy())
    return playing(Playground(tmp_path), account)  # type: ignore[arg-type]


def test_what_is_over_goes_and_what_is_open_stays(tmp_path: object) -> None:
    here = world(tmp_path)
    records = [
        quote(1, 500), answer(1, Kind.FIRM_NO, 490),  # long over
        quote(2, 500), answer(2, Kind.LATER, 490, NOW.date() + dt.timedelta(30)),  # call in a month
        quote(3, 450), answer(3, Kind.ACCEPTED, 380),  # its answer is younger than the line
        quote(4, 10),
    ]  # fmt: skip
    here.memory.absorb("iris", "mail", records, cursor="1")
    here.memory.suppress("iris", "c1@c1co.example", NOW)
    here.memory.settle("iris", standing("k1", State.DISCARDED))
    assert let_go(here, NOW, 400) == 3
    left = {r.id for r in here.memory.records("iris")}
    assert left == {"q2", "a2", "a3", "q4"}
    assert here.memory.suppressed(["c1@c1co.example"]) and "k1" in here.memory.standings("iris")
    assert let_go(here, NOW, 400) == 0 and here.memory.check() == ()
    here.memory.close()


def test_what_a_listing_brings_again_goes_again(tmp_path: object) -> None:
    here = world(tmp_path)
    for day in range(2):
        here.memory.absorb(
            "iris", "mail", [quote(1, 500), answer(1, Kind.FIRM_NO, 490)], cursor=f"{day}", begins=True, ends=True
        )
        assert let_go(here, NOW + dt.timedelta(day), 400) == 2
        assert here.memory.records_count("iris") == 0
    here.memory.close()
