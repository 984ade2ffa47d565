"""What a machine's mail says: away, left, bounced, accepted, automatic, or nothing; None where a person wrote it.

In doubt it is a person's: answers.py reads it then, and a notice taken for an answer only holds a follow-up back.
A machine's mail is read by its own words alone, never by what it quotes from elsewhere.
"""

from __future__ import annotations

import re

from bot.model import Kind, Mark, Message, Reading
from bot.reading.absence import absence_of, deputy, return_day
from bot.reading.body import Body
from bot.reading.bounces import is_daemon, read_bounce
from bot.reading.language import Rule
from bot.reading.machine import SURE, Signs, is_nobody, says_person, signs_of
from bot.reading.notice_rules import cue, flat, rules, sentences, server, tells
from bot.reading.settings import ReadSettings

_MACHINE = frozenset({Mark.MACHINE})
_MOST_OWN = 8 * 1024  # characters of a notice that are read
_MOST_UNSIGNED = 2000  # the same where nothing but the words speaks for a machine
_BULK = 3


def read_notice(message: Message, body: Body, settings: ReadSettings) -> Reading | None:
    """Read a mail that a machine wrote, or a newsletter; None: a person's. Every reading carries the mark MACHINE."""
    if bounce := read_bounce(message, body, settings):
        return bounce
    if says_person(message):
        return None
    signs = signs_of(message)
    if receipt := _receipt(message, body, signs):
        return receipt
    own = body.own[:_MOST_OWN]
    if signs.weight == 0 and signs.bulk == 0 and not _may_be_notice(own):
        return None  # the way of nearly every mail a person wrote
    if signs.weight >= SURE:
        return _read_sure(message, own, body, settings, signs)
    return _read_unsure(message, own, body, settings, signs) or _bulk(message, body, signs) or _service(message, own)


# --- receipts and calendar answers ---


def _receipt(message: Message, body: Body, signs: Signs) -> Reading | None:
    """A read receipt (RFC 8098) or the answer to an invitation (RFC 5546), unless somebody has written words of his
    own."""
    content = message.signs.get("content-type", "").lower()
    if "disposition-notification" in content:
        return _automatic(message.subject, "read receipt")
    answer = "method=reply" in content.replace('"', "").replace(" ", "") or any(
        file.media_type == "text/calendar" and b"METHOD:REPLY" in file.decoded()[:4000].upper()
        for file in message.attachments
    )
    if not answer and signs.subject not in ("receipt", "calendar"):
        return None
    own = flat(body.own[:_MOST_OWN])
    said = next(
        (rule for rule, _ in rules("automatic").matches(own) if rule.data.get("says") in ("receipt", "calendar")), None
    )
    if said and (answer or signs.subject == said.data["says"]):
        return _automatic(message.subject, said.name)
    if answer and not _left_over(own):
        return _automatic(message.subject, "calendar answer")
    return None


# --- a machine for sure ---


def _read_sure(message: Message, own: str, body: Body, settings: ReadSettings, signs: Signs) -> Reading:
    """What a machine says in its own words. The order: gone for good, signed, away, anything else."""
    text = flat(own)
    if reading := _left(message, text, body, settings):
        return reading
    if not signs.responder and (reading := _signed(message, text) or _bulk(message, body, signs)):
        return reading
    if reading := _away(message, own, body, settings, sure=True):
        return reading
    if signs.subject == "away":
        at = message.at.astimezone(settings.zone)
        until = return_day(text, at, settings.country, [(0, len(text))])
        return Reading(
            Kind.AWAY,
            until=until,
            contact=_deputy(message, text, body, settings),
            words=message.subject,
            rule=signs.rule,
            marks=_MACHINE,
        )
    hit = next(rules("automatic").matches(text), None)
    return _automatic(hit[1].group() if hit else message.subject, hit[0].name if hit else signs.rule)


def _left(message: Message, text: str, body: Body, settings: ReadSettings) -> Reading | None:
    for sentence in sentences(text):
        hit = next(rules("left").matches(sentence), None)
        if hit and not next(rules("here").matches(sentence), None):
            contact = _deputy(message, text, body, settings)
            return Reading(Kind.LEFT, contact=contact, words=hit[1].group().strip(), rule=hit[0].name, marks=_MACHINE)
    return None


def _signed(message: Message, text: str) -> Reading | None:
    """A signing service's word that a document was signed, or that somebody declined to."""
    for table, kind in (("declined", Kind.FIRM_NO), ("accepted", Kind.ACCEPTED)):
        for sentence in sentences(flat(f"{message.subject}\n\n{text}")):
            hit = next(rules(table).matches(sentence), None)
            if hit and not next(rules("unsigned").matches(sentence), None):
                return Reading(kind, words=hit[1].group().strip()[:300], rule=hit[0].name, marks=_MACHINE)
    return None


def _away(message: Message, own: str, body: Body, settings: ReadSettings, *, sure: bool = False) -> Reading | None:
    at = message.at.astimezone(settings.zone)
    found = absence_of(own, at, settings.country, _not_deputies(message, settings), machine=sure)
    if found is None:
        return None
    contact = found.contact or _deputy(message, flat(own), body, settings)
    return Reading(Kind.AWAY, until=found.until, contact=contact, words=found.words, rule=found.rule, marks=_MACHINE)


def _deputy(message: Message, text: str, body: Body, settings: ReadSettings) -> str | None:
    """Whom a notice points to. A deputy named last easily passes for the signature, so that is looked at where it
    says so."""
    own = _not_deputies(message, settings)
    return deputy(text, own) or (deputy(flat(body.signature), own) if cue("stand_in").search(body.signature) else None)


def _not_deputies(message: Message, settings: ReadSettings) -> frozenset[str]:
    return settings.me | {message.sender.email}


# --- perhaps a machine ---


def _read_unsure(message: Message, own: str, body: Body, settings: ReadSettings, signs: Signs) -> Reading | None:
    """A mail without a sure sign: a machine's where its words are a machine's and nothing in it answers like a
    person."""
    text = flat(own)
    if signs.weight >= 2 and (reading := _signed(message, text)):
        return reading
    if "?" in text:
        return None
    hits = list(rules("automatic").matches(text))
    heavy = _weight(hits)
    generated = signs.rule == "auto-generated"  # some responders mark themselves so (RFC 3834 wants auto-replied)
    machine = heavy > 1 and signs.weight + heavy >= SURE
    alone = generated or _has_formula(text)
    if machine or alone:
        left_over = _left_over(text)
        machine = machine and left_over <= _spare(
            max(int(rule.data["weight"]) for rule, _ in hits), heavy, signs.weight
        )
        alone = alone and left_over <= min(1, signs.weight)
    if machine and (reading := _left(message, text, body, settings)):
        return reading
    if alone and (reading := _away(message, own, body, settings, sure=generated)):
        return reading
    if machine:
        return _automatic(hits[0][1].group(), hits[0][0].name)
    if is_daemon(message) and not message.answers:
        return _automatic(message.subject, "mail server")
    return None


def _weight(hits: list[tuple[Rule, re.Match[str]]]) -> int:
    """The sum of the weights; of words that rules of two languages know, the heavier counts."""
    total, counted = 0, list[re.Match[str]]()
    for rule, found in sorted(hits, key=lambda hit: -int(hit[0].data["weight"])):
        if all(found.end() <= other.start() or other.end() <= found.start() for other in counted):
            total += int(rule.data["weight"])
            counted.append(found)
    return total


def _spare(heaviest: int, heavy: int, signs: int) -> int:
    """How many sentences of another kind a machine's text may hold: any where headers and words agree that it is
    one."""
    if heaviest == 3 and signs >= 2:
        return 99
    return 0 if heaviest < 2 else 1 if heavy < 4 else 2


def _may_be_notice(own: str) -> bool:
    """The quick refusal of a person's ordinary mail: it asks, it is long, or it has no word that notices have."""
    if "?" in own or len(own) > _MOST_UNSIGNED:
        return False
    low = own.casefold()
    return any(stem in low for stem in tells())


def _has_formula(text: str) -> bool:
    """Whether a sentence stands there that vacation responders add and nobody writes about business."""
    return any(not rule.name.endswith(("civilities", "Höflichkeit")) for rule, _ in rules("formulas").matches(text))


def _left_over(text: str) -> int:
    """How many sentences of a flat text are neither an absence nor a formula of responders: what a person would have
    added."""
    known = rules("away", "formulas", "automatic")
    said = (sentence for sentence in sentences(text) if len(sentence.split()) > 3)
    return sum(next(known.matches(sentence), None) is None for sentence in said)


# --- mailings and services ---


def _bulk(message: Message, body: Body, signs: Signs) -> Reading | None:
    """A newsletter or another mailing to many; its words must say so as well as its headers."""
    if signs.bulk == 0 and signs.weight < 2:
        return None
    hits = list(rules("bulk").matches(flat(body.text)))
    if hits and signs.bulk + min(2, len(hits)) >= _BULK:
        return Reading(Kind.NOTHING, words=hits[0][1].group(), rule=f"mailing: {hits[0][0].name}", marks=_MACHINE)
    return None


def _service(message: Message, own: str) -> Reading | None:
    """A service's notification from an address that nobody reads and that is about no business of ours."""
    if (
        not is_nobody(message)
        or message.answers
        or message.references
        or server("business").search(f"{message.subject}\n{own}")
    ):
        return None
    return Reading(Kind.NOTHING, words=message.subject, rule="service notification", marks=_MACHINE)


def _automatic(said: str, rule: str) -> Reading:
    return Reading(Kind.AUTOMATIC, words=said.strip()[:300], rule=rule, marks=_MACHINE)
