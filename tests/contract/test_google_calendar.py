"""The calendar contract over Google Calendar, at a server of our own; and what only Google has."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Iterator

import pytest

from bot.errors import TryLater, UserMustAct
from bot.model import Entry, Form, Mark, State
from bot.providers import google_calendar
from bot.providers.google_calendar import make_own
from bot.reading.read import read_entry
from bot.reading.settings import ReadSettings
from tests.contract.calendar import CalendarContract, CalendarWorld
from tests.contract.samples import Known, entry, intended, reminder
from tests.fakes.google.people import ADDRESS, Clock, GoogleCalendarWorld
from tests.fakes.google.server import FakeGoogle

NOW = dt.datetime(2026, 4, 20, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCalendarWorld]:
    monkeypatch.setattr(google_calendar, "PAGE_EVENTS", 20)
    fake = FakeGoogle(ADDRESS, Clock(NOW))
    world = GoogleCalendarWorld(fake, zoneinfo.ZoneInfo("Europe/Berlin"))
    yield world
    world.close()
    fake.close()
    assert fake.violations == [] and fake.collisions == 0


class TestGoogleCalendar(CalendarContract):
    page_size = 20

    @pytest.fixture
    def world(self, world: GoogleCalendarWorld) -> CalendarWorld:
        return world


def test_a_quiet_turn_is_one_request(world: GoogleCalendarWorld) -> None:
    known: Known[Entry] = Known()
    known.take(world.open().changes(None))
    before = world.fake.requests
    assert list(world.open().changes(known.cursor)) == []
    assert world.fake.requests == before + 1


def test_what_we_withdrew_may_stand_again_and_what_a_person_deleted_may_not(world: GoogleCalendarWorld) -> None:
    standing = world.open().put(reminder())
    assert standing is not None and world.open().withdraw(standing)
    again = world.open().put(reminder(), None)
    assert again is not None and again.state is State.STANDING and len(world.ours()) == 1
    world.delete(reminder().uid)
    assert world.open().put(reminder(), None) is None
    assert world.open().put(reminder(), intended("51c0de", Form.REMINDER)) is None


@pytest.mark.parametrize("fault", ["lost answer", "truncated", "html", "closed", "500", "lost request", "429 odd"])
def test_a_put_that_goes_wrong_makes_one_reminder_in_the_end(world: GoogleCalendarWorld, fault: str) -> None:
    for number in (0, 1):
        world.fake.fail(number, fault=fault)
        with pytest.raises(TryLater):
            world.open().put(reminder())
    standing = world.open().put(reminder())
    assert standing is not None and standing.state is State.STANDING and len(world.ours()) == 1


@pytest.mark.parametrize("fault", ["lost answer", "truncated", "500", "lost request"])
def test_a_withdrawal_whose_answer_is_lost_is_known_to_be_done(world: GoogleCalendarWorld, fault: str) -> None:
    standing = world.open().put(reminder())
    assert standing is not None
    world.fake.fail(1, fault=fault)
    try:
        assert world.open().withdraw(standing) is True
    except TryLater:
        assert world.open().withdraw(standing) is True
    assert world.ours() == []


def test_a_change_in_the_very_moment_is_not_written_over(world: GoogleCalendarWorld) -> None:
    standing = world.open().put(reminder())
    original = world.store.change

    def moved(*arguments: object, **more: object) -> dict[str, object]:
        world.store.change = original  # type: ignore[method-assign]
        world.retitle(reminder().uid, "Ivo: only after the fair!")
        return original(*arguments, **more)  # type: ignore[arg-type]

    world.store.change = moved  # type: ignore[assignment, method-assign]
    second = world.open().put(reminder(days=14), standing)
    assert second is not None and second.state is State.EDITED
    assert world.there(reminder().uid)[1]["summary"] == "Ivo: only after the fair!"


def test_meetings_guests_leave_and_notes_of_the_primary_calendar(world: GoogleCalendarWorld) -> None:
    guests = "ATTENDEE;CN=Ivo;PARTSTAT=ACCEPTED:mailto:Ivo@harbour.example"
    world.add(entry("m@x", more=[guests, "DESCRIPTION:call <b>again</b> in<br>May &amp; June"]))
    world.add(entry("l@x", start="20260601", title="Vacation"))
    known: Known[Entry] = Known()
    known.take(world.open().changes(None))
    by_uid = {e.uid: e for e in known.items.values()}
    assert by_uid["m@x"].notes == "call again in\nMay & June"
    assert [(g.address.email, g.status) for g in by_uid["m@x"].attendees] == [("ivo@harbour.example", "ACCEPTED")]
    assert by_uid["l@x"].all_day and by_uid["l@x"].start.hour == 0 and by_uid["l@x"].start.tzinfo is not None


def test_our_calendar_is_made_once_and_made_again_where_it_is_gone(world: GoogleCalendarWorld) -> None:
    calendar = world.open()
    wire = world.wires[-1]
    assert make_own(wire, world.own) == world.own
    del world.store.events[world.own], world.store.calendars[world.own]
    with pytest.raises(UserMustAct):
        calendar.put(reminder())
    world.own = make_own(wire, world.own)
    assert world.open().put(dataclasses.replace(reminder(), key="aa")) is not None


def test_what_google_keeps_as_an_absence_is_leave(world: GoogleCalendarWorld) -> None:
    day = {"start": {"dateTime": "2026-05-04T00:00:00+02:00"}, "end": {"dateTime": "2026-05-09T00:00:00+02:00"}}
    hour = {"start": {"dateTime": "2026-06-01T09:00:00+02:00"}, "end": {"dateTime": "2026-06-01T10:00:00+02:00"}}
    for times, title, kind in (
        (day, "Gozo", "outOfOffice"),
        (day, "Fair", "default"),
        (hour, "Dentist", "outOfOffice"),
    ):
        world.store.insert("primary", {**times, "summary": title, "eventType": kind})
    known: Known[Entry] = Known()
    known.take(world.open().changes(None))
    settings = ReadSettings.of([ADDRESS], "Europe/Berlin", "DE")
    told = {one.title: Mark.LEAVE in read_entry(one, settings).marks for one in known.items.values()}
    assert told == {"Out of office: Gozo": True, "Fair": False, "Out of office: Dentist": False}
