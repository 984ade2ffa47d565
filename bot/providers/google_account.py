"""A rep's account at Google, opened: the doors to his mailbox and calendar under his own sign-in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserMustAct
from bot.providers import google_signin as signin
from bot.providers.gmail import Gmail
from bot.providers.gmail_listing import Matters
from bot.providers.google_api import calendar_wire, gmail_wire
from bot.providers.google_calendar import GoogleCalendar, make_own
from bot.providers.google_signin import Keeper
from bot.providers.wire import Wire


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """Who signs in and by what: `client` is the file of an OAuth client, `service_account` that of a key that stands in
    for a whole domain, which comes first. `labels`: the owner wants mails to show how their matter stands. `stand_ins`: see
    wire.Wire."""

    name: str
    me: tuple[str, ...]
    keeper: Keeper
    client: Path | None
    service_account: Path | None
    stand_ins: Mapping[str, str] | None = None
    labels: bool = False

    def mailbox(self, language: str, matters: Matters, *, whole: bool = False) -> Gmail:
        """The mailbox."""
        marks = self.may_label
        return Gmail(self.mail_wire(), me=self.me, language=language, matters=matters, whole=whole, marks=marks)

    @property
    def may_label(self) -> bool:
        """Whether labels are wanted and the sign-in has the right to them. A service account has what it asks for."""
        if not self.labels or self.service_account is not None:
            return self.labels
        return signin.LABELS in signin.kept(self.keeper, self.name).scopes

    def calendar(self, zone: dt.tzinfo) -> GoogleCalendar:
        """The calendar."""
        return GoogleCalendar(self.calendar_wire(), signin.kept(self.keeper, self.name).calendar, zone)

    def make_calendar(self) -> str:
        """Make the calendar for reminders where there is none yet, and remember it."""
        own = make_own(self.calendar_wire(), signin.kept(self.keeper, self.name).calendar)
        signin.with_calendar(self.keeper, self.name, own)
        return own

    def mail_wire(self) -> Wire:
        """The door of the mailbox."""
        return gmail_wire(self._bearer(), labelling=self.may_label, stand_ins=self.stand_ins)

    def calendar_wire(self) -> Wire:
        """The door of the calendar."""
        return calendar_wire(self._bearer(), stand_ins=self.stand_ins)

    def _bearer(self) -> signin.Bearer:
        tokens = signin.token_wire(stand_ins=self.stand_ins)
        if self.service_account is not None:
            return signin.bearer_of_service(tokens, self.service_account, self.name, self.me[0], labels=self.labels)
        return signin.bearer_of_person(tokens, self.client_file(), self.keeper, self.name)

    def client_file(self) -> signin.Client:
        """The OAuth client. Raises UserMustAct."""
        if self.client is None:
            raise UserMustAct(
                "the config names no client of Google's", "set google.client to the file of the console: docs/google.md"
            )
        return signin.read_client(self.client)
