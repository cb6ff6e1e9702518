"""The platform's side: signs by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

APP_SECRET = "secret-that-nobody-may-read"
ACCESS_TOKEN = "2.00-token"
CUSTOMER = 2489518277


@dataclass
class Weibo:
    """An account at the platform, its channel here, and its API on loopback."""

    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def post(self, body: bytes, query: dict[str, str] | None = None) -> Any:
        address = f"/hooks/{self.channel.key}/?{urlencode(signed() if query is None else query)}"
        return self.client.post(address, data=body, content_type="application/json")

    def push(self, **fields: Any) -> Any:
        return self.post(message(**fields))

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))


def signed(*, secret: str = APP_SECRET, timestamp: str = "", nonce: str = "57155157") -> dict[str, str]:
    timestamp = timestamp or str(int(time.time() * 1000))
    signature = hashlib.sha1("".join(sorted([secret, timestamp, nonce])).encode()).hexdigest()
    return {"signature": signature, "timestamp": timestamp, "nonce": nonce}


def message(**fields: Any) -> bytes:
    document = {
        "type": "text",
        "receiver_id": 1902538057,
        "sender_id": CUSTOMER,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012",
        "text": "我要退货",
        "data": {},
        **fields,
    }
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def account(db: None, server: PlatformServer) -> Weibo:
    channel = ChannelFactory.create(
        key="weibo",
        kind="weibo",
        settings={"api_base": server.url, "upload_base": server.url},
        secrets={"app_secret": APP_SECRET, "access_token": ACCESS_TOKEN},
    )
    IntakeRuleFactory.create(channel=channel)
    return Weibo(channel, server)
