"""What only Gmail has, beside the contract: threads, drafts whose headers are lost, faults of one call, search that lags,
sending that nobody may ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Iterator

import pytest

from bot.errors import CursorExpired, TryLater, UserMustAct
from bot.model import Message, State
from bot.providers import mime
from bot.providers.base import Profiled
from bot.providers.google_api import Client, gmail_wire
from bot.providers.wire import Forbidden, Meter, OutcomeUnknown
from tests.contract.samples import REP, Known, draft, intended, mail
from tests.fakes.google.people import ADDRESS, Clock, GmailWorld
from tests.fakes.google.server import FAULTS, FakeGoogle

NOW = dt.datetime(2026, 4, 20, 9, 0, tzinfo=dt.UTC)
CARRIED_OUT = ("html", "truncated", "cut short", "empty", "lost answer", "closed")


@pytest.fixture
def world() -> Iterator[GmailWorld]:
    fake = FakeGoogle(ADDRESS, Clock(NOW))
    world = GmailWorld(fake)
    yield world
    world.close()
    fake.close()
    assert fake.violations == [] and fake.collisions == 0


def test_a_draft_lands_in_the_thread_of_the_mail_it_answers(world: GmailWorld) -> None:
    world.receive(mail("in-1"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    (asked,) = known.items.values()
    answer = dataclasses.replace(
        draft(source=asked.ref), subject=f"Re: {asked.subject}", answers=asked.id, references=(asked.id,)
    )
    assert world.open().put(answer) is not None
    assert len({m.thread for m in world.store.mails.values()}) == 1


@pytest.mark.parametrize("fault", [f for f in FAULTS if f != "slow"])
def test_a_put_that_goes_wrong_at_any_call_makes_one_draft_in_the_end(world: GmailWorld, fault: str) -> None:
    world.receive(mail("in-1"))
    source = next(iter(world.store.mails))
    for number in range(20):
        calls = world.fake.requests
        world.fake.fail(number, fault=fault)
        key = f"k{number}"
        try:
            first = world.open().put(draft(key, source=source))
        except TryLater as caught:
            made = [m for m in world.drafts() if f"X-Followup-Key: {key}".encode() in m]
            assert not made or isinstance(caught, OutcomeUnknown) or fault in FAULTS
            first = world.open().put(draft(key, source=source), intended(key))
        assert first is not None and first.state is State.STANDING
        assert sum(f"X-Followup-Key: {key}".encode() in m for m in world.drafts()) == 1
        if number in world.fake.faults or number + calls in world.fake.faults:
            world.fake.faults.clear()
            break
    else:
        raise AssertionError("a put has no end")


@pytest.mark.parametrize("fault", CARRIED_OUT)
def test_a_withdrawal_whose_answer_is_lost_is_known_to_be_done(world: GmailWorld, fault: str) -> None:
    standing = world.open().put(draft())
    world.fake.fail(1, fault=fault)
    assert standing is not None and world.open().withdraw(standing) is True
    assert world.drafts() == []


def test_search_that_lags_behind_makes_no_second_draft(world: GmailWorld) -> None:
    world.store.index_lag = dt.timedelta(minutes=5)
    world.open().put(draft())
    assert world.open().put(draft(), intended("7f3a9c")) is not None
    assert len(world.drafts()) == 1
    world.send_draft("7f3a9c")
    assert world.open().put(draft(), intended("7f3a9c")) is None


def test_a_draft_whose_headers_an_editor_dropped_is_still_known_and_left_alone(world: GmailWorld) -> None:
    world.store.loses_headers_on_edit = True
    standing = world.open().put(draft())
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    world.edit_draft("7f3a9c", "Ivo, call me.")
    known.take(world.open().changes(known.cursor))
    (seen,) = known.items.values()
    assert standing is not None and (seen.key, seen.ref) == ("7f3a9c", standing.ref) and seen.etag != standing.digest
    again = world.open().put(draft(text="Or May?"), standing)
    assert again is not None and again.state is State.EDITED
    assert world.open().withdraw(standing) is False
    draft_id = next(iter(world.store.drafts))
    world.store.send_draft(draft_id)
    known.take(world.open().changes(known.cursor))
    (sent,) = known.items.values()
    assert sent.key == "7f3a9c" and not sent.is_draft, "known by its Message-ID once it is sent"


def test_reading_starring_and_spam_are_no_news(world: GmailWorld) -> None:
    world.receive(mail("in-1"))
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    (one,) = world.store.mails
    world.store.label(one, add=["STARRED"], remove=["UNREAD"])
    world.store.insert(mail("spam"), ["SPAM"])
    assert list(world.open().changes(known.cursor)) == []
    world.store.label(one, add=["SPAM"], remove=["INBOX"])
    known.take(world.open().changes(known.cursor))
    assert known.items == {}
    world.store.label(one, add=["INBOX"], remove=["SPAM"])
    known.take(world.open().changes(known.cursor))
    assert len(known.items) == 1


def test_a_cursor_is_renewed_once_a_day(world: GmailWorld) -> None:
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    clock = world.fake.now
    assert isinstance(clock, Clock)
    pages = []
    for hours in range(0, 72, 5):
        clock.at = NOW + dt.timedelta(hours=hours)
        pages += known.take(world.open().changes(known.cursor))
    assert len(pages) == 2 and not any(p.upserts or p.removals or p.begins for p in pages)


def test_a_cursor_of_another_version_begins_afresh(world: GmailWorld) -> None:
    for cursor in ("", "gmail0:abc", "gmail1:", "gmail1:%%%", "gmail1:eJwDAAAAAAE="):
        with pytest.raises(CursorExpired):
            list(world.open().changes(cursor))


def test_page_tokens_that_expire_are_tried_later(world: GmailWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(600):
        world.store.insert(mail(f"n{number}"), ["INBOX"])
    asked = itertools.count()
    original = world.fake._page

    def expiring(*arguments: object) -> object:
        if next(asked) == 1:
            world.fake.page_epoch += 1
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(world.fake, "_page", expiring)
    for _ in range(3):
        try:
            next(iter(world.open().changes(None)))
            break
        except TryLater:
            continue
    else:
        raise AssertionError("it never came")


def test_a_sign_in_that_ended_is_told(world: GmailWorld) -> None:
    world.fake.token = "another"
    with pytest.raises(UserMustAct):
        list(world.open().changes(None))


def test_a_mailbox_that_is_slow_or_broken_keeps_nobody_else_waiting(world: GmailWorld) -> None:
    world.fake.fail(0, fault="429")
    with pytest.raises(TryLater) as caught:
        list(world.open().changes(None))
    assert caught.value.after == dt.timedelta(seconds=7)


def test_what_sends_raises_before_it_leaves(world: GmailWorld) -> None:
    wire = gmail_wire(lambda: "good", Meter(), stand_ins=world.fake.stand_ins)
    world.wires.append(wire)
    client = Client(wire, "gmail.v1")
    users = client.api.users()
    send = users.messages().send(userId="me", body={"raw": "eA=="})
    planted = [send, users.drafts().send(userId="me", body={"id": "r1"}), users.messages().trash(userId="me", id="1")]
    for call in planted:
        with pytest.raises(Forbidden):
            client.ask(call)
        with pytest.raises(Forbidden):
            client.ask_all({"a": users.messages().get(userId="me", id="1"), "b": call})
    assert world.fake.trace == []


def test_a_mail_too_large_is_listed_and_stops_nothing(world: GmailWorld) -> None:
    world.receive(mail("small"))
    world.receive(mail("large", text="x" * 300_000))
    world.receive(mail("other"))
    mailbox = world.open()
    world.wires[-1]._most_bytes = 200_000
    known: Known[Message] = Known()
    known.take(mailbox.changes(None))
    assert len(known.items) == 2 and len(known.unreadable) == 1


def test_the_addresses_and_signatures_of_the_rep(world: GmailWorld) -> None:
    world.store.send_as.append(
        {"sendAsEmail": "Shop@kiln.example", "signature": "<b>Kiln</b>", "verificationStatus": "accepted"}
    )
    world.store.send_as.append({"sendAsEmail": "new@kiln.example", "verificationStatus": "pending"})
    mailbox = world.open()
    assert isinstance(mailbox, Profiled)
    seen = mailbox.profile()
    assert [a.email for a in seen.addresses] == [REP.email, "shop@kiln.example"] and seen.signature_html == ""
    world.store.send_as[0]["isDefault"], world.store.send_as[1]["isDefault"] = False, True
    seen = mailbox.profile()
    assert [a.email for a in seen.addresses] == ["shop@kiln.example", REP.email]
    assert seen.signature_html == "<b>Kiln</b>", "that of the address he writes from by default"


def test_a_draft_reads_as_it_was_composed(world: GmailWorld) -> None:
    world.open().put(draft())
    (data,) = world.drafts()
    assert mime.parse(data, "").key == "7f3a9c" and b"\r\n" in data


def test_a_server_that_drops_our_header_lines_still_gets_one_draft(
    world: GmailWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = world.store.save_draft

    def bare(draft_id: str | None, raw: bytes, thread: str | None) -> str:
        return save(draft_id, re.sub(rb"(?im)^(?:X-Followup-[^\r\n]*|Message-ID:[^\r\n]*)\r\n", b"", raw), thread)

    monkeypatch.setattr(world.store, "save_draft", bare)
    world.fake.fail(3, fault="lost answer")
    with pytest.raises(OutcomeUnknown):
        world.open().put(draft())
    mailbox = world.open()
    known: Known[Message] = Known()
    known.take(mailbox.changes(None))
    standing = mailbox.put(draft(), intended("7f3a9c"))
    assert standing is not None and standing.state is State.STANDING and len(world.drafts()) == 1
    assert world.open().put(draft(), intended("7f3a9c")) is not None and len(world.drafts()) == 1
    assert world.open().withdraw(standing) is True
