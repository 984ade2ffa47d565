"""From a touch to what is put into the world: the facts for the templates, and the draft or the entry around the words."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cadence.ladder import next_due
from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy, StepName
from bot.cadence.worktime import WorkTime
from bot.model import Address, Direction, Draft, Form, Kind, MailRecord, Reading, Reminder, Standing, State, Touch
from bot.reading.likeness import sketch_of
from bot.writing.facts import DraftFacts, Matter, ReminderFacts, Rep, Words
from bot.writing.names import display
from bot.writing.templates import Templates
from bot.writing.values import Item, Reader, fitting
from bot.writing.write import write_draft, write_reminder

WITH_QUOTE = frozenset(("close", "referred", "resend"))  # texts that the quote's own papers go along with
THEIR_KINDS = frozenset(k.value for k in Kind if k not in (Kind.QUOTE, Kind.PROMISED, Kind.BOUNCED, Kind.NOTHING))
DECIDES = "they decide"  # how a hold is explained that the rep has noted a day of decision for
PAPER = "paper-"  # ids of quotes that never were a mail begin so


@dataclass(frozen=True, slots=True)
class Desk:
    """What every draft of a turn is written with."""

    rep: Rep
    zone: zoneinfo.ZoneInfo
    country: str
    language: str
    policy: Policy
    templates: Templates
    library: tuple[Item, ...]
    opportunities: Mapping[str, Opportunity]
    standings: tuple[Standing, ...]
    now: dt.datetime
    worktime: WorkTime
    phones: Mapping[str, str]  # email -> telephone numbers

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be put, with the wording and the useful thing it was made from, and the sketch of a draft's text."""

    content: Draft | Reminder
    wording: str
    item: str = ""
    sketch: str = ""


def draft_for(touch: Touch, desk: Desk) -> Written:
    """The draft of a touch. Raises WritingRefusal where the templates have nothing decent to say."""
    o = desk.opportunities[touch.opening]
    item = _item(touch, o, desk) if (touch.template or touch.step) in ("value", "nurture", "dormant") else None
    text, heard = _text_of(touch, o, desk, item), _heard_last(o)
    facts = DraftFacts(
        step=text,
        key=touch.key,
        language=o.quote.language or desk.language,
        country=desk.country,
        today=desk.today,
        rep=replace(desk.rep, email=o.sender.email or desk.rep.email, name=desk.rep.name or o.sender.name),
        people=touch.people,
        matter=_matter(o, desk),
        greeting=o.quote.greeting,
        covers=tuple(_matter(desk.opportunities[c], desk) for c in touch.covers if c in desk.opportunities),
        their_words=o.callback.words if o.callback else "",
        asked_on=o.callback.asked if o.callback else None,
        agreed=o.callback.nominal if o.callback else None,
        meeting_on=_meeting(o),
        wrote_on=heard.at.astimezone(desk.zone).date() if heard and text == "held" else None,
        decided_on=o.hold if text == "decided" else None,
        referred_by=heard.sender.name if heard and heard.reading.kind is Kind.REFERRAL else "",
        note=o.note,
        item=item,
        used=_used(touch, desk.standings),
        count_messages=desk.policy.count_messages_in_close,
        familiar=o.quote.familiar and not o.round.startswith("redirect@"),
    )
    words = write_draft(facts, desk.templates)
    offers = (
        (o, *(desk.opportunities[c] for c in touch.covers if c in desk.opportunities)) if text in WITH_QUOTE else ()
    )
    carries = tuple(one.offer.ref for one in offers if one.offer is not None and one.offer.ref)
    draft = replace(_draft(touch, o, words, desk), carries=carries, must_carry=text == StepName.RESEND)
    return Written(draft, words.wording, item.id if item else "", sketch_of(words.text))


def reminder_for(touch: Touch, desk: Desk) -> Written:
    """The calendar entry of a touch. Raises WritingRefusal as above."""
    o = desk.opportunities[touch.opening]
    assert touch.start is not None
    promised = touch.step == "promised"
    people = touch.people or _named(o.quote)
    last = next((h for h in reversed(o.history) if h.what in THEIR_KINDS and h.because), None)
    step, day = _after_call(touch, o, desk)
    facts = ReminderFacts(
        step=touch.template or touch.step,
        key=touch.key,
        language=desk.language,
        country=desk.country,
        today=desk.today,
        rep=desk.rep,
        people=people,
        matter=_matter(o, desk),
        their_words="" if promised else (o.callback.words if o.callback else ""),
        rep_words=o.callback.words if o.callback and promised else "",
        asked_on=o.callback.asked if o.callback and not promised else None,
        promised_on=o.callback.asked if o.callback and promised else None,
        agreed=o.callback.nominal if o.callback else None,
        agreed_to=o.callback.nominal_to if o.callback else None,
        meeting_on=_meeting(o),
        phone=_phone(people, desk),
        last_words=last.because if last else "",
        last_on=last.at.astimezone(desk.zone).date() if last else None,
        next_step=step,
        next_on=day,
        note=o.note,
        address=o.dead if touch.step == "mend_address" else "",
        reason=o.because if touch.step == "mend_address" else "",
    )
    words = write_reminder(facts, desk.templates)
    end = touch.start + dt.timedelta(minutes=desk.policy.call_minutes)
    uid = f"{touch.key}@followup-bot"
    return Written(Reminder(touch.key, uid, touch.start, end, words.subject, words.text, desk.now), words.wording)


def _phone(people: Sequence[Address], desk: Desk) -> str:
    """The numbers of these people, with their names where they are several."""
    known = [(person, desk.phones[person.email]) for person in people if person.email in desk.phones]
    if len(people) == 1:
        return "".join(numbers for _, numbers in known)
    return "; ".join(f"{display(person)}: {numbers}" for person, numbers in known)


def _after_call(touch: Touch, o: Opportunity, desk: Desk) -> tuple[str, dt.date | None]:
    """What comes, and when, where nothing comes of a call: the ladder goes on after it, or begins after an agreed one."""
    if not o.is_quote or touch.start is None:
        return "", None
    day = desk.worktime.day(touch.start)
    if touch.step == StepName.CALLBACK:
        return "mail", desk.worktime.add(day, desk.policy.ladder_for(o.quote.amount, o.ladder)[0].day)
    if desk.policy.step(touch.step, o.quote.amount, o.ladder) is None:
        return "", None
    made = Standing(
        touch.key, touch.form, State.STANDING, o.opening, touch.step, o.round, (), desk.now, desk.now, start=touch.start
    )
    due = next_due(replace(o, steps={**o.steps, touch.step: made}), desk.policy, desk.worktime)
    if due is None:
        return "", None
    what = "call" if due.step.form is Form.REMINDER else "close" if due.step.name == StepName.CLOSE else "mail"
    return what, desk.worktime.at_or_after(due.day)


def _text_of(touch: Touch, o: Opportunity, desk: Desk, item: Item | None) -> str:
    """Which text a draft has: its step's own, unless what has happened since the quote would make that text deaf."""
    text, first = touch.template or touch.step, StepName.FIRST
    heard = _heard_last(o)
    if text == first and o.round.startswith("redirect@"):  # whoever we were pointed to has never had the quote
        return "referred"
    holds = (
        heard is not None
        and heard.reading.kind is Kind.HOLDING
        and heard.sender.email in {a.email for a in touch.people}
    )
    if holds and item is None and text in (first, StepName.VALUE, StepName.DECISION):
        return "held"
    decides = o.hold is not None and o.hold_because.startswith(DECIDES) and (o.mailed is None or o.mailed <= o.hold)
    if decides and item is None and text in (first, StepName.VALUE, StepName.DECISION):
        return "decided"
    if text == first and o.anchor > o.sent.astimezone(desk.zone).date() and not o.round.startswith("resume@"):
        return "again"
    return text


def _heard_last(o: Opportunity) -> MailRecord | None:
    """The customer's mail that a draft would answer, where the last word was his."""
    return o.answers if o.answers is not None and o.answers.direction is Direction.RECEIVED else None


def written(touch: Touch, desk: Desk) -> Written:
    """The content of any touch."""
    return draft_for(touch, desk) if touch.form is Form.DRAFT else reminder_for(touch, desk)


def _draft(touch: Touch, o: Opportunity, words: Words, desk: Desk) -> Draft:
    """The words as a reply to the mail the matter stands at: recipients come from our own sent mail alone."""
    mail = o.answers if o.answers and not o.answers.id.startswith(PAPER) else None
    name = o.sender.name or desk.rep.name
    return Draft(
        key=touch.key,
        sender=Address(o.sender.email or desk.rep.email, name),
        to=touch.people,
        cc=(),
        subject=words.subject,
        text=words.text,
        html=words.html,
        answers=mail.id if mail else None,
        references=(*mail.references, mail.id) if mail else (),
        source=mail.ref or None if mail else None,
        at=desk.now,
    )


def _matter(o: Opportunity, desk: Desk) -> Matter:
    q = o.quote
    sent_on = o.sent.astimezone(desk.zone).date()
    if not o.is_quote:
        return Matter(subject=q.subject, sent_on=sent_on, quoted=False)
    return Matter(q.subject, q.number, q.amount, q.currency, sent_on, q.valid_until)


def _meeting(o: Opportunity) -> dt.date | None:
    """The day of the meeting that was missed, or held."""
    situation = o.no_show or o.met
    return situation.day if situation else None


def _used(touch: Touch, standings: Iterable[Standing]) -> frozenset[str]:
    """The wordings that any of these people were sent, or have lying in a draft."""
    emails = {a.email for a in touch.people}
    return frozenset(s.wording for s in standings if s.wording and s.key != touch.key and emails & set(s.people))


def _item(touch: Touch, o: Opportunity, desk: Desk) -> Item | None:
    emails = {a.email for a in touch.people}
    had: Sequence[Standing] = [s for s in desk.standings if s.item and emails & set(s.people)]
    standing = next((s for s in had if s.key == touch.key), None)
    if standing is not None:
        return next((i for i in desk.library if i.id == standing.item), None)
    reader = Reader(language=o.quote.language or desk.language)
    return fitting(desk.library, reader, desk.today, frozenset(s.item for s in had))


def _named(reading: Reading) -> tuple[Address, ...]:
    """Whom a calendar note speaks of, where nobody's address is known."""
    return (Address("", reading.contact),) if reading.contact else ()
