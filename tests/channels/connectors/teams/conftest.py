"""The platform's side: a key pair of its own, tokens for each call, and its services on loopback."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.channels.connectors.teams import signing_keys
from tests.channels.connectors.called import Called, channel_of
from tests.support.platform_server import PlatformServer, platform_server

APP, TENANT, SECRET = "app-1", "tenant-1", "client-secret-that-nobody-may-read"
CUSTOMER, CONVERSATION = "00000000-0000-0000-0000-000000000001", "a:1"
ISSUER = "https://api.botframework.com"
TOKEN_PATH = f"/{TENANT}/oauth2/v2.0/token"
TOKEN = {"token_type": "Bearer", "expires_in": 3600, "access_token": "token-1"}
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Teams(Called):
    @property
    def service_url(self) -> str:
        return f"{self.server.url}/apac/"

    def token(self, *, key: Any = KEY, key_id: str = "k1", algorithm: str = "RS256", **changes: Any) -> str:
        moment = int(time.time())
        claims = {"iss": ISSUER, "aud": APP, "nbf": moment, "exp": moment + 600, "serviceurl": self.service_url}
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": key_id})

    def post(self, body: bytes, *, authorization: str | None = None) -> Any:
        header = f"Bearer {self.token()}" if authorization is None else authorization
        return self.client.post(
            "/hooks/teams/", data=body, content_type="application/json", headers={"Authorization": header}
        )

    def activity(self, **fields: Any) -> bytes:
        document = {
            "type": "message",
            "id": "1700",
            "timestamp": "2026-01-02T10:00:00Z",
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": "29:u", "name": "Li", "aadObjectId": CUSTOMER},
            "conversation": {"id": CONVERSATION, "conversationType": "personal", "tenantId": TENANT},
            "recipient": {"id": "28:bot"},
            "text": "hi",
        }
        return json.dumps({**document, **fields}, ensure_ascii=False).encode()

    def push(self, **fields: Any) -> Any:
        return self.post(self.activity(**fields))


def public(key: Any, key_id: str, *endorsements: str) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    parts = {
        name: base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
        for name, number in (("n", numbers.n), ("e", numbers.e))
    }
    return {"kty": "RSA", "kid": key_id, "endorsements": list(endorsements), **parts}


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    signing_keys.forget()
    with platform_server() as platform:
        platform.on("/v1/.well-known/openidconfiguration", {"issuer": ISSUER, "jwks_uri": f"{platform.url}/keys"})
        platform.on("/keys", {"keys": [public(KEY, "k1", "msteams"), public(OTHER_KEY, "k2", "skype"), {"kty": "EC"}]})
        platform.on(TOKEN_PATH, TOKEN)
        platform.on("/apac/v3/conversations/a%3A1/members/29%3Au", {"email": "li@example.com", "tenantId": TENANT})
        yield platform
    signing_keys.forget()


@pytest.fixture
def teams(db: None, server: PlatformServer) -> Teams:
    bases = dict.fromkeys(("api_base", "login_base", "openid_base"), server.url)
    settings = {**bases, "app_id": APP, "tenant_id": TENANT}
    return Teams(channel_of("teams", settings, {"app_secret": SECRET}), server)
