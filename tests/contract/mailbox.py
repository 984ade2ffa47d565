"""What every mailbox must do, whoever stands behind it. A provider's test inherits MailboxContract and gives it a
world."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod

import pytest

from bot.errors import CursorExpired, NotWritable
from bot.model import Address, Message, State
from bot.providers import mime
from bot.providers.base import Mailbox
from tests.contract.samples import BUYER, PDF, REP, Known, draft, intended, mail, page_mail, quote_with


class MailWorld(ABC):
    """The mailbox from the other side: what the rep and his correspondents do with it."""

    @abstractmethod
    def open(self) -> Mailbox:
        """A provider as a newly started process has it."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """A mail comes in."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """The rep sends a mail that he wrote himself."""

    @abstractmethod
    def receive_broken(self) -> None:
        """Something comes in that cannot be read as a mail."""

    @abstractmethod
    def delete(self, message_id: str) -> None:
        """The rep deletes a mail."""

    @abstractmethod
    def drafts(self) -> list[bytes]:
        """Every draft as it lies there now."""

    @abstractmethod
    def edit_draft(self, key: str, text: str) -> None:
        """The rep opens the draft with this key, makes `text` of its words, and saves it."""

    @abstractmethod
    def delete_draft(self, key: str) -> None:
        """The rep throws the draft away."""

    @abstractmethod
    def send_draft(self, key: str) -> None:
        """The rep sends the draft as it is."""

    @abstractmethod
    def expired(self, cursor: str) -> str:
        """The cursor as it comes back from memory when the world no longer knows it."""


class LabelWorld(ABC):
    """The mailbox from the other side: the labels or categories on its mails."""

    @abstractmethod
    def set_label(self, message_id: str, name: str, *, on: bool = True) -> None:
        """The rep puts a label on a mail, or takes it off; it is made where it is new."""

    @abstractmethod
    def label_draft(self, name: str) -> None:
        """The rep puts a label on the one draft that lies there, as his mail program does it."""

    @abstractmethod
    def labels_of(self, message_id: str) -> set[str]:
        """The rep's and our labels on a mail."""

    @abstractmethod
    def writes(self) -> int:
        """How many changes reached the service so far."""


class MailboxContract:
    """One suite for every mailbox."""

    page_size = 200

    @pytest.fixture
    def world(self) -> MailWorld:
        raise NotImplementedError("a provider's test gives the world")

    # --- changes

    def test_an_empty_mailbox_is_one_page(self, world: MailWorld) -> None:
        pages = list(world.open().changes(None))
        assert [(p.begins, p.ends, p.upserts, p.removals) for p in pages] == [(True, True, (), ())]
        assert pages[0].cursor

    def test_a_fresh_listing_brings_everything(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        world.send(mail("out-1", sender=REP, to=BUYER))
        known: Known[Message] = Known()
        pages = known.take(world.open().changes(None))
        assert {m.id for m in known.items.values()} == {"in-1@harbour.example", "out-1@harbour.example"}
        assert pages[0].begins and sum(p.begins for p in pages) == 1 and sum(p.ends for p in pages) == 1
        assert not any(m.is_draft for m in known.items.values())

    def test_a_turn_without_news_gives_no_page(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        known: Known[Message] = Known()
        mailbox = world.open()
        known.take(mailbox.changes(None))
        assert list(mailbox.changes(known.cursor)) == []
        assert list(mailbox.changes(known.cursor)) == []
        assert list(world.open().changes(known.cursor)) == []

    def test_news_is_only_what_is_new(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.receive(mail("in-2"))
        world.send(mail("out-2", sender=REP, to=BUYER))
        pages = known.take(world.open().changes(known.cursor))
        assert {m.id for p in pages for m in p.upserts} == {"in-2@harbour.example", "out-2@harbour.example"}
        assert not any(p.begins or p.ends or p.removals for p in pages)
        assert len(known.items) == 3

    def test_a_deletion_is_news(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        world.receive(mail("in-2"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.delete("in-1@harbour.example")
        known.take(world.open().changes(known.cursor))
        assert [m.id for m in known.items.values()] == ["in-2@harbour.example"]

    def test_a_listing_broken_off_loses_nothing(self, world: MailWorld) -> None:
        count = self.page_size * 2 + self.page_size // 4
        for number in range(count):
            world.receive(mail(f"n{number}"))
        known: Known[Message] = Known()
        pages = world.open().changes(None)
        known.take([next(pages)])
        assert 0 < len(known.items) < count
        known.take(world.open().changes(known.cursor))
        assert len({m.id for m in known.items.values()}) == len(known.items) == count

    def test_news_broken_off_loses_nothing(self, world: MailWorld) -> None:
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        count = self.page_size * 2 + 1
        for number in range(count):
            world.receive(mail(f"n{number}"))
        pages = world.open().changes(known.cursor)
        known.take([next(pages)])
        first = set(known.items)
        again = known.take(world.open().changes(known.cursor))
        assert len(known.items) == count
        assert not first & {m.ref for p in again for m in p.upserts}, "what memory has is not brought again"

    def test_an_expired_cursor_says_so_and_a_fresh_listing_heals(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        assert known.cursor is not None
        with pytest.raises(CursorExpired):
            list(world.open().changes(world.expired(known.cursor)))
        known.take(world.open().changes(None))
        assert len(known.items) == 1

    def test_an_unreadable_mail_is_listed_and_stops_nothing(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        world.receive_broken()
        world.receive(mail("in-2"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        assert len(known.items) == 2
        assert len(known.unreadable) == 1 and all(known.unreadable.values())
        assert list(world.open().changes(known.cursor)) == []

    # --- put

    def test_a_draft_stands_as_it_was_given(self, world: MailWorld) -> None:
        world.receive(mail("in-1", text="Which day suits?\nReply-To: thief@evil.example"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        standing = world.open().put(draft(source=next(iter(known.items))))
        assert standing is not None and standing.state is State.STANDING
        assert standing.key == "7f3a9c" and standing.ref and standing.digest
        (data,) = world.drafts()
        seen = mime.parse(data, "seen")
        assert seen.to == (BUYER,) and seen.cc == (Address("yard@harbour.example", "Yard, The"),)
        assert seen.sender.email == REP.email
        assert b"\nbcc:" not in data.lower()
        assert seen.answers == "q1@kiln.example" and seen.subject == "Re: Kiln shelves"
        assert "Shall I keep the kiln date" in seen.plain
        assert "Which day suits?" in seen.plain, "the mail answered is quoted below"

    def test_the_mail_to_quote_may_be_gone(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.delete("in-1@harbour.example")
        assert world.open().put(draft(source=next(iter(known.items)))) is not None
        assert len(world.drafts()) == 1

    def test_a_draft_put_is_news_as_written(self, world: MailWorld) -> None:
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        standing = world.open().put(draft())
        known.take(world.open().changes(known.cursor))
        (seen,) = known.items.values()
        assert standing is not None
        assert (seen.key, seen.is_draft, seen.ref, seen.etag) == ("7f3a9c", True, standing.ref, standing.digest)

    def test_put_twice_makes_one_draft(self, world: MailWorld) -> None:
        first = world.open().put(draft())
        second = world.open().put(draft(), first)
        assert first is not None and second is not None
        assert (first.ref, first.digest) == (second.ref, second.digest)
        assert len(world.drafts()) == 1

    @pytest.mark.parametrize("known", [None, intended("7f3a9c")])
    def test_put_after_a_lost_answer_makes_one_draft(self, world: MailWorld, known: object) -> None:
        world.open().put(draft())
        again = world.open().put(draft(), known)  # type: ignore[arg-type]
        assert again is not None and again.state is State.STANDING
        assert len(world.drafts()) == 1

    def test_what_nobody_touched_is_rewritten(self, world: MailWorld) -> None:
        first = world.open().put(draft())
        second = world.open().put(draft(text="Shall I move the kiln date to May?"), first)
        assert first is not None and second is not None and second.state is State.STANDING
        assert second.digest != first.digest
        (data,) = world.drafts()
        assert "to May" in mime.parse(data, "").plain

    def test_a_rewrite_after_a_lost_answer_leaves_one_draft(self, world: MailWorld) -> None:
        world.open().put(draft())
        second = world.open().put(draft(text="Shall I move the kiln date to May?"), intended("7f3a9c"))
        assert second is not None and second.state is State.STANDING
        (data,) = world.drafts()
        assert "to May" in mime.parse(data, "").plain

    @pytest.mark.parametrize("remembered", [True, False])
    def test_what_a_person_edited_is_never_overwritten(self, world: MailWorld, remembered: bool) -> None:
        first = world.open().put(draft())
        world.edit_draft("7f3a9c", "Ivo, call me.")
        second = world.open().put(draft(text="Shall I move the kiln date to May?"), first if remembered else None)
        assert first is not None and second is not None and second.state is State.EDITED
        assert second.etag != second.digest
        (data,) = world.drafts()
        assert "Ivo, call me." in mime.parse(data, "").plain
        third = world.open().put(draft(text="Or to June?"), second)
        assert third is not None and third.state is State.EDITED
        assert len(world.drafts()) == 1

    def test_a_deleted_draft_is_not_made_again(self, world: MailWorld) -> None:
        first = world.open().put(draft())
        world.delete_draft("7f3a9c")
        assert world.open().put(draft(), first) is None
        assert world.drafts() == []

    @pytest.mark.parametrize("remembered", [True, False])
    def test_a_sent_draft_is_not_made_again(self, world: MailWorld, remembered: bool) -> None:
        first = world.open().put(draft())
        world.send_draft("7f3a9c")
        assert world.open().put(draft(), first if remembered else intended("7f3a9c")) is None
        assert world.drafts() == []

    def test_keys_do_not_meddle_with_one_another(self, world: MailWorld) -> None:
        first = world.open().put(draft("aa11"))
        world.open().put(draft("aa1"))
        assert len(world.drafts()) == 2
        assert first is not None and world.open().withdraw(first)
        (data,) = world.drafts()
        assert mime.parse(data, "").key == "aa1"

    def test_what_memory_knows_is_carried_on(self, world: MailWorld) -> None:
        known = dataclasses.replace(intended("7f3a9c"), because="day 3", fingerprint="ff")
        standing = world.open().put(draft(), known)
        assert standing is not None
        assert (standing.opening, standing.step, standing.round, standing.people) == (
            known.opening, known.step, known.round, known.people,
        )  # fmt: skip
        assert (standing.because, standing.fingerprint) == ("day 3", "ff")

    def test_a_draft_is_in_the_font_of_the_reps_own_mail(self, world: MailWorld) -> None:
        theirs = '<p style="font-family:Georgia">Thank you.</p>'
        world.send(page_mail('<p style="font-family:Calibri, sans-serif;font-size:11pt">The quote.</p>', "q1"))
        world.receive(page_mail(theirs, "in-1", sender=BUYER, to=REP))
        refs = self.refs(world)
        for name, font in (("q1", "font-family:Calibri,sans-serif;font-size:11pt"), ("in-1", "")):
            standing = world.open().put(draft(f"aa{len(font)}", source=refs[name]))
            again = world.open().put(draft(f"aa{len(font)}", text="Or in May?", source=refs[name]), standing)
            (data,) = world.drafts()
            page = mime.parse(data, "").html
            ours = page[: page.index("Or in May?")]
            assert (font in ours) if font else ("font-family" not in ours)
            assert again is not None and again.state is State.STANDING and world.open().withdraw(again)

    # --- files that go along

    @staticmethod
    def refs(world: MailWorld) -> dict[str, str]:
        """The handle of every mail by the left half of its id."""
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        return {m.id.partition("@")[0]: m.ref for m in known.items.values()}

    @staticmethod
    def files(world: MailWorld) -> dict[str, bytes]:
        """The files of the one draft that lies there."""
        (data,) = world.drafts()
        return {file.name: file.decoded() for file in mime.parse(data, "").attachments}

    def test_the_documents_of_the_reps_own_mail_go_along(self, world: MailWorld) -> None:
        world.send(quote_with({"K-88 Angebot für März.pdf": PDF, "logo.png": b"\x89PNG", "run.exe": b"MZ"}))
        ref = self.refs(world)["q1"]
        first = world.open().put(draft(source=ref, carries=(ref,)))
        assert first is not None and first.state is State.STANDING
        assert self.files(world) == {"K-88 Angebot für März.pdf": PDF}
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        (seen,) = [m for m in known.items.values() if m.is_draft]
        assert seen.etag == first.digest, "it is as we wrote it"
        again = world.open().put(draft(source=ref, carries=(ref,)), first)
        assert again is not None and (again.ref, again.digest) == (first.ref, first.digest)
        rewritten = world.open().put(draft(text="Or in May?", source=ref, carries=(ref,)), again)
        assert rewritten is not None and rewritten.state is State.STANDING
        assert self.files(world) == {"K-88 Angebot für März.pdf": PDF}
        assert world.open().withdraw(rewritten)

    def test_a_lost_answer_attaches_nothing_twice(self, world: MailWorld) -> None:
        world.send(quote_with({"K-88.pdf": PDF}))
        ref = self.refs(world)["q1"]
        world.open().put(draft(source=ref, carries=(ref,)))
        again = world.open().put(draft(source=ref, carries=(ref,)), intended("7f3a9c"))
        assert again is not None and again.state is State.STANDING
        assert self.files(world) == {"K-88.pdf": PDF}

    def test_nobody_elses_files_go_along_and_none_that_are_too_large(self, world: MailWorld) -> None:
        world.receive(quote_with({"theirs.pdf": PDF}, "in-1", sender=BUYER, to=REP))
        world.send(quote_with({"large.pdf": PDF * 3000}, "q2"))
        refs = self.refs(world)
        for number, name in enumerate(("in-1", "q2")):
            standing = world.open().put(draft(f"aa{number}", source=refs["in-1"], carries=(refs[name],)))
            assert standing is not None and self.files(world) == {}
            assert world.open().withdraw(standing)

    def test_what_is_pointless_without_its_paper_is_refused_and_leaves_nothing_behind(self, world: MailWorld) -> None:
        world.receive(mail("in-1"))
        world.send(quote_with({"logo.png": b"\x89PNG"}, "q1"))
        world.send(quote_with({"K-88.pdf": PDF}, "q2"))
        refs = self.refs(world)
        for ref in (refs["q1"], refs["in-1"]):
            with pytest.raises(NotWritable):
                world.open().put(draft(source=refs["in-1"], carries=(ref,), must_carry=True))
            assert world.drafts() == []
        assert world.open().put(draft(source=refs["in-1"], carries=(refs["q2"],), must_carry=True)) is not None
        assert self.files(world) == {"K-88.pdf": PDF}

    # --- withdraw

    def test_withdraw_takes_an_untouched_draft_once(self, world: MailWorld) -> None:
        standing = world.open().put(draft())
        assert standing is not None
        assert world.open().withdraw(standing) is True
        assert world.drafts() == []
        assert world.open().withdraw(standing) is False

    def test_withdraw_leaves_what_a_person_edited(self, world: MailWorld) -> None:
        standing = world.open().put(draft())
        world.edit_draft("7f3a9c", "Ivo, call me.")
        assert standing is not None and world.open().withdraw(standing) is False
        assert len(world.drafts()) == 1

    def test_withdraw_of_what_was_sent_or_deleted(self, world: MailWorld) -> None:
        sent, deleted = world.open().put(draft("aa11")), world.open().put(draft("bb22"))
        world.send_draft("aa11")
        world.delete_draft("bb22")
        assert sent is not None and world.open().withdraw(sent) is False
        assert deleted is not None and world.open().withdraw(deleted) is False

    def test_what_was_withdrawn_may_stand_again(self, world: MailWorld) -> None:
        standing = world.open().put(draft())
        assert standing is not None and world.open().withdraw(standing)
        again = world.open().put(draft(), dataclasses.replace(standing, state=State.WITHDRAWN))
        assert again is not None and again.state is State.STANDING
        assert len(world.drafts()) == 1

    # --- what a person does with a draft is news

    def test_an_edit_is_news(self, world: MailWorld) -> None:
        standing = world.open().put(draft())
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.edit_draft("7f3a9c", "Ivo, call me.")
        assert known.take(world.open().changes(known.cursor))
        (seen,) = [m for m in known.items.values() if m.key == "7f3a9c"]
        assert standing is not None and seen.is_draft and seen.etag != standing.digest
        assert "Ivo, call me." in seen.plain + seen.html, "a mailbox may know a mail as HTML alone"

    def test_throwing_away_is_news(self, world: MailWorld) -> None:
        world.open().put(draft())
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.delete_draft("7f3a9c")
        pages = known.take(world.open().changes(known.cursor))
        assert pages and not known.items

    def test_sending_is_news_and_is_told_before_the_draft_is_called_gone(self, world: MailWorld) -> None:
        standing = world.open().put(draft())
        known: Known[Message] = Known()
        known.take(world.open().changes(None))
        world.send_draft("7f3a9c")
        pages = known.take(world.open().changes(known.cursor))
        (seen,) = known.items.values()
        assert seen.key == "7f3a9c" and not seen.is_draft
        told = [i for i, p in enumerate(pages) if any(m.key == "7f3a9c" for m in p.upserts)]
        gone = [i for i, p in enumerate(pages) if standing is not None and standing.ref in p.removals]
        assert not gone or told[0] <= gone[0]
