"""The mailbox contract over Gmail as somebody else understands it: the test tool `myworld`, where FOLLOWUP_MYWORLD names
its program (pip install myworld==0.2.1, in an environment of its own)."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from bot.providers import gmail
from tests.contract.mailbox import MailboxContract, MailWorld
from tests.fakes.google.myworld import MyWorld, MyWorldMail

PROGRAM = os.environ.get("FOLLOWUP_MYWORLD", "")
_IDS = "it gives every mail a Message-ID of its own"
_LINES = "it drops header lines that it does not know, ours among them"
_ALONE = "a draft that is alone in its thread cannot be saved again: 404"
_NAMES = "it takes the quotes from a display name with a comma, and then refuses to send it"
# Where it is known to differ from Gmail, by the beginning of a test's name.
DIVERGES = {
    "test_a_fresh_listing_brings_everything": _IDS,
    "test_news_is_only_what_is_new": _IDS,
    "test_a_deletion_is_news": _IDS,
    "test_the_documents_of_the_reps_own_mail_go_along": _IDS,
    "test_a_lost_answer_attaches_nothing_twice": _IDS,
    "test_nobody_elses_files_go_along": _IDS,
    "test_what_is_pointless_without_its_paper": _IDS,
    "test_a_draft_is_in_the_font": _IDS,
    "test_an_unreadable_mail_is_listed_and_stops_nothing": "it makes a proper mail of any bytes",
    "test_a_draft_stands_as_it_was_given": _NAMES,
    "test_a_draft_put_is_news_as_written": _LINES,
    "test_what_nobody_touched_is_rewritten": _ALONE,
    "test_a_rewrite_after_a_lost_answer_leaves_one_draft": _LINES,
    "test_what_a_person_edited_is_never_overwritten": _ALONE,
    "test_a_sent_draft_is_not_made_again": _NAMES,
    "test_keys_do_not_meddle_with_one_another": _LINES,
    "test_withdraw_leaves_what_a_person_edited": _ALONE,
    "test_withdraw_of_what_was_sent_or_deleted": _NAMES,
    "test_an_edit_is_news": _ALONE,
    "test_throwing_away_is_news": "its history tells of no deletion",
    "test_sending_is_news_and_is_told_before_the_draft_is_called_gone": _NAMES,
}


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MyWorld]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tool = MyWorld(PROGRAM, tmp_path_factory.mktemp("myworld"), port)
    yield tool
    tool.close()


@pytest.mark.skipif(not PROGRAM, reason="FOLLOWUP_MYWORLD names no program: the other server is not asked")
class TestGmailAtMyWorld(MailboxContract):
    page_size = 20

    @pytest.fixture
    def world(self, tool: MyWorld, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> MailWorld:
        name = request.node.name
        if reason := next((why for start, why in DIVERGES.items() if name.startswith(start)), ""):
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
        monkeypatch.setattr(gmail, "PAGE_MAILS", self.page_size)
        tool.reset()
        return MyWorldMail(tool)
