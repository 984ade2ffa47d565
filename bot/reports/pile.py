"""What the open quotes are worth: the pile, by age, and what was never followed up. Pure.

"Given up early" are open quotes whose ladder stopped by lapse, not by an answer: followed up, but fewer times than the ladder
has steps, and silent for longer than the whole ladder takes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import Outlook
from bot.cadence.policy import Policy
from bot.cadence.worktime import WorkTime
from bot.freemail import company_of
from bot.model import Stage

BANDS = ((0, 7), (8, 30), (31, 90), (91, 180), (181, 365))  # days of age, both ends inside
DEFAULT_RATE = Decimal("0.30")
LEAST_DECIDED = 20  # decided quotes below which the company's own rate says nothing

Value = Mapping[str, Decimal]  # currency ("" where none was named) -> sum


@dataclass(frozen=True, slots=True)
class PileQuote:
    """One open quote in the pile."""

    opening: str
    number: str | None
    subject: str
    customer: str
    company: str
    amount: Decimal | None
    currency: str | None
    sent: dt.date
    age_days: int
    touches: int
    stage: Stage
    next: Outlook | None


@dataclass(frozen=True, slots=True)
class Heap:
    """A part of the pile: how many quotes and their money."""

    count: int
    value: Value


@dataclass(frozen=True, slots=True)
class Pile:
    """The whole report. `rate` is a share of one; `rate_source` says where it comes from."""

    as_of: dt.date
    open: Heap
    bands: tuple[tuple[str, Heap], ...]
    never_followed_up: Heap
    gave_up_early: Heap
    rate: Decimal
    rate_source: str
    expected: Value
    decided: Mapping[Stage, Heap]
    quotes: tuple[PileQuote, ...]


def pile(
    opportunities: Sequence[Opportunity],
    outlooks: Mapping[str, Outlook],
    *,
    policy: Policy,
    worktime: WorkTime,
    now: dt.datetime,
    close_rate: Decimal | None = None,
) -> Pile:
    """The pile at a moment. Quotes older than the policy's oldest are left out. `close_rate` is the configured rate; the
    company's own is used once enough quotes were won or lost."""
    today = worktime.day(now)
    quotes = [o for o in opportunities if o.is_quote]
    young = [o for o in quotes if (today - worktime.day(o.sent)).days <= policy.oldest_days]
    lying = [o for o in young if o.is_open]
    rows = sorted(
        (_row(o, outlooks.get(o.opening), today, worktime) for o in lying),
        key=lambda q: (-(q.amount or Decimal(0)), q.sent, q.opening),
    )
    rate, source = _rate(quotes, close_rate)
    whole = heap(lying)
    early = [o for o in lying if _gave_up(o, policy, worktime, today)]
    return Pile(
        today,
        whole,
        tuple(
            (_band(low, high), heap([o for o in lying if low <= _age(o, today, worktime) <= high]))
            for low, high in BANDS
        ),
        heap([o for o in lying if o.touches == 0 and o.stage is Stage.WAITING]),
        heap(early),
        rate,
        source,
        {currency: (amount * rate).quantize(Decimal(1)) for currency, amount in whole.value.items()},
        {
            stage: heap([o for o in young if o.stage is stage])
            for stage in (Stage.WON, Stage.LOST, Stage.CLOSED, Stage.STOPPED)
        },
        tuple(rows),
    )


def heap(opportunities: Iterable[Opportunity]) -> Heap:
    """How many, and their money by currency."""
    count, value = 0, defaultdict[str, Decimal](Decimal)
    for o in opportunities:
        count += 1
        if o.quote.amount is not None:
            value[o.quote.currency or ""] += o.quote.amount
    return Heap(count, dict(sorted(value.items(), key=lambda item: -item[1])))


def _row(o: Opportunity, outlook: Outlook | None, today: dt.date, worktime: WorkTime) -> PileQuote:
    person = o.people[0] if o.people else (o.everyone[0] if o.everyone else None)
    return PileQuote(
        o.opening,
        o.quote.number,
        o.quote.subject,
        (person.name or person.email) if person else "",
        company_of(person.email) if person else "",
        o.quote.amount,
        o.quote.currency,
        worktime.day(o.sent),
        _age(o, today, worktime),
        o.touches,
        o.stage,
        outlook,
    )


def _age(o: Opportunity, today: dt.date, worktime: WorkTime) -> int:
    return max(0, (today - worktime.day(o.sent)).days)


def _gave_up(o: Opportunity, policy: Policy, worktime: WorkTime, today: dt.date) -> bool:
    last = max(o.anchor, o.mailed or o.anchor)
    return o.touches > 0 and o.stage is Stage.WAITING and worktime.count(last, today, o.pauses) > policy.closed_day


def _rate(quotes: Iterable[Opportunity], configured: Decimal | None) -> tuple[Decimal, str]:
    won = lost = 0
    for o in quotes:
        won += o.stage is Stage.WON
        lost += o.stage in (Stage.LOST, Stage.CLOSED)
    if won + lost >= LEAST_DECIDED:
        return (Decimal(won) / (won + lost)).quantize(Decimal("0.01")), f"your own: {won} won of {won + lost} decided"
    if configured is not None:
        return configured, "from the configuration"
    return DEFAULT_RATE, f"assumed, until {LEAST_DECIDED} quotes are decided ({won + lost} so far)"


def _band(low: int, high: int) -> str:
    return f"{low}-{high} days"
