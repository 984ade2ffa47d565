"""Proofreading of templates: every wording is written out with made-up facts and put before the tone lint.

The facts are chosen to be awkward: all that can be known, next to nothing, several quotes at once, an expired one, no
quote at all. A wording that none of them can fill is a fault as well.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.model import Address
from bot.writing.facts import DraftFacts, Matter, ReminderFacts, Rep, Words
from bot.writing.slots import FAMILIAR_STEPS, MAIL_STEPS, REMINDER_STEPS
from bot.writing.templates import Templates, Wording, WritingRefusal
from bot.writing.tone import Fault, lint, lint_source
from bot.writing.values import Item, ItemKind
from bot.writing.write import write_draft, write_reminder

FEWEST_WORDINGS = 3  # of a mail step: nobody gets the same text twice

SENT = dt.date(2026, 3, 2)
TODAY = dt.date(2026, 3, 16)
COUNTRIES = {"en": ("US", "GB"), "de": ("DE",), "fr": ("FR",), "es": ("ES",)}


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """A fault with the template's file and the line in it: of the words themselves, or where their wording begins."""

    file: str
    line: int
    fault: Fault

    def __str__(self) -> str:
        fault = self.fault
        return f"templates/{self.file}:{self.line}: {fault.rule}: {fault.words!r}. {fault.advice}"


def lint_templates(templates: Templates) -> tuple[TemplateFault, ...]:
    """The faults of all wordings, each named once, by file and line."""
    found: dict[tuple[str, str, str], TemplateFault] = {}
    for fault in _faults(templates):
        found.setdefault((fault.file, fault.fault.rule, fault.fault.words.casefold()), fault)
    return tuple(sorted(found.values(), key=lambda f: (f.file, f.line)))


def _faults(templates: Templates) -> Iterator[TemplateFault]:
    for language in sorted(templates.languages):
        for step in MAIL_STEPS + FAMILIAR_STEPS + REMINDER_STEPS:
            try:
                wordings = templates.wordings(step, language)
            except WritingRefusal:
                continue
            if step not in REMINDER_STEPS and len(wordings) < FEWEST_WORDINGS:
                advice = f"Write at least {FEWEST_WORDINGS}: nobody should get the same text twice."
                yield TemplateFault(wordings[0].file, 1, Fault("wordings", f"{len(wordings)} wordings", 1, advice))
            for wording in wordings:
                yield from _wording_faults(wording, step, language)


def _wording_faults(wording: Wording, step: str, language: str) -> Iterator[TemplateFault]:
    for fault in lint_source(wording.source, language):
        yield TemplateFault(wording.file, wording.line + fault.line - 1, fault)
    alone = Templates({(language, step): (wording,)})
    read: set[tuple[str, bool]] = set()
    for facts in samples(step, language):
        try:
            words = _written(facts, alone)
        except WritingRefusal:
            continue
        counting = isinstance(facts, DraftFacts) and facts.count_messages
        if (words.text, counting) in read:
            continue
        read.add((words.text, counting))
        for fault in lint(words.text, step, language, count_messages=counting):
            yield TemplateFault(wording.file, wording.line, fault)
    if not read:
        advice = "No facts fill all its slots at once: put {% if ... %} round those that may be empty."
        yield TemplateFault(wording.file, wording.line, Fault("never written", wording.id, 1, advice))


def _written(facts: DraftFacts | ReminderFacts, templates: Templates) -> Words:
    return write_draft(facts, templates) if isinstance(facts, DraftFacts) else write_reminder(facts, templates)


def samples(step: str, language: str) -> Iterator[DraftFacts | ReminderFacts]:
    """Made-up facts for a step, from everything known down to hardly anything."""
    for country in COUNTRIES.get(language, ("US",)):
        full = _full_draft(step, language, country)
        if step in REMINDER_STEPS:
            yield from _reminders(full)
            continue
        bare = dataclasses.replace(full, matter=Matter(), their_words="", asked_on=None, agreed=None)
        bare = dataclasses.replace(bare, meeting_on=None, wrote_on=None, referred_by="")
        bare_item = Item("b", ItemKind.ARTICLE, "Dock surveys", "https://northwind.example/s")
        expired = dataclasses.replace(full.matter, valid_until=SENT)
        yield full
        yield dataclasses.replace(full, item=None)
        yield bare
        yield dataclasses.replace(bare, item=None)
        yield dataclasses.replace(bare, item=bare_item)
        yield dataclasses.replace(
            full, matter=expired, covers=(Matter("Ramps", "Q-1050", Decimal(980), "EUR"),), item=None
        )
        yield dataclasses.replace(full, matter=Matter("Dock levelers", quoted=False, sent_on=SENT), item=None)
        yield dataclasses.replace(full, item=_event())
        yield dataclasses.replace(full, count_messages=True)


def _full_draft(step: str, language: str, country: str) -> DraftFacts:
    return DraftFacts(
        step=step,
        key="proof",
        language=language,
        country=country,
        today=TODAY,
        rep=Rep("Alex Reed", "alex@northwind.example", "+1 312 555 0142", "Northwind Handling"),
        people=(Address("dana@acme.example", "Dana Ruiz"),),
        matter=Matter("Dock levelers", "Q-1042", Decimal(65650), "EUR", SENT, dt.date(2026, 4, 30)),
        their_words="June",
        asked_on=SENT,
        agreed=dt.date(2026, 6, 1),
        meeting_on=SENT,
        wrote_on=SENT,
        decided_on=SENT,
        referred_by="Ray Cole",
        note="A B C D E F G H.",
        item=Item("a", ItemKind.CASE, "Dock surveys", "https://northwind.example/s", "Two pages."),
    )


def _event() -> Item:
    return Item(
        "e",
        ItemKind.EVENT,
        "Open day",
        summary="One hour.",
        place="Leeds",
        begins=dt.date(2026, 5, 5),
        ends=dt.date(2026, 5, 6),
    )


def _reminders(full: DraftFacts) -> Iterator[ReminderFacts]:
    told = ReminderFacts(
        step=full.step,
        key=full.key,
        language=full.language,
        country=full.country,
        today=full.today,
        rep=full.rep,
        people=full.people,
        matter=full.matter,
        their_words=full.their_words,
        asked_on=full.asked_on,
        agreed=full.agreed,
        rep_words="Friday",
        promised_on=SENT,
        phone="+1 312 555 0199",
        last_words="June",
        last_on=SENT,
        next_step="mail",
        next_on=TODAY,
        note=full.note,
        address=full.people[0].email,
        reason="550",
    )
    yield told
    yield dataclasses.replace(
        told,
        matter=Matter(quoted=False),
        their_words="",
        agreed=None,
        rep_words="",
        note="",
        reason="",
        rep=Rep("A", "a@b.example"),
    )
