"""A channel of each kind of text messages, with secrets that a test can look for where they may not be."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.channels import registry
from apps.channels.connectors.sms_twilio.signing import signature
from apps.channels.contract import Parsed
from apps.channels.models import Channel, InboundEvent
from apps.simulator.platforms import PLATFORMS
from tests.factories.channels import ChannelFactory

SITE = "https://desk.harbour.example"
CHINESE = ("sms_aliyun", "sms_tencent")
KINDS = (*CHINESE, "sms_twilio")


def make_channel(kind: str, api_base: str = "https://127.0.0.1:1", **changes: Any) -> Channel:
    """Set up as the simulator's account of that kind is."""
    platform = PLATFORMS[kind]
    return ChannelFactory.create(
        kind=kind,
        key=kind.replace("_", "-"),
        settings={**platform.demo_settings(api_base), **changes},
        secrets=platform.demo_secrets(),
    )


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


@pytest.fixture
def aliyun(db: None) -> Channel:
    return make_channel("sms_aliyun")


@pytest.fixture
def tencent(db: None) -> Channel:
    return make_channel("sms_tencent")


@pytest.fixture
def twilio(db: None) -> Channel:
    return make_channel("sms_twilio")


Push = Callable[..., Any]


@pytest.fixture
def push() -> Push:
    """Posts JSON to a channel's callback address, with its secret unless another one is given."""

    def post(channel: Channel, document: Any, secret: str | None = None, content_type: str = "application/json") -> Any:
        body = document if isinstance(document, bytes | str) else json.dumps(document, ensure_ascii=False)
        word = channel.secrets["callback_secret"] if secret is None else secret
        query = f"?secret={word}" if word else ""
        return Client().post(f"/hooks/{channel.key}/{query}", data=body, content_type=content_type)

    return post


@pytest.fixture
def call() -> Push:
    """Posts a signed form, as Twilio does."""

    def post(
        channel: Channel, fields: dict[str, str], query: str = "", token: str = "", given: str | None = None
    ) -> Any:
        path = f"/hooks/{channel.key}/{query}"
        word = token or channel.secrets["auth_token"]
        signed = signature(word, SITE + path, {name: [value] for name, value in fields.items()})
        headers = {"X-Twilio-Signature": signed if given is None else given}
        return Client().post(
            path, data=encoded(fields), content_type="application/x-www-form-urlencoded", headers=headers
        )

    return post


def encoded(fields: dict[str, str]) -> str:
    from urllib.parse import urlencode

    return urlencode(fields)


def stored() -> list[InboundEvent]:
    return list(InboundEvent.objects.select_related("channel").order_by("pk"))


def parsed(event: InboundEvent) -> Parsed:
    return registry.get(event.channel.kind).parse(event)
