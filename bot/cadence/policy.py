"""The rules of the cadence, as data: the ladder, the gaps and the caps. config.py fills them from the `policy:` section."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from bot.model import Form


class StepName(StrEnum):
    """Every step a touch can be. The first five are the standard ladder; the others answer a situation."""

    FIRST = "first"
    CALL = "call"
    VALUE = "value"
    DECISION = "decision"
    CLOSE = "close"
    CALLBACK = "callback"
    PROMISED = "promised"
    NO_SHOW = "no_show"
    EARLY_NO = "early_no"
    THANKS = "thanks"
    MEND_ADDRESS = "mend_address"
    NURTURE = "nurture"
    DORMANT = "dormant"
    CALLBACK_MAIL = "callback_mail"
    RESEND = "resend"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: its name, the working day it comes on (the quote's day is 0), what it is, and whose text it has where that is
    not its own."""

    name: str
    day: int
    form: Form
    template: str = ""


Ladder = tuple[Step, ...]


@functools.cache
def ladders() -> Mapping[str, Ladder]:
    """The ladders that come with the program, by name."""
    text = importlib.resources.files("bot.cadence").joinpath("ladders.toml").read_text(encoding="utf-8")
    return {
        name: tuple(Step(s["step"], s["day"], Form(s["form"]), s.get("template", "")) for s in table["steps"])
        for name, table in tomllib.loads(text).items()
    }


STANDARD_LADDER = ladders()["standard"]


@dataclass(frozen=True, slots=True)
class Band:
    """Quotes of this amount or more, in whatever currency, climb this ladder."""

    from_amount: Decimal
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class Spread:
    """Where value touches lie in a wait of `from_days` calendar days or more: at these shares of it, and so many days before its
    end."""

    from_days: int
    shares: tuple[Fraction, ...] = ()
    before_end: tuple[int, ...] = ()

    def offsets(self, wait: int) -> list[int]:
        """The days after the beginning of a wait of `wait` days, in order."""
        return sorted({int(wait * share) for share in self.shares} | {wait - days for days in self.before_end})


@dataclass(frozen=True, slots=True)
class Policy:
    """How persistent we are, and where we stop. All days are the rep's working days unless a name says otherwise."""

    ladder: Ladder = STANDARD_LADDER
    bands: tuple[Band, ...] = ()
    closed_day: int = 32  # never closed before this day of the count
    close_wait_days: int = 10  # from the closing mail to `closed`
    min_gap_days: int = 3  # between two mails to one person, the rep's own counted
    drafts_per_day: int = 15
    person_per_year: int = 24  # drafts to one person in any 365 days
    company_per_week: int = 10  # drafts to one company in any 7 days
    oldest_days: int = 365  # calendar days; an older quote is left alone
    close_old_quotes: bool = False  # may a quote past `closed_day` at the first run still get its closing mail
    expiry_lead_days: int = (
        0  # the step that would miss the quote's last valid day comes so many days before it; 0: it is left out
    )
    value_before_callback: bool = False  # value touches while a callback is awaited
    nurture: tuple[Spread, ...] = (Spread(90, (Fraction(1, 3), Fraction(2, 3)), (14,)), Spread(28, (Fraction(1, 2),)))
    draft_on_callback_day: bool = False  # a draft beside the call on the morning of an agreed callback
    resend_when_asked: bool = False  # the quote once more, in a draft, where the customer asks for it
    thanks_after_meeting: bool = False  # a thank-you the morning after a meeting nobody wrote about
    dormant_every_days: int = (
        0  # calendar days from the close to a few words with something useful, and on to the next; 0: none
    )
    dormant_most: int = 4  # so many at most
    dormant_per_week: int = 5  # and over all closed quotes no more than this in any 7 days
    customers_holidays: bool = (
        True  # no draft on a public holiday of the customer's country, where his address tells it
    )
    hold_without_date_days: int = 5  # "we will get back to you"
    hold_most_days: int = 180  # calendar days; who says he will answer on a day further off has been misread
    away_without_date_days: int = 5
    later_without_date_days: int = 60  # "not now", and no word of when
    snooze_days: int = 5  # where the rep snoozes by a label
    early_no_days: int = 10  # from an early no, or our one answer to it, to `lost`
    appear_at: dt.time = dt.time(8, 0)  # drafts appear and calls are put at this time of the rep's day
    call_at: dt.time = dt.time(10, 0)  # where a call stands in the calendar when the rep is free
    call_minutes: int = 15
    work_from: dt.time = dt.time(9, 0)  # calls lie within these hours of the rep's day
    work_to: dt.time = dt.time(17, 0)
    customers_hours: bool = (
        True  # and of the customer's, where his address tells his country and the two have any in common
    )
    count_messages_in_close: bool = False

    def ladder_for(self, amount: Decimal | None, named: str = "") -> Ladder:
        """The ladder a quote of this amount climbs: the one the rep has named for it, that of the highest band it reaches, else
        the usual one."""
        if named in ladders():
            return ladders()[named]
        reached = [b for b in self.bands if amount is not None and amount >= b.from_amount]
        return max(reached, key=lambda b: b.from_amount).ladder if reached else self.ladder

    def closed_after(self, ladder: Ladder) -> int:
        """The day of the count before which a quote on this ladder is not closed."""
        return self.closed_day if ladder == self.ladder else max(s.day for s in ladder) + self.close_wait_days

    def step(self, name: str, amount: Decimal | None = None, named: str = "") -> Step | None:
        """The step of that name on the ladder of that amount, or on the one named."""
        return next((s for s in self.ladder_for(amount, named) if s.name == name), None)

    def spread(self, wait: int) -> list[int]:
        """The days of a wait of so many days on which value touches lie, counted from its beginning."""
        fitting = [s for s in self.nurture if wait >= s.from_days]
        return max(fitting, key=lambda s: s.from_days).offsets(wait) if fitting else []
