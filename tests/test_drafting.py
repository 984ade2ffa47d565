"""Which text a draft has, after what has happened in the matter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import touch_key
from bot.cadence.policy import Policy, ladders
from bot.drafting import Desk, draft_for, reminder_for
from bot.model import Address, Draft, Form, Kind, Mark, Reminder, Touch
from bot.writing.facts import Rep
from bot.writing.templates import Templates, WritingRefusal, packaged_sources
from bot.writing.values import Item, ItemKind
from tests.cadence.story import DANA, REP, Story

TEMPLATES = Templates.from_sources(packaged_sources())
ARTICLE = Item("a", ItemKind.ARTICLE, "Dock surveys", "https://northwind.example/s", "Two pages.")
PAT = Address("pat@acme.example", "Pat Lowe")


def desk_of(
    story: Story, found: Mapping[str, Opportunity], now: dt.datetime, items: tuple[Item, ...] = (), **phones: str
) -> Desk:
    """What a turn would write with at that moment."""
    rep, numbers = Rep("Alex Reed", REP.email), {f"{name}@acme.example": number for name, number in phones.items()}
    return Desk(
        rep, story.zone, "US", "en", story.policy, TEMPLATES, items, found, (), now, story.worktime(now), numbers
    )  # fmt: skip


def wording(story: Story, at: str, step: str, people: tuple[Address, ...] = (DANA,), *items: Item) -> tuple[str, str]:
    """The template that a step's draft is written from at a moment, and its text."""
    now = story.at(at)
    found = {o.opening: o for o in story.fold(now)}
    (opening,) = found
    desk = desk_of(story, found, now, items)
    key = touch_key("story", opening, step, found[opening].round)
    touch = Touch(key, Form.DRAFT, opening, step, found[opening].round, now.date(), people, "", "")
    content = draft_for(touch, desk)
    assert isinstance(content.content, Draft)
    return content.wording.partition(".")[0], content.content.text


@pytest.fixture
def story() -> Story:
    story = Story()
    story.quote("2026-04-06 10:15")
    return story


def test_a_quote_nobody_has_answered_gets_the_ladders_own_words(story: Story) -> None:
    for step in ("first", "value", "decision", "close"):
        assert wording(story, "2026-04-09 08:00", step)[0] == step


def test_after_a_talk_the_first_mail_goes_on_from_there(story: Story) -> None:
    question = story.heard("2026-04-07 09:00", Kind.ENGAGED)
    story.mail("2026-04-07 15:00", Kind.NOTHING, reply_to=question)
    template, text = wording(story, "2026-04-10 08:00", "first")
    assert template == "again"
    assert "I sent you our quote" not in text
    assert wording(story, "2026-04-17 08:00", "value")[0] == "value"


def test_a_mail_by_which_the_matter_was_only_resumed_claims_no_talk(story: Story) -> None:
    story.instruct("2026-04-08 09:00", "stop", "m1@story")
    story.instruct("2026-04-14 09:00", "resume", "m1@story")
    assert wording(story, "2026-04-17 08:00", "first")[0] == "first"


def test_who_said_that_he_would_come_back_is_taken_at_his_word(story: Story) -> None:
    story.heard("2026-04-08 09:00", Kind.HOLDING, date=dt.date(2026, 4, 15), reply_to="m1@story")
    for step in ("first", "value", "decision"):
        template, text = wording(story, "2026-04-16 08:00", step)
        assert template == "held"
        assert "April 8" in text
    assert wording(story, "2026-04-16 08:00", "close")[0] == "close"
    assert wording(story, "2026-04-16 08:00", "value", (DANA,), ARTICLE)[0] == "value"
    assert wording(story, "2026-04-16 08:00", "first", (PAT,))[0] == "first", "it was not his note"


def test_after_the_day_of_decision_it_is_asked_once_how_it_went(story: Story) -> None:
    story.instruct("2026-04-07 09:00", "decides", "m1@story", until=dt.date(2026, 4, 14))
    for step in ("first", "decision"):
        template, text = wording(story, "2026-04-15 08:00", step)
        assert template == "decided" and "April 14" in text
    story.mail("2026-04-15 10:00", Kind.NOTHING, reply_to="m1@story")
    assert wording(story, "2026-04-27 08:00", "value")[0] == "value"


def test_whom_we_were_pointed_to_has_never_seen_the_quote(story: Story) -> None:
    story.heard("2026-04-08 09:00", Kind.REFERRAL, reply_to="m1@story")
    story.instruct("2026-04-09 09:00", "redirect", "m1@story", text=PAT.email)
    template, text = wording(story, "2026-04-14 08:00", "first", (PAT,))
    assert template == "referred"
    assert "Dana Ruiz" in text


def test_whom_the_rep_names_himself_is_not_said_to_come_from_anybody(story: Story) -> None:
    story.instruct("2026-04-09 09:00", "redirect", "m1@story", text=PAT.email)
    template, text = wording(story, "2026-04-14 08:00", "first", (PAT,))
    assert template == "referred"
    assert "Dana" not in text


def test_the_quote_goes_along_with_the_close_and_to_whoever_has_never_seen_it(story: Story) -> None:
    def carried(at: str, step: str) -> tuple[str, ...]:
        now = story.at(at)
        found = {o.opening: o for o in story.fold(now)}
        desk = desk_of(story, found, now)
        touch = Touch("k", Form.DRAFT, "m1@story", step, "", now.date(), (DANA,), "", "", covers=("m2@story",))
        content = draft_for(touch, desk).content
        assert isinstance(content, Draft)
        return content.carries

    assert carried("2026-04-09 08:00", "first") == carried("2026-04-24 08:00", "decision") == ()
    assert carried("2026-05-06 08:00", "close") == ("ref-m1@story",)
    story.quote("2026-04-07 10:15", number="Q-1043")
    assert carried("2026-05-06 08:00", "close") == ("ref-m1@story", "ref-m2@story")
    story.quote("2026-04-08 10:15", number="Q-1042-B", amount="60000", reply_to="m1@story")
    assert carried("2026-05-06 08:00", "close")[0] == "ref-m3@story", "a newer quote takes the older one's place"
    story.instruct("2026-04-09 09:00", "redirect", "m1@story", text=PAT.email)
    assert carried("2026-04-14 08:00", "first")[0] == "ref-m3@story"


def entry(story: Story, at: str, step: str, people: tuple[Address, ...] = (DANA,), **phones: str) -> str:
    """The notes of a reminder put at a moment, for eleven o'clock that day."""
    now = story.at(at)
    found = {o.opening: o for o in story.fold(now)}
    rung = story.policy.step(step)
    touch = Touch(
        "k", Form.REMINDER, "m1@story", step, "", now.date(), people, "", "", now.replace(hour=11),
        template=rung.template if rung else "",
    )  # fmt: skip
    content = reminder_for(touch, desk_of(story, found, now, (), **phones)).content
    assert isinstance(content, Reminder)
    return content.notes


def test_a_call_has_the_number_their_last_words_the_quote_and_what_comes_next(story: Story) -> None:
    story.heard("2026-04-07 09:00", Kind.HOLDING, words="we meet on Thursday", reply_to="m1@story")
    notes = entry(story, "2026-04-13 08:00", "call", dana="mobile +1 312 555 0199")
    for line in (
        "Phone: mobile +1 312 555 0199",
        'Last heard from them on April 7: "we meet on Thursday"',
        "What: quote Q-1042 for $65,650.00, sent on April 6",
        "What comes next, if nothing comes from them: a mail on April 14.",
    ):
        assert line in notes


def test_what_is_not_known_is_left_out(story: Story) -> None:
    notes = entry(story, "2026-04-13 08:00", "call", pat="+1 312 555 0101")
    assert "Phone" not in notes and "Last heard" not in notes and "0101" not in notes


def test_several_people_have_their_numbers_by_name(story: Story) -> None:
    both = entry(story, "2026-04-13 08:00", "call", (DANA, PAT), dana="111 222", pat="333 444")
    assert "Phone: Dana Ruiz: 111 222; Pat Lowe: 333 444" in both


def test_an_agreed_call_that_reaches_nobody_is_followed_by_the_ladder(story: Story) -> None:
    story.heard("2026-04-07 09:00", Kind.LATER, date=dt.date(2026, 6, 1), words="try me in June", reply_to="m1@story")
    assert "If you don't reach them: a mail is drafted on June 4." in entry(story, "2026-06-01 08:00", "callback")


def test_what_comes_next_may_be_another_call_or_the_closing_mail() -> None:
    story = Story(policy=Policy(ladder=ladders()["persistent"]))
    story.quote("2026-04-06 10:15")
    story.play("2026-04-06", "2026-04-15")
    assert "another call on April 17." in entry(story, "2026-04-15 08:00", "call2")
    story.play("2026-04-16", "2026-04-28")
    assert "the closing mail on May 6." in entry(story, "2026-04-28 08:00", "call4")


def test_the_quote_is_put_once_more_where_the_customer_asks_for_it_and_the_count_begins_again_once_sent() -> None:
    asked = frozenset({Mark.ASKS_AGAIN})
    for wanted in (False, True):
        story = Story(policy=Policy(resend_when_asked=wanted))
        story.quote("2026-04-06 10:15")
        story.heard("2026-04-07 09:00", Kind.ENGAGED, reply_to="m1@story", marks=asked)
        told = story.play("2026-04-06", "2026-04-14")
        assert [step for _, step in told.drafts] == (["resend", "first"] if wanted else [])
        assert told.stage("m1@story") == ("waiting" if wanted else "your_turn")
    template, _ = wording(story, "2026-04-14 08:00", "first")
    assert template == "again"


def test_an_answer_by_hand_takes_the_copy_away() -> None:
    story = Story(policy=Policy(resend_when_asked=True))
    story.quote("2026-04-06 10:15")
    question = story.heard("2026-04-07 09:00", Kind.ENGAGED, reply_to="m1@story", marks=frozenset({Mark.ASKS_AGAIN}))
    story.mail("2026-04-07 11:00", Kind.NOTHING, reply_to=question)
    told = story.play("2026-04-06", "2026-04-08", "ignored")
    assert told.withdrawn == [(dt.date(2026, 4, 7), "resend")]


def test_a_few_words_long_after_bring_something_from_the_library(story: Story) -> None:
    now = story.at("2026-11-02 08:00")
    found = {o.opening: o for o in story.fold(now)}
    touch = Touch("k", Form.DRAFT, "m1@story", "dormant1", "", now.date(), (DANA,), "", "", template="dormant")
    content = draft_for(touch, desk_of(story, found, now, (ARTICLE,)))
    assert isinstance(content.content, Draft) and ARTICLE.url in content.content.text and content.item == "a"
    with pytest.raises(WritingRefusal):
        draft_for(touch, desk_of(story, found, now))
