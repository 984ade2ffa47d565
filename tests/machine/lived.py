"""A rep's weeks: quotes, what customers answer, notes, and what the rep does with each draft, all from a seed.

What the rep does follows from a draft's key alone, so that two bots in the same weeks meet the same rep.
"""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.cadence.policy import Policy
from bot.model import Address, Entry, Instruction, Message
from bot.pipeline import Account
from bot.writing.facts import Rep
from tests.machine.street import CalendarRoom, MailRoom

ME = Address("iris@kiln.example", "Iris Moss")
PLACES = (("US", "America/Chicago"), ("DE", "Europe/Berlin"), ("AU", "Australia/Sydney"), ("BR", "America/Sao_Paulo"))
BEGINNINGS = (
    dt.date(2026, 3, 2),
    dt.date(2026, 3, 23),
    dt.date(2026, 9, 28),
    dt.date(2026, 10, 19),
)  # the clocks change
ANSWERS = (
    "Thank you. Does the price include the shelves, and who sets the kiln up?",
    "We have decided to go with another supplier, sorry.",
    "Please take me off your list and do not write to me again.",
    "Great, please go ahead with the order. The purchase order follows.",
    "This year is full. Please get in touch again in two months.",
    "We will come back to you next week.",
)
OPT_OUT = ANSWERS[2]


class Place(Protocol):
    """Where people act: a mailbox, a calendar, and what the rep tells the bot."""

    mail: MailRoom
    calendar: CalendarRoom
    now: dt.datetime
    stopped: set[str]

    def rep_said(self, instruction: Instruction) -> None: ...


Act = Callable[[Place], None]


@dataclass(frozen=True)
class Moment:
    at: dt.datetime
    acts: tuple[Act, ...]


def weeks(seed: int, days: int) -> tuple[Account, list[Moment]]:
    """The account of a seed, and what happens there on so many days."""
    chance = random.Random(seed)
    country, zone_name = chance.choice(PLACES)
    zone, begin = zoneinfo.ZoneInfo(zone_name), chance.choice(BEGINNINGS)
    account = account_of("iris", ME, zone, country)
    script: dict[dt.datetime, list[Act]] = {}
    for day in range(days):
        for hour in (8, 10, 15):
            script[dt.datetime.combine(begin + dt.timedelta(day), dt.time(hour, 1), zone)] = []
    moments = sorted(script)
    later_in_the_day = [
        m for m in moments if m.hour != 8
    ]  # at eight, whether turn or mail comes first is anybody's guess
    for n in range(chance.randrange(3, 7)):
        at = chance.choice(moments[: len(moments) * 2 // 3])
        who = Address(f"c{n}@c{n}co.example", f"Cleo Number{n}")
        script[at].append(arrives(quote(n, who, at)))
        if chance.random() < 0.7:
            later = chance.choice([m for m in later_in_the_day if m > at])
            text = chance.choice(ANSWERS)
            script[later].append(arrives(answer(n, who, later, text), stops=who.email if text == OPT_OUT else ""))
        elif chance.random() < 0.4:
            script[chance.choice([m for m in moments if m > at])].append(_stops(who.email))
    for n in range(chance.randrange(0, 3)):
        script[chance.choice(later_in_the_day)].append(_notes(n, chance.randrange(1, 9)))
    for m in moments:
        if m.hour == 10:
            script[m].append(rep_looks)
    quiet = {
        m for m in moments if m.weekday() > 4 or m.hour == 15
    }  # nothing is due then: only what happens makes a moment
    return account, [
        Moment(m, tuple(script[m])) for m in moments if m not in quiet or script[m] not in ([], [rep_looks])
    ]


def account_of(name: str, me: Address, zone: zoneinfo.ZoneInfo, country: str) -> Account:
    rep = Rep(me.name, me.email, "+1 312 555 0188", "Kiln Works")
    return Account(name, (me.email,), rep, zone, country, "en", Policy())


def quote(n: int, who: Address, at: dt.datetime, sender: Address = ME) -> Message:
    text = f"Hello {who.name.split()[0]},\n\nas agreed, here is our quote for the kiln: $ {4200 + 10 * n}.00 in total.\n\nIris"
    return Message("", "", f"q{n}@kiln.example", at, sender, (who,), (), f"Quote Q-{700 + n} for the kiln", plain=text)


def answer(n: int, who: Address, at: dt.datetime, text: str) -> Message:
    thread = f"q{n}@kiln.example"
    subject = f"Re: Quote Q-{700 + n} for the kiln"
    return Message(
        "", "", f"a{n}@c{n}co.example", at, who, (ME,), (), subject, thread, (thread,), f"Hi Iris,\n\n{text}\n\nCleo"
    )


def arrives(message: Message, stops: str = "") -> Act:
    def act(place: Place) -> None:
        place.mail.add(message)
        if stops:
            place.stopped.add(stops)

    return act


def _stops(email: str) -> Act:
    def act(place: Place) -> None:
        place.rep_said(Instruction("stop", email, place.now))
        place.stopped.add(email)

    return act


def _notes(n: int, days: int) -> Act:
    def act(place: Place) -> None:
        start = place.now + dt.timedelta(days=days)
        end, title, notes = start + dt.timedelta(minutes=15), f"Call back Cleo Number{n}", f"c{n}@c{n}co.example"
        place.calendar.write(Entry("", "", f"n{n}@cal", place.now, start, end, title=title, notes=notes))

    return act


def rep_looks(place: Place) -> None:
    """The rep at his drafts and reminders."""
    for draft in sorted(place.mail.drafts(), key=lambda m: m.key or ""):
        key = draft.key or ""
        match int(key[:4], 16) % 5:
            case 0:
                place.mail.rep_discards(key)
            case 1 if key not in place.mail.edited:
                place.mail.rep_edits(key)
            case 1 | 2:
                place.mail.rep_sends(key, place.now)
    for entry in list(place.calendar.lying.values()):
        if (
            entry.key
            and not entry.cancelled
            and entry.key not in place.calendar.dragged
            and int(entry.key[:4], 16) % 4 == 0
        ):
            place.calendar.rep_drags(entry.key, 1)
