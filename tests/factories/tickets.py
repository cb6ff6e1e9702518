"""Queues, categories, tickets and what stands on them."""

from datetime import timedelta
from functools import cache
from typing import Any

import factory
from django.contrib.auth.models import Permission
from factory.django import DjangoModelFactory

from apps.accounts.models import Team
from apps.channels.contract import Inbound
from apps.channels.keys import key_of, message_key
from apps.channels.models import Channel, ChannelGroupObjectPermission, InboundEvent
from apps.core.clock import now
from apps.core.partitions import ensure_partition_for
from apps.tickets.enums import MessageKind
from apps.tickets.models import (
    Category,
    CategoryGroupObjectPermission,
    IntakeRule,
    Interaction,
    Message,
    Queue,
    QueueGroupObjectPermission,
    SearchRow,
    Ticket,
)
from apps.tickets.services import intake
from apps.tickets.services.searching import index_subject
from apps.tickets.services.timeline import MESSAGE_FIELDS, Entry, append_message
from tests.factories.channels import InboundEventFactory, default_brand


class QueueFactory(DjangoModelFactory):
    class Meta:
        model = Queue

    key = factory.Sequence(lambda n: f"queue-{n}")
    name = factory.LazyAttribute(lambda queue: {"en": f"Queue {queue.key}", "zh-hans": f"队列 {queue.key}"})


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    key = factory.Sequence(lambda n: f"category-{n}")
    name = factory.LazyAttribute(lambda row: {"en": f"Category {row.key}", "zh-hans": f"分类 {row.key}"})


class IntakeRuleFactory(DjangoModelFactory):
    class Meta:
        model = IntakeRule

    queue = factory.SubFactory(QueueFactory)


class TicketFactory(DjangoModelFactory):
    """A ticket without messages; `messages` in a test appends them, as services do."""

    class Meta:
        model = Ticket

    subject = factory.Sequence(lambda n: f"Subject {n}")
    brand = factory.LazyFunction(default_brand)
    queue = factory.SubFactory(QueueFactory)
    opened_at = factory.LazyFunction(now)
    last_message_at = factory.SelfAttribute("opened_at")

    @classmethod
    def _create(cls, model_class: type[Ticket], *args: Any, **kwargs: Any) -> Ticket:
        ensure_partition_for(SearchRow, kwargs["opened_at"])
        ticket = super()._create(model_class, *args, **kwargs)
        index_subject(ticket)
        return ticket


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = Interaction

    ticket = factory.SubFactory(TicketFactory)
    customer = factory.SelfAttribute("ticket.customer")
    thread_key = factory.Sequence(lambda n: key_of("test", str(n)))
    started_at = factory.LazyFunction(now)


def say(
    ticket: Ticket, text: str = "Hello", *, kind: str = MessageKind.CUSTOMER, ago: int = 0, **entry: Any
) -> Message:
    """Appends a message, `ago` minutes back."""
    created = now() - timedelta(minutes=ago)
    for model in (Message, SearchRow):
        ensure_partition_for(model, created)
    message = append_message(ticket=ticket, entry=Entry(kind=MessageKind(kind), text=text, created=created, **entry))
    ticket.save_versioned(update_fields=MESSAGE_FIELDS)
    return message


def grant(team: Team, *objects: Queue | Channel | Category) -> None:
    """What contracts and managers do: open a queue, channel or category to a team."""
    for obj in objects:
        model, codename = _GRANTS[type(obj)]
        row = model(group_id=team.group_id, content_object=obj, permission_id=_permission_id(codename))
        model.objects.bulk_create([row], ignore_conflicts=True)


_GRANTS: dict[type[Any], tuple[type[Any], str]] = {
    Queue: (QueueGroupObjectPermission, "work_queue"),
    Channel: (ChannelGroupObjectPermission, "serve_channel"),
    Category: (CategoryGroupObjectPermission, "serve_category"),
}


@cache
def _permission_id(codename: str) -> int:
    """Written by the migrations, so it stays the same for the whole run."""
    return int(Permission.objects.get(codename=codename).pk)


def mail(
    text: str = "The screen stays black.",
    *,
    sender: str = "lin@example.com",
    name: str = "Lin Xiaoyu",
    message_id: str = "",
    answers: tuple[str, ...] = (),
    **values: Any,
) -> Inbound:
    """An inbound mail as its connector hands it over."""
    message_id = message_id or f"{key_of(text, sender).hex()[:16]}@example.com"
    root = answers[-1] if answers else message_id
    envelope = {
        "from": [[name, sender]],
        "to": [["", "support@harbour.example"]],
        "message_id": message_id,
        "references": list(answers),
        **values.pop("envelope", {}),
    }
    defaults: dict[str, Any] = {
        "sender_kind": "email",
        "sender_value": sender,
        "sender_name": name,
        "thread_key": key_of("mail", root),
        "thread_hints": tuple(message_key(entry) for entry in answers),
        "message_keys": (message_key(message_id),),
        "subject": "Screen broken",
        "text": text,
        "language": "en",
    }
    return Inbound(**{**defaults, **values}, envelope=envelope)


def receive(channel: Channel, inbound: Inbound, event: InboundEvent | None = None) -> intake.IntakeResult:
    """Takes an input in, in the transaction that channels would open."""
    from django.db import transaction

    with transaction.atomic():
        return intake.receive(inbound, event or InboundEventFactory(channel=channel))
