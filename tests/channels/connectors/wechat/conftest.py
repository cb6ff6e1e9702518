"""The platform's side: signs and encrypts by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from django.test import Client

from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

APP_ID = "wx0123456789abcdef"
TOKEN = "lindenhaus"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_SECRET = "secret-that-nobody-may-read"
OPENID = "oAbC1dEfG2hIjK3lMnO4pQrS5tUv"


@dataclass
class Wechat:
    """An account at the platform, its channel here, and its API on loopback."""

    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    app_id: str = APP_ID

    def post(self, body: bytes, query: dict[str, str], content_type: str = "text/xml") -> Any:
        address = f"/hooks/{self.channel.key}/?{urlencode(query)}"
        return self.client.post(address, data=body, content_type=content_type)

    def push(self, message: bytes, **changes: Any) -> Any:
        """As the console is set: encrypted unless the channel takes plain calls."""
        if self.channel.settings.get("mode") == "plain":
            return self.post(message, signed(**changes))
        encrypted = encrypt(message, changes.pop("receiver", self.app_id), changes.pop("aes_key", AES_KEY))
        body = f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return self.post(body.encode(), signed(encrypted=encrypted, **changes))

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))


def signed(*, token: str = TOKEN, timestamp: str = "", nonce: str = "514711492", encrypted: str = "") -> dict[str, str]:
    timestamp = timestamp or str(int(time.time()))
    plain = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()
    query = {"signature": plain, "timestamp": timestamp, "nonce": nonce, "openid": OPENID}
    if encrypted:
        whole = hashlib.sha1("".join(sorted([token, timestamp, nonce, encrypted])).encode()).hexdigest()
        query |= {"encrypt_type": "aes", "msg_signature": whole}
    return query


def encrypt(message: bytes, receiver: str = APP_ID, aes_key: str = AES_KEY) -> str:
    key = base64.b64decode(aes_key + "=")
    frame = os.urandom(16) + len(message).to_bytes(4, "big") + message + receiver.encode()
    padder = PKCS7(256).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(padder.update(frame) + padder.finalize()) + cipher.finalize()).decode()


def xml(**fields: str) -> bytes:
    values = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": str(int(time.time())), **fields}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return f"<xml>{inner}</xml>".encode()


def as_json(**fields: Any) -> bytes:
    values = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": int(time.time()), **fields}
    return json.dumps(values, ensure_ascii=False).encode()


def text_message(text: str = "发票怎么开?", message_id: str = "24000000000000001") -> bytes:
    return xml(MsgType="text", Content=text, MsgId=message_id)


def channel_of(kind: str, server: PlatformServer, **settings: Any) -> Channel:
    channel = ChannelFactory.create(
        key=kind.replace("_", "-"),
        kind=kind,
        settings={"app_id": APP_ID, "mode": "aes", "api_base": server.url, **settings},
        secrets={"app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY},
    )
    IntakeRuleFactory.create(channel=channel)
    return channel


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        platform.on("/cgi-bin/stable_token", {"access_token": "token-1", "expires_in": 7200})
        yield platform


@pytest.fixture
def account(db: None, server: PlatformServer) -> Wechat:
    return Wechat(channel_of("wechat_oa", server), server)


@pytest.fixture
def plain(account: Wechat) -> Wechat:
    account.channel.settings["mode"] = "plain"
    account.channel.save()
    return account


@pytest.fixture
def mini(db: None, server: PlatformServer) -> Wechat:
    return Wechat(channel_of("wechat_mini", server), server)
