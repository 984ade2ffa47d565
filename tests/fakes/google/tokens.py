"""Google's token service: codes with PKCE, refresh tokens that are revoked, service accounts."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

Form = dict[str, list[str]]


class SignIn:
    """What has been asked, granted and revoked."""

    def __init__(self) -> None:
        self.questions: dict[str, dict[str, list[str]]] = {}  # code -> the query of the page asked for
        self.granted: list[str] | None = None  # None: all that is asked for
        self.alive = True
        self.delegated = True
        self.assertions: list[dict[str, Any]] = []
        self._count = itertools.count(1)

    def page(self, url: str) -> str:
        """The person signs in on the page; the address to which the browser is sent."""
        query = parse_qs(urlsplit(url).query)
        assert query["code_challenge_method"] == ["S256"] and query["response_type"] == ["code"]
        code = f"code{next(self._count)}"
        self.questions[code] = query
        return f"{query['redirect_uri'][0]}/?state={query['state'][0]}&code={code}&scope=x"

    def answer(self, form: Form) -> tuple[int, dict[str, Any]]:
        match form.get("grant_type", [""])[0]:
            case "authorization_code":
                return self._redeemed(form)
            case "refresh_token" if self.alive and form["refresh_token"] == ["lasting"]:
                return 200, {"access_token": f"access{next(self._count)}", "expires_in": 3599, "token_type": "Bearer"}
            case "urn:ietf:params:oauth:grant-type:jwt-bearer" if not self.delegated:
                return 401, {"error": "unauthorized_client"}
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                claims = form["assertion"][0].split(".")[1]
                self.assertions.append(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))))
                return 200, {"access_token": f"access{next(self._count)}", "expires_in": 3599, "token_type": "Bearer"}
        return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}

    def _redeemed(self, form: Form) -> tuple[int, dict[str, Any]]:
        question = self.questions.pop(form["code"][0], None)
        if question is None or question["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != question["code_challenge"][0]:
            return 400, {"error": "invalid_grant"}
        scopes = question["scope"][0].split() if self.granted is None else self.granted
        return 200, {
            "access_token": f"access{next(self._count)}", "refresh_token": "lasting", "expires_in": 3599, "scope": " ".join(scopes),
        }  # fmt: skip
