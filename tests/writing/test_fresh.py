"""Nobody gets the same text twice, whatever the order in which a person's drafts come, over years."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Address
from bot.reading.familiar import is_familiar
from bot.writing.facts import DraftFacts, Matter
from bot.writing.slots import FAMILIAR, MAIL_STEPS
from bot.writing.templates import NothingFresh, WritingRefusal
from bot.writing.write import write_draft
from tests.writing.situations import COUNTRY, NOTE, TEMPLATES, article, draft

DAY = dt.date(2026, 3, 4)
TALKLESS = frozenset(
    ("again", "held", "decided", "referred", "resend")
)  # texts of the ladder alone, which only a quote climbs


def everything(step: str, language: str, key: str) -> DraftFacts:
    """A draft of which all is known that any step could ask for."""
    return dataclasses.replace(
        draft(step, language), key=key, item=article(language), note=NOTE[language], agreed=DAY, asked_on=DAY,
        meeting_on=DAY, wrote_on=DAY, decided_on=DAY, referred_by="Ray Cole",
    )  # fmt: skip


@pytest.mark.parametrize("language", sorted(COUNTRY))
@pytest.mark.parametrize("step", MAIL_STEPS)
def test_every_step_has_three_texts_for_one_quote(step: str, language: str) -> None:
    used: frozenset[str] = frozenset()
    texts: set[str] = set()
    for n in range(3):
        words = write_draft(dataclasses.replace(everything(step, language, f"k{n}"), used=used), TEMPLATES)
        assert words.text not in texts
        texts.add(words.text)
        used |= {words.wording}
    assert len({name.partition("/")[0] for name in used}) == 3, "three ways to say it, not one with other facts"


@settings(max_examples=40, deadline=None)
@given(
    language=st.sampled_from(sorted(COUNTRY)),
    course=st.lists(st.tuples(st.sampled_from(MAIL_STEPS), st.integers(0, 3), st.booleans()), max_size=30),
)
def test_no_text_comes_twice_to_one_person(language: str, course: list[tuple[str, int, bool]]) -> None:
    used: frozenset[str] = frozenset()
    bodies: set[str] = set()
    for n, (step, quote, bare) in enumerate(course):
        facts = everything(step, language, f"touch {n}")
        subject = Matter() if bare else dataclasses.replace(facts.matter, number=f"NW-{quote}")
        facts = dataclasses.replace(facts, matter=subject, used=used)
        try:
            words = write_draft(facts, TEMPLATES)
        except NothingFresh:
            continue
        assert words.text not in bodies, "the very text has gone to him before"
        bodies.add(words.text)
        used |= {words.wording}


@pytest.mark.parametrize("language", sorted(COUNTRY))
@pytest.mark.parametrize("step", [s for s in MAIL_STEPS if s not in TALKLESS])
def test_a_matter_without_a_quote_is_never_called_one(step: str, language: str) -> None:
    quote = {"en": "our quote", "de": "unser Angebot", "fr": "notre devis", "es": "nuestro presupuesto"}[language]
    for n in range(12):
        facts = everything(step, language, f"k{n}")
        facts = dataclasses.replace(facts, matter=Matter("Ramps", quoted=False), people=(Address("n@h.example"),))
        try:
            assert quote not in write_draft(facts, TEMPLATES).text
        except WritingRefusal as refusal:
            assert step == "dormant", refusal


@pytest.mark.parametrize("language", ["de", "es"])
@pytest.mark.parametrize("step", sorted(FAMILIAR))
def test_a_familiar_text_is_familiar_throughout(step: str, language: str) -> None:
    for n in range(12):
        for item in (article(language), None):
            facts = dataclasses.replace(everything(step, language, f"k{n}"), familiar=True, item=item)
            words = write_draft(facts, TEMPLATES)
            assert is_familiar(words.text, language), words.text
            assert words.wording.startswith(FAMILIAR[step])
    formal = write_draft(everything(step, language, "k"), TEMPLATES)
    assert not is_familiar(formal.text, language)


def test_several_people_and_languages_without_such_texts_are_addressed_as_ever() -> None:
    two = (Address("a@h.example", "Jana Vogt"), Address("b@h.example", "Uwe Brandt"))
    for facts in (draft("first", "de", people=two), draft("no_show", "de"), draft("first", "fr"), draft("first", "en")):
        assert write_draft(dataclasses.replace(facts, familiar=True), TEMPLATES) == write_draft(facts, TEMPLATES)
