"""Signing in with Google: the page, the way back, what is kept, and every way in which it ends, in plain words."""

from __future__ import annotations

import datetime as dt
import json
import threading
import urllib.request
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot import app
from bot.commands import connect_google
from bot.config import AccountConfig
from bot.errors import UserMustAct
from bot.providers import google_signin as signin
from bot.providers.google_account import GoogleAccount
from tests.contract.samples import draft, reminder
from tests.fakes.google.people import Clock
from tests.fakes.google.server import FakeGoogle

REP = "nora@kiln.example"
CONFIG = """
google: {client: client.json}
store: {path: memory.sqlite3}
accounts:
  - name: nora
    me: nora@kiln.example
    rep: {name: Nora Falk}
    zone: Europe/Berlin
    country: DE
    mail: {kind: gmail}
    calendar: {kind: google}
"""


class Drawer(dict[str, str]):
    """A place for secrets."""

    def set(self, name: str, value: str) -> None:
        self[name] = value


@pytest.fixture
def fake() -> Iterator[FakeGoogle]:
    fake = FakeGoogle(REP, Clock(dt.datetime(2026, 4, 20, 9, tzinfo=dt.UTC)))
    fake.token = "nobody has signed in"
    yield fake
    fake.close()
    assert fake.violations == []


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "client.json").write_text(
        json.dumps({"installed": {"client_id": "kiln", "client_secret": "no secret"}})
    )
    (tmp_path / "followup.yaml").write_text(CONFIG)
    return tmp_path / "followup.yaml"


@pytest.fixture
def drawer(fake: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> Drawer:
    drawer = Drawer()

    def google(self: app.App, account: AccountConfig) -> GoogleAccount:
        where = self.config.google
        return GoogleAccount(
            account.name,
            account.me,
            drawer,
            where.client,
            where.service_account,
            fake.stand_ins,
            account.mail.labels,
        )

    monkeypatch.setattr(app.App, "google", google)
    return drawer


def by_browser(fake: FakeGoogle) -> connect_google.Person:
    """The page opens, the person signs in, the browser comes back; before that it asks for an icon."""

    def browse(url: str) -> None:
        back = fake.sign_in.page(url)
        base = back.partition("/?")[0]

        def visit() -> None:
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"{base}/favicon.ico", timeout=5)
            urllib.request.urlopen(back, timeout=5).close()

        threading.Thread(target=visit).start()

    return connect_google.Person(browse, None)


def by_hand(fake: FakeGoogle, spoil: str = "") -> connect_google.Person:
    seen: list[str] = []
    return connect_google.Person(seen.append, lambda: fake.sign_in.page(seen[-1]) + spoil)


def test_from_the_sign_in_to_the_first_draft(fake: FakeGoogle, drawer: Drawer, config: Path) -> None:
    fake.mail.send_as.append({"sendAsEmail": "sales@kiln.example", "verificationStatus": "accepted"})
    lines = list(connect_google.connect(config, None, by_browser(fake)))
    assert lines[0] == "nora: signed in as nora@kiln.example"
    assert "sales@kiln.example" in lines[1] and "Follow-ups" in lines[2]
    with app.opened(config) as opened:
        account = opened.config.account("nora")
        mailbox, calendar = opened.mailbox(account), opened.calendar(account)
        assert mailbox.put(draft()) is not None
        assert calendar is not None and calendar.put(reminder()) is not None
    kept = json.loads(drawer["google:nora"])
    assert kept["token"] == "lasting" and kept["calendar"]
    again = list(connect_google.connect(config, "nora", by_hand(fake)))
    assert len(again) == 3 and len(fake.calendar.made_here) == 1, "signing in again makes no second calendar"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:1/?error=access_denied", "not to let"),
        ("http://127.0.0.1:1/?state=other&code=x", "not the answer"),
        ("http://127.0.0.1:1/?code=x", "not the answer"),
        ("I do not know", "not the answer"),
    ],
)
def test_a_wrong_address_is_told(fake: FakeGoogle, drawer: Drawer, config: Path, address: str, words: str) -> None:
    person = connect_google.Person(lambda url: None, lambda: address)
    with pytest.raises(UserMustAct, match=words):
        list(connect_google.connect(config, None, person))
    assert not drawer and not [call for call in fake.trace if call[1] == "/token"]


def test_a_box_that_was_unticked_is_told(fake: FakeGoogle, drawer: Drawer, config: Path) -> None:
    fake.sign_in.granted = [signin.SCOPES[0], signin.SCOPES[2]]
    with pytest.raises(UserMustAct, match=r"no right to gmail\.compose, calendar\.app\.created"):
        list(connect_google.connect(config, None, by_hand(fake)))
    assert not drawer


def test_labels_are_asked_for_only_where_they_are_wanted(fake: FakeGoogle, drawer: Drawer, config: Path) -> None:
    def asked() -> str:
        seen: list[str] = []
        list(
            connect_google.connect(
                config, None, connect_google.Person(seen.append, lambda: fake.sign_in.page(seen[-1]))
            )
        )
        return seen[-1]

    assert "gmail.modify" not in asked()
    config.write_text(CONFIG.replace("kind: gmail", "kind: gmail, labels: true"))
    with app.opened(config) as opened:
        assert opened.mailbox(opened.config.account("nora")).marks is False, "wanted, and not granted yet"
    assert "gmail.modify" in asked()
    with app.opened(config) as opened:
        assert opened.mailbox(opened.config.account("nora")).marks is True
    fake.sign_in.granted = list(signin.SCOPES)
    lines = list(connect_google.connect(config, None, by_hand(fake)))
    assert any("no labels" in line for line in lines), "that box was left empty: everything else works"
    with app.opened(config) as opened:
        assert opened.mailbox(opened.config.account("nora")).marks is False


def test_somebody_else_signed_in(fake: FakeGoogle, drawer: Drawer, config: Path) -> None:
    fake.mail.address = "otto@kiln.example"
    with pytest.raises(UserMustAct, match=r"otto@kiln\.example signed in"):
        list(connect_google.connect(config, None, by_hand(fake)))
    assert json.loads(drawer["google:nora"])["token"] == ""


def test_a_wider_scope_covers_a_narrower_one() -> None:
    prefix = "https://www.googleapis.com/auth/"
    assert signin.missing_scopes([prefix + "gmail.modify", prefix + "calendar"]) == ()
    assert len(signin.missing_scopes(["https://mail.google.com/"])) == 2


def test_a_sign_in_that_has_ended_is_told_with_what_to_do(fake: FakeGoogle, drawer: Drawer, config: Path) -> None:
    list(connect_google.connect(config, None, by_hand(fake)))
    fake.sign_in.alive = False
    with app.opened(config) as opened, pytest.raises(UserMustAct) as caught:
        next(iter(opened.mailbox(opened.config.account("nora")).changes(None)))
    assert (
        "nora" in str(caught.value) and "connect google" in caught.value.advice and "seven days" in caught.value.advice
    )


def test_nobody_has_signed_in_yet(drawer: Drawer, config: Path) -> None:
    with app.opened(config) as opened, pytest.raises(UserMustAct) as caught:
        next(iter(opened.mailbox(opened.config.account("nora")).changes(None)))
    assert "connect google --account nora" in caught.value.advice


def test_a_service_account_stands_in_for_the_rep(fake: FakeGoogle, drawer: Drawer, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    (tmp_path / "key.json").write_text(json.dumps({"client_email": "bot@project.example", "private_key": pem}))
    google = GoogleAccount("nora", (REP,), drawer, None, tmp_path / "key.json", fake.stand_ins)
    google.make_calendar()
    assert google.mailbox("en", lambda m: True).put(draft()) is not None
    assert google.calendar(zoneinfo.ZoneInfo("Europe/Berlin")).put(reminder()) is not None
    claims = fake.sign_in.assertions[0]
    assert (
        claims["sub"] == REP
        and claims["iss"] == "bot@project.example"
        and set(claims["scope"].split()) == set(signin.SCOPES)
    )
    fake.sign_in.delegated = False
    with pytest.raises(UserMustAct, match="stand in"):
        google.mailbox("en", lambda m: True).put(draft())


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"web": {"client_id": "x"}}', '{"installed": []}', '{"installed": {}}']
)
def test_a_file_that_is_no_client_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    for read in (signin.read_client, lambda path: signin.bearer_of_service(signin.token_wire(), path, "nora", REP)):
        with pytest.raises(UserMustAct):
            read(tmp_path / "c.json")
