"""An archive read for its quotes alone: what the pile needs, in memory that does not grow with the mails that say nothing.

Two walks: the first finds the rep's quotes; the second keeps what came and went in their threads, and between him and the
people and companies they went to. Everything else is parsed and forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from bot.cadence.fold import fold, leave_of
from bot.cadence.opportunity import Opportunity
from bot.cadence.plan import Plan, plan
from bot.cadence.policy import Policy
from bot.cadence.worktime import WorkTime
from bot.freemail import company_of
from bot.model import Direction, Entry, Kind, MailRecord, Message, Record, Unreadable
from bot.reading.read import direction_of
from bot.reading.settings import ReadSettings
from bot.recording import entry_record, mail_record

Walk = Callable[[], Iterator[Message | Entry | Unreadable]]
OPENS = frozenset({Kind.QUOTE, Kind.PROMISED})


def survey(
    walk: Walk, settings: ReadSettings, policy: Policy, now: dt.datetime
) -> tuple[tuple[Opportunity, ...], Plan, WorkTime]:
    """The matters in an archive at `now`, and what would come next in each. `walk` begins a new reading at each call."""
    found = Finds(settings)
    for item in walk():
        if isinstance(item, Message) and direction_of(item, settings) is Direction.SENT:
            found.open(item)
    for item in walk():
        found.relate(item)
    worktime = WorkTime(settings.country, settings.zone, leave_of(found.records, settings.zone))
    opportunities = fold(found.records, (), (), me=settings.me, policy=policy, worktime=worktime, now=now)
    wish = plan(opportunities, account="survey", policy=policy, worktime=worktime, now=now)
    return opportunities, wish, worktime


class Finds:
    """The records that belong to the rep's quotes."""

    def __init__(self, settings: ReadSettings) -> None:
        self.settings = settings
        self.records: list[Record] = []
        self._ids: set[str] = set()
        self._people: set[str] = set()
        self._companies: set[str] = set()

    def open(self, message: Message) -> None:
        """Keep a mail of the rep that opens a matter."""
        record = mail_record(message, self.settings)
        if record.reading.kind in OPENS and record.id not in self._ids:
            self._keep(record)
            for address in (*record.to, *record.cc):
                if not self.settings.is_colleague(address):
                    self._people.add(address.email)
                    self._companies.add(company_of(address.email) or address.email)

    def relate(self, item: Message | Entry | Unreadable) -> None:
        """Keep what belongs to a matter."""
        if isinstance(item, Entry):
            self.records.append(entry_record(item, self.settings))
        elif isinstance(item, Message) and item.id not in self._ids and self._belongs(item):
            self._keep(mail_record(item, self.settings))

    def _belongs(self, message: Message) -> bool:
        if message.answers in self._ids or not self._ids.isdisjoint(message.references):
            return True
        if message.returned or message.report:  # a bounce: whom it is about stands inside
            return True
        if self.settings.is_own(message.sender):
            return any(a.email in self._people for a in (*message.to, *message.cc))
        sender = message.sender.email
        return sender in self._people or (company_of(sender) or sender) in self._companies or "daemon" in sender

    def _keep(self, record: MailRecord) -> None:
        self.records.append(record)
        self._ids.add(record.id)
