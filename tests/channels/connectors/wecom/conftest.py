"""The platform's side, with the crypto that the tests of WeChat write for themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from apps.channels.models import Channel
from tests.channels.connectors.wechat.conftest import AES_KEY, TOKEN, Wechat, encrypt, signed
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

CORP_ID = "ww0123456789abcdef"
SECRET = "secret-that-nobody-may-read"
AGENT_ID = 1000002
GET_TOKEN = "/cgi-bin/gettoken"


class Wecom(Wechat):
    def shake_hands(self, word: str = "1616140317555161061", **changes: Any) -> Any:
        """As the console does when it saves the address."""
        echo = encrypt(word.encode(), changes.pop("receiver", self.app_id), changes.pop("aes_key", AES_KEY))
        query = signed(encrypted=echo, **changes)
        return self.client.get(f"/hooks/{self.channel.key}/", {**query, "echostr": echo})


def xml(**fields: Any) -> bytes:
    values = {"ToUserName": CORP_ID, "CreateTime": int(time.time()), **fields}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return f"<xml>{inner}</xml>".encode()


def channel_of(kind: str, server: PlatformServer, **settings: Any) -> Channel:
    channel = ChannelFactory.create(
        key=kind.replace("_", "-"),
        kind=kind,
        settings={"corp_id": CORP_ID, "api_base": server.url, **settings},
        secrets={"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY},
    )
    IntakeRuleFactory.create(channel=channel)
    return channel


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        platform.on(GET_TOKEN, {"errcode": 0, "access_token": "token-1", "expires_in": 7200})
        yield platform


@pytest.fixture
def app(db: None, server: PlatformServer) -> Wecom:
    return Wecom(channel_of("wecom_app", server, agent_id=AGENT_ID), server, app_id=CORP_ID)
