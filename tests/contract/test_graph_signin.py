"""Signing in to Microsoft 365: the real msal against a fake of the sign-in service."""

from __future__ import annotations

import datetime as dt
import subprocess
import webbrowser
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from bot.errors import TryLater, UserMustAct
from bot.providers.graph_msal import sign_in_wire
from bot.providers.graph_signin import Registration, SignIn
from bot.providers.wire import Wire
from bot.secrets import KeyringSecrets
from tests.fakes.graph.entra import HOST, Entra
from tests.fakes.graph.server import Plan, Server
from tests.fakes.graph.service import Service
from tests.fakes.graph.store import Store


class Narrow:
    """A keyring whose entries hold 2,560 bytes each, as Windows has it."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.written = 0

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get(name)

    def set_password(self, service: str, name: str, value: str) -> None:
        assert len(value.encode("utf-16-le")) <= 2560
        self.kept[name] = value
        self.written += 1

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[name]


class Bench:
    """A sign-in service and what signs in to it."""

    def __init__(self, folder: Path) -> None:
        self.entra = Entra()
        self.server = Server(Service(Store()), extra=self.entra)
        self.ring = Narrow()
        self.folder = folder
        self.registration = Registration(self.entra.client_id)
        self.now = dt.datetime.now(dt.UTC)
        self.wires: list[Wire] = []

    def sign_in(self, registration: Registration | None = None) -> SignIn:
        """As a newly started process has it."""
        self.wires.append(sign_in_wire(HOST, stand_ins={HOST: self.server.base}))
        secrets = KeyringSecrets("windows", self.ring)
        return SignIn(
            registration or self.registration, secrets, "graph:nora", self.folder, wire=self.wires[-1],
            clock=lambda: self.now,
        )  # fmt: skip

    def tokens(self) -> list[str]:
        return [given.get("grant_type", "") for path, given in self.entra.asked if path == "oauth2/v2.0/token"]

    def close(self) -> None:
        for wire in self.wires:
            wire.close()
        self.server.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def test_by_code_and_then_without_a_person(bench: Bench) -> None:
    told: list[str] = []
    assert bench.sign_in().by_code(told.append) == "nora@kiln.example"
    assert told and "KILN42" in told[0]
    first = bench.sign_in().token()
    assert bench.sign_in().token() == first, "another process uses the same token"
    assert max(len(value.encode("utf-16-le")) for value in bench.ring.kept.values()) <= 2560
    asked = next(given for path, given in bench.entra.asked if path == "oauth2/v2.0/devicecode")
    assert "Mail.ReadWrite" in asked["scope"] and "Mail.Send" not in asked["scope"]


def test_by_browser_with_pkce(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browse(url: str, *_: Any, **__: Any) -> bool:
        opened.append(url)

        def person() -> None:
            answer = requests.get(url.replace(f"https://{HOST}", bench.server.base), allow_redirects=False, timeout=5)
            if answer.status_code == 302:
                requests.get(answer.headers["Location"], timeout=5).close()
            else:
                form = answer.json()
                requests.post(form["post"], data=form["form"], timeout=5,
                              headers={"Content-Type": "application/x-www-form-urlencoded"}).close()  # fmt: skip
            answer.close()

        Thread(target=person, daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    monkeypatch.setattr(webbrowser, "get", lambda *_: type("Browser", (), {"open": staticmethod(browse)})())
    assert bench.sign_in().by_browser(seconds=10) == "nora@kiln.example"
    assert "code_challenge_method=S256" in opened[0] and "Mail.Send" not in opened[0]
    assert bench.sign_in().token()


def test_a_refreshed_token_is_kept_before_it_is_used(bench: Bench) -> None:
    bench.entra.expires = 60  # at once to be renewed
    bench.sign_in().by_code(lambda _: None)
    tokens = {bench.sign_in().token() for _ in range(4)}
    assert len(tokens) == 4 and bench.tokens().count("refresh_token") == 4, "each used the one that the last had left"


def test_processes_take_turns(bench: Bench) -> None:
    bench.entra.expires = 60
    bench.sign_in().by_code(lambda _: None)
    found: list[str] = []
    processes = [bench.sign_in() for _ in range(6)]
    threads = [Thread(target=lambda one: found.append(one.token()), args=(one,)) for one in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 6, "none used a refresh token that another had spent"


def test_a_lost_place_for_secrets_gives_no_token(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.entra.expires = 60
    bench.sign_in().by_code(lambda _: None)

    def full(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(bench.ring, "set_password", full)
    with pytest.raises(UserMustAct):
        bench.sign_in().token()


@pytest.mark.parametrize("more", ["Mail.Send", "Mail.Send.Shared", "SMTP.Send", "mail.send"])
def test_a_token_that_could_send_is_refused(bench: Bench, more: str) -> None:
    bench.entra.grants += f" {more}"
    with pytest.raises(UserMustAct, match="could send"):
        bench.sign_in().by_code(lambda _: None)
    assert not bench.ring.kept, "and it is not kept"


def test_a_sign_in_that_may_send_later_on_is_refused(bench: Bench) -> None:
    bench.entra.expires = 60
    bench.sign_in().by_code(lambda _: None)
    bench.entra.grants += " Mail.Send"
    with pytest.raises(UserMustAct, match="could send"):
        bench.sign_in().token()


def test_too_little_is_told(bench: Bench) -> None:
    bench.entra.grants = "Mail.ReadWrite"
    with pytest.raises(UserMustAct, match="Calendars"):
        bench.sign_in().by_code(lambda _: None)


@pytest.mark.parametrize(
    ("error", "said", "words"),
    [
        ("invalid_grant", "AADSTS50173: The provided grant has expired", "password"),
        ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", "90 days"),
        ("interaction_required", "AADSTS53003: Access has been blocked by Conditional Access policies.", "conditional"),
        ("interaction_required", "AADSTS50076: you must use multi-factor authentication", "factor"),
    ],
)
def test_a_refusal_is_told_in_plain_words(bench: Bench, error: str, said: str, words: str) -> None:
    bench.entra.expires = 60
    bench.sign_in().by_code(lambda _: None)
    bench.entra.refuses = error, said
    with pytest.raises(UserMustAct, match=words) as told:
        bench.sign_in().token()
    assert "followup connect" in told.value.advice


def test_nobody_has_signed_in(bench: Bench) -> None:
    with pytest.raises(UserMustAct, match="nobody"):
        bench.sign_in().token()


def test_another_tenant(bench: Bench) -> None:
    with pytest.raises((UserMustAct, TryLater)):
        bench.sign_in(replace(bench.registration, tenant="elsewhere.example")).by_code(lambda _: None)


@pytest.mark.parametrize("kind", ["503", "html", "truncated", "lost-request", "lost-answer"])
def test_a_sign_in_service_in_trouble_is_tried_later(bench: Bench, kind: str) -> None:
    bench.entra.expires = 60
    bench.sign_in().by_code(lambda _: None)
    bench.server.plan = Plan(kind, lambda number, method, path: True)
    with pytest.raises(TryLater):
        bench.sign_in().token()


def test_an_app_with_a_certificate(bench: Bench, tmp_path: Path) -> None:
    pem = tmp_path / "app.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "-", "-out", "-", "-days", "2",
         "-subj", "/CN=followup"], capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("no openssl here to make a certificate with")
    pem.write_bytes(made.stdout)
    with pytest.raises(UserMustAct, match="one tenant"):
        bench.sign_in(replace(bench.registration, certificate=pem)).token()
    bench.entra.tenant = "kiln.example"
    app = replace(bench.registration, certificate=pem, tenant="kiln.example")
    assert bench.sign_in(app).token().count(".") == 2
    bench.entra.roles.append("Mail.Send")
    bench.ring.kept.clear()
    with pytest.raises(UserMustAct, match="could send"):
        bench.sign_in(app).token()
    with pytest.raises(UserMustAct, match="certificate"):
        bench.sign_in(replace(app, certificate=tmp_path / "none.pem")).token()
