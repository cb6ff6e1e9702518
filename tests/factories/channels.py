"""Channels, inbound items and deliveries."""

from typing import Any

import factory
from django.db.models.functions import Now

from apps.accounts.models import Brand
from apps.channels.contract import Outbound, Recipients
from apps.channels.keys import key_of
from apps.channels.models import Channel, Delivery, InboundEvent


def default_brand() -> Brand:
    brand, _created = Brand.objects.get_or_create(
        key="harbour",
        defaults={"name": {"zh-hans": "海港", "en": "Harbour"}, "sender_name": {"zh-hans": "海港", "en": "Harbour"}},
    )
    return brand


class ChannelFactory(factory.django.DjangoModelFactory[Channel]):
    class Meta:
        model = Channel

    key = factory.Sequence(lambda number: f"channel-{number}")
    brand = factory.LazyFunction(default_brand)
    kind = "form"
    name = factory.LazyAttribute(lambda channel: {"zh-hans": f"渠道 {channel.key}", "en": f"Channel {channel.key}"})


class InboundEventFactory(factory.django.DjangoModelFactory[InboundEvent]):
    """An accepted item that is due."""

    class Meta:
        model = InboundEvent

    channel = factory.SubFactory(ChannelFactory)
    external_key = factory.Sequence(lambda number: key_of("external", f"factory-{number}"))
    order_key = factory.Sequence(lambda number: key_of("order", f"factory-{number}"))
    payload = b"hello"
    received = factory.LazyFunction(Now)
    due_at = factory.LazyFunction(Now)

    @classmethod
    def _create(cls, model_class: type[InboundEvent], *args: Any, **kwargs: Any) -> InboundEvent:
        event = super()._create(model_class, *args, **kwargs)
        event.refresh_from_db()
        return event


class DeliveryFactory(factory.django.DjangoModelFactory[Delivery]):
    """A queued delivery that is due."""

    class Meta:
        model = Delivery

    channel = factory.SubFactory(ChannelFactory)
    message_id = factory.Sequence(lambda number: 1000 + number)
    client_key = factory.Sequence(lambda number: f"delivery-{number}")
    order_key = factory.Sequence(lambda number: key_of("order", f"factory-{number}"))
    payload = factory.LazyAttribute(
        lambda delivery: Outbound(
            client_key=delivery.client_key, recipients=Recipients(to=("lin@example.com",)), text="hello"
        ).to_payload()
    )
    due_at = factory.LazyFunction(Now)

    @classmethod
    def _create(cls, model_class: type[Delivery], *args: Any, **kwargs: Any) -> Delivery:
        delivery = super()._create(model_class, *args, **kwargs)
        delivery.refresh_from_db()
        return delivery
