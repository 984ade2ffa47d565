"""The words: the lint over templates, and a look at what a step would say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from bot import app
from bot.cadence.plan import touch_key
from bot.commands.accounts import _is_about, _look
from bot.drafting import written
from bot.errors import UserMustAct
from bot.model import Draft, Form, Touch
from bot.writing.facts import DraftFacts
from bot.writing.proof import lint_templates, samples
from bot.writing.slots import MAIL_STEPS, REMINDER_STEPS
from bot.writing.templates import WritingRefusal
from bot.writing.write import write_draft, write_reminder


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
    if step not in (*MAIL_STEPS, *REMINDER_STEPS):
        raise UserMustAct(f"there is no step {step!r}", f"the steps are: {', '.join((*MAIL_STEPS, *REMINDER_STEPS))}")
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
