"""A sign-in service: tenants, the authorization code with PKCE, the device code, refresh tokens that are good once, and
apps with a certificate. The real msal drives it, through the program's own door."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.fakes.graph.service import Reply

HOST = "login.microsoftonline.com"


def jwt(claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.c2ln"


@dataclass
class Entra:
    """`grants` is what the user, or the administrator, has agreed to. `refuses` is an error for every token request."""

    tenant: str = "organizations"
    client_id: str = "11111111-2222-3333-4444-555555555555"
    user: str = "nora@kiln.example"
    grants: str = "Mail.ReadWrite Calendars.ReadWrite MailboxSettings.Read"
    roles: list[str] = field(default_factory=lambda: ["Mail.ReadWrite", "Calendars.ReadWrite", "MailboxSettings.Read"])
    refuses: tuple[str, str] | None = None
    pending: int = 1  # polls before the code is typed
    expires: int = 3600
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refresh: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply | None:
        """What is asked below /TENANT/; None for everything else."""
        path, _, query = target.partition("?")
        if path.startswith("/v1.0/"):
            return None
        tenant, _, rest = path.lstrip("/").partition("/")
        given = {name: values[0] for name, values in parse_qs(body.decode() or query).items()}
        self.asked.append((rest, given))
        if tenant != self.tenant:
            return Reply(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."})
        match rest:
            case "v2.0/.well-known/openid-configuration":
                return Reply(body=self._configuration())
            case "oauth2/v2.0/authorize":
                return self._authorize(given)
            case "oauth2/v2.0/devicecode":
                return Reply(body={
                    "user_code": "KILN42", "device_code": "dev-1", "verification_uri": "https://microsoft.com/devicelogin",
                    "expires_in": 900, "interval": 0, "message": "Open microsoft.com/devicelogin and type KILN42.",
                })  # fmt: skip
            case "oauth2/v2.0/token":
                return self._token(given)
        return Reply(404, {"error": "not_found"})

    def _configuration(self) -> dict[str, Any]:
        base = f"https://{HOST}/{self.tenant}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token", "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }  # fmt: skip

    def _authorize(self, given: dict[str, str]) -> Reply:
        """The page on which a person signs in: he does at once."""
        if given.get("code_challenge_method") != "S256" or given.get("client_id") != self.client_id:
            return Reply(400, b"bad request")
        code = f"code-{next(self._numbers)}"
        self._codes[code] = given
        back = urlencode({"code": code, "state": given["state"], "client_info": self._client_info()})
        if given.get("response_mode") == "form_post":
            return Reply(200, {"post": given["redirect_uri"], "form": back})
        return Reply(302, b"", {"Location": f"{given['redirect_uri']}?{back}"})

    def _token(self, given: dict[str, str]) -> Reply:
        if self.refuses is not None:
            return Reply(400, {"error": self.refuses[0], "error_description": self.refuses[1]})
        if given.get("client_id") != self.client_id:
            return _no("unauthorized_client", "AADSTS700016: Application not found.")
        match given.get("grant_type"):
            case "authorization_code":
                begun = self._codes.pop(given["code"], None)
                verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
                challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
                if (
                    begun is None
                    or begun["code_challenge"] != challenge
                    or begun["redirect_uri"] != given["redirect_uri"]
                ):
                    return _no("invalid_grant", "AADSTS70000: the code is not good")
                return self._tokens(begun.get("nonce"))
            case "urn:ietf:params:oauth:grant-type:device_code" | "device_code":
                if self.pending > 0:
                    self.pending -= 1
                    return _no("authorization_pending", "AADSTS70016: pending")
                return self._tokens()
            case "refresh_token":
                if given["refresh_token"] not in self.refresh:
                    return _no("invalid_grant", "AADSTS70000: the refresh token was used before")
                self.refresh.discard(given["refresh_token"])
                return self._tokens()
            case "client_credentials":
                if given.get("client_assertion", "").count(".") != 2 or not given["scope"].endswith("/.default"):
                    return _no("invalid_client", "AADSTS700027: the certificate is not registered")
                claims = {"roles": self.roles, "n": next(self._numbers)}
                return Reply(body={"token_type": "Bearer", "expires_in": self.expires, "access_token": jwt(claims)})
        return _no("unsupported_grant_type", "AADSTS70003")

    def _client_info(self) -> str:
        return base64.urlsafe_b64encode(json.dumps({"uid": "u-1", "utid": "t-1"}).encode()).decode().rstrip("=")

    def _tokens(self, nonce: str | None = None) -> Reply:
        refresh = f"refresh-{next(self._numbers)}"
        self.refresh.add(refresh)
        now = int(time.time())
        claims = {
            "aud": self.client_id, "iss": f"https://{HOST}/{self.tenant}/v2.0", "exp": now + 3600, "iat": now,
            "preferred_username": self.user, "oid": "u-1", "tid": "t-1", "sub": "s-1",
            **({"nonce": nonce} if nonce else {}),
        }  # fmt: skip
        names = [f"https://graph.microsoft.com/{one}" for one in self.grants.split()]
        return Reply(body={
            "token_type": "Bearer", "scope": " ".join(names), "expires_in": self.expires, "ext_expires_in": self.expires,
            "access_token": f"access-{next(self._numbers)}", "refresh_token": refresh, "id_token": jwt(claims),
            "client_info": self._client_info(),
        })  # fmt: skip


def _no(error: str, said: str) -> Reply:
    return Reply(400, {"error": error, "error_description": said})
