"""What every calendar must do, whoever stands behind it. A provider's test inherits CalendarContract and gives it a
world."""

from __future__ import annotations

import dataclasses
import datetime as dt
from abc import ABC, abstractmethod

import pytest

from bot.errors import CursorExpired
from bot.model import Entry, Form, State
from bot.providers.base import Calendar
from tests.contract.samples import Known, entry, intended, reminder


class CalendarWorld(ABC):
    """The calendar from the other side: what the rep does with it."""

    @abstractmethod
    def open(self) -> Calendar:
        """A provider as a newly started process has it."""

    @abstractmethod
    def add(self, data: bytes) -> None:
        """The rep makes an entry, given as an .ics file."""

    @abstractmethod
    def add_broken(self) -> None:
        """Something comes in that cannot be read as an entry."""

    @abstractmethod
    def delete(self, uid: str) -> None:
        """The rep deletes the entry with this uid, his own or ours."""

    @abstractmethod
    def ours(self) -> list[bytes]:
        """Every entry that carries a key of ours, as an .ics file."""

    @abstractmethod
    def drag(self, uid: str, start: dt.datetime) -> None:
        """The rep moves an entry to another time."""

    @abstractmethod
    def retitle(self, uid: str, title: str) -> None:
        """The rep gives an entry another title."""

    @abstractmethod
    def touch(self, uid: str) -> None:
        """The rep's calendar program saves an entry without a change that a person would see."""

    @abstractmethod
    def expired(self, cursor: str) -> str:
        """The cursor as it comes back from memory when the world no longer knows it."""


NOON = dt.datetime(2026, 5, 20, 12, 0, tzinfo=dt.UTC)


class CalendarContract:
    """One suite for every calendar."""

    page_size = 200

    @pytest.fixture
    def world(self) -> CalendarWorld:
        raise NotImplementedError("a provider's test gives the world")

    # --- changes

    def test_an_empty_calendar_is_one_page(self, world: CalendarWorld) -> None:
        pages = list(world.open().changes(None))
        assert [(p.begins, p.ends, p.upserts, p.removals) for p in pages] == [(True, True, (), ())]

    def test_entries_and_then_only_news(self, world: CalendarWorld) -> None:
        world.add(entry("a@x"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        assert [e.uid for e in known.items.values()] == ["a@x"]
        assert list(world.open().changes(known.cursor)) == []
        world.add(entry("b@x"))
        pages = known.take(world.open().changes(known.cursor))
        assert [e.uid for p in pages for e in p.upserts] == ["b@x"]

    def test_a_deletion_is_news(self, world: CalendarWorld) -> None:
        world.add(entry("a@x"))
        world.add(entry("b@x"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        world.delete("a@x")
        known.take(world.open().changes(known.cursor))
        assert [e.uid for e in known.items.values()] == ["b@x"]

    def test_a_drag_of_an_entry_is_news(self, world: CalendarWorld) -> None:
        world.add(entry("a@x"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        before = next(iter(known.items.values())).etag
        world.drag("a@x", NOON)
        known.take(world.open().changes(known.cursor))
        (seen,) = known.items.values()
        assert seen.start == NOON and seen.etag != before

    def test_a_listing_broken_off_loses_nothing(self, world: CalendarWorld) -> None:
        count = self.page_size * 2 + 3
        for number in range(count):
            world.add(entry(f"n{number}@x"))
        known: Known[Entry] = Known()
        pages = world.open().changes(None)
        known.take([next(pages)])
        assert 0 < len(known.items) < count
        known.take(world.open().changes(known.cursor))
        assert len(known.items) == count

    def test_an_expired_cursor_says_so_and_a_fresh_listing_heals(self, world: CalendarWorld) -> None:
        world.add(entry("a@x"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        assert known.cursor is not None
        with pytest.raises(CursorExpired):
            list(world.open().changes(world.expired(known.cursor)))
        known.take(world.open().changes(None))
        assert len(known.items) == 1

    def test_an_unreadable_entry_is_listed_and_stops_nothing(self, world: CalendarWorld) -> None:
        world.add(entry("a@x"))
        world.add_broken()
        world.add(entry("b@x"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        assert len(known.items) == 2 and len(known.unreadable) == 1
        assert list(world.open().changes(known.cursor)) == []

    # --- put

    def test_a_reminder_stands_as_it_was_given(self, world: CalendarWorld) -> None:
        wanted = reminder()
        standing = world.open().put(wanted)
        assert standing is not None and standing.state is State.STANDING and standing.form is Form.REMINDER
        assert standing.start == wanted.start and standing.ref and standing.digest == standing.etag
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        (seen,) = known.items.values()
        assert (seen.start, seen.end, seen.title, seen.notes) == (wanted.start, wanted.end, wanted.title, wanted.notes)
        assert (seen.key, seen.ref, seen.etag) == (wanted.key, standing.ref, standing.digest)

    def test_nobody_is_ever_invited(self, world: CalendarWorld) -> None:
        world.open().put(
            dataclasses.replace(reminder(), notes="x\nATTENDEE:mailto:ivo@harbour.example\r\nORGANIZER:a@b.c")
        )
        (data,) = world.ours()
        lines = data.replace(b"\r\n ", b"").splitlines()
        assert not [line for line in lines if line.upper().startswith((b"ATTENDEE", b"ORGANIZER"))]

    def test_put_twice_makes_one_entry(self, world: CalendarWorld) -> None:
        first = world.open().put(reminder())
        later = dataclasses.replace(reminder(), at=reminder().at + dt.timedelta(hours=3))
        second = world.open().put(later, first)
        assert first is not None and second is not None
        assert (first.ref, first.digest) == (second.ref, second.digest)
        assert len(world.ours()) == 1

    @pytest.mark.parametrize("known", [None, intended("51c0de", Form.REMINDER)])
    def test_put_after_a_lost_answer_makes_one_entry(self, world: CalendarWorld, known: object) -> None:
        world.open().put(reminder())
        again = world.open().put(reminder(), known)  # type: ignore[arg-type]
        assert again is not None and again.state is State.STANDING
        assert len(world.ours()) == 1

    @pytest.mark.parametrize("remembered", [True, False])
    def test_a_moved_date_moves_the_reminder(self, world: CalendarWorld, remembered: bool) -> None:
        first = world.open().put(reminder())
        second = world.open().put(reminder(days=14), first if remembered else None)
        assert second is not None and second.state is State.STANDING and second.start == reminder(days=14).start
        assert len(world.ours()) == 1

    @pytest.mark.parametrize("remembered", [True, False])
    def test_a_dragged_reminder_stays_where_it_was_put(self, world: CalendarWorld, remembered: bool) -> None:
        first = world.open().put(reminder())
        world.drag(reminder().uid, NOON)
        second = world.open().put(reminder(days=14), first if remembered else None)
        assert second is not None and second.state is State.EDITED and second.start == NOON
        assert second.etag != second.digest
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        assert [e.start for e in known.items.values()] == [NOON]

    def test_an_edited_reminder_is_never_overwritten(self, world: CalendarWorld) -> None:
        first = world.open().put(reminder())
        world.retitle(reminder().uid, "Ivo: only after the fair!")
        second = world.open().put(reminder(days=14), first)
        assert second is not None and second.state is State.EDITED and second.start == reminder().start

    def test_a_save_without_a_change_is_no_edit(self, world: CalendarWorld) -> None:
        first = world.open().put(reminder())
        world.touch(reminder().uid)
        second = world.open().put(reminder(days=14), first)
        assert second is not None and second.state is State.STANDING and second.start == reminder(days=14).start

    def test_a_deleted_reminder_is_not_made_again(self, world: CalendarWorld) -> None:
        first = world.open().put(reminder())
        world.delete(reminder().uid)
        assert world.open().put(reminder(), first) is None
        assert world.ours() == []

    # --- withdraw

    def test_withdraw_takes_an_untouched_reminder_once(self, world: CalendarWorld) -> None:
        standing = world.open().put(reminder())
        assert standing is not None and world.open().withdraw(standing) is True
        assert world.ours() == []
        assert world.open().withdraw(standing) is False

    def test_withdraw_leaves_what_a_person_moved(self, world: CalendarWorld) -> None:
        standing = world.open().put(reminder())
        world.drag(reminder().uid, NOON)
        assert standing is not None and world.open().withdraw(standing) is False
        assert len(world.ours()) == 1

    def test_withdraw_leaves_the_reps_own_entries(self, world: CalendarWorld) -> None:
        world.add(entry("51c0de"))
        standing = world.open().put(reminder())
        assert standing is not None and world.open().withdraw(standing)
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        assert [e.uid for e in known.items.values()] == ["51c0de"]

    # --- what a person does with a reminder is news

    def test_a_drag_and_a_deletion_are_news(self, world: CalendarWorld) -> None:
        standing = world.open().put(reminder())
        world.open().put(reminder("bb22"))
        known: Known[Entry] = Known()
        known.take(world.open().changes(None))
        world.drag(reminder().uid, NOON)
        world.delete(reminder("bb22").uid)
        known.take(world.open().changes(known.cursor))
        (seen,) = known.items.values()
        assert standing is not None
        assert (seen.key, seen.start, seen.etag == standing.digest) == ("51c0de", NOON, False)
