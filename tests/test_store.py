"""Memory: what it keeps, what it forgets, and what it says when the disk or the file is not as it should be."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from bot.errors import TryLater, UserMustAct
from bot.model import Address, Direction, EntryRecord, Instruction, Kind, MailRecord, Reading, State, Unreadable
from bot.store import engine as engine_module
from bot.store.base import Memory
from bot.store.engine import fault_of
from bot.store.erasure import digest_of, pseudonym
from bot.store.sql import SqlMemory, open_memory
from tests.storekit import ME, NOON, entry, mail, standing

OTTO = Address("otto@bricks.example", "Otto Brick")
ACCOUNT = "iris"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite3"


@pytest.fixture
def memory(path: Path) -> Iterator[SqlMemory]:
    memory = open_memory(path)
    yield memory
    memory.close()


def received(id: str, ref: str = "", **changes: object) -> MailRecord:
    return replace(mail(id, ref, sender=OTTO, to=(ME.email,), direction=Direction.RECEIVED), **changes)  # type: ignore[arg-type]


def test_it_is_the_protocol(memory: SqlMemory) -> None:
    kept: Memory = memory
    assert kept.check() == ()


def test_an_account_nobody_wrote_to_has_nothing(memory: SqlMemory) -> None:
    assert memory.cursor("nobody", "mail") is None
    assert memory.records("nobody") == ()
    assert memory.records_count("nobody") == 0
    assert memory.version("nobody") == 0
    assert memory.began("nobody") is None and memory.last_turn("nobody") is None
    assert not memory.standings("nobody") and not memory.facts("nobody") and not memory.unreadables("nobody")
    assert memory.instructions("nobody") == () and memory.journal("nobody") == ()
    assert memory.suppressed(["a@b.example"]) == frozenset()
    assert memory.suppressed([]) == frozenset()


# What was seen


def test_a_page_and_its_cursor(memory: SqlMemory) -> None:
    assert memory.absorb(ACCOUNT, "mail", [mail("q1", "cur/1")], cursor="c1")
    assert memory.absorb(ACCOUNT, "calendar", [entry("e1", "a.ics")], cursor="k1")
    assert (memory.cursor(ACCOUNT, "mail"), memory.cursor(ACCOUNT, "calendar")) == ("c1", "k1")
    assert memory.records(ACCOUNT) == (mail("q1", "cur/1"), entry("e1", "a.ics"))
    assert memory.records("somebody else") == ()


def test_a_page_that_comes_again_changes_nothing(memory: SqlMemory) -> None:
    page = ([mail("q1", "cur/1"), received("r1", "cur/2")], ["cur/0"], [Unreadable("cur/3", "no headers")], "c1")
    memory.absorb(ACCOUNT, "mail", *page, begins=True, ends=True)
    before = (memory.records(ACCOUNT), memory.unreadables(ACCOUNT), memory.version(ACCOUNT))
    assert not memory.absorb(ACCOUNT, "mail", *page, begins=True, ends=True)
    assert (memory.records(ACCOUNT), memory.unreadables(ACCOUNT), memory.version(ACCOUNT)) == before


def test_a_mail_that_moves_keeps_its_knowledge(memory: SqlMemory) -> None:
    for first, second in ((["new/1"], []), ([], ["new/1"])):  # the removal may come with the new place or after it
        memory.absorb(ACCOUNT, "mail", [mail("q1", "new/1")], cursor="1")
        memory.absorb(ACCOUNT, "mail", [mail("q1", "cur/1", etag="2")], first, cursor="2")
        memory.absorb(ACCOUNT, "mail", [], second, cursor="3")
        assert memory.records(ACCOUNT) == (mail("q1", "cur/1", etag="2"),)


def test_a_copy_that_goes_leaves_the_other(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "inbox/1"), mail("q1", "archive/1", etag="9")], cursor="1")
    memory.absorb(ACCOUNT, "mail", [], ["archive/1"], cursor="2")
    assert memory.records(ACCOUNT) == (mail("q1", "inbox/1"),)


def test_what_is_gone(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "s/1"), mail("d1", "d/1", direction=Direction.DRAFT)], cursor="1")
    memory.absorb(ACCOUNT, "calendar", [entry("e1", "a.ics", title="Call")], cursor="1")
    memory.absorb(ACCOUNT, "mail", [], ["s/1", "d/1", "never/there"], cursor="2")
    memory.absorb(ACCOUNT, "calendar", [], ["a.ics"], cursor="2")
    gone = replace(entry("e1", "", etag="", title="Call"), cancelled=True)
    assert memory.records(ACCOUNT) == (mail("q1", "", etag=""), gone)


def test_an_entry_put_back_is_on_again(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "calendar", [entry("e1", "a.ics")], cursor="1")
    memory.absorb(ACCOUNT, "calendar", [], ["a.ics"], cursor="2")
    memory.absorb(ACCOUNT, "calendar", [entry("e1", "b.ics")], cursor="3")
    assert memory.records(ACCOUNT) == (entry("e1", "b.ics"),)


def test_a_draft_and_the_mail_it_became_are_two(memory: SqlMemory) -> None:
    draft, sent = mail("q1", "d/1", direction=Direction.DRAFT), mail("q1", "s/1")
    memory.absorb(ACCOUNT, "mail", [draft, sent], cursor="1")
    assert set(memory.records(ACCOUNT)) == {draft, sent}
    memory.absorb(ACCOUNT, "mail", [], ["d/1"], cursor="2")
    assert memory.records(ACCOUNT) == (sent,)


def test_nobody_replaces_another_s_mail_by_using_its_id(memory: SqlMemory) -> None:
    quote, forged = mail("q1", "s/1"), received("q1", "i/1")
    memory.absorb(ACCOUNT, "mail", [quote], cursor="1")
    memory.absorb(ACCOUNT, "mail", [forged], cursor="2")
    assert set(memory.records(ACCOUNT)) == {quote, forged}


def test_a_ref_holds_one_thing_at_a_time(memory: SqlMemory) -> None:
    """A draft whose id changes with every edit lies where it lay; the old one is nowhere any more."""
    memory.absorb(ACCOUNT, "mail", [mail("d1", "r1", direction=Direction.DRAFT)], cursor="1")
    edited = mail("d2", "r1", direction=Direction.DRAFT, etag="2")
    memory.absorb(ACCOUNT, "mail", [edited], cursor="2")
    assert memory.records(ACCOUNT) == (edited,)


def test_a_file_may_hold_several_entries(memory: SqlMemory) -> None:
    both = [entry("e1", "all.ics"), entry("e2", "all.ics")]
    memory.absorb(ACCOUNT, "calendar", both, cursor="1", begins=True, ends=True)
    assert set(memory.records(ACCOUNT)) == set(both)
    memory.absorb(ACCOUNT, "calendar", [entry("e2", "all.ics", etag="2")], cursor="2")
    assert {(r.id, r.cancelled) for r in memory.records(ACCOUNT) if isinstance(r, EntryRecord)} == {
        ("e1", True),
        ("e2", False),
    }


def test_a_ref_brought_and_removed_by_one_page_is_kept(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "s/1")], ["s/1"], cursor="1")
    assert memory.records(ACCOUNT) == (mail("q1", "s/1"),)


def test_a_fresh_listing_finds_what_is_gone(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1"), mail("q2", "2"), mail("q3", "3")], cursor="0")
    memory.absorb(ACCOUNT, "calendar", [entry("e1", "1")], cursor="0")
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1", begins=True)
    memory.absorb(ACCOUNT, "mail", [mail("q4", "4")], cursor="2")
    assert {r.ref for r in memory.records(ACCOUNT)} == {"1", "2", "3", "4"}  # not over yet: nothing is gone
    memory.absorb(ACCOUNT, "mail", [], cursor="3", ends=True)
    assert {(r.id, r.ref) for r in memory.records(ACCOUNT)} == {
        ("q1", "1"), ("q2", ""), ("q3", ""), ("q4", "4"), ("e1", "1"),
    }  # fmt: skip


def test_an_end_without_a_beginning_removes_nothing(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1", begins=True, ends=True)
    memory.absorb(ACCOUNT, "mail", [mail("q2", "2")], cursor="2", ends=True)
    assert {r.ref for r in memory.records(ACCOUNT)} == {"1", "2"}


def test_a_listing_broken_off_and_begun_again(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1"), mail("q2", "2")], cursor="0", begins=True, ends=True)
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1", begins=True)
    memory.absorb(ACCOUNT, "mail", [mail("q2", "2")], cursor="2", begins=True, ends=True)
    assert {(r.id, r.ref) for r in memory.records(ACCOUNT)} == {("q1", ""), ("q2", "2")}


def test_unreadable_is_not_gone(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("d1", "1", direction=Direction.DRAFT)], cursor="1", begins=True, ends=True)
    cannot = Unreadable("1", "cut short")
    memory.absorb(ACCOUNT, "mail", [], [], [cannot], "2", begins=True, ends=True)
    assert memory.unreadables(ACCOUNT) == (cannot,)
    assert memory.records_count(ACCOUNT) == 1
    memory.absorb(ACCOUNT, "mail", [mail("d1", "1", direction=Direction.DRAFT)], cursor="3")
    assert memory.unreadables(ACCOUNT) == ()
    memory.absorb(ACCOUNT, "mail", [], [], [cannot], "4")
    memory.absorb(ACCOUNT, "mail", [], ["1"], cursor="5")
    assert memory.unreadables(ACCOUNT) == () and memory.records_count(ACCOUNT) == 0


def test_unreadables_a_listing_does_not_bring_are_gone(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [], [], [Unreadable("1", "a"), Unreadable("2", "b")], "1")
    memory.absorb(ACCOUNT, "mail", [], [], [Unreadable("2", "c")], "2", begins=True, ends=True)
    assert memory.unreadables(ACCOUNT) == (Unreadable("2", "c"),)


def test_an_empty_listing_of_an_emptied_mailbox(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail(f"q{i}", f"{i}") for i in range(1201)], cursor="1")
    memory.absorb(ACCOUNT, "mail", [], cursor="2", begins=True, ends=True)
    assert {r.ref for r in memory.records(ACCOUNT)} == {""}
    assert memory.records_count(ACCOUNT) == 1201


def test_a_better_reading_replaces_the_old(memory: SqlMemory) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    better = mail("q1", "1", reading=Reading(Kind.QUOTE, number="K-7", words="our offer"))
    assert memory.absorb(ACCOUNT, "mail", [better], cursor="2")
    assert memory.records(ACCOUNT) == (better,)


def test_quotes_on_paper_survive_every_listing(memory: SqlMemory) -> None:
    paper = mail("paper-1", "")
    assert memory.remember(ACCOUNT, [paper])
    assert not memory.remember(ACCOUNT, [paper])
    memory.absorb(ACCOUNT, "mail", [], cursor="1", begins=True, ends=True)
    assert memory.records(ACCOUNT) == (paper,)


def test_records_since(memory: SqlMemory) -> None:
    old = mail("q1", "1", at=NOON - dt.timedelta(days=30))
    ahead = replace(entry("e1", "2"), at=NOON - dt.timedelta(days=30))
    new = mail("q2", "3")
    memory.absorb(ACCOUNT, "mail", [new, old], cursor="1")
    memory.absorb(ACCOUNT, "calendar", [ahead], cursor="1")
    assert memory.records(ACCOUNT) == (old, new, ahead)
    assert memory.records(ACCOUNT, since=NOON) == (new, ahead)


def test_hostile_ids_refs_and_dates(memory: SqlMemory) -> None:
    strange = ["", '"', '"a"', "\x00", "\udcff", "'; DROP TABLE records; --", "x" * 100_000, "ref\n1", "é"]
    edge = dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14)))
    records = [mail(f"{s}@x", s, etag=s, at=edge) for s in strange if s]
    memory.absorb(ACCOUNT, "mail", records, cursor="\x00\udcff", begins=True, ends=True)
    memory.absorb(ACCOUNT, "mail", [], [], [Unreadable(s, s) for s in strange], cursor='"')
    assert {(r.id, r.ref, r.etag) for r in memory.records(ACCOUNT)} == {(r.id, r.ref, r.etag) for r in records}
    assert {(u.ref, u.reason) for u in memory.unreadables(ACCOUNT)} == {(s, s) for s in strange}
    assert memory.cursor(ACCOUNT, "mail") == '"'
    memory.absorb(ACCOUNT, "mail", [], strange, cursor="3")
    assert {r.ref for r in memory.records(ACCOUNT)} == {""}


# What stands, and turns


def test_a_touch_from_intention_to_its_end(memory: SqlMemory) -> None:
    intended = standing("k1", because="three days without an answer")
    memory.intend(ACCOUNT, intended)
    put = replace(intended, state=State.STANDING, ref="d/1", etag="5")
    memory.settle(ACCOUNT, put)
    memory.settle(ACCOUNT, put)
    sent = replace(put, state=State.SENT, because="approved", changed=NOON + dt.timedelta(hours=3))
    memory.settle(ACCOUNT, sent)
    memory.intend(ACCOUNT, standing("k2"))
    assert memory.standings(ACCOUNT) == {"k1": sent, "k2": standing("k2")}
    assert [(c.state, c.because) for c in memory.journal(ACCOUNT, "k1")] == [
        (State.INTENDED, "three days without an answer"),
        (State.STANDING, "three days without an answer"),
        (State.SENT, "approved"),
    ]
    assert len(memory.journal(ACCOUNT)) == 4
    assert memory.journal(ACCOUNT)[2].at == NOON + dt.timedelta(hours=3)
    assert not memory.standings("another")


@pytest.mark.parametrize("end", [State.SENT, State.DISCARDED])
def test_what_was_sent_or_discarded_is_never_made_again(memory: SqlMemory, end: State) -> None:
    memory.settle(ACCOUNT, standing("k1", end))
    with pytest.raises(ValueError, match="never made again"):
        memory.intend(ACCOUNT, standing("k1"))
    assert memory.standings(ACCOUNT)["k1"].state is end


def test_what_was_withdrawn_may_stand_again(memory: SqlMemory) -> None:
    memory.settle(ACCOUNT, standing("k1", State.WITHDRAWN))
    memory.intend(ACCOUNT, standing("k1"))
    assert memory.standings(ACCOUNT)["k1"].state is State.INTENDED


def test_an_intention_is_intended_and_nothing_else_is(memory: SqlMemory) -> None:
    with pytest.raises(ValueError):
        memory.intend(ACCOUNT, standing("k1", State.STANDING))
    with pytest.raises(ValueError):
        memory.settle(ACCOUNT, standing("k1"))


def test_a_turn(memory: SqlMemory) -> None:
    later = NOON + dt.timedelta(hours=1)
    with memory.turn(ACCOUNT, NOON):
        assert memory.began(ACCOUNT) == NOON
        assert memory.last_turn(ACCOUNT) is None
    with memory.turn(ACCOUNT, later):
        pass
    assert (memory.began(ACCOUNT), memory.last_turn(ACCOUNT)) == (NOON, later)
    with pytest.raises(RuntimeError), memory.turn(ACCOUNT, later + dt.timedelta(hours=1)):
        raise RuntimeError
    assert memory.last_turn(ACCOUNT) == later
    assert memory.version(ACCOUNT) == 0


@pytest.mark.parametrize("in_memory", [False, True])
def test_one_turn_at_a_time(path: Path, in_memory: bool) -> None:
    memory = open_memory(None if in_memory else path)
    with memory.turn(ACCOUNT, NOON):
        with pytest.raises(TryLater, match=ACCOUNT), memory.turn(ACCOUNT, NOON):
            pass
        with memory.turn("another", NOON):
            pass
    with memory.turn(ACCOUNT, NOON):
        pass
    memory.close()


def test_facts(memory: SqlMemory) -> None:
    memory.set_fact(ACCOUNT, "planned for", "7")
    memory.set_fact(ACCOUNT, "planned for", "8")
    memory.set_fact(ACCOUNT, "odd", "\x00")
    memory.set_fact(ACCOUNT, "gone", "1")
    memory.set_fact(ACCOUNT, "gone", None)
    assert memory.facts(ACCOUNT) == {"planned for": "8", "odd": "\x00"}
    assert memory.version(ACCOUNT) == 0


def test_the_version_grows_with_what_a_plan_depends_on(memory: SqlMemory) -> None:
    seen = [memory.version(ACCOUNT)]

    def grew() -> bool:
        seen.append(memory.version(ACCOUNT))
        return seen[-1] > seen[-2]

    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    assert grew()
    memory.absorb(ACCOUNT, "mail", [], [], [Unreadable("2", "x")], "2")
    assert not grew()
    memory.absorb(ACCOUNT, "mail", [], ["1"], cursor="3")
    assert grew()
    memory.intend(ACCOUNT, standing("k1"))
    assert grew()
    memory.intend(ACCOUNT, standing("k1"))
    assert not grew()
    memory.instruct(ACCOUNT, Instruction("note", "otto@bricks.example", NOON, text="met in Graz"))
    assert grew()
    memory.suppress("another", "otto@bricks.example", NOON)
    assert grew()  # said elsewhere, it holds here too
    memory.suppress("another", "otto@bricks.example", NOON)
    assert not grew()


# What the rep said


def test_instructions_in_their_order(memory: SqlMemory) -> None:
    snooze = Instruction("snooze", "q1@kiln.example", NOON, until=dt.date(2026, 5, 4))
    note = Instruction("note", "otto@bricks.example", NOON, text="met in Graz")
    for said in (snooze, note, snooze):
        memory.instruct(ACCOUNT, said)
    assert memory.instructions(ACCOUNT) == (snooze, note)


def test_a_stop_holds_in_every_account_until_it_is_taken_back(memory: SqlMemory) -> None:
    memory.instruct(ACCOUNT, Instruction("stop", "Otto@Bricks.example", NOON))
    assert memory.suppressed(["otto@bricks.example", "eva@bricks.example"]) == {"otto@bricks.example"}
    memory.instruct("another", Instruction("resume", "otto@bricks.example", NOON))
    assert memory.suppressed(["otto@bricks.example"])
    memory.instruct(ACCOUNT, Instruction("resume", "otto@bricks.example", NOON))
    assert not memory.suppressed(["otto@bricks.example"])


def test_a_domain_is_suppressed_with_all_below_it_and_nothing_beside(memory: SqlMemory) -> None:
    memory.suppress(ACCOUNT, "@bricks.example", NOON)
    asked = ["otto@bricks.example", "o@graz.bricks.example", "o@redbricks.example", "o@example", "bricks.example"]
    assert memory.suppressed(asked) == {"otto@bricks.example", "o@graz.bricks.example"}


def test_an_opt_out_is_not_taken_back(memory: SqlMemory) -> None:
    memory.suppress(ACCOUNT, "otto@bricks.example", NOON)
    memory.instruct(ACCOUNT, Instruction("stop", "otto@bricks.example", NOON))
    memory.instruct(ACCOUNT, Instruction("resume", "otto@bricks.example", NOON))
    assert memory.suppressed(["otto@bricks.example"])


def test_punctuation_makes_another_person(memory: SqlMemory) -> None:
    memory.suppress(ACCOUNT, "al.ex@bricks.example", NOON)
    assert not memory.suppressed(["alex@bricks.example", "a.lex@bricks.example"])


# Forgetting


def forget_otto(memory: SqlMemory) -> int:
    quote = mail(
        "q1",
        "s/1",
        to=(OTTO.email, "eva@bricks.example"),
        reading=Reading(Kind.QUOTE, number="K-7", subject="Kiln K-7", greeting="Hello Otto"),
    )
    answer = received("r1", "i/1", reading=Reading(Kind.ACCEPTED, words="go ahead, Otto", contact=OTTO.email))
    other = received("r2", "i/2", sender=Address("uwe@tiles.example", "Uwe"))
    memory.absorb(ACCOUNT, "mail", [quote, answer, other], cursor="1")
    memory.absorb(
        ACCOUNT,
        "calendar",
        [
            entry("e1", "1", title="Call Otto Brick", attendees=(OTTO.email,)),
            entry("e2", "2", title=f"Ring {OTTO.email}."),
            entry("e3", "3", title="Dentist"),
        ],
        cursor="1",
    )
    memory.settle(ACCOUNT, standing("k1", State.SENT, because="Otto was asked"))
    memory.instruct(ACCOUNT, Instruction("note", OTTO.email, NOON, text="Otto likes red"))
    return memory.forget(ACCOUNT, OTTO.email, NOON)


def test_nothing_of_a_forgotten_person_is_left_in_the_file(memory: SqlMemory, path: Path) -> None:
    assert forget_otto(memory) == 4
    for file in path.parent.iterdir():
        content = file.read_bytes().lower()
        assert b"otto" not in content, file
    assert memory.check() == ()


def test_the_facts_stay_under_a_pseudonym(memory: SqlMemory) -> None:
    forget_otto(memory)
    records = {r.id: r for r in memory.records(ACCOUNT)}
    nobody = Address(pseudonym(digest_of(OTTO.email)))
    answer, quote = records["r1"], records["q1"]
    assert isinstance(answer, MailRecord) and isinstance(quote, MailRecord)
    assert (answer.sender, answer.ref, answer.reading.kind) == (nobody, "i/1", Kind.ACCEPTED)
    assert quote.to == (nobody, Address("eva@bricks.example"))
    assert (quote.reading.number, quote.reading.subject, quote.reading.greeting) == ("K-7", "Kiln K-7", "")
    assert records["r2"] == received("r2", "i/2", sender=Address("uwe@tiles.example", "Uwe"))
    assert records["e3"] == entry("e3", "3", title="Dentist")
    assert memory.standings(ACCOUNT)["k1"].people == (nobody.email,)
    assert memory.instructions(ACCOUNT)[0].subject == nobody.email
    assert memory.suppressed([OTTO.email, nobody.email, "uwe@tiles.example"]) == {OTTO.email, nobody.email}


def test_the_mailbox_does_not_bring_a_forgotten_person_back(memory: SqlMemory, path: Path) -> None:
    forget_otto(memory)
    before = memory.records(ACCOUNT)
    again = received("r1", "i/1", reading=Reading(Kind.ACCEPTED, words="go ahead, Otto", contact=OTTO.email))
    memory.absorb(ACCOUNT, "mail", [again], cursor="2")
    assert memory.records(ACCOUNT) == before
    memory.remember(ACCOUNT, [mail("paper-1", to=(OTTO.email,))])
    memory.absorb(
        "another", "mail", [again], cursor="1"
    )  # another account did not forget him, but will not write to him
    assert memory.records("another") == (again,)
    assert memory.forget(ACCOUNT, OTTO.email, NOON) == 0
    memory.absorb(ACCOUNT, "mail", [], ["i/1"], cursor="3")
    assert {r.ref for r in memory.records(ACCOUNT) if r.id == "r1"} == {""}


# The file


def test_it_is_all_there_after_closing(path: Path) -> None:
    memory = open_memory(path)
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    memory.close()
    memory = open_memory(path)
    assert memory.records(ACCOUNT) == (mail("q1", "1"),)
    memory.close()


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "memory.sqlite3"
    memory = open_memory(path)
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    with memory.turn(ACCOUNT, NOON):
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    memory.close()


def test_the_settings_of_the_database(memory: SqlMemory) -> None:
    def setting(name: str) -> object:
        with memory._reader.connect() as db:
            return db.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 2  # FULL
    assert setting("foreign_keys") == 1
    assert setting("secure_delete") == 1
    assert setting("busy_timeout") == engine_module.BUSY_SECONDS * 1000


def test_a_backup_can_take_the_place_of_the_database(memory: SqlMemory, path: Path, tmp_path: Path) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    copy = tmp_path / "copy.sqlite3"
    copy.write_text("an older backup")
    memory.backup(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    restored = open_memory(copy)
    assert restored.records(ACCOUNT) == memory.records(ACCOUNT)
    assert restored.check() == ()
    restored.close()
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith(".")] == []
    with pytest.raises(UserMustAct, match="no/such"):
        memory.backup(tmp_path / "no" / "such" / "folder")


def test_a_busy_database_is_tried_later(memory: SqlMemory, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_SETTINGS", ("PRAGMA busy_timeout = 20",))
    hurried = open_memory(path)
    with memory._writer.begin():
        with pytest.raises(TryLater, match=path.name):
            hurried.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
        assert hurried.records(ACCOUNT) == ()  # reading goes on meanwhile
    hurried.close()


def test_a_full_disk_loses_nothing(memory: SqlMemory, path: Path) -> None:
    memory.absorb(ACCOUNT, "mail", [mail("q1", "1")], cursor="1")
    with memory._reader.connect() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = [mail(f"m{i}", f"{i}", to=("x" * 1000,)) for i in range(500)]
    with pytest.raises(UserMustAct, match=r"memory\.sqlite3: the disk is full") as caught:
        memory.absorb(ACCOUNT, "mail", many, cursor="2")
    assert "room" in caught.value.advice
    assert (memory.cursor(ACCOUNT, "mail"), memory.records_count(ACCOUNT)) == ("1", 1)


@pytest.mark.parametrize("content", [b"Dear Sir or Madam, " * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_refused_with_advice(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(UserMustAct, match=r"memory\.sqlite3") as caught:
        open_memory(path)
    assert "backup" in caught.value.advice
    assert path.read_bytes() == content


def test_damage_within_is_found(memory: SqlMemory, path: Path) -> None:
    memory.absorb(ACCOUNT, "mail", [mail(f"m{i}", f"{i}", to=("x" * 500,)) for i in range(200)], cursor="1")
    memory.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * 8192)
    damaged = open_memory(path)
    try:
        assert damaged.check() != ()
    except UserMustAct as fault:
        assert "backup" in fault.advice
    finally:
        damaged.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserMustAct, match="cannot open"):
        open_memory(tmp_path / "file" / "memory.sqlite3")
    with pytest.raises(UserMustAct, match="cannot open"):
        open_memory(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_may_only_be_read(path: Path) -> None:
    open_memory(path).close()
    path.chmod(0o400)
    with pytest.raises(UserMustAct):
        open_memory(path)


def test_every_fault_of_the_database_is_sorted() -> None:
    def fault(code: int) -> object:
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
        return fault_of(error, "m.db")

    assert isinstance(fault(sqlite3.SQLITE_BUSY), TryLater)
    assert isinstance(fault(sqlite3.SQLITE_BUSY_SNAPSHOT), TryLater)
    for code in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_CORRUPT_VTAB,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY_DBMOVED,
        sqlite3.SQLITE_CANTOPEN,
    ):
        told = fault(code)
        assert isinstance(told, UserMustAct) and "m.db" in str(told) and told.advice
    assert fault(sqlite3.SQLITE_CONSTRAINT) is None
    assert fault_of(ValueError(), "m.db") is None


def test_a_bug_of_ours_is_not_dressed_up(memory: SqlMemory) -> None:
    with pytest.raises(IntegrityError), memory._writer.begin() as db:
        db.exec_driver_sql("INSERT INTO facts VALUES ('no such account', 'a', 'b')")


# Speed, with room for slow machines (measured figures: ARCHITECTURE.md)


def test_a_large_mailbox_loads_quickly(path: Path) -> None:
    memory = open_memory(path)
    many = [
        received(f"m{i}@kiln.example", f"{i}", at=NOON + dt.timedelta(minutes=i), references=(f"m{i - 1}", f"m{i - 2}"))
        for i in range(2000)
    ]
    memory.absorb(ACCOUNT, "mail", many, cursor="1")
    best = min(_seconds(lambda: memory.records(ACCOUNT)) for _ in range(3))
    memory.close()
    assert best < 0.6


def test_opening_and_asking_for_news_takes_little(path: Path) -> None:
    open_memory(path).close()

    def ask() -> None:
        memory = open_memory(path)
        memory.version(ACCOUNT)
        memory.cursor(ACCOUNT, "mail")
        memory.close()

    assert min(_seconds(ask) for _ in range(5)) < 0.1


def test_alembic_is_not_loaded_without_need(path: Path) -> None:
    script = (
        "import sys, pathlib; from bot.store.sql import open_memory;"
        f"open_memory(pathlib.Path({str(path)!r})).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    assert path.exists()


def _seconds(work: object) -> float:
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def test_threads_share_a_memory(memory: SqlMemory) -> None:
    def write(number: int) -> None:
        for i in range(5):
            memory.absorb(ACCOUNT, "mail", [mail(f"{number}-{i}", f"{number}-{i}")], cursor=f"{number}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.records_count(ACCOUNT) == 20
    assert memory.version(ACCOUNT) == 20
