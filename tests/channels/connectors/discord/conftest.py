"""The platform's side: its API on loopback, a key pair for commands, and frames as its gateway sends them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.channels import registry, streams
from apps.channels.connectors.discord import messages
from apps.channels.models import InboundEvent
from tests.channels.connectors.called import Called, channel_of
from tests.channels.connectors.wecom.conftest import HeldForever
from tests.support.platform_server import PlatformServer, platform_server

TOKEN = "bot-token-never-shown"
BOT, CUSTOMER, DIRECT, PUBLIC = "50", "80", "900", "901"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


class Discord(Called):
    def tell(self, **fields: Any) -> bool:
        """What the gateway does with a frame; whether it kept it."""
        return self.frame("MESSAGE_CREATE", message(**fields))

    def frame(self, name: str, data: dict[str, Any]) -> bool:
        document = {"op": 0, "s": 42, "t": name, "d": data}
        hears = registry.get("discord").setting(self.channel, "hears") == "everything"
        item = messages.item(self.channel, document, json.dumps(document).encode(), BOT, hears_everything=hears)
        return item is not None and streams.accept(self.channel, HeldForever(), item)

    def command(self, document: dict[str, Any] | bytes, **headers: str) -> Any:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        stamp = str(int(time.time()))
        signed = {"X-Signature-Timestamp": stamp, "X-Signature-Ed25519": KEY.sign(stamp.encode() + body).hex()}
        return self.client.post(
            "/hooks/discord/", data=body, content_type="application/json", headers={**signed, **headers}
        )

    def reasons(self) -> list[str]:
        return [row.error_code for row in self.take_in()]

    @property
    def newest(self) -> InboundEvent:
        return self.take_in()[-1]


def message(message_id: str = "1100", **fields: Any) -> dict[str, Any]:
    said = {
        "id": message_id,
        "channel_id": DIRECT,
        "author": {"id": CUSTOMER, "username": "li", "global_name": "李"},
        "content": "hi",
        "timestamp": "2026-01-02T10:00:00.000000+00:00",
        "attachments": [],
        "type": 0,
    }
    return {**said, **fields}


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def discord(db: None, server: PlatformServer) -> Discord:
    settings = {"api_base": server.url, "public_key": KEY.public_key().public_bytes_raw().hex()}
    return Discord(channel_of("discord", settings, {"bot_token": TOKEN}), server)
