"""Which matter a mail, a note or an instruction is about, and who may win or lose it."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.cadence.sent import number_digests
from bot.model import Address, Kind
from tests.cadence.story import DANA, Story

D = dt.date.fromisoformat
BOB = Address("bob@acme.example", "Bob Hale")
KIM = Address("kim@acme.example", "Kim Lund")
IKE, PAT = Address("ike@gmail.com", "Ike Brand"), Address("pat@gmail.com", "Pat Brand")


def numbers(number: str) -> frozenset[str]:
    return frozenset(number_digests(number))


def stages(story: Story, at: str) -> dict[str, str]:
    return {o.opening: o.stage.value for o in story.fold(story.at(at))}


def test_a_colleague_speaks_for_the_company_s_one_live_quote_and_of_two_for_the_one_he_names() -> None:
    for quotes, more, expected in (
        (1, {}, ["lost"]),
        (2, {}, ["waiting", "waiting"]),
        (2, {"mentions": numbers("Q-1001")}, ["waiting", "lost"]),
    ):
        story = Story()
        opened = [story.quote("2026-06-01 09:00", number=f"Q-100{n}", to=((DANA, BOB)[n],)) for n in range(quotes)]
        story.heard("2026-06-02 09:00", Kind.FIRM_NO, sender=KIM, **more)
        found = stages(story, "2026-06-02 10:00")
        assert [found[o] for o in opened] == expected


def test_what_is_over_is_not_counted_among_a_company_s_live_quotes() -> None:
    story = Story()
    lost = story.quote("2026-06-01 09:00")
    live = story.quote("2026-06-01 09:30", number="Q-2000", to=(BOB,))
    story.heard("2026-06-02 09:00", Kind.FIRM_NO, reply_to=lost)
    story.heard("2026-06-03 09:00", Kind.ACCEPTED, sender=KIM)
    assert stages(story, "2026-06-03 10:00") == {lost: "lost", live: "won"}


def test_two_with_free_addresses_are_nobody_s_colleagues() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00", to=(IKE,))
    story.heard("2026-06-02 09:00", Kind.FIRM_NO, sender=PAT)
    assert stages(story, "2026-06-02 10:00") == {quote: "waiting"}
    story.heard("2026-06-03 09:00", Kind.FIRM_NO, sender=IKE)
    assert stages(story, "2026-06-03 10:00") == {quote: "lost"}


def test_one_with_two_quotes_who_names_neither_makes_both_the_rep_s_turn_and_loses_none() -> None:
    story = Story()
    quotes = [story.quote(f"2026-06-01 09:0{n}", number=f"Q-200{n}") for n in range(2)]
    story.heard("2026-06-02 09:00", Kind.FIRM_NO)
    assert stages(story, "2026-06-02 10:00") == dict.fromkeys(quotes, "your_turn")
    story.heard("2026-06-03 09:00", Kind.FIRM_NO, topic="pump", reply_to=quotes[0])
    assert stages(story, "2026-06-03 10:00") == {quotes[0]: "lost", quotes[1]: "your_turn"}
    story.heard("2026-06-04 09:00", Kind.ACCEPTED)  # of the only one still open
    assert stages(story, "2026-06-04 10:00") == {quotes[0]: "lost", quotes[1]: "won"}


def test_a_topic_names_a_quote_as_its_number_does() -> None:
    story = Story()
    pump = story.quote("2026-06-01 09:00", number=None, topic="pump")
    chiller = story.quote("2026-06-01 09:30", number=None, topic="chiller")
    story.heard("2026-06-02 09:00", Kind.FIRM_NO, topic="chiller")
    assert stages(story, "2026-06-02 10:00") == {pump: "waiting", chiller: "lost"}


@pytest.mark.parametrize(
    ("title", "tried"),
    [
        ("Dana Ruiz: no answer", [0]),
        ("tried Bob", [1]),
        ("Ruiz", [0]),
        ("no answer", []),
        ("Dana and Bob, no answer", []),  # two are meant, or one of them
        ("Dana Ruiz about Bob", [0]),  # a name in full
        ("number Q-2001", [1]),
        ("Danae Ruizmann", []),
    ],
)
def test_a_call_is_noted_with_the_one_it_names(title: str, tried: list[int]) -> None:
    story = Story()
    quotes = [story.quote("2026-06-01 09:00", number=f"Q-200{n}", to=((DANA, BOB)[n],)) for n in range(2)]
    at = "2026-06-03 10:00"
    story.entry(at, Kind.CALL_ATTEMPTED, at, title=title)
    called = {o.opening for o in story.fold(story.at("2026-06-03 11:00")) if o.attempts == (D("2026-06-03"),)}
    assert called == {quotes[n] for n in tried}


@pytest.mark.parametrize(
    ("subject", "lost"),
    [("dana", [0]), ("quote", [0]), ("<quote>", [0]), ("company", [0, 1]), ("nobody", []), ("<x>", [])],
)
def test_what_the_rep_says_counts_for_whom_he_names(subject: str, lost: list[int]) -> None:
    story = Story()
    people = (DANA, BOB, Address("ann@hale.example"))
    quotes = [story.quote("2026-06-01 09:00", number=f"Q-300{n}", to=(p,)) for n, p in enumerate(people)]
    said = {"dana": DANA.email, "quote": quotes[0], "<quote>": f"<{quotes[0]}>", "company": "@acme.example"}
    story.instruct("2026-06-02 09:00", "lost", said.get(subject, subject), text="they chose another")
    found = story.fold(story.at("2026-06-02 10:00"))
    assert [o.opening for o in found if o.stage == "lost"] == [quotes[n] for n in lost]
    for o in found:
        if o.stage == "lost":
            assert o.since == story.at("2026-06-02 09:00")
            assert o.because == "you said lost"
            assert [(h.what, h.record, h.because) for h in o.history][1:] == [("lost", "", "they chose another")]


def test_resume_lifts_a_snooze_and_leaves_what_waits_where_it_is() -> None:
    story = Story()
    quote = story.quote("2026-06-01 09:00")
    story.instruct("2026-06-02 09:00", "snooze", quote, until=D("2026-07-31"))
    story.instruct("2026-06-03 09:00", "resume", quote)
    assert story.play("2026-06-01", "2026-06-05").drafts == [(D("2026-06-04"), "first")]
    story.heard("2026-06-08 09:00", Kind.FIRM_NO, reply_to=quote)
    story.instruct("2026-06-09 09:00", "resume", quote)
    assert stages(story, "2026-06-09 10:00") == {quote: "lost"}
