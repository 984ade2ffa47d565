from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.writing.proof import lint_templates
from bot.writing.templates import Templates
from bot.writing.tone import body_of, lint, lint_source, lix, tone
from tests.writing.situations import TEMPLATES

# In each language a mail with nothing wrong in it, to which each test adds one bad sentence, and the bad sentences by
# family.
SENTENCES = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text(encoding="utf-8"))
GOOD = {language: rows["good"] for language, rows in SENTENCES.items()}
BAD = {language: rows["bad"] for language, rows in SENTENCES.items()}
CASES = [(lang, family, text) for lang, rows in BAD.items() for family, texts in rows.items() for text in texts]


def rules(text: str, language: str = "en", step: str = "first", **switch: bool) -> set[str]:
    return {fault.rule for fault in lint(text, step, language, **switch)}


@pytest.mark.parametrize("language", sorted(GOOD))
def test_a_good_mail_has_no_fault(language: str) -> None:
    assert lint(GOOD[language], "first", language) == ()


@pytest.mark.parametrize(("language", "family", "text"), CASES)
def test_each_phrase_is_found(language: str, family: str, text: str) -> None:
    assert family in rules(f"{text} {GOOD[language]}", language)


@pytest.mark.parametrize("language", sorted(BAD))
def test_every_phrase_of_every_language_is_proved_by_a_sentence(language: str) -> None:
    sentences = [text for texts in BAD[language].values() for text in texts]
    unproved = [
        p.pattern.pattern[:60] for p in tone(language).phrases if not any(p.pattern.search(s) for s in sentences)
    ]
    assert unproved == []


@pytest.mark.parametrize(
    "text",
    [
        "There is nothing you need to do.",
        "If you have to ask your board, that is fine.",
        "I can answer by email.",
        "Call me, or tell me by phone.",
        "The prices hold until April 30.",
        "We chose a steel frame.",
        "Two doors need a heater.",
        "The door to the yard is wider.",
    ],
)
def test_plain_sentences_are_left_alone(text: str) -> None:
    assert rules(f"{text} {GOOD['en']}") == set()


def test_a_phrase_across_a_line_break_and_with_a_curly_apostrophe_is_found() -> None:
    (fault,) = (f for f in lint(f"{GOOD['en']}\n\nI haven’t\nheard from you.", "first", "en") if f.rule == "nagging")
    assert (fault.line, fault.words) == (3, "haven't heard")
    assert fault.advice


def test_only_the_close_may_count_and_only_where_it_is_allowed() -> None:
    text = f"I have left you a few messages. {GOOD['en']}"
    assert "counting" in rules(text, step="close")
    assert "counting" not in rules(text, step="close", count_messages=True)
    assert "counting" in rules(text, step="decision", count_messages=True)


def test_length_is_counted_without_greeting_and_signature() -> None:
    short = (
        "Hi Nora,\n\n" + "Is it one of these words? " * 3 + "\n\nBest regards,\n" + "A very long signature line.\n" * 9
    )
    (fault,) = (f for f in lint(short, "first", "en") if f.rule == "length")
    assert fault.words == "18 words"
    assert "length" in rules("It is so. " * 50 + "Is it?")
    assert "length" not in rules(f"Hi Nora,\n\n{GOOD['en']}\n\nBest regards,\nTom\n")


def test_the_body_is_what_lies_between_greeting_and_signature() -> None:
    assert body_of("Hi Nora,\n\nOne.\nTwo.\n\nKind regards,\nTom", "en") == ("\nOne.\nTwo.\n", 2)
    assert body_of("Guten Tag Jana Vogt\n\nEins.\n\nMit freundlichen Grüßen\nTom", "de")[0].strip() == "Eins."
    assert body_of("Where do we stand?\n\nOne.", "en")[0].startswith("Where")
    assert body_of("", "en") == ("", 1)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda t: t.replace("?", "."), "question"),
        (lambda t: t + " Or is it the other?", "question"),
        (lambda t: t + " Good! Fine!", "exclamation"),
        (lambda t: t + " PLEASE ANSWER me.", "shouting"),
        (lambda t: t + " This is IMPORTANT to me.", "shouting"),
        (lambda t: t + " Dear [name].", "open slot"),
        (lambda t: t + " For {{ sum }}.", "open slot"),
        (lambda t: t + " For ___ euros.", "open slot"),
        (lambda t: t + " TODO later.", "open slot"),
        (lambda t: t + " For None.", "open slot"),
        (lambda t: t.replace(". ", " and ").replace(", ", " and "), "long sentence"),
        (lambda t: "Administration necessitates documentation. " * 18 + "Is it?", "readability"),
    ],
)
def test_each_measure_can_fail(change: Callable[[str], str], rule: str) -> None:
    assert rule in rules(change(GOOD["en"]))


def test_quote_numbers_and_short_forms_are_no_shouting() -> None:
    assert "shouting" not in rules(f"{GOOD['en']} NW-2207 and BM-651B for the HVAC in the US, VAT not included.")


def test_one_exclamation_mark_is_allowed() -> None:
    assert "exclamation" not in rules(GOOD["en"] + " Good luck!")


def test_reminders_are_held_to_phrases_but_not_to_length() -> None:
    assert lint("Call Nora. What? When?", "call", "en") == ()
    assert rules("Say that you are checking in.", step="call") == {"filler"}


def test_lix_is_bjornssons_formula() -> None:
    assert lix("") == 0
    assert lix("One two three four. Five six.") == 3
    assert lix("Something else. Another thing.") == 2 + 100 * 2 / 4


def test_an_unknown_language_keeps_the_measures_without_the_phrases() -> None:
    assert rules("Just checking in.", "xx") == {"length", "question"}
    assert rules("Just checking in.", "../en") == {"length", "question"}


def test_template_lines_are_linted_where_they_stand() -> None:
    source = "{# checking in is bad #}\nFine.\n{% if note %}\nI am checking in.\n{% endif %}\n"
    assert [(f.rule, f.line) for f in lint_source(source, "en")] == [("filler", 4)]


def test_the_packaged_templates_have_no_fault() -> None:
    assert [str(fault) for fault in lint_templates(TEMPLATES)] == []


def test_the_proofreader_finds_what_is_wrong_with_a_template() -> None:
    good = GOOD["en"]
    templates = Templates.from_sources({
        "en/first.j2": f"{good}\n===\n{{# remark #}}\n{good}\nJust checking in.\n",
        "en/value.j2": f"{good} A.\n===\n{good} B.\n===\n{{{{ item_link }}}} {{{{ talk }}}} {{{{ quote }}}}\n",
        "en/call.j2": "Call\n\nThis is urgent.\n",
    })  # fmt: skip
    found = [(f.file, f.line, f.fault.rule) for f in lint_templates(templates)]
    assert found == [
        ("en/call.j2", 3, "pressure"),
        ("en/first.j2", 1, "wordings"),
        ("en/first.j2", 5, "filler"),
        ("en/value.j2", 5, "never written"),
    ]
    assert str(lint_templates(templates)[0]).startswith("templates/en/call.j2:3: pressure: 'urgent'. ")
