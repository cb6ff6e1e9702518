"""The platform's side: signs by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels.connectors.called import Called, channel_of
from tests.support.platform_server import PlatformServer, platform_server

SECRET = "consumer-secret-that-nobody-may-read"
TOKEN_SECRET = "token-secret-never-shown"
ACCOUNT, CUSTOMER = "10", "20"


class X(Called):
    def post(self, body: bytes, *, signature: str | None = None) -> Any:
        header = {"x-twitter-webhooks-signature": signed(body) if signature is None else signature}
        return self.client.post("/hooks/x/", data=body, content_type="application/json", headers=header)

    def push(self, **fields: Any) -> Any:
        return self.post(event(**fields))


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def message(message_id: str = "900", sender: str = CUSTOMER, receiver: str = ACCOUNT, **said: Any) -> dict[str, Any]:
    created = {"sender_id": sender, "target": {"recipient_id": receiver}, "message_data": {"text": "hi", **said}}
    stamped = {"type": "message_create", "id": message_id, "created_timestamp": "1700000000000"}
    return {**stamped, "message_create": created}


def wrapped(*messages: dict[str, Any], is_old: bool = False) -> bytes:
    content = {"direct_message_events": list(messages), "users": {CUSTOMER: {"name": "李", "screen_name": "li"}}}
    if is_old:
        return json.dumps({"for_user_id": ACCOUNT, **content}).encode()
    return json.dumps({"data": {"event_uuid": "u1", "event_type": "dm.received", "payload": content}}).encode()


def event(is_old: bool = False, **fields: Any) -> bytes:
    return wrapped(message(**fields), is_old=is_old)


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def x(db: None, server: PlatformServer) -> X:
    settings = {"user_id": ACCOUNT, "consumer_key": "key", "api_base": server.url}
    secrets = {"consumer_secret": SECRET, "access_token": "10-token", "access_token_secret": TOKEN_SECRET}
    return X(channel_of("x", settings, secrets), server)
