"""connect google: a rep signs in, and the calendar for his reminders is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.config import AccountConfig
from bot.errors import UserMustAct
from bot.providers import google_signin as signin
from bot.providers.gmail_calls import Calls
from bot.providers.google_account import GoogleAccount
from bot.providers.google_loopback import Loopback
from bot.providers.wire import Wire


@dataclass(frozen=True, slots=True)
class Person:
    """How the one at the keyboard is spoken to: `show` an address to open, `paste` gives back the address at which the
    browser ended; None: the browser comes back by itself."""

    show: Callable[[str], None]
    paste: Callable[[], str] | None


def connect(config: Path, account: str | None, person: Person) -> Iterator[str]:
    """Sign accounts in, and tell what came of each. Raises UserMustAct."""
    with app.opened(config) as opened:
        for one in opened.accounts(account):
            if not _is_google(one):
                continue
            google: GoogleAccount = opened.google(one)
            tokens = signin.token_wire(stand_ins=google.stand_ins)
            if google.service_account is None:
                signin.keep(google.keeper, one.name, _signed_in(google, tokens, person))
            yield from _greeted(google, one)
            if account is not None:
                return
    if account is not None:
        raise UserMustAct(
            f"account {account} is not at Google", "set kind: gmail below mail, or kind: google below calendar"
        )


def _is_google(account: AccountConfig) -> bool:
    return account.mail.kind == "gmail" or (account.calendar is not None and account.calendar.kind == "google")


def _signed_in(google: GoogleAccount, tokens: Wire, person: Person) -> signin.Kept:
    """Ask, and turn the answer into what is kept. The calendar that is there stays."""
    client = google.client_file()
    known = signin.kept(google.keeper, google.name)
    if person.paste is not None:
        asking = signin.ask(  # nobody listens there: the address is copied by hand
            client, "http://127.0.0.1:1", google.me[0], labels=google.labels
        )
        person.show(asking.url)
        address = person.paste()
    else:
        loopback = Loopback()
        asking = signin.ask(client, loopback.redirect, google.me[0], labels=google.labels)
        person.show(asking.url)
        address = loopback.wait()
    new = signin.redeem(tokens, client, asking, signin.code_of(asking, address))
    return signin.Kept(new.token, new.scopes, known.calendar)


def _greeted(google: GoogleAccount, account: AccountConfig) -> Iterator[str]:
    """Look whose mailbox it is, and make the calendar. Raises UserMustAct where it is somebody else's."""
    if account.mail.kind == "gmail":
        calls = Calls(google.mail_wire())
        address = calls.address()
        if address not in account.me:
            signin.keep(google.keeper, account.name, signin.Kept())
            raise UserMustAct(
                f"{address} signed in, but account {account.name} is of {account.me[0]}",
                f"sign in as {account.me[0]}, or add {address} to its addresses (me)",
            )
        yield f"{account.name}: signed in as {address}"
        for alias in calls.aliases():
            if alias.email not in account.me:
                yield f"{account.name}: {alias.email} is an address of his too; its mail counts as his"
        if google.labels and not google.may_label:
            yield f"{account.name}: no labels: the right to them was not given; run followup connect google again and tick its box"
    if account.calendar is not None and account.calendar.kind == "google":
        google.make_calendar()
        yield f"{account.name}: reminders go to the calendar Follow-ups"
