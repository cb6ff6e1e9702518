"""The platform's side: signs by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

CLIENT_KEY = "aw0123456789"
CLIENT_SECRET = "secret-that-nobody-may-read"
REFRESH_TOKEN = "rft.never-shown"
ACCOUNT = "oB-account"
CUSTOMER = "oU-customer"
CONVERSATION = "@c1+/=="

ACCOUNT_TOKEN = {"data": {"access_token": "act.1", "expires_in": 1296000, "error_code": 0}, "message": "success"}
APP_TOKEN = {"data": {"access_token": "clt.1", "expires_in": 7200, "error_code": 0}, "message": "success"}

_call_ids = itertools.count(1)


@dataclass
class Douyin:
    """An account at the platform, its channel here, and its API on loopback."""

    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def post(self, body: bytes, *, signature: str | None = None, call_id: str | None = None) -> Any:
        headers = {"X-Douyin-Signature": signed(body) if signature is None else signature}
        headers["Msg-Id"] = f"call-{next(_call_ids)}" if call_id is None else call_id
        return self.client.post(
            f"/hooks/{self.channel.key}/", data=body, content_type="application/json", headers=headers
        )

    def push(self, name: str = "im_receive_msg", **fields: Any) -> Any:
        return self.post(event(name, **fields))

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))


def signed(body: bytes, secret: str = CLIENT_SECRET) -> str:
    return hashlib.sha1(secret.encode() + body).hexdigest()


def event(
    name: str = "im_receive_msg",
    *,
    sender: str = CUSTOMER,
    receiver: str = ACCOUNT,
    message_id: str = "@m1",
    as_text: bool = False,
    **content: Any,
) -> bytes:
    said = {
        "conversation_short_id": CONVERSATION,
        "server_message_id": message_id,
        "conversation_type": 1,
        "create_time": int(time.time() * 1000),
        "message_type": "text",
        "source": "",
        "user_infos": [{"open_id": CUSTOMER, "nick_name": "小明", "avatar": "https://example.com/a.jpg"}],
        **content,
    }
    document = {"event": name, "client_key": CLIENT_KEY, "from_user_id": sender, "to_user_id": receiver, "log_id": "1"}
    inner: Any = json.dumps(said, ensure_ascii=False) if as_text else said
    return json.dumps({**document, "content": inner}, ensure_ascii=False).encode()


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        platform.on("/oauth/refresh_token/", ACCOUNT_TOKEN)
        platform.on("/oauth/client_token/", APP_TOKEN)
        yield platform


@pytest.fixture
def account(db: None, server: PlatformServer) -> Douyin:
    channel = ChannelFactory.create(
        key="douyin",
        kind="douyin",
        settings={"client_key": CLIENT_KEY, "open_id": ACCOUNT, "api_base": server.url},
        secrets={"client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN},
    )
    IntakeRuleFactory.create(channel=channel)
    return Douyin(channel, server)
