"""What must hold of every turn: taken again it changes nothing, and afterwards there is nothing to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import NotWritable, OutsideFault, TryLater, UserMustAct
from bot.jobs.local import stock_of
from bot.jobs.playground import Playground
from bot.model import Draft, EntryRecord, Form, MailRecord, Message, Put, Standing, State
from bot.pipeline import World, absorb, preview, turn
from bot.providers.base import Mailbox, Page
from bot.world import refusals_of
from tests.machine.history import ACCOUNT, BEGAN, ZONE, History, keys_lying, opened, state_of

NAME = ACCOUNT.name


@pytest.fixture
def played(tmp_path: Path) -> Iterator[tuple[Playground, World, dt.datetime]]:
    """A week that has been played to its end."""
    ground, world = opened(tmp_path)
    moments = list(History(4).moments())
    for moment in moments:
        for act in moment.acts:
            act(ground)
        turn(world, moment.at)
    yield ground, world, moments[-1].at
    world.memory.close()


def test_a_second_turn_at_the_same_instant_changes_nothing(tmp_path: Path) -> None:
    ground, world = opened(tmp_path)
    done = 0
    for moment in History(6).moments():
        for act in moment.acts:
            act(ground)
        done += len(turn(world, moment.at).done)
        before, journal = state_of(ground, world), world.memory.journal(NAME)
        again = turn(world, moment.at)
        assert (again.records, again.done, again.problems) == (0, (), ())
        assert state_of(ground, world) == before
        assert world.memory.journal(NAME) == journal
    assert done > 10
    world.memory.close()


def test_after_a_turn_there_is_nothing_to_do(tmp_path: Path) -> None:
    """For a look that begins from the same memory, and for one that knows of nothing but the world."""
    ground, world = opened(tmp_path)
    for moment in History(4).moments():
        for act in moment.acts:
            act(ground)
        turn(world, moment.at)
        assert absorb(world, moment.at).problems == ()
        assert preview(world, moment.at).effects == ()
    world.memory.close()


def test_a_memory_that_was_lost_makes_no_second_draft(played: tuple[Playground, World, dt.datetime]) -> None:
    ground, world, at = played
    before = keys_lying(ground)
    world.memory.close()
    for path in ground.mail.parent.glob("memory.sqlite3*"):
        path.unlink()
    _, fresh = opened(ground.mail.parent)
    turn(fresh, at)
    after = keys_lying(ground)
    assert len(after) == len(set(after))
    assert set(before) <= set(after)
    fresh.memory.close()


@pytest.mark.parametrize("edited", [False, True], ids=["as we wrote it", "edited"])
def test_a_draft_that_memory_lost_goes_with_its_reason_unless_a_person_changed_it(tmp_path: Path, edited: bool) -> None:
    """Memory is gone (or is last week's), and the customer has said no since: nobody else would take the draft away."""
    ground, world = opened(tmp_path)
    history = History(1)
    moments = history.moments()
    for act in (*next(moments).acts, *(moment := next(moments)).acts):
        act(ground)
    turn(world, moment.at)
    key, path = next(ground.drafts())
    customer = next(c for c in history.customers if c.address in world.memory.standings(NAME)[key].people)
    if edited:
        path.write_bytes(path.read_bytes().replace(b"Best regards", b"So long", 1))
    world.memory.close()
    for file in tmp_path.glob("memory.sqlite3*"):
        file.unlink()
    history._answered(customer, moment.at, "We have decided to go with another supplier, sorry.")(ground)
    _, fresh = opened(tmp_path)
    for minutes in (10, 20):
        turn(fresh, moment.at + dt.timedelta(minutes=minutes))
    assert (key in keys_lying(ground)) is edited
    assert fresh.memory.standings(NAME)[key].state is (State.EDITED if edited else State.WITHDRAWN)
    fresh.memory.close()


def test_a_draft_deleted_before_it_was_listed_is_refused(tmp_path: Path) -> None:
    ground, world = opened(tmp_path)
    history = History(1).moments()
    for moment in (next(history), next(history)):
        for act in moment.acts:
            act(ground)
        outcome = turn(world, moment.at)
    key, path = next(ground.drafts())
    assert key in {d.effect.touch.key for d in outcome.done if isinstance(d.effect, Put)}
    ground.discard(path)
    for minutes in (5, 10, 20, 30):
        turn(world, moment.at + dt.timedelta(minutes=minutes))
    assert world.memory.standings(NAME)[key].state is State.DISCARDED
    assert key not in keys_lying(ground)
    world.memory.close()


def test_what_a_rep_wrote_into_a_draft_after_a_crash_stays(tmp_path: Path) -> None:
    """The turn dies when the draft stands and before memory knows of it; then the rep writes into the draft."""
    ground, world = opened(tmp_path)
    history = History(1).moments()
    for act in (*next(history).acts, *(moment := next(history)).acts):
        act(ground)
    outcome = turn(world, moment.at)
    key, path = next(ground.drafts())
    touch = next(d.effect.touch for d in outcome.done if isinstance(d.effect, Put) and d.effect.touch.key == key)
    written = path.read_bytes().replace(b"Best regards", b"So long", 1)
    path.write_bytes(written)
    for source in ("mail", "calendar"):  # memory as it was: intended, and the mailbox unread
        world.memory.absorb(NAME, source, (), cursor="lost")
    s = world.memory.standings(NAME)[key]
    world.memory.intend(NAME, replace(s, state=State.INTENDED, ref="", etag="", digest="", fingerprint=""))
    turn(world, moment.at + dt.timedelta(minutes=20))
    assert [p.read_bytes() for k, p in ground.drafts() if k == key] == [written]
    assert world.memory.standings(NAME)[key].state is State.EDITED
    assert touch.form is Form.DRAFT
    world.memory.close()


class Sick:
    """A mailbox that gives some pages and then fails; what is put into it is counted."""

    def __init__(self, inner: Mailbox, fault: OutsideFault, pages: int) -> None:
        self._inner, self._fault, self._pages = inner, fault, pages
        self.put_drafts = 0

    def changes(self, since: str | None) -> Iterator[Page[Message]]:
        for number, page in enumerate(self._inner.changes(since)):
            if number >= self._pages:
                break
            yield page
        raise self._fault

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        self.put_drafts += 1
        return self._inner.put(draft, known)

    def withdraw(self, standing: Standing) -> bool:
        return self._inner.withdraw(standing)


@pytest.mark.parametrize("fault", [TryLater("the server is busy"), UserMustAct("sign in again")])
def test_while_the_mailbox_cannot_be_read_nobody_is_chased_and_the_calendar_goes_on(
    tmp_path: Path, fault: OutsideFault
) -> None:
    ground, world = opened(tmp_path)
    moments = History(3).moments()
    moment = next(moments)
    for act in moment.acts:
        act(ground)
    turn(world, moment.at)  # once read to its end
    for moment in (next(moments), next(moments), next(moments)):
        for act in moment.acts:
            act(ground)
    sick = Sick(world.mailbox, fault, 0)
    outcome = turn(replace(world, mailbox=sick), moment.at)
    assert outcome.problems == (fault,)
    assert sick.put_drafts == 0
    forms = [d.effect.touch.form for d in outcome.done if isinstance(d.effect, Put)]
    assert set(forms) == {Form.REMINDER}
    well = turn(world, moment.at)
    assert Form.DRAFT in {d.effect.touch.form for d in well.done if isinstance(d.effect, Put)}
    world.memory.close()


def test_half_a_mailbox_is_no_ground_to_act_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first listing breaks off: an answer may lie in the half that did not come."""
    monkeypatch.setattr("bot.providers.maildir_news.PAGE_MAILS", 3)
    ground, world = opened(tmp_path)
    for moment in History(3).moments():
        for act in moment.acts:
            act(ground)
    outcome = turn(replace(world, mailbox=Sick(world.mailbox, TryLater("gone"), 2)), moment.at)
    assert outcome.records > 0
    assert outcome.done == ()
    assert list(ground.drafts()) == []
    assert turn(world, moment.at).done
    world.memory.close()


def test_a_broken_calendar_does_not_keep_drafts_back(tmp_path: Path) -> None:
    ground, world = opened(tmp_path)
    for moment in History(2).moments():
        for act in moment.acts:
            act(ground)
    away = ground.calendar.with_name("away")
    ground.calendar.rename(away)
    outcome = turn(world, moment.at)
    assert [type(p) for p in outcome.problems] == [UserMustAct]
    assert {d.effect.touch.form for d in outcome.done if isinstance(d.effect, Put)} == {Form.DRAFT}
    away.rename(ground.calendar)
    back = turn(world, moment.at)
    assert back.problems == ()
    assert any(isinstance(r, EntryRecord) for r in world.memory.records(NAME))
    world.memory.close()


def test_mail_from_before_the_beginning_of_time_and_after_its_end(tmp_path: Path) -> None:
    ground, world = opened(tmp_path)
    for number, date in enumerate(("Mon, 1 Jan 0001 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 -1200", "soon")):
        ground.arrive(
            f"From: a{number}@x.example\nTo: {ACCOUNT.me[0]}\nDate: {date}\nSubject: s\n\nhello\n".encode(), sent=False
        )
    at = dt.datetime.combine(BEGAN, dt.time(9), ZONE)
    assert turn(world, at).problems == ()
    assert len([r for r in world.memory.records(NAME) if isinstance(r, MailRecord)]) == 3
    world.memory.close()


class Choosy:
    """A mailbox that takes every draft but those to one address."""

    def __init__(self, inner: Mailbox, refused: str, fault: Exception) -> None:
        self._inner, self._refused, self._fault = inner, refused, fault
        self.asked = 0
        self.changes, self.withdraw = inner.changes, inner.withdraw

    def put(self, draft: Draft, known: Standing | None = None) -> Standing | None:
        if self._refused in {a.email for a in draft.to}:
            self.asked += 1
            raise self._fault
        return self._inner.put(draft, known)


@pytest.fixture
def due(tmp_path: Path) -> Iterator[tuple[Playground, World, dt.datetime, list[str]]]:
    """A world in which several drafts are due, and to whom."""
    ground, world = opened(tmp_path)
    history = History(2).moments()
    for act in (*next(history).acts, *(moment := next(history)).acts):
        act(ground)
    absorb(world, moment.at)
    drafts = [e.touch for e in preview(world, moment.at).effects if isinstance(e, Put) and e.touch.form is Form.DRAFT]
    assert len(drafts) > 2
    yield ground, world, moment.at, [t.people[0].email for t in drafts]
    world.memory.close()


def test_a_draft_that_cannot_be_written_keeps_no_other_back(
    due: tuple[Playground, World, dt.datetime, list[str]],
) -> None:
    ground, world, at, people = due
    choosy = Choosy(world.mailbox, people[0], NotWritable("no mail can be written to an address like that"))
    outcome = turn(replace(world, mailbox=choosy), at)
    assert outcome.problems == () and choosy.asked == 1
    assert len(list(ground.drafts())) == len(people) - 1
    assert [r.reason for r in outcome.refusals] == ["no mail can be written to an address like that"]
    assert refusals_of(world.memory, NAME) == outcome.refusals
    stock = stock_of(world.memory, NAME)
    assert (stock.refused, stock.ambiguous) == (1, 0)  # it is known that nothing lies there
    for minutes in (10, 20):
        again = turn(replace(world, mailbox=choosy), at + dt.timedelta(minutes=minutes))
        assert again.done == ()
    assert choosy.asked <= 3  # and then it rests until something changes
    assert turn(world, at + dt.timedelta(1)).refusals == ()  # the next day the address is a good one
    assert len(list(ground.drafts())) >= len(people)
    assert (refusals_of(world.memory, NAME), stock_of(world.memory, NAME).ambiguous) == ((), 0)


def test_a_rewrite_that_is_refused_leaves_what_stands(
    due: tuple[Playground, World, dt.datetime, list[str]],
) -> None:
    ground, world, at, _ = due
    turn(world, at)
    key, path = next(ground.drafts())
    before, known = path.read_bytes(), world.memory.standings(NAME)[key]
    assert known.state is State.STANDING
    world.memory.settle(NAME, replace(known, fingerprint="of old"))
    choosy = Choosy(world.mailbox, known.people[0], NotWritable("no"))
    assert len(turn(replace(world, mailbox=choosy), at + dt.timedelta(minutes=10)).refusals) == 1
    after = world.memory.standings(NAME)[key]
    assert (after.state, after.etag, path.read_bytes()) == (State.STANDING, known.etag, before)
    assert [k for k in keys_lying(ground) if k == key] == [key]


def test_a_bug_at_one_draft_shows_itself_when_the_others_are_done(
    due: tuple[Playground, World, dt.datetime, list[str]],
) -> None:
    ground, world, at, people = due
    choosy = Choosy(world.mailbox, people[0], ZeroDivisionError("ours"))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            turn(replace(world, mailbox=choosy), at)
    assert len(list(ground.drafts())) == len(people) - 1
    turn(world, at + dt.timedelta(minutes=10))
    keys = keys_lying(ground)
    assert len(keys) == len(set(keys)) == len(people)
