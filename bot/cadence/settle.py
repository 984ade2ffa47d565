"""What several matters wish for, settled among the people they would reach: one draft a person, caps, and courtesy. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cadence.opportunity import Opportunity
from bot.cadence.policy import Policy
from bot.cadence.whereabouts import country_of
from bot.cadence.worktime import public_holidays
from bot.freemail import company_of
from bot.model import Form, State, Touch

LIES = frozenset({State.STANDING, State.EDITED})
REACHED = LIES | {State.SENT}


@dataclass(frozen=True, slots=True)
class Wish:
    """A touch one opportunity would like. `urgent` wishes go before the ladder and need not keep the gap; `lies`: it stands
    already."""

    touch: Touch
    urgent: bool
    lies: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What people have had already: drafts this year by person, this week by company, today in all; and who has a draft that
    the rep is at work on."""

    this_year: Mapping[str, int]
    this_week: Mapping[str, int]
    today: int
    edited: frozenset[str]

    @classmethod
    def of(cls, opportunities: Iterable[Opportunity], today: dt.date, put_today: int) -> Past:
        """Counted over every touch of every matter."""
        year, week, edited = Counter[str](), Counter[str](), set[str]()
        for o in opportunities:
            for s in o.standings.values():
                if s.form is not Form.DRAFT or s.state not in REACHED or s.opening != o.opening:
                    continue
                age = (today - s.at.date()).days
                if age < 365:
                    year.update(s.people)
                if age < 7:
                    week.update({c for c in map(company_of, s.people) if c})
                if s.state is State.EDITED:
                    edited |= set(s.people)
        return cls(year, week, put_today, frozenset(edited))


def settle(wishes: Sequence[Wish], past: Past, policy: Policy, today: dt.date, appears_now: bool) -> tuple[Touch, ...]:
    """One draft a person; the pressing goes before the ladder, what stands before what is new, the valuable first. New ones
    come only at the hour they appear, within the caps, and not beside a draft the rep is at work on."""
    taken: set[str] = set()
    chosen: list[Touch] = []
    room = policy.drafts_per_day - past.today
    this_week = Counter(past.this_week)
    ready = [w for w in wishes if w.touch.due <= today]
    ready.sort(key=lambda w: (not w.urgent, not w.lies, -w.touch.value, w.touch.due, w.touch.key))
    for wish in ready:
        emails = {a.email for a in wish.touch.people}
        if not emails or emails & taken:
            continue
        if not wish.lies:
            if (
                not appears_now
                or room <= 0
                or emails & past.edited
                or not _is_welcome(emails, past, this_week, policy, today)
            ):
                continue
            room -= 1
            this_week.update({c for c in map(company_of, emails) if c})
        taken |= emails
        chosen.append(_covering(wish, ready))
    return tuple(chosen)


def _is_welcome(emails: set[str], past: Past, this_week: Mapping[str, int], policy: Policy, today: dt.date) -> bool:
    """Whether these people may be written to today: no cap is reached, and it is no holiday of theirs."""
    if any(past.this_year.get(e, 0) >= policy.person_per_year for e in emails):
        return False
    if any(this_week.get(company_of(e), 0) >= policy.company_per_week for e in emails if company_of(e)):
        return False
    if not policy.customers_holidays:
        return True
    return not any(today in public_holidays(country, today.year) for e in emails if (country := country_of(e)))


def _covering(wish: Wish, ready: Sequence[Wish]) -> Touch:
    """The touch, speaking also for the person's other quotes that are due the same step now. One that stands already goes on
    speaking for those it spoke for, as long as they still wait."""
    touch = wish.touch
    emails = {a.email for a in touch.people}
    same = tuple(
        w.touch.opening
        for w in ready
        if w is not wish and not w.urgent and w.touch.step == touch.step and {a.email for a in w.touch.people} == emails
    )
    others = tuple(o for o in same if o in touch.covers) if wish.lies else () if wish.urgent else same
    return replace(
        touch, covers=others, fingerprint=fingerprint(touch.fingerprint, *others) if others else touch.fingerprint
    )


def fingerprint(*facts: str) -> str:
    """A short hash of the facts a touch is written from."""
    return hashlib.blake2b("\x1f".join(facts).encode(), digest_size=8).hexdigest()
