"""One account of Microsoft 365: its sign-in, and the mailbox and the calendar behind one connection, so that a turn
without news is a single batch."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from weakref import WeakValueDictionary

from bot.errors import UserMustAct
from bot.providers.graph_api import Graph, Part, allowed, error_code, good, meter
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.graph_signin import Registration, SignIn
from bot.providers.wire import Wire
from bot.secrets import Secrets

_open: WeakValueDictionary[tuple[str, Registration, str], Graph] = WeakValueDictionary()
_opening = threading.Lock()


class GraphAccount:
    """`name` is the account's in the config, `address` the rep's own; `folder` is one that all processes of the program
    share. With a certificate the app acts for the mailbox of that address, else for whoever signed in; with `shared` for
    that mailbox, to which he has been given access (`asks_shared`: the account has such a one). `labels`: mails show how
    their matter stands."""

    def __init__(
        self, name: str, address: str, secrets: Secrets, folder: Path, *, client_id: str | None, tenant: str, cloud: str,
        certificate: Path | None, shared: str | None = None, asks_shared: bool = False, labels: bool = False,
    ) -> None:  # fmt: skip
        if not client_id:
            raise UserMustAct(
                "the config does not say which app signs in to Microsoft 365",
                "write microsoft: client_id: as docs/microsoft.md shows",
            )
        self.registration = Registration(client_id, tenant, cloud, certificate, asks_shared)
        self.sign_in = SignIn(self.registration, secrets, f"graph:{name}", folder)
        self._shared, self._labels = shared, labels
        self._key = (name, self.registration, shared or (address if certificate else ""))

    def mailbox(self, language: str) -> GraphMail:
        """The mailbox."""
        return GraphMail(self._graph(), language=language, marks=self._labels)

    def calendar(self, zone: dt.tzinfo) -> GraphCalendar:
        """The calendar."""
        return GraphCalendar(self._graph(), zone)

    def look(self) -> str:
        """Ask for one thing of the mailbox, to see that all is well: its own time zone, or of a shared one, whose settings
        are nobody else's, its name."""
        if self._shared:
            good(self._graph().ask(Part("GET", "/mailFolders/inbox")))
            return f"of {self._shared}"
        answer = self._graph().ask(Part("GET", "/mailboxSettings"))
        if answer.status == 403:
            raise UserMustAct(
                f"Microsoft 365 does not let the app into this mailbox ({error_code(answer)})",
                'see "What can stand in the way" in docs/microsoft.md',
            )
        if not answer.is_good:
            raise answer.fault()
        return str(answer.json().get("timeZone", ""))

    def _graph(self) -> Graph:
        """The account's one connection in this process."""
        with _opening:
            graph = _open.get(self._key)
            if graph is None:
                host = self.registration.place.graph
                wire = Wire(allowed(host), bearer=self.sign_in.token, meter=meter())
                user = f"users/{self._key[2]}" if self._key[2] else "me"
                graph = _open[self._key] = Graph(wire, host, user)
            return graph
