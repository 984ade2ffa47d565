"""The words of a touch: facts and templates in, text out. Pure; the same facts always give the same words.

    words = write_draft(facts, templates)        # subject, text, html
    words = write_reminder(facts, templates)     # title, notes

Both raise a `WritingRefusal` (EmptySlot, NothingFresh, NoTemplate) where there is nothing decent to write: a refusal
concerns one touch, the caller reports it and goes on with the next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

import markupsafe

from bot.model import Address
from bot.writing.customs import FALLBACK_LANGUAGE, custom, date_text, joined, span_text
from bot.writing.facts import DraftFacts, ReminderFacts, Words
from bot.writing.lines import line, text_of
from bot.writing.matters import MAX_SUBJECT, MAX_TOPIC, listed, quote_of, quote_sum, sum_of, topic_of
from bot.writing.names import display, greeting_line
from bot.writing.signature import ending_of
from bot.writing.slots import FAMILIAR
from bot.writing.templates import EmptySlot, NothingFresh, Templates, Wording

MAX_WORDS = 500  # characters of somebody's words in a reminder
MAX_NOTE = 1500  # characters of the rep's own note
NO_BREAK = "\N{NO-BREAK SPACE}"

_ANSWER = re.compile(r"\s*(?:re|aw|antw|sv|vs|r)(?:\[\d{1,3}\])?\s?:", re.IGNORECASE)


def write_draft(facts: DraftFacts, templates: Templates) -> Words:
    """The draft of a mail step. Raises WritingRefusal where a fact is missing that every fresh wording needs."""
    language = _language(facts.step, facts.language, templates)
    one = facts.familiar and facts.matter.quoted and len(facts.people) == 1
    familiar = one and templates.has(FAMILIAR.get(facts.step, ""), language)
    facts = replace(facts, step=FAMILIAR[facts.step] if familiar else facts.step)
    slots = _draft_slots(facts, language)
    own = line(facts.greeting, MAX_SUBJECT)
    greeting = greeting_line(own, facts.people, language, facts.country, familiar=familiar)
    ending = ending_of(facts.rep, language, facts.country, familiar=familiar)
    wording, body = _chosen(facts, templates, language, slots)
    if custom(language, facts.country).get("capital"):  # where no comma follows the greeting, a new sentence begins
        body = body[:1].upper() + body[1:]
    body = body.replace("ß", str(custom(language, facts.country).get("eszett", "ß")))  # Swiss German has none
    said = f"{greeting}\n\n{_spaced(body, language, facts.country)}"
    page = _html(said) + (ending.page or _html(ending.text))
    return Words(_subject(facts, slots, language), f"{said}\n\n{ending.text}\n", page, wording)


def write_reminder(facts: ReminderFacts, templates: Templates) -> Words:
    """The calendar entry of a reminder step: the title in `subject`, the notes in `text`. Raises WritingRefusal as
    above."""
    language = _language(facts.step, facts.language, templates)
    wording, body = _chosen(facts, templates, language, _reminder_slots(facts, language))
    title, _, notes = body.partition("\n")
    return Words(line(title, MAX_SUBJECT), notes.strip() + "\n", "", wording)


def _spaced(body: str, language: str, country: str) -> str:
    """The text with spaces that do not break where the language sets a mark apart from its word: « Prêt ? »"""
    words = custom(language, country)
    before, after = words.get("apart_before", ""), words.get("apart_after", "")
    body = re.sub(rf" (?=[{before}](?:\s|$))", NO_BREAK, body) if before else body
    return re.sub(rf"(?<=[{after}]) ", NO_BREAK, body) if after else body


def _language(step: str, language: str, templates: Templates) -> str:
    """The language to write in: the one asked for, or English where we have no template in it."""
    return language if language in templates.languages else FALLBACK_LANGUAGE


def _chosen(
    facts: DraftFacts | ReminderFacts, templates: Templates, language: str, slots: Mapping[str, object]
) -> tuple[str, str]:
    """The id of the wording and its text.

    The touch's key draws the wording. Wordings this person has not had come first, then those he had with other facts
    in them; the very same text is never written twice. A wording that needs a fact nobody knows gives way to one that
    does not.
    """
    used = facts.used if isinstance(facts, DraftFacts) else frozenset[str]()
    known = {name.partition("/")[0] for name in used}
    drawn = sorted(
        templates.wordings(facts.step, language), key=lambda wording: (wording.id in known, _draw(facts.key, wording))
    )
    empty: list[EmptySlot] = []
    repeated = False
    for wording in drawn:
        try:
            body = wording.render(slots)
        except EmptySlot as fault:
            empty.append(fault)
            continue
        name = f"{wording.id}/{hashlib.blake2b(body.encode(), digest_size=4).hexdigest()}"
        if name not in used:
            return name, body
        repeated = True
    if empty and not repeated:  # wordings for a quote and for none exclude each other: that is not what is missing
        raise next((fault for fault in empty if fault.slot not in _EITHER), empty[0])
    raise NothingFresh(
        f"templates/{language}/{facts.step}.j2: every wording has gone to {_people(facts.people, language)} before"
    )


_EITHER = frozenset({"talk", "quote", "quote_sum", "quotes_sum"})


def _draw(key: str, wording: Wording) -> bytes:
    """Rendezvous hashing: adding or editing one wording leaves the choices made among the others as they were."""
    return hashlib.blake2b(f"{key}\n{wording.id}".encode(), digest_size=8).digest()


def _draft_slots(facts: DraftFacts, language: str) -> dict[str, object]:
    item = facts.item
    slots = _common_slots(facts, language)
    slots |= {
        "note": text_of(facts.note, MAX_NOTE),
        "count_messages": facts.count_messages and facts.step.startswith("close"),
        "agreed": _day(facts.agreed, facts, language),
        "wrote_on": _day(facts.wrote_on, facts, language),
        "decided_on": _day(facts.decided_on, facts, language),
        "referred_by": line(facts.referred_by, MAX_TOPIC),
    }
    if item is not None:
        begins = item.begins
        slots |= {
            "item_title": line(item.title, MAX_SUBJECT),
            "item_link": line(item.url, MAX_SUBJECT),
            "item_summary": line(item.summary, MAX_WORDS),
            "item_kind": item.kind.value,
            "item_place": line(item.place, MAX_TOPIC),
            "item_dates": span_text(begins, item.ends, language, facts.country, facts.today) if begins else "",
        }
    return slots


def _reminder_slots(facts: ReminderFacts, language: str) -> dict[str, object]:
    agreed = facts.agreed
    return _common_slots(facts, language) | {
        "agreed": span_text(agreed, facts.agreed_to, language, facts.country) if agreed else "",
        "rep_words": line(facts.rep_words, MAX_WORDS),
        "promised_on": _day(facts.promised_on, facts, language),
        "phone": line(facts.phone, MAX_SUBJECT),
        "last_words": line(facts.last_words, MAX_WORDS),
        "last_on": _day(facts.last_on, facts, language),
        "next_step": facts.next_step,
        "next_on": _day(facts.next_on, facts, language),
        "address": line(facts.address, MAX_SUBJECT),
        "reason": line(facts.reason, MAX_WORDS),
        "note": text_of(facts.note, MAX_NOTE),
        "count_messages": facts.count_messages,
    }


def _common_slots(facts: DraftFacts | ReminderFacts, language: str) -> dict[str, object]:
    matter, rep, country = facts.matter, facts.rep, facts.country
    until = matter.valid_until
    past = until is not None and until < facts.today
    named, priced = quote_of(matter, language, country), quote_sum(matter, language, country)
    return {
        "quote": named if matter.quoted else "",
        "quote_sum": priced if matter.quoted else "",
        "quotes_sum": listed((matter, *facts.covers), language, country) if matter.quoted else "",
        "talk": "" if matter.quoted else named,
        "matter": named,
        "matter_sum": priced,
        "number": line(matter.number or "", MAX_TOPIC),
        "sum": sum_of(matter, language, country),
        "subject": topic_of(matter.subject),
        "sent_on": _day(matter.sent_on, facts, language),
        "valid_until": "" if past else _day(until, facts, language),
        "expired_on": _day(until, facts, language) if past else "",
        "also": listed(facts.covers, language, country),
        "quoted": matter.quoted,
        "their_words": line(facts.their_words, MAX_WORDS),
        "asked_on": _day(facts.asked_on, facts, language),
        "meeting_on": _day(facts.meeting_on, facts, language),
        "rep_name": line(rep.name, MAX_TOPIC) or rep.email,
        "rep_phone": line(rep.phone, MAX_TOPIC),
        "rep_email": rep.email,
        "rep_company": line(rep.company, MAX_TOPIC),
        "people": _people(facts.people, language),
        "who": ", ".join(_contact(person) for person in facts.people),
        "country": country.upper(),
    }


def _day(day: dt.date | None, facts: DraftFacts | ReminderFacts, language: str) -> str:
    return date_text(day, language, facts.country, facts.today) if day else ""


def _people(people: tuple[Address, ...], language: str) -> str:
    return joined([display(person) for person in people], language)


def _contact(person: Address) -> str:
    name = display(person)
    return f"{name} <{person.email}>" if person.email and name != person.email else name


def _subject(facts: DraftFacts, slots: Mapping[str, object], language: str) -> str:
    """ "Re: " and the original subject, never doubled; a matter without a subject is named by its quote."""
    original = line(facts.matter.subject, MAX_SUBJECT)
    if original:
        return original if _ANSWER.match(original) else f"Re: {original}"
    form = custom(language, facts.country)["subject_quote"]
    return str(form).format(quote=slots["matter"])


def _html(text: str) -> str:
    """The text as a mail program would write it: a paragraph for each blank line, everything escaped, nothing to
    load."""
    paragraphs = text.strip().split("\n\n")
    return (
        "\n".join(f"<p>{'<br>'.join(str(markupsafe.escape(x)) for x in p.split(chr(10)))}</p>" for p in paragraphs)
        + "\n"
    )
