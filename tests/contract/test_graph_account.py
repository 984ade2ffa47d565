"""Accounts of kind graph: from the config to a connection."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot import app
from bot.commands import connect_microsoft
from bot.errors import UserMustAct
from bot.providers.graph_account import GraphAccount
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.graph_signin import SCOPES

ACCOUNT = """
accounts:
  - {name: nora, me: nora@kiln.example, rep: {name: Nora}, zone: Europe/Berlin, country: DE, mail: {kind: %s}, calendar: {kind: %s}}
store: {path: memory.sqlite3}
secrets: {keep: file, path: secrets}
"""
APP = "microsoft: {client_id: 11111111-2222-3333-4444-555555555555, tenant: kiln.example, cloud: usgov}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def test_mailbox_and_calendar_share_one_connection(tmp_path: Path) -> None:
    with app.opened(written(tmp_path, ACCOUNT % ("graph", "graph") + APP)) as opened:
        (account,) = opened.accounts()
        mailbox, calendar = opened.mailbox(account), opened.calendar(account)
        assert isinstance(mailbox, GraphMail) and isinstance(calendar, GraphCalendar)
        assert mailbox._graph is calendar._graph and mailbox._graph.host == "graph.microsoft.us"
        assert opened.microsoft(account).registration.authority == "https://login.microsoftonline.us/kiln.example"


def test_a_shared_mailbox_beside_the_reps_own_calendar(tmp_path: Path) -> None:
    text = ACCOUNT % ("graph, mailbox: Sales@kiln.example, labels: true", "graph") + APP
    with app.opened(written(tmp_path, text)) as opened:
        (account,) = opened.accounts()
        mailbox, calendar = opened.mailbox(account), opened.calendar(account)
        assert isinstance(mailbox, GraphMail) and isinstance(calendar, GraphCalendar) and mailbox.marks
        assert (mailbox._graph._user, calendar._graph._user) == ("/users/sales@kiln.example", "/me")
        registration = opened.microsoft(account).registration
        assert {"Mail.ReadWrite.Shared", "Calendars.ReadWrite.Shared"} < set(registration.names)
        assert not any("Send" in name for name in registration.names)
    with app.opened(written(tmp_path, ACCOUNT % ("graph", "graph") + APP)) as opened:
        (account,) = opened.accounts()
        assert opened.microsoft(account).registration.names == SCOPES, "no more than is needed"


def test_without_an_app_it_is_told_what_to_write(tmp_path: Path) -> None:
    with app.opened(written(tmp_path, ACCOUNT % ("graph", "graph"))) as opened:
        (account,) = opened.accounts()
        with pytest.raises(UserMustAct, match="which app") as told:
            opened.mailbox(account)
        assert "client_id" in told.value.advice


def test_connect_wants_an_account_of_its_kind(tmp_path: Path) -> None:
    (tmp_path / "m" / "cur").mkdir(parents=True)
    config = written(tmp_path, (ACCOUNT % ("maildir, path: m", "icsdir, path: m")) + APP)
    with pytest.raises(UserMustAct, match="kind graph"):
        list(connect_microsoft.connect(config, None, connect_microsoft.Person(True, print)))


def test_the_app_itself_names_the_mailbox_it_acts_for(tmp_path: Path) -> None:
    secrets = app.open_secrets("file", tmp_path / "s", {})
    account = GraphAccount(
        "nora", "nora@kiln.example", secrets, tmp_path, client_id="x", tenant="kiln.example", cloud="global",
        certificate=tmp_path / "c.pem",
    )  # fmt: skip
    assert account.mailbox("en")._graph._user == "/users/nora@kiln.example"
    assert account.calendar(dt.UTC)._graph._user == "/users/nora@kiln.example"
