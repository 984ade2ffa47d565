"""The second opinion on an answer: what it may change, what it may not, and that it is what was trained."""

from __future__ import annotations

import time

import pytest

from bot.model import Kind, Reading
from bot.reading.learned import FIELD, Opinion, costs, learned, rule_signs, signs
from bot.reading.sentences import lay_out
from tests.reading.test_answers import MAILS, mails, read

LONG = "we would need to look at the schedule again before anything else " * 60


def opinion(text: str, kind: Kind = Kind.ENGAGED, rule: str = "an_answer") -> Opinion:
    return learned().opinion(lay_out(text), Reading(kind, rule=rule))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Got them both, cheers. Roads were shocking this morning.", Kind.ACKNOWLEDGED),
        ("My brother-in-law does fencing and is doing ours at the weekend, sorry.", Kind.FIRM_NO),
        ("The committee sits on Thursday, you'll hear from us after that.", Kind.HOLDING),
        ("Paula has moved on from here, she works for the council now.", Kind.LEFT),
        ("That's one for Derek in facilities, he looks after anything with wheels.", Kind.REFERRAL),
        ("Wir haben uns für einen Anbieter aus der Region entschieden, danke trotzdem.", Kind.FIRM_NO),
        ("Ist angekommen, danke Ihnen. Schönen Feierabend!", Kind.ACKNOWLEDGED),
        ("C'est bien arrivé, merci, bonne semaine à vous.", Kind.ACKNOWLEDGED),
    ],
)
def test_what_no_rule_knows_is_known_by_its_words(text: str, kind: Kind) -> None:
    assert read(text, weighed=True).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "Got it, thanks, but page two is missing.",
        "Received. Is the crane in the price?",
        "Thanks, I have it. The second line should say 40, not 14.",
        "Danke, ist da. Auf Seite 2 fehlt der Preis für die Montage.",
    ],
)
def test_a_receipt_with_something_to_do_in_it_stays_an_answer(text: str) -> None:
    assert read(text, weighed=True).kind is Kind.ENGAGED


def test_a_plea_to_stop_is_beyond_its_reach() -> None:
    text = "Please take me off your list. Everything else is great, go ahead, see you Monday, thanks, received!"
    assert read(text, weighed=True) == read(text)
    assert read(text, weighed=True).kind is Kind.OPT_OUT


@pytest.mark.parametrize(
    "text", ["Got the parcel for number nine, it is in the shed.", "Racking sale: 20 % off until Friday, order now!"]
)
def test_of_a_mail_that_answers_nothing_only_plain_words_are_heard(text: str) -> None:
    assert read(text, fresh=True, weighed=True) == read(text, fresh=True)
    told = "Bad news I fear: the trustees met last night and the new hall has been called off, it will not be built."
    assert read(told, fresh=True, weighed=True).kind is Kind.FIRM_NO


def test_a_language_nobody_taught_it_is_left_to_the_rules() -> None:
    text = "Dziękuję, ale nie jesteśmy zainteresowani tą ofertą. Troppo caro per noi, grazie comunque."
    assert read(text, weighed=True) == read(text)


def test_the_words_it_gives_are_in_the_mail() -> None:
    text = "Terrible weather. My brother-in-law does fencing and is doing ours at the weekend. Mind how you go."
    reading = read(text, weighed=True)
    assert reading.rule == "words_like_firm_no"
    assert reading.words == "My brother-in-law does fencing and is doing ours at the weekend"


def test_it_undoes_next_to_none_of_what_the_rules_know() -> None:
    seen = [
        (kinds, read(text, fresh=fresh, weighed=True).kind) for path in MAILS for kinds, fresh, text, _ in mails(path)
    ]
    undone = [(kinds, kind) for kinds, kind in seen if kind.value not in kinds]
    dear = [pair for pair in undone if min(costs()[Kind(true)][pair[1]] for true in pair[0]) >= 3]
    assert len(undone) <= len(seen) / 100
    assert not dear


def test_chances_add_up_and_a_cheap_mistake_is_preferred() -> None:
    likely = opinion("Could be anything really").likely
    assert sum(likely.values()) == pytest.approx(1)
    split = Opinion({Kind.ENGAGED: 0.45, Kind.ACKNOWLEDGED: 0.55}, {})
    assert split.safest() is Kind.ENGAGED
    assert Opinion({Kind.ENGAGED: 0.02, Kind.ACKNOWLEDGED: 0.98}, {}).safest() is Kind.ACKNOWLEDGED


def test_signs_are_words_neighbours_and_letters_in_a_row() -> None:
    found = signs("call me at 10.30 or a@b.example")
    assert {"call", "call me", "^ call", "call _ at", "0", "@", "@ $", "#call "} <= found
    assert not any("10" in sign or "example" in sign for sign in found)
    assert rule_signs(Reading(Kind.LATER, rule="not_now+reason")) == ("kind later", "rule not_now")


def test_the_model_is_whole() -> None:
    model = learned()
    assert max(row.bit_length() for row in model.rows.values()) <= 8 * FIELD * (len(model.kinds) + 1)
    assert len(model.bias) == len(model.kinds)
    assert all(len(row) == len(model.kinds) for row in model.rules.values())
    assert {"en", "de", "fr", "es"} == model.languages


def test_every_price_names_two_kinds() -> None:
    assert all(costs()[kind][kind] == 0 for kind in Kind)
    assert all(price > 0 for true, row in costs().items() for read_as, price in row.items() if read_as is not true)


def test_a_long_mail_takes_no_longer_than_it_may() -> None:
    learned()
    start = time.process_time()
    opinion(LONG)
    assert time.process_time() - start < 0.05
