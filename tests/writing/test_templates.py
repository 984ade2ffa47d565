from __future__ import annotations

import pytest

from bot.errors import UserMustAct
from bot.writing.slots import MAIL_STEPS, REMINDER_STEPS, SLOTS
from bot.writing.templates import MAX_OUTPUT, MAX_SOURCE, EmptySlot, NoTemplate, Templates, WritingRefusal
from tests.writing.situations import TEMPLATES


def one(source: str, name: str = "en/first.j2") -> Templates:
    return Templates.from_sources({name: source})


def rendered(source: str, **slots: object) -> str:
    return one(source).wordings("first", "en")[0].render(slots)


def test_a_file_holds_several_wordings_and_remarks() -> None:
    templates = one("{# head #}\nOne {{ number }}.\n=====\nTwo.\n===\n{# only a remark #}\n=====\nThree.\n")
    assert [w.render({"number": "7"}) for w in templates.wordings("first", "en")] == ["One 7.", "Two.", "Three."]
    assert [w.line for w in templates.wordings("first", "en")] == [1, 4, 8]


def test_a_wordings_id_is_its_text_not_its_place() -> None:
    first, second = one("One.\n===\nTwo.\n").wordings("first", "en")
    moved, kept = one("{# new #}\nTwo.\n===\nOne.\n").wordings("first", "en")
    assert (first.id, second.id) == (kept.id, moved.id)
    assert one("One!\n").wordings("first", "en")[0].id != first.id


def test_a_reps_file_replaces_the_packaged_one_whole() -> None:
    packaged = {"en/first.j2": "A.\n===\nB.", "en/value.j2": "C."}
    templates = Templates.from_sources(packaged, {"en/first.j2": "Mine."})
    assert [w.render({}) for w in templates.wordings("first", "en")] == ["Mine."]
    assert [w.render({}) for w in templates.wordings("value", "en")] == ["C."]


def test_conditions_leave_no_gaps_and_keep_line_ends() -> None:
    source = "A\n{% if number %}\nB {{ number }}\n{% endif %}\nC{% if sum %} for {{ sum }}{% endif %}\nD  E\n\n\n\nF"
    assert rendered(source, number="7") == "A\nB 7\nC\nD E\n\nF"
    assert rendered(source, sum="$1") == "A\nC for $1\nD E\n\nF"


def test_an_empty_slot_refuses_the_wording_and_names_it() -> None:
    for empty in ({}, {"number": ""}, {"number": None}, {"number": False}):
        with pytest.raises(EmptySlot, match=r"templates/en/first\.j2: nothing to put into \{\{ number \}\}") as refusal:
            rendered("About {{ number }}.", **empty)
        assert (refusal.value.slot, refusal.value.file) == ("number", "en/first.j2")
        assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    ("source", "message", "advice"),
    [
        ("Hi\n{{ numbr }}", r"en/first\.j2:2: there is no slot 'numbr'", "Did you mean 'number'"),
        ("A\n===\nB\n\n{{ xyzzy }}", r"en/first\.j2:5: there is no slot", "Known are"),
        ("{% if number %}", r"en/first\.j2:1: ", "Slots are"),
        ("{{ number", r"en/first\.j2:1: ", "Slots are"),
        ("{{ number.__class__ }}", r"getattr is not part", "Use slots"),
        ("{{ number['x'] }}", r"getitem is not part", "Use slots"),
        ("{{ number() }}", r"call is not part", "Use slots"),
        ("{{ number|upper }}", r"filter is not part", "Use slots"),
        ("{{ 'a' * 1000000000 }}", r"mul is not part", "Use slots"),
        ("{{ number ~ number }}", r"concat is not part", "Use slots"),
        ("{% set number = 1 %}", r"assign is not part", "Use slots"),
        ("{% for x in number %}{% endfor %}", r"for is not part|there is no slot", ""),
        ("{% include 'x' %}", r"include is not part", "Use slots"),
        ("{% macro m() %}{% endmacro %}", r"macro is not part", "Use slots"),
        ("{% import 'os' as os %}", r"import is not part", "Use slots"),
        ("{{ [1, 2] }}", r"list is not part", "Use slots"),
        ("{% if number %}" * 40 + "x" + "{% endif %}" * 40, "nested too deeply", "fewer"),
        ("{% if number %}" * 400 + "x" + "{% endif %}" * 400, "nested too deeply", "fewer"),
        ("{{ " + "not " * 3000 + "number }}", "nested too deeply", "fewer"),
        ("x" * (MAX_SOURCE + 1), "longer than", "short letters"),
        ("\n===\n".join(map(str, range(20))), "more than", "best"),
        ("Same.\n===\nSame.\n", "en/first.j2:3: this wording stands twice", "Change"),
        ("{# nothing #}\n", "empty", "delete"),
    ],
)
def test_what_cannot_be_used_is_refused_with_file_line_and_advice(source: str, message: str, advice: str) -> None:
    with pytest.raises(UserMustAct, match=message) as fault:
        one(source)
    assert advice in fault.value.advice


@pytest.mark.parametrize("name", ["first.j2", "en/../first.j2", "en/first.txt", "english/first.j2", "en/fist.j2"])
def test_a_file_that_is_no_template_is_refused(name: str) -> None:
    with pytest.raises(UserMustAct, match="templates/"):
        one("Hello.", name)


def test_slot_values_are_never_templates_and_never_too_long() -> None:
    assert rendered("{{ note }}", note="{{ number }} {% if x %} ${7*7}") == "{{ number }} {% if x %} ${7*7}"
    with pytest.raises(WritingRefusal, match="longer than"):
        rendered("{{ note }}", note="x" * (MAX_OUTPUT + 1))


def test_a_missing_language_or_step_is_a_refusal() -> None:
    with pytest.raises(NoTemplate):
        one("x").wordings("value", "en")
    with pytest.raises(NoTemplate):
        one("x").wordings("first", "de")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_packaged_templates_are_complete(language: str) -> None:
    for step in MAIL_STEPS:
        assert len(TEMPLATES.wordings(step, language)) >= 3
    for step in REMINDER_STEPS:
        assert TEMPLATES.wordings(step, language)


def test_every_slot_is_explained() -> None:
    assert all(SLOTS.values())
