"""The platform's side, with the crypto that the tests of WeChat write for themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from apps.channels import registry
from apps.channels.models import Channel, InboundEvent
from tests.channels.connectors.wechat.conftest import AES_KEY, TOKEN, Wechat, encrypt, signed
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

CORP_ID = "ww0123456789abcdef"
SECRET = "secret-that-nobody-may-read"
AGENT_ID = 1000002
ACCOUNT = "wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw"
CUSTOMER = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
GET_TOKEN = "/cgi-bin/gettoken"
SYNC = "/cgi-bin/kf/sync_msg"
PERSON = "/cgi-bin/kf/customer/batchget"


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


class HeldForever:
    """A lease nobody can take away."""

    token = 1
    is_lost = False

    def fence(self) -> None:
        pass


class Service(Wecom):
    """A customer service account: what the platform has, and fetching it."""

    def hint(self, account: str = ACCOUNT, token: str = "hint-1") -> Any:
        return self.push(xml(MsgType="event", Event="kf_msg_or_event", Token=token, OpenKfId=account))

    def has(self, *pages: list[dict[str, Any]]) -> None:
        last = len(pages)
        self.server.on(
            SYNC,
            *(
                {"errcode": 0, "next_cursor": f"c{number}", "has_more": int(number < last), "msg_list": page}
                for number, page in enumerate(pages, 1)
            ),
        )

    def fetch(self, lease: Any = None) -> int:
        return registry.get("wecom_kf").poll(self.channel, lease or HeldForever())

    def bring(self, *messages: dict[str, Any]) -> list[InboundEvent]:
        """The whole way: the call, the list, the inbox; gives what was fetched."""
        self.has(list(messages))
        self.hint()
        self.take_in()
        self.fetch()
        return [event for event in self.take_in() if event.envelope]


def said(number: int = 1, kind: str = "text", *, who: str = CUSTOMER, **content: Any) -> dict[str, Any]:
    """An entry of the list, as a customer makes it."""
    return {
        "msgid": f"msg-{number}",
        "open_kfid": ACCOUNT,
        "external_userid": who,
        "send_time": 1_700_000_000 + number,
        "origin": 3,
        "msgtype": kind,
        kind: content or {"content": f"订单没到 {number}"},
    }


def happened(number: int, event_type: str, **fields: Any) -> dict[str, Any]:
    content = {"event_type": event_type, "open_kfid": ACCOUNT, "external_userid": CUSTOMER, **fields}
    return {"msgid": f"event-{number}", "send_time": 1_700_000_000, "origin": 4, "msgtype": "event", "event": content}


@pytest.fixture
def service(db: None, server: PlatformServer) -> Service:
    server.on(PERSON, {"errcode": 0, "customer_list": []})
    return Service(channel_of("wecom_kf", server, open_kfid=ACCOUNT), server, app_id=CORP_ID)
