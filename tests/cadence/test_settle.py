"""What is chosen of several wishes: one draft a person, the caps at their edges, nothing beside the rep's own work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy
from bot.cadence.settle import Past, Wish, settle
from bot.model import Address, Form, Standing, State, Touch
from tests.cadence.story import Story

D = dt.date.fromisoformat
TODAY = D("2026-06-10")
NOBODY = Past({}, {}, 0, frozenset())


def a_wish(opening: str, *emails: str, urgent: bool = False, lies: bool = False, **more: Any) -> Wish:
    people = tuple(Address(e) for e in emails or (f"{opening}@{opening}.example",))
    said: dict[str, Any] = {"step": "first", "due": TODAY, **more}
    touch = Touch(
        f"key-{opening}", Form.DRAFT, opening, round="r", people=people, because="", fingerprint=f"f-{opening}", **said
    )
    return Wish(touch, urgent, lies)


def chosen(*wishes: Wish, past: Past = NOBODY, policy: Policy | None = None, appears_now: bool = True) -> list[str]:
    return [t.opening for t in settle(wishes, past, policy or Policy(), TODAY, appears_now)]


def test_who_shares_one_person_gets_one_draft() -> None:
    assert chosen(a_wish("a", "x@p.example", "y@p.example"), a_wish("b", "y@p.example", "z@q.example")) == ["a"]
    assert chosen(a_wish("a", "x@p.example"), a_wish("b", "y@p.example")) == ["a", "b"]
    assert chosen(a_wish("a", "x@p.example"), a_wish("b", "x@p.example"), a_wish("c", "y@p.example")) == ["a", "c"]
    nobody = a_wish("a")
    assert chosen(replace(nobody, touch=replace(nobody.touch, people=()))) == []


def test_one_that_was_passed_over_takes_nobody_s_place() -> None:
    full = Past({"x@p.example": 24}, {}, 0, frozenset())
    wishes = (a_wish("a", "x@p.example", "y@p.example", value=Decimal(9)), a_wish("b", "y@p.example"))
    assert chosen(*wishes, past=full) == ["b"]


def test_the_pressing_then_what_stands_then_the_dear_then_the_older() -> None:
    who = "x@p.example"
    later, older = a_wish("l", who), a_wish("o", who, due=D("2026-06-09"))
    dear, stands = a_wish("d", who, value=Decimal(5)), a_wish("s", who, lies=True)
    pressing = a_wish("p", who, urgent=True)
    order = [pressing, stands, dear, older, later]
    for i, first in enumerate(order):
        assert chosen(*reversed(order[i:])) == [first.touch.opening]


def test_what_is_due_tomorrow_waits() -> None:
    assert chosen(a_wish("a", due=D("2026-06-11")), a_wish("b", due=TODAY)) == ["b"]


@pytest.mark.parametrize(("put", "expected"), [(0, 2), (1, 1), (2, 0), (3, 0)])
def test_the_cap_of_a_day_counts_what_was_put_already(put: int, expected: int) -> None:
    past = Past({}, {}, put, frozenset())
    policy = Policy(drafts_per_day=2)
    new = [a_wish(o) for o in "abc"]
    assert len(chosen(*new, past=past, policy=policy)) == expected
    standing = [a_wish(o, lies=True) for o in "st"]
    assert len(chosen(*new, *standing, past=past, policy=policy)) == expected + 2  # what stands takes no room


def test_the_caps_of_a_person_and_a_company_at_their_edge() -> None:
    policy = Policy(person_per_year=3, company_per_week=2)
    at_acme = a_wish("a", "x@acme.example", "y@acme.example")
    for had, welcome in ((2, ["a"]), (3, [])):
        assert chosen(at_acme, past=Past({"y@acme.example": had}, {}, 0, frozenset()), policy=policy) == welcome
    for had, welcome in ((1, ["a"]), (2, [])):
        assert chosen(at_acme, past=Past({}, {"acme.example": had}, 0, frozenset()), policy=policy) == welcome
    # those of one day count too, a draft to two colleagues once; and a free-mail address makes nobody a colleague
    same = [a_wish("b", "u@acme.example"), a_wish("c", "v@acme.example")]
    assert chosen(at_acme, *same, policy=policy) == ["a", "b"]
    private = [a_wish(o, f"{o}@gmail.com") for o in "def"]
    assert chosen(*private, policy=policy) == ["d", "e", "f"]


def test_new_ones_wait_for_their_hour_and_for_the_rep_s_own_work() -> None:
    assert chosen(a_wish("a"), a_wish("b", lies=True), appears_now=False) == ["b"]
    busy = Past({}, {}, 0, frozenset({"y@p.example"}))
    assert chosen(a_wish("a", "x@p.example", "y@p.example"), past=busy) == []
    assert chosen(a_wish("a", "x@p.example", "y@p.example", lies=True), past=busy) == ["a"]


def test_nobody_is_written_to_on_his_country_s_holiday_unless_the_policy_says_so() -> None:
    german = a_wish("a", "x@p.example", "anna@kunde.de", due=D("2026-05-14"))
    for policy, day, expected in (
        (Policy(), D("2026-05-14"), 0),
        (Policy(), D("2026-05-15"), 1),
        (Policy(customers_holidays=False), D("2026-05-14"), 1),
    ):
        assert len(settle([german], NOBODY, policy, day, True)) == expected


def covers(wishes: Sequence[Wish]) -> dict[str, tuple[str, ...]]:
    return {t.opening: t.covers for t in settle(wishes, NOBODY, Policy(), TODAY, True)}


def test_a_new_draft_speaks_for_the_same_step_to_the_same_people_only() -> None:
    who = ("x@p.example", "y@p.example")
    main = a_wish("a", *who, value=Decimal(9))
    others = [
        a_wish("b", *reversed(who)),
        a_wish("c", *who, step="value"),
        a_wish("d", "x@p.example"),
        a_wish("e", *who, due=D("2026-06-11")),
    ]
    assert covers([main, *others]) == {"a": ("b",)}
    other_facts = replace(main, touch=replace(main.touch, fingerprint="f-other"))
    fingerprints = [
        settle(wishes, NOBODY, Policy(), TODAY, True)[0].fingerprint
        for wishes in ([main], [main, *others], [other_facts, *others])
    ]
    assert fingerprints[0] == main.touch.fingerprint
    assert len(set(fingerprints)) == 3  # it is written anew where its own facts change, or whom it speaks for


def test_a_pressing_draft_speaks_for_itself_and_one_that_stands_takes_nothing_up() -> None:
    who = "x@p.example"
    assert covers([a_wish("a", who, urgent=True), a_wish("b", who)]) == {"a": ()}
    assert covers([a_wish("a", who, lies=True, covers=("b", "gone")), a_wish("b", who), a_wish("c", who)]) == {
        "a": ("b",)
    }
    assert covers([a_wish("a", who, lies=True), a_wish("b", who)]) == {"a": ()}


def an_opportunity(*standings: Standing) -> Opportunity:
    story = Story()
    opening = story.quote("2026-06-01 09:00")
    (found,) = story.fold(story.at("2026-06-02 09:00"))
    return replace(found, standings={s.key: replace(s, opening=s.opening or opening) for s in standings})


def a_standing(key: str, day: str, state: State = State.SENT, form: Form = Form.DRAFT, opening: str = "") -> Standing:
    at = dt.datetime.fromisoformat(f"{day}T09:00+00:00")
    return Standing(key, form, state, opening, "first", "r", ("x@acme.example", "y@acme.example"), at, at)


def test_a_year_and_a_week_end_on_their_day() -> None:
    days = ("2026-06-03", "2026-06-04", "2025-06-10", "2025-06-11")
    past = Past.of([an_opportunity(*(a_standing(day, day) for day in days))], TODAY, 7)
    assert past.this_year == {"x@acme.example": 3, "y@acme.example": 3}
    assert past.this_week == {"acme.example": 1}
    assert (past.today, past.edited) == (7, frozenset())


def test_only_drafts_that_reached_somebody_count_and_each_once() -> None:
    day = "2026-06-08"
    past = Past.of(
        [
            an_opportunity(
                a_standing("a", day, State.STANDING),
                a_standing("b", day, State.EDITED),
                a_standing("c", day, State.DISCARDED),
                a_standing("d", day, State.WITHDRAWN),
                a_standing("e", day, State.INTENDED),
                a_standing("f", day, form=Form.REMINDER),
                a_standing("g", day, opening="another matter's, which covers this one"),
            )
        ],
        TODAY,
        0,
    )
    assert past.this_year["x@acme.example"] == 2
    assert past.edited == {"x@acme.example", "y@acme.example"}
    another = replace(a_standing("h", day, State.EDITED), people=("z@hale.example",))
    past = Past.of([an_opportunity(a_standing("b", day, State.EDITED), another)], TODAY, 0)
    assert past.edited == {"x@acme.example", "y@acme.example", "z@hale.example"}
