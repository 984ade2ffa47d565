"""Signing in with Google: OAuth 2.0 for installed apps with PKCE (RFC 8252, RFC 7636), or a service account that stands
in for the people of a Workspace domain (RFC 7523).

The least that will do is asked for. gmail.compose could send, for there is no scope for drafts alone: wire_wall.py is
what makes sure that nothing does.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

from google.auth import crypt, jwt

from bot.errors import TryLater, UserMustAct
from bot.providers.wire import Allow, Request, Wire

SCOPES = tuple(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("gmail.readonly", "gmail.compose", "calendar.events.readonly", "calendar.app.created")
)
LABELS = "https://www.googleapis.com/auth/gmail.modify"  # asked for as well where labels are wanted
TOKEN_HOST = "oauth2.googleapis.com"
ALLOWED = (Allow("POST", TOKEN_HOST, "/token"),)
_ASK = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN = f"https://{TOKEN_HOST}/token"
_EARLY = dt.timedelta(minutes=5)  # a token is renewed so long before it ends
_MOST_FILE = 64 * 1024
_TESTING = (
    "sign in again: followup connect google. If this comes every seven days, the consent screen still is in testing: make it"
    " internal or publish it, see docs/google.md"
)


class Keeper(Protocol):
    """Where secrets are kept: what bot.secrets.Secrets does."""

    def get(self, name: str) -> str | None: ...

    def set(self, name: str, value: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Client:
    """The program as Google knows it: an OAuth client of the type "Desktop app". Its secret is none, by RFC 8252,
    section 8.5."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Asking:
    """A sign-in under way: `url` is for the browser; `state` and `verifier` tell our own answer from anybody's."""

    url: str
    redirect: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a sign-in. `token` is the refresh token, "" with a service account; `calendar` the id of the
    calendar for reminders."""

    token: str = ""
    scopes: tuple[str, ...] = ()
    calendar: str = ""

    def encoded(self) -> str:
        return json.dumps({"token": self.token, "scopes": self.scopes, "calendar": self.calendar})


def kept(keeper: Keeper, account: str) -> Kept:
    """What is kept of an account's sign-in; empty where it never was."""
    text = keeper.get(_name(account))
    try:
        row = json.loads(text or "{}")
        return Kept(str(row.get("token", "")), tuple(map(str, row.get("scopes", ()))), str(row.get("calendar", "")))
    except (ValueError, TypeError, AttributeError):
        return Kept()


def keep(keeper: Keeper, account: str, what: Kept) -> None:
    """Keep a sign-in."""
    keeper.set(_name(account), what.encoded())


def _name(account: str) -> str:
    return f"google:{account}"


def token_wire(**settings: Any) -> Wire:
    """The door to Google's token service, and to nothing else."""
    return Wire(ALLOWED, **settings)


# --- signing in


def read_client(path: Path) -> Client:
    """The client in the file that the Google Cloud console gives. Raises UserMustAct."""
    row = _json_file(path)
    if "web" in row:
        raise UserMustAct(
            f"{path} is of a web application", "make an OAuth client of the type Desktop app: docs/google.md"
        )
    inner = row.get("installed", {})
    if not isinstance(inner, dict) or not inner.get("client_id"):
        raise UserMustAct(f"{path} is not a client file of Google's", "download it from the console: docs/google.md")
    return Client(str(inner["client_id"]), str(inner.get("client_secret", "")))


def scopes(*, labels: bool = False) -> tuple[str, ...]:
    """What is asked for."""
    return (*SCOPES, LABELS) if labels else SCOPES


def ask(client: Client, redirect: str, email: str, *, labels: bool = False) -> Asking:
    """Begin a sign-in of the person with this address; `labels`: with the right to put labels on mails."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": client.id, "redirect_uri": redirect, "response_type": "code",
        "scope": " ".join(scopes(labels=labels)), "state": state,
        "code_challenge": challenge, "code_challenge_method": "S256", "access_type": "offline", "prompt": "consent",
        "login_hint": email,
    }  # fmt: skip
    return Asking(f"{_ASK}?{urlencode(query)}", redirect, state, verifier)


def code_of(asking: Asking, address: str) -> str:
    """The code in the address to which Google sent the browser back. Raises UserMustAct."""
    query = parse_qs(urlsplit(address.strip()).query)
    if (error := query.get("error", [""])[0]) == "access_denied":
        raise UserMustAct(
            "Google was told not to let the program in", "run followup connect google again and allow all of it"
        )
    if error:
        raise UserMustAct(f"Google answered: {error[:200]}", "run followup connect google again; see docs/google.md")
    if not secrets.compare_digest(query.get("state", [""])[0].encode(), asking.state.encode()):
        raise UserMustAct(
            "this is not the answer to the question asked", "copy the whole address of the page, of this sign-in"
        )
    code = query.get("code", [""])[0]
    if not code:
        raise UserMustAct(
            "there is no code in this address", "copy the whole address that the browser shows in the end"
        )
    return code


def redeem(wire: Wire, client: Client, asking: Asking, code: str) -> Kept:
    """Turn the code into what is kept. Raises UserMustAct, also where the person has unticked something needed."""
    answer = _token(wire, {
        "grant_type": "authorization_code", "code": code, "redirect_uri": asking.redirect, "client_id": client.id,
        "client_secret": client.secret, "code_verifier": asking.verifier,
    })  # fmt: skip
    granted = str(answer.get("scope", "")).split()
    missing = missing_scopes(granted)
    if missing:
        names = ", ".join(scope.rpartition("/")[2] for scope in missing)
        raise UserMustAct(f"Google gave no right to {names}", "run followup connect google again and tick every box")
    if not answer.get("refresh_token"):
        raise UserMustAct(
            "Google gave no lasting token", "remove the program at myaccount.google.com/permissions, then again"
        )
    return Kept(str(answer["refresh_token"]), scopes(labels=LABELS in granted))


def missing_scopes(granted: Iterable[str]) -> tuple[str, ...]:
    """What is needed and was not granted. A wider scope covers its narrower ones."""
    have = set(granted)
    wider = {
        "gmail.readonly": ("gmail.modify",),
        "gmail.compose": ("gmail.modify",),
        "calendar.events.readonly": ("calendar.readonly", "calendar.events", "calendar"),
        "calendar.app.created": ("calendar",),
    }
    prefix = "https://www.googleapis.com/auth/"
    covered = {n: {prefix + n, "https://mail.google.com/", *(prefix + w for w in more)} for n, more in wider.items()}
    for name in ("calendar.events.readonly", "calendar.app.created"):
        covered[name].discard("https://mail.google.com/")
    return tuple(scope for scope in SCOPES if not covered[scope.removeprefix(prefix)] & have)


# --- the token of the moment


class Bearer:
    """Gives the access token of the moment, renewed in good time. `form` is what the token service is asked with."""

    def __init__(self, wire: Wire, account: str, form: Callable[[], Mapping[str, str]]) -> None:
        self._wire, self._account, self._form = wire, account, form
        self._token, self._until = "", dt.datetime.min.replace(tzinfo=dt.UTC)

    def __call__(self) -> str:
        """The token. Raises UserMustAct where the sign-in is no longer good, TryLater."""
        if self._wire.now() >= self._until:
            try:
                answer = _token(self._wire, self._form())
            except UserMustAct as fault:
                raise UserMustAct(f"account {self._account}: {fault}", fault.advice) from fault
            seconds = answer.get("expires_in", 3600)
            self._token = str(answer.get("access_token", ""))
            self._until = self._wire.now() + dt.timedelta(seconds=float(seconds)) - _EARLY
        return self._token


def bearer_of_person(wire: Wire, client: Client, keeper: Keeper, account: str) -> Bearer:
    """The token of somebody who has signed in."""

    def form() -> Mapping[str, str]:
        token = kept(keeper, account).token
        if not token:
            raise UserMustAct("nobody has signed in with Google", f"run followup connect google --account {account}")
        return {
            "grant_type": "refresh_token", "refresh_token": token, "client_id": client.id, "client_secret": client.secret,
        }  # fmt: skip

    return Bearer(wire, account, form)


def bearer_of_service(wire: Wire, path: Path, account: str, email: str, *, labels: bool = False) -> Bearer:
    """The token of a service account that stands in for `email`. Raises UserMustAct where the file is none."""
    row = _json_file(path)
    try:
        signer = crypt.RSASigner.from_service_account_info(row)  # type: ignore[no-untyped-call]
        issuer = str(row["client_email"])
    except (ValueError, KeyError, TypeError) as fault:
        raise UserMustAct(
            f"{path} is not a key file of a service account", "make one: docs/google.md, For a team"
        ) from fault

    def form() -> Mapping[str, str]:
        now = int(wire.now().timestamp())
        scope = " ".join(scopes(labels=labels))
        claims = {"iss": issuer, "sub": email, "scope": scope, "aud": _TOKEN, "iat": now, "exp": now + 3600}
        assertion: bytes = jwt.encode(signer, claims)  # type: ignore[no-untyped-call]
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion.decode()}

    return Bearer(wire, account, form)


def with_calendar(keeper: Keeper, account: str, calendar: str) -> None:
    """Remember the calendar for reminders."""
    keep(keeper, account, replace(kept(keeper, account), calendar=calendar))


def _token(wire: Wire, form: Mapping[str, str]) -> dict[str, Any]:
    """An answer of the token service. Its refusals in plain words (RFC 6749, section 5.2)."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = wire.send(Request("POST", _TOKEN, headers, urlencode(form).encode()))
    if answer.is_good:
        row = answer.json()
        return row if isinstance(row, dict) else {}
    if answer.status not in (400, 401, 403) or not answer.body.lstrip().startswith(b"{"):
        fault = answer.fault()
        raise fault if isinstance(fault, TryLater) else TryLater(f"{TOKEN_HOST} answered {answer.status}")
    match answer.json().get("error"):
        case "invalid_grant":
            raise UserMustAct("the sign-in with Google has ended or was revoked", _TESTING)
        case "invalid_client" | "deleted_client":
            raise UserMustAct("Google no longer knows this client", "download the client file anew: docs/google.md")
        case "unauthorized_client" | "access_denied":
            advice = "an administrator must allow the scopes for it: docs/google.md, For a team"
            raise UserMustAct("Google does not let the service account stand in for this person", advice)
        case error:
            raise UserMustAct(
                f"Google refuses the sign-in: {str(error)[:100]}", "sign in again: followup connect google"
            )


def _json_file(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_FILE:
            raise ValueError("too large")
        row = json.loads(path.read_text("utf-8"))
    except OSError as fault:
        raise UserMustAct(f"cannot read {path}: {fault.strerror}", "docs/google.md tells where to get it") from fault
    except ValueError as fault:
        raise UserMustAct(f"{path} is not a JSON file of Google's", "docs/google.md tells where to get it") from fault
    return row if isinstance(row, dict) else {}
