"""A channel whose platform calls us, its platform on loopback, and what the tests of such channels ask again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client

from apps.channels import registry
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import SYSTEM
from apps.core.storage import open_file, store_file
from apps.tickets.models import Attachment, Message
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer


@dataclass
class Called:
    channel: Channel
    server: PlatformServer
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return self.stored()

    def stored(self) -> list[InboundEvent]:
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))

    def send(self, message: Outbound) -> SendResult:
        return registry.get(self.channel.kind).send(message, self.channel)

    def queued(self, message: Outbound) -> Delivery:
        with transaction.atomic():
            outbox.queue_delivery(
                channel=self.channel, message_id=1, ticket_id=None, outbound=message, order_by="x", by=SYSTEM
            )
        while outbox.send_due():
            pass
        return Delivery.objects.get(client_key=message.client_key)


def channel_of(kind: str, settings: dict[str, Any], secrets: dict[str, Any]) -> Channel:
    channel = ChannelFactory.create(key=kind, kind=kind, settings=settings, secrets=secrets)
    IntakeRuleFactory.create(channel=channel)
    return channel


def outbound(to: str, text: str = "您好", *files: int, follows: str = "", client_key: str = "key.1") -> Outbound:
    chain = (follows, "earlier.key") if follows else ()
    return Outbound(
        client_key,
        Recipients(to=(to,) if to else ()),
        text=text,
        attachments=files,
        in_reply_to="earlier.key" if follows else "",
        references=chain,
    )


def stored_file(content: bytes, name: str) -> int:
    return store_file(content, name=name, by=SYSTEM).pk


def files_of(message: Message) -> list[bytes]:
    return [open_file(row.file) for row in Attachment.objects.filter(message_id=message.pk).order_by("pk")]
