"""Who is away, unreachable, gone or stopped, at the edges of the days."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from bot.cadence.parties import Parties
from bot.cadence.worktime import WorkTime

D = dt.date.fromisoformat
ANN, BEN = "ann@acme.example", "ben@acme.example"


def some_parties() -> Parties:
    return Parties(WorkTime("GB", zoneinfo.ZoneInfo("Europe/London")))


def test_away_from_the_notice_to_the_day_before_he_is_back() -> None:
    p = some_parties()
    p.away(ANN, D("2026-06-05"), D("2026-06-15"))
    days = ("2026-06-04", "2026-06-05", "2026-06-14", "2026-06-15")
    assert [p.away_until(ANN, D(d)) for d in days] == [None, D("2026-06-15"), D("2026-06-15"), None]
    p.away(ANN, D("2026-06-10"), D("2026-06-22"))
    assert p.away_until(ANN, D("2026-06-12")) == D("2026-06-22")
    p.away(BEN, D("2026-06-05"), D("2026-06-05"))  # back on the day of the notice: he never was away
    assert p.away_until(BEN, D("2026-06-05")) is None
    assert p.pauses([BEN]) == ()


def test_who_writes_is_back_from_that_day_and_reachable() -> None:
    p = some_parties()
    p.away(ANN, D("2026-06-01"), D("2026-06-03"))
    p.away(ANN, D("2026-06-05"), D("2026-06-15"))
    p.away(ANN, D("2026-06-09"), D("2026-06-20"))
    p.bounced(ANN, "b")
    p.left(ANN, "l")
    p.back_early(ANN, D("2026-06-09"))
    assert p.pauses([ANN]) == ((D("2026-06-01"), D("2026-06-03")), (D("2026-06-05"), D("2026-06-09")))
    assert p.away_until(ANN, D("2026-06-09")) is None
    assert (p.dead(ANN), p.gone(ANN)) == (None, None)


def test_a_count_pauses_only_while_all_of_them_are_away() -> None:
    p = some_parties()
    p.away(ANN, D("2026-06-01"), D("2026-06-10"))
    p.away(ANN, D("2026-06-20"), D("2026-06-30"))
    assert p.pauses([ANN, BEN]) == p.pauses([]) == ()
    p.away(BEN, D("2026-06-05"), D("2026-06-22"))
    both = ((D("2026-06-05"), D("2026-06-10")), (D("2026-06-20"), D("2026-06-22")))
    assert p.pauses([ANN, BEN]) == p.pauses([BEN, ANN]) == both
    third = "cy@acme.example"
    p.away(third, D("2026-06-10"), D("2026-06-21"))  # from the day the first pause of the two ends
    assert p.pauses([ANN, BEN, third]) == ((D("2026-06-20"), D("2026-06-21")),)


def test_a_stop_holds_through_answers_and_takes_the_company_only_where_it_is_meant() -> None:
    p = some_parties()
    p.stop(ANN, "no more")
    p.back_early(ANN, D("2026-06-09"))
    assert (p.stopped(ANN), p.stopped(BEN)) == ("no more", None)
    p.stop(ANN, "none of us", company=True)
    assert p.stopped(BEN) == "none of us"
    assert p.stopped("ann@other.example") is None


def test_a_stop_of_a_domain_is_lifted_as_it_was_set() -> None:
    p = some_parties()
    p.silence("@acme.example", "you said stop")
    assert p.stopped(BEN) == p.stopped("x@eu.acme.example") == "you said stop"
    p.resume(BEN)
    assert p.stopped(BEN) == "you said stop"
    p.resume("@acme.example")
    assert p.stopped(BEN) is None
    p.silence(BEN, "you said stop")
    p.resume(BEN)
    assert p.stopped(BEN) is None


def test_one_with_a_free_address_stops_for_himself_alone() -> None:
    p = some_parties()
    p.stop("ike@gmail.com", "none of us", company=True)
    assert p.stopped("ike@gmail.com") == "none of us"
    assert p.stopped("pat@gmail.com") is None


def test_the_last_mail_to_any_of_them_counts() -> None:
    p = some_parties()
    assert p.mailed([ANN, BEN]) is None
    for email, day in ((ANN, "2026-06-09"), (ANN, "2026-06-03"), (BEN, "2026-06-05")):
        p.wrote_to(email, D(day))
    assert p.mailed([ANN, BEN]) == D("2026-06-09")
    assert p.mailed([BEN, "new@acme.example"]) == D("2026-06-05")
