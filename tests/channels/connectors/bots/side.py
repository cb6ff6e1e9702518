"""The platform's side of a messenger: it signs by itself, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from apps.channels import registry
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery, DeliveryAttempt, InboundEvent
from apps.channels.services import inbox
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.tickets.models import Attachment, Message
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer

numbers = itertools.count(1)


@dataclass(frozen=True)
class Side:
    """What one platform does: signs, writes, takes."""

    kind: str
    customer: str
    secrets: Mapping[str, str]
    proof: str
    """The setting that proves calls."""
    sign: Callable[[bytes, str], dict[str, str]]
    """Headers of a call, with this secret."""
    message: Callable[..., bytes]
    """A call that brings `text` under the id `number`; `unknown=True` for a kind that nobody knows."""
    send_path: str
    ok: dict[str, Any]
    settings: Mapping[str, str] = field(default_factory=dict)
    bases: tuple[str, ...] = ("api_base",)
    replies: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """What the platform says besides, such as a token."""
    check_path: str = ""
    knows_repetition: bool = False
    """Whether the platform takes a message with the same key once, so that it may be sent again."""
    max_text: int = 0
    """Characters of one text, where the platform counts them."""


@dataclass
class Account:
    """An account at the platform, its channel here, and its API on loopback."""

    side: Side
    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
        proved = self.side.sign(body, self.side.secrets[self.side.proof]) if headers is None else headers
        return self.client.post(
            f"/hooks/{self.channel.key}/", data=body, content_type="application/json", headers=dict(proved)
        )

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))

    def come(self, body: bytes) -> Message:
        """The message that a call becomes."""
        assert self.post(body).status_code == 200
        row = self.take_in()[-1]
        assert row.message_id, (row.error_code, row.error)
        return Message.objects.get(pk=row.message_id)

    def reason(self, body: bytes) -> str:
        """Why a call opens nothing."""
        assert self.post(body).status_code == 200
        row = self.take_in()[-1]
        assert row.message_id is None
        return row.error_code

    def send(self, text: str = "您好", *files: int, **more: Any) -> SendResult:
        outbound = Outbound(
            client_key=f"{self.side.kind}.k",
            recipients=Recipients(to=(self.side.customer,)),
            text=text,
            attachments=files,
            **more,
        )
        return registry.get(self.side.kind).send(outbound, self.channel)

    def delivered(self, provider_id: str, client_key: str = "", *, to: str = "") -> Delivery:
        """A message of ours that the platform took a moment ago."""
        client_key = client_key or f"{self.side.kind}.{next(numbers)}"
        outbound = Outbound(client_key=client_key, recipients=Recipients(to=(to or self.side.customer,)), text="您好")
        row = Delivery(
            channel=self.channel,
            client_key=client_key,
            order_key=key_of("order", str(self.channel.pk), "ticket:1"),
            payload=outbound.to_payload(),
            state=DeliveryState.SENT,
            provider_id=provider_id,
            provider_key=key_of("provider", provider_id),
            due_at="2026-01-01T00:00:00Z",
            sent_at="2026-01-01T00:00:00Z",
            settled_at="2026-01-01T00:00:00Z",
        )
        row.save(force_insert=True)
        DeliveryAttempt.objects.create(delivery=row, started="2026-01-01T00:00:00Z", outcome="sent")
        return row


def open_account(side: Side, server: PlatformServer) -> Account:
    channel = ChannelFactory.create(
        key=side.kind,
        kind=side.kind,
        settings={**side.settings, **dict.fromkeys(side.bases, server.url)},
        secrets=dict(side.secrets),
    )
    IntakeRuleFactory.create(channel=channel)
    for path, reply in side.replies.items():
        server.on(path, reply)
    return Account(side, channel, server)


def stored(content: bytes, name: str) -> int:
    return store_file(content, name=name, by=SYSTEM).pk


def files(message: Message) -> list[tuple[str, bytes]]:
    return [(row.file.name, open_file(row.file)) for row in Attachment.objects.filter(message_id=message.pk)]
