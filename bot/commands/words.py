"""The words: the lint over templates, and a look at what a step would say."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

from bot import app
from bot.cadence.plan import touch_key
from bot.commands.accounts import _is_about, _look
from bot.drafting import written
from bot.errors import UserMustAct
from bot.model import Draft, Form, Touch
from bot.reports.wordings import Record, fared
from bot.writing.facts import DraftFacts
from bot.writing.proof import lint_templates, samples
from bot.writing.slots import FAMILIAR_STEPS, MAIL_STEPS, REMINDER_STEPS
from bot.writing.templates import Wording, WritingRefusal
from bot.writing.write import write_draft, write_reminder

MOST_BEGINNING = 60  # characters of a wording by which a person knows it


def lint(folder: Path | None) -> list[dict[str, object]]:
    """The faults of tone in the templates: where, which rule, the words, what to do."""
    faults = lint_templates(app.templates_of(folder))
    return [
        {
            "where": f"templates/{f.file}:{f.line}",
            "rule": f.fault.rule,
            "words": f.fault.words,
            "advice": f.fault.advice,
        }
        for f in faults
    ]


def preview_sample(step: str, language: str) -> Iterator[tuple[str, str]]:
    """Every wording of a step for a made-up customer: (subject or title, text)."""
    templates = app.templates_of(None)
    steps = (*MAIL_STEPS, *FAMILIAR_STEPS, *REMINDER_STEPS)
    if step not in steps:
        raise UserMustAct(f"there is no step {step!r}", f"the steps are: {', '.join(steps)}")
    facts = next(samples(step, language))
    seen: set[str] = set()
    for n in range(60):  # the key draws the wording: try keys until no new one turns up
        drawn = dataclasses.replace(facts, key=f"preview{n}")
        words = write_draft(drawn, templates) if isinstance(drawn, DraftFacts) else write_reminder(drawn, templates)
        if words.text not in seen:
            seen.add(words.text)
            yield words.subject, words.text


def preview_of(config: Path, account: str | None, step: str, who: str) -> Iterator[tuple[str, str]]:
    """What a step would say to a real customer now."""
    form = Form.REMINDER if step in REMINDER_STEPS else Form.DRAFT
    with app.opened(config) as opened:
        for a in opened.accounts(account):
            with opened.looking(a) as world:
                seen, _ = _look(world)
                for o in (o for o in seen.opportunities if _is_about(o, who)):
                    people = o.people or o.everyone
                    start = seen.now if form is Form.REMINDER else None
                    key = touch_key(a.name, o.opening, step, o.round)
                    touch = Touch(key, form, o.opening, step, o.round, seen.now.date(), people, "a preview", "", start)
                    try:
                        content = written(touch, seen.desk).content
                    except WritingRefusal as refusal:
                        yield f"{o.quote.number or o.opening}: cannot be written", str(refusal)
                        continue
                    title = content.subject if isinstance(content, Draft) else content.title
                    yield title, content.text if isinstance(content, Draft) else content.notes


def fates_of(config: Path, account: str | None) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """Of each account, what the rep made of every wording that he has dealt with: where it stands, how often it was kept,
    lightly edited, rewritten, discarded, and how it begins ("" for a text that has been changed since)."""
    with app.opened(config) as opened:
        now = {wording.id: wording for _, _, wording in opened.templates}
        for a in opened.accounts(account):
            yield (
                a.name,
                [_fate(record, now.get(record.wording)) for record in fared(opened.memory.standings(a.name).values())],
            )


def _fate(record: Record, wording: Wording | None) -> dict[str, object]:
    where = f"{wording.file}:{wording.line}" if wording else f"{record.step}, an earlier text"
    counts: dict[str, object] = {fate.value: count for fate, count in record.fates.items()}
    return {"where": where, **counts, "begins": _beginning(wording) if wording else ""}


def _beginning(wording: Wording) -> str:
    """The first words that stand in a wording whatever its slots hold."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}", " ", wording.source, flags=re.DOTALL)
    plain = " ".join(re.sub(r"\{\{ (\w+) \}\}", r"…", bare).split())
    return plain if len(plain) <= MOST_BEGINNING else plain[:MOST_BEGINNING].rpartition(" ")[0] + " …"
