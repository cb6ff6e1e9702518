"""The platform's side: signs by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.channels.connectors.called import Called, channel_of
from tests.support.platform_server import PlatformServer, platform_server

SECRET = "signing-secret-that-nobody-may-read"
TOKEN = "xoxb-never-shown"
TEAM, APP, BOT, CUSTOMER = "T1", "A1", "UBOT", "U1"
DIRECT, PUBLIC = "D1", "C1"

_event_ids = itertools.count(1)


class Slack(Called):
    def post(self, body: bytes, *, at: int | None = None, secret: str = SECRET, **headers: str) -> Any:
        stamp = str(int(time.time()) if at is None else at)
        content_type = "application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded"
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(body, stamp, secret), **headers}
        return self.client.post("/hooks/slack/", data=body, content_type=content_type, headers=signed)

    def push(self, **fields: Any) -> Any:
        return self.post(message(**fields))


def signature(body: bytes, stamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def envelope(event: dict[str, Any], **fields: Any) -> bytes:
    document = {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": APP,
        "event_id": f"Ev{next(_event_ids)}",
        "event_time": 1700000000,
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "event": event,
    }
    return json.dumps({**document, **fields}, ensure_ascii=False).encode()


def message(**fields: Any) -> bytes:
    said = {"type": "message", "channel": DIRECT, "user": CUSTOMER, "text": "在吗", "ts": "1700000000.000100"}
    kinds = {"D": "im", "C": "channel", "G": "mpim"}
    document = {**said, **fields}
    document.setdefault("channel_type", kinds.get(str(document["channel"])[:1], "channel"))
    return envelope(document)


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        platform.on(
            "/users.info",
            {
                "ok": True,
                "user": {"id": CUSTOMER, "team_id": TEAM, "profile": {"real_name": "李雷", "email": "li@example.com"}},
            },
        )
        yield platform


@pytest.fixture
def slack(db: None, server: PlatformServer) -> Slack:
    settings = {"team_id": TEAM, "api_base": server.url}
    return Slack(channel_of("slack", settings, {"signing_secret": SECRET, "bot_token": TOKEN}), server)
