"""One account of Microsoft 365: its sign-in, and the mailbox and the calendar behind one connection, so that a turn
without news is a single batch."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from weakref import WeakValueDictionary

from bot.errors import UserMustAct
from bot.providers.graph_api import Graph, Part, allowed, error_code, meter
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.graph_signin import Registration, SignIn
from bot.providers.wire import Wire
from bot.secrets import Secrets

_open: WeakValueDictionary[tuple[str, Registration, str], Graph] = WeakValueDictionary()
_opening = threading.Lock()


class GraphAccount:
    """`name` is the account's in the config, `address` the rep's own; `folder` is one that all processes of the program
    share. With a certificate the app acts for the mailbox of that address, else for whoever signed in."""

    def __init__(
        self, name: str, address: str, secrets: Secrets, folder: Path, *, client_id: str | None, tenant: str, cloud: str,
        certificate: Path | None,
    ) -> None:  # fmt: skip
        if not client_id:
            raise UserMustAct(
                "the config does not say which app signs in to Microsoft 365",
                "write microsoft: client_id: as docs/microsoft.md shows",
            )
        self.registration = Registration(client_id, tenant, cloud, certificate)
        self.sign_in = SignIn(self.registration, secrets, f"graph:{name}", folder)
        self._key = (name, self.registration, address)

    def mailbox(self, language: str) -> GraphMail:
        """The mailbox."""
        return GraphMail(self._graph(), language=language)

    def calendar(self, zone: dt.tzinfo) -> GraphCalendar:
        """The calendar."""
        return GraphCalendar(self._graph(), zone)

    def look(self) -> str:
        """Ask for one thing of the mailbox, to see that all is well: the mailbox's own time zone."""
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
                user = f"users/{self._key[2]}" if self.registration.certificate else "me"
                graph = _open[self._key] = Graph(wire, host, user)
            return graph
