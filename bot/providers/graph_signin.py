"""Signing in to Microsoft 365 with msal: a person by the browser or by a code, or the app itself by a certificate.

The least that does the work is asked for, and a token that could send mail is refused, whoever granted it. Tokens are
kept where the config says (bot.secrets); a refreshed one is put there before it is used, and processes take turns, so
that none of them uses a refresh token that another has spent.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msal
import msal.exceptions

from bot.errors import TryLater, UserMustAct
from bot.providers.disk import only_writer
from bot.providers.graph_api import CLOUDS, Cloud
from bot.providers.graph_msal import MsalTransport, sign_in_wire
from bot.providers.wire import Wire
from bot.secrets import Secrets

SCOPES = ("Mail.ReadWrite", "Calendars.ReadWrite", "MailboxSettings.Read")
SHARED = ("Mail.ReadWrite.Shared", "Calendars.ReadWrite.Shared")  # beside them, for a mailbox that others share
COMMAND = "sign in again: followup connect microsoft"
_SENDS = re.compile(
    r"(?:^|[/\s])(Mail\.Send(?:\.\w{1,40})?|SMTP\.Send|full_access_as_user|EWS\.AccessAsUser\.All)(?=\s|$)", re.I
)
_EARLY = dt.timedelta(minutes=5)  # a token is renewed so long before it ends
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.{1,20000}?-----END CERTIFICATE-----", re.DOTALL)

# What Microsoft Entra's error numbers mean to a person (Entra guide, "Authentication and authorization error codes").
_MEANINGS: Mapping[str, str] = {
    "50034": "there is no such user in this tenant",
    "50057": "the user's account is disabled",
    "50076": "another factor of sign-in is wanted",
    "50079": "another factor of sign-in must be set up first",
    "50105": "the user has not been given access to this app",
    "50173": "the password has been changed since",
    "53000": "conditional access wants a device that complies with the organisation's rules",
    "53003": "a rule of conditional access does not let this sign-in pass",
    "65001": "nobody has agreed yet to what this app asks for",
    "65004": "the consent was refused",
    "70000": "the sign-in is no longer valid",
    "70008": "the sign-in has ended because it was not used for too long",
    "70043": "the organisation wants people to sign in again from time to time",
    "700016": "the client_id in the config is not known in this tenant",
    "700027": "the certificate is not the one that is registered for this app",
    "700082": "the sign-in has ended because it was not used for 90 days",
    "7000218": 'the app registration does not allow public clients: turn on "Allow public client flows"',
    "90002": "there is no tenant of the name in the config",
    "90094": "an administrator must agree to what this app asks for",
}


@dataclass(frozen=True, slots=True)
class Registration:
    """The app as it is registered with Microsoft Entra. `tenant` is a domain or an id, or "organizations" for an app of
    many tenants; with a `certificate` (a PEM file with its key) the app signs in as itself. `shared`: a person signs in
    for a mailbox that he shares with others."""

    client_id: str
    tenant: str = "organizations"
    cloud: str = "global"
    certificate: Path | None = None
    shared: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What is needed."""
        return (*SCOPES, *SHARED) if self.shared and self.certificate is None else SCOPES

    @property
    def place(self) -> Cloud:
        return CLOUDS[self.cloud]

    @property
    def authority(self) -> str:
        return f"https://{self.place.sign_in}/{self.tenant}"

    def scopes(self) -> list[str]:
        """What to ask for, as this cloud names it."""
        if self.certificate is not None:
            return [f"https://{self.place.graph}/.default"]
        return [f"https://{self.place.graph}/{name}" for name in self.names]


@dataclass(slots=True)
class _Held:
    """The access token in hand, and until when it is good."""

    token: str = ""
    until: dt.datetime = field(default_factory=lambda: dt.datetime.min.replace(tzinfo=dt.UTC))


class SignIn:
    """One account's sign-in. `name` is the secret it lies under; `folder` is where processes meet to take turns."""

    def __init__(
        self,
        registration: Registration,
        secrets: Secrets,
        name: str,
        folder: Path,
        *,
        wire: Wire | None = None,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._registration, self._secrets, self._name, self._folder = registration, secrets, name, folder
        self._http = MsalTransport(wire or sign_in_wire(registration.place.sign_in))
        self._clock = clock
        self._held = _Held()
        self._one_at_a_time = threading.Lock()

    # --- the token of the moment

    def token(self) -> str:
        """An access token that is good for some minutes more: the one in hand, or one from the service, kept before it
        is given out. Raises UserMustAct where a person must sign in, TryLater where the service cannot be reached."""
        with self._one_at_a_time:
            if self._clock() + _EARLY < self._held.until:
                return self._held.token
            with self._shared() as cache, _faults():
                app = self._app(cache)
                if isinstance(app, msal.ConfidentialClientApplication):
                    result = app.acquire_token_for_client(scopes=self._registration.scopes())
                else:
                    accounts = app.get_accounts()
                    if not accounts:
                        raise UserMustAct("nobody has signed in to Microsoft 365 for this account", COMMAND)
                    result = app.acquire_token_silent_with_error(self._registration.scopes(), account=accounts[0])
            return self._hold(result)

    # --- signing in

    def by_browser(self, *, port: int | None = None, seconds: float = 300, hint: str = "") -> str:
        """A person signs in with the browser of this machine (authorization code with PKCE, RFC 7636, to a loopback
        address, RFC 8252); the address he signed in with."""
        return self._signed_in(
            lambda app: app.acquire_token_interactive(
                self._registration.scopes(),
                port=port,
                timeout=seconds,
                login_hint=hint or None,
                prompt="select_account",
            )
        )

    def by_code(self, tell: Callable[[str], None]) -> str:
        """A person signs in with any browser, typing a code (RFC 8628); `tell` is given what to tell him. The address
        he signed in with."""

        def sign_in(app: Any) -> Any:
            flow = app.initiate_device_flow(self._registration.scopes())
            if "user_code" not in flow:
                return flow
            tell(str(flow["message"]))
            return app.acquire_token_by_device_flow(flow)

        return self._signed_in(sign_in)

    def sign_out(self) -> None:
        """Forget the tokens."""
        with only_writer(self._folder):
            self._secrets.delete(self._name)
        self._held = _Held()

    def _signed_in(self, sign_in: Callable[[Any], Any]) -> str:
        """A fresh cache with what came of a sign-in, kept only if it grants what is needed and cannot send."""
        if self._registration.certificate is not None:
            raise UserMustAct(
                "with a certificate the app signs in as itself", "there is nothing to do but followup doctor"
            )
        cache = msal.SerializableTokenCache()
        with _faults():
            app = self._app(cache)
            result = sign_in(app)
        self._hold(result)
        with only_writer(self._folder):
            self._secrets.set(self._name, cache.serialize())
        accounts = app.get_accounts()
        return str(accounts[0].get("username", "")) if accounts else ""

    def _hold(self, result: Any) -> str:
        """The token of an answer. Raises UserMustAct for a refusal, and for a token that could do too much or too
        little."""
        if not isinstance(result, dict) or "access_token" not in result:
            raise _refused(result if isinstance(result, dict) else {})
        granted = " ".join((str(result.get("scope") or ""), *_claims(str(result["access_token"]))))
        if sends := _SENDS.search(granted):
            raise UserMustAct(
                f"this sign-in could send mail ({sends[1]}): such a token is refused",
                "take that permission away from the app registration and revoke its consent, then " + COMMAND,
            )
        names = self._registration.names
        missing = [name for name in names if granted.strip() and name.casefold() not in _names(granted)]
        if missing:
            raise UserMustAct(
                f"the sign-in does not grant {', '.join(missing)}", COMMAND + ", and agree to all it asks for"
            )
        self._held = _Held(
            str(result["access_token"]), self._clock() + dt.timedelta(seconds=int(result.get("expires_in") or 0))
        )
        return self._held.token

    @contextlib.contextmanager
    def _shared(self) -> Iterator[Any]:
        """The tokens that all processes share, other processes kept out meanwhile; kept if they changed."""
        with only_writer(self._folder):
            cache = msal.SerializableTokenCache()
            with contextlib.suppress(ValueError):  # unreadable: as if nobody had signed in
                cache.deserialize(self._secrets.get(self._name))
            yield cache
            if cache.has_state_changed:
                self._secrets.set(self._name, cache.serialize())

    def _app(self, cache: Any) -> Any:
        """msal's application. It knows the clouds' authorities itself and is not to ask around for others."""
        common = {"authority": self._registration.authority, "token_cache": cache, "http_client": self._http,
                  "instance_discovery": False}  # fmt: skip
        if self._registration.certificate is None:
            return msal.PublicClientApplication(self._registration.client_id, **common)
        if self._registration.tenant in ("organizations", "common"):
            raise UserMustAct(
                "an app with a certificate signs in to one tenant", "name the tenant in the config: a domain"
            )
        credential = _credential(self._registration.certificate)
        return msal.ConfidentialClientApplication(self._registration.client_id, client_credential=credential, **common)


def _credential(path: Path) -> dict[str, str]:
    """A certificate with its key, as msal takes it."""
    try:
        pem = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserMustAct(f"cannot read the certificate {path}", "name a PEM file with certificate and key") from fault
    found = _CERTIFICATE.search(pem)
    if found is None or "PRIVATE KEY-----" not in pem:
        raise UserMustAct(f"{path} holds no certificate with its key", "put both into one PEM file")
    thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(found[0]), usedforsecurity=False).hexdigest()
    return {"private_key": pem, "thumbprint": thumbprint, "public_certificate": found[0]}


def _claims(token: str) -> Iterator[str]:
    """The scopes and roles that an access token names. It is the service's to read, not ours, so one that cannot be read
    names none; where it can, it is the best witness of what it can do."""
    parts = token.split(".")
    if len(parts) != 3:
        return
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return
    if isinstance(said, dict):
        roles = said.get("roles")
        yield from (str(said.get("scp") or ""), *(str(one) for one in (roles if isinstance(roles, list) else [])))


def _names(granted: str) -> set[str]:
    """Scopes without the host before them, folded."""
    return {one.rpartition("/")[2].casefold() for one in granted.split()}


def _refused(result: Mapping[str, Any]) -> Exception:
    """What a refusal means, in plain words."""
    error, said = str(result.get("error") or "no answer"), str(result.get("error_description") or "")
    numbers = re.findall(r"AADSTS(\d{3,8})", said)
    meaning = next((_MEANINGS[one] for one in numbers if one in _MEANINGS), "")
    if error in ("temporarily_unavailable", "server_error", "slow_down", "request_timeout") or "90033" in numbers:
        return TryLater(f"Microsoft's sign-in is busy ({error})")
    meaning = meaning or {"authorization_pending": "the code was not typed in time", "expired_token": "the code was not "
                          "typed in time", "authorization_declined": "the sign-in was refused"}.get(error, "")  # fmt: skip
    number = f" (AADSTS{numbers[0]})" if numbers else f" ({error})"
    return UserMustAct(f"Microsoft 365 does not let us in: {meaning or said[:200] or error}{number}", COMMAND)


@contextlib.contextmanager
def _faults() -> Iterator[None]:
    """The network's and msal's own faults as ours."""
    try:
        yield
    except (OSError, msal.exceptions.MsalServiceError) as fault:
        raise TryLater(f"Microsoft's sign-in cannot be reached: {type(fault).__name__}") from fault
    except ValueError as fault:  # msal: an authority that is none, an answer that is no JSON
        raise TryLater(f"Microsoft's sign-in gave no proper answer: {str(fault)[:200]}") from fault
