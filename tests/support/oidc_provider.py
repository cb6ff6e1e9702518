"""An OpenID provider on loopback that does the code flow with PKCE for real, and lies where a test asks it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

from joserfc import jwk, jwt

from apps.accounts.oidc import discovery
from tests.support.platform_server import Asked, PlatformServer, Scripted, answer, platform_server

CLIENT, SECRET = "contact-center", "s3cret:with/signs"


def new_key() -> jwk.Key:
    return jwk.RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"}, private=True)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unsigned(alg: str, claims: dict[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims))


@dataclass
class OidcProvider:
    server: PlatformServer
    keys: list[jwk.Key] = field(default_factory=lambda: [new_key()])
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "name": "Ada", "preferred_username": "ada"})
    """The claims of whoever sits in front of the provider."""
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims that the token says instead; None leaves one out."""
    signs_with: jwk.Key | None = None
    alg: str = "RS256"
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.server.on("/.well-known/openid-configuration", lambda _asked: answer(self.metadata()))
        self.server.on("/keys", lambda _asked: answer({"keys": [key.as_dict(private=False) for key in self.keys]}))
        self.server.on("/authorize", self._authorize)
        self.server.on("/token", self._token)

    @property
    def issuer(self) -> str:
        return self.server.url

    def metadata(self) -> dict[str, Any]:
        places = {"authorization": "authorize", "token": "token", "end_session": "leave"}
        named = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in places.items()}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **named}

    def rotate(self) -> None:
        self.keys = [new_key()]

    def signed(self, claims: dict[str, Any], **header: str) -> str:
        key = self.signs_with or self.keys[0]
        if self.alg == "none":
            return f"{_unsigned('none', claims)}."
        if self.alg == "HS256":  # with the public key as the secret, as in the oldest of attacks
            text = _unsigned("HS256", claims)
            return f"{text}.{_encoded(hmac.digest(self.keys[0].as_pem(private=False), text.encode(), 'sha256'))}"
        return jwt.encode({"alg": self.alg, "kid": key.kid or "", **header}, claims, key)

    def logout_token(self, **claims: Any) -> str:
        now = int(time.time())
        event = {"http://schemas.openid.net/event/backchannel-logout": {}}
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "events": event,
        }
        return self.signed({name: value for name, value in {**told, **claims}.items() if value is not None})

    def _authorize(self, asked: Asked) -> Scripted:
        self.asked.append(asked.query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked.query
        back = {"code": code, "state": asked.query["state"], "iss": self.issuer}
        return Scripted(302, b"", {"Location": f"{asked.query['redirect_uri']}?{urlencode(back)}"})

    def _token(self, asked: Asked) -> Scripted:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        begun = self._codes.pop(form.get("code", ""), None)
        basic = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        client, _colon, secret = basic.partition(":")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_right = (
            begun is not None
            and begun["code_challenge_method"] == "S256"
            and begun["code_challenge"] == _encoded(digest)
            and begun["redirect_uri"] == form["redirect_uri"]
            and (unquote_plus(client), unquote_plus(secret)) == (CLIENT, SECRET)
        )
        if begun is None or not is_right:
            return answer({"error": "invalid_grant"}, status=400)
        return answer({"access_token": "x", "token_type": "Bearer", "id_token": self.signed(self._claims(begun))})

    def _claims(self, begun: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": begun["nonce"],
            "sid": "provider-session-1",
            **self.person,
            **self.lies,
        }
        return {name: value for name, value in told.items() if value is not None}


@contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    with platform_server() as server:
        try:
            yield OidcProvider(server)
        finally:
            discovery.forget()
