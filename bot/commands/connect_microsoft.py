"""connect microsoft: sign in the accounts of kind graph, and see that what was granted is enough and not too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.errors import UserMustAct


@dataclass(frozen=True, slots=True)
class Person:
    """How the person signs in: with this machine's browser, or with a code typed in elsewhere; `tell` shows him what to
    do."""

    by_code: bool
    tell: Callable[[str], None]


def connect(config: Path, account: str | None, person: Person) -> Iterator[str]:
    """Sign in the accounts, one after the other, a line for each thing done."""
    with app.opened(config) as opened:
        wanted = [
            a for a in opened.accounts(account) if "graph" in (a.mail.kind, a.calendar.kind if a.calendar else "")
        ]
        if not wanted:
            raise UserMustAct("no account in the config is of kind graph", "write mail: kind: graph for one of them")
        for a in wanted:
            microsoft = opened.microsoft(a, a.mail.mailbox)
            if microsoft.registration.certificate is not None:
                yield f"{a.name}: the app signs in as itself, with a certificate"
            else:
                yield f"{a.name}: sign in as {a.me[0]}"
                sign_in = microsoft.sign_in
                who = sign_in.by_code(person.tell) if person.by_code else sign_in.by_browser(hint=a.me[0])
                yield f"{a.name}: signed in as {who}"
                if who.casefold() not in a.me:
                    yield f"{a.name}: {who} is not among the addresses under me: in the config; add it if it is the rep's"
            yield f"{a.name}: the mailbox answers (time zone {microsoft.look()}); nothing can be sent with this sign-in"
