"""Every step in every language, and what can be odd about a matter, written out in full under golden/ to be read by
people.

A change of wording shows as a change of these files. `FOLLOWUP_GOLDEN=write pytest tests/writing/test_golden.py` writes
them anew: read the difference as the customer would before committing it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.model import Address
from bot.writing.facts import DraftFacts, Matter, ReminderFacts, Rep
from bot.writing.slots import MAIL_STEPS, REMINDER_STEPS
from bot.writing.tone import lint
from bot.writing.write import write_draft, write_reminder
from tests.writing.situations import (
    COUNTRY,
    NOTE,
    SENT,
    TEMPLATES,
    WORDS,
    article,
    draft,
    matter,
    open_day,
    reminder,
)

COLLEAGUE = {"en": "Sam Okoro", "de": "Uwe Brandt", "fr": "Paul Meunier", "es": "Inés Robles"}
GOLDEN = Path(__file__).parent / "golden"
PAGE = Path(__file__).parents[2] / "docs" / "drafts.md"
Facts = DraftFacts | ReminderFacts


def usual(step: str, language: str) -> DraftFacts:
    """The facts with which a step usually comes."""
    facts = draft(step, language)
    if step in ("nurture", "dormant"):
        return dataclasses.replace(facts, item=article(language), agreed=dt.date(2026, 6, 1))
    if step in ("thanks", "no_show"):
        return dataclasses.replace(facts, meeting_on=dt.date(2026, 3, 6))
    if step == "held":
        return dataclasses.replace(facts, wrote_on=dt.date(2026, 3, 4))
    if step == "decided":
        return dataclasses.replace(facts, decided_on=dt.date(2026, 3, 6))
    if step == "referred":
        return dataclasses.replace(facts, referred_by=COLLEAGUE[language])
    if step == "early_no":
        return dataclasses.replace(facts, note=NOTE[language])
    if step == "callback_mail":
        return dataclasses.replace(facts, their_words=WORDS[language][0], asked_on=dt.date(2025, 11, 14))
    return facts


def odd() -> Iterator[tuple[str, Facts]]:
    """What can be odd about a matter, mostly in English."""
    yield "en.first.british", draft("first", country="GB")
    yield "en.first.indian", draft("first", country="IN", matter=matter(amount=Decimal(485000), currency="INR"))
    yield "en.first.no_number", draft("first", matter=matter(number=None))
    yield "en.first.nothing_known", draft("first", matter=Matter(), people=(Address("nora@harbor.example"),))
    yield "en.first.no_currency", draft("first", matter=matter(currency=None))
    yield "en.first.role_mailbox", draft("first", people=(Address("sales@harbor.example", "Harbor Sales"),))
    yield "en.first.own_greeting", draft("first", greeting="Dear Nora")
    yield (
        "en.first.own_signature",
        draft("first", rep=Rep("Tom Adler", "t@n.example", "312 555 0142", "", "Tom\nNorthwind")),
    )
    two = (Address("nora@harbor.example", "Nora Blake"), Address("sam@harbor.example", "Okoro, Sam"))
    yield "en.first.two_people", draft("first", people=two)
    more = (Matter("Ramp", "NW-2210", Decimal("980"), "USD"), Matter("Seals", "NW-2214"))
    yield "en.first.three_quotes", draft("first", covers=more)
    yield "en.first.talk", draft("first", matter=Matter(subject="Cold store doors", quoted=False, sent_on=SENT))
    yield "en.value.article", draft("value", item=article())
    yield "en.value.event", draft("value", item=open_day(), country="GB")
    yield "de.value.article", draft("value", "de", item=article("de"))
    yield "fr.value.article", draft("value", "fr", item=article("fr"))
    yield "es.value.article", draft("value", "es", item=article("es"))
    yield "en.decision.valid", draft("decision", matter=matter(valid_until=dt.date(2026, 4, 30)))
    for step in ("first", "value", "decision", "close"):
        for language in ("de", "es"):
            yield f"{language}.{step}.familiar", draft(step, language, familiar=True)
    yield "en.close.three_quotes", draft("close", covers=more)
    yield "fr.close.three_quotes", draft("close", "fr", covers=more)
    yield "de.first.shouted", draft("first", "de", matter=matter("de", number=None, subject="ANFRAGE KÜHLRAUMTORE!!!"))
    yield "fr.first.inquiry", draft("first", "fr", matter=matter("fr", number=None, subject="Votre demande du 3 mars"))
    yield "es.first.emoji", draft("first", "es", matter=matter("es", number=None, subject="🚪 Puertas muelle 4"))
    yield "de.first.no_name", draft("first", "de", people=(Address("info@hafen.example", "Hafen Kühlhaus GmbH"),))
    yield "en.referred.by_nobody", draft("referred")
    yield "en.held.no_day", draft("held")
    yield "en.close.british", draft("close", country="GB")
    yield "en.close.expired", draft("close", matter=matter(valid_until=dt.date(2026, 3, 5)))
    yield "en.close.counted", draft("close", count_messages=True)
    yield "de.close.swiss", draft("close", "de", country="CH")
    yield "en.callback_mail.no_words", draft("callback_mail")
    yield "en.call.expired", reminder("call", matter=matter(valid_until=dt.date(2026, 3, 5)))
    yield "en.callback.talk", reminder("callback", matter=Matter(quoted=False))


def cases() -> Iterator[tuple[str, Facts]]:
    """All of them; the name is the key, so that the wordings vary."""
    for name, facts in named():
        yield name, dataclasses.replace(facts, key=name)


def named() -> Iterator[tuple[str, Facts]]:
    for language in COUNTRY:
        for step in MAIL_STEPS:
            yield f"{language}.{step}", usual(step, language)
        for step in REMINDER_STEPS:
            yield f"{language}.{step}", reminder(step, language)
    yield from odd()


@pytest.mark.parametrize(("name", "facts"), [pytest.param(n, f, id=n) for n, f in cases()])
def test_golden(name: str, facts: Facts) -> None:
    words = write_draft(facts, TEMPLATES) if isinstance(facts, DraftFacts) else write_reminder(facts, TEMPLATES)
    written = f"{words.subject}\n\n{words.text}"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("FOLLOWUP_GOLDEN") == "write":
        file.write_text(written, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == written
    counting = isinstance(facts, DraftFacts) and facts.count_messages
    assert lint(words.text, facts.step, facts.language, count_messages=counting) == ()


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == {name for name, _ in cases()}


def test_the_page_of_drafts_shows_what_is_written() -> None:
    head = PAGE.read_text(encoding="utf-8").partition("\n## ")[0].rstrip()
    blocks = [
        f"## {name.replace('.', ' · ')}\n\n```text\n{(GOLDEN / f'{name}.txt').read_text(encoding='utf-8')}```"
        for name, _ in cases()
    ]
    page = "\n\n".join([head, *blocks]) + "\n"
    if os.environ.get("FOLLOWUP_GOLDEN") == "write":
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
