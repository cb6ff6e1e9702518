"""Tickets and what hangs on them as other systems read them: keys and public ids in place of row ids, texts through the lens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.ids import public_id_for
from apps.customers.models import Customer
from apps.tickets.enums import Priority
from apps.tickets.models import Attachment, Interaction, Message, Ticket, TicketLink, Watcher
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.selectors.minors import lens_over_file
from apps.tickets.selectors.rendering import View, view_of
from apps.tickets.selectors.timeline import DeliveryView, FileView, TimelineEntry, file_view, message_entries


@dataclass(frozen=True, slots=True)
class CustomerRef:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TicketResource:
    number: int
    id: str
    subject: str
    status: str
    priority: str
    type: str
    queue: str
    category: str | None
    team: str | None
    channel: str | None
    brand: str
    assignee: str | None
    customer: CustomerRef | None
    tags: tuple[str, ...]
    language: str
    is_spam: bool
    parent: int | None
    merged_into: int | None
    message_count: int
    reopen_count: int
    opened_at: datetime
    updated: datetime
    last_message_at: datetime
    waiting_since: datetime | None
    first_replied_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    next_due_at: datetime | None
    sla_state: str
    version: int


@dataclass(frozen=True, slots=True)
class MessageResource:
    id: str
    ticket: int
    sequence: int
    kind: str
    created: datetime
    channel: str | None
    author: str | None
    author_name: str
    subject: str
    text: str
    html: str
    quoted: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    is_automatic: bool
    is_third_person: bool
    is_forward: bool
    is_public: bool
    post_url: str
    notice: str
    attachments: tuple[FileView, ...]
    delivery: DeliveryView | None


@dataclass(frozen=True, slots=True)
class InteractionResource:
    id: str
    ticket: int
    channel: str
    customer: CustomerRef | None
    is_public: bool
    state: str
    started_at: datetime
    last_inbound_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinkResource:
    ticket: int
    kind: str
    is_outgoing: bool


# What of a channel nobody here needs.
CHANNEL_REST = ("channel__secrets", "channel__settings", "channel__last_error")
NAMED = ("customer", "assignee", "team", "brand", "queue", "category", "channel", "merged_into")
# Of what a resource only names, the name alone: eight whole rows a ticket cost more than the ticket.
COLUMNS = (
    "number", "subject", "subject_is_blind", "status", "priority", "type", "language", "is_spam", "parent_id", "message_count",
    "reopen_count", "opened_at", "created", "updated", "last_message_at", "waiting_since", "first_replied_at",
    "resolved_at", "closed_at", "next_due_at", "sla_state", "version", "customer__name", "customer__is_minor",
    "customer__merged_into_id",
    "assignee__username", "team__key", "brand__key", "queue__key", "category__key", "channel__key", "merged_into__number",
)  # fmt: skip


def with_names(rows: TicketQuerySet) -> TicketQuerySet:
    """Reads along what a resource names. Keys are read fresh: other systems compare them, people only look at labels."""
    return rows.select_related(*NAMED).only(*COLUMNS)


def priority_key(value: int) -> str:
    return Priority(value).name.lower()


def priority_value(key: str) -> int:
    return int(Priority[key.upper()])


PRIORITIES = tuple((priority_key(value), label) for value, label in Priority.choices)


def ticket_resources(actor: Actor, tickets: Sequence[Ticket]) -> list[TicketResource]:
    """For tickets taken through `visible_to` and `with_names`: one query for tags, one for what the lens must know."""
    view, tags, parents = view_of(actor, tickets), tag_keys(tickets), _parents(actor, tickets)
    return [_ticket(row, view, tags.get(row.pk, ()), parents.get(row.parent_id or 0)) for row in tickets]


def _parents(actor: Actor, tickets: Iterable[Ticket]) -> Mapping[int, int]:
    """Numbers of the parents that the actor sees as well; no query where nothing is part of anything."""
    ids = {row.parent_id for row in tickets} - {None}
    return dict(Ticket.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "number")) if ids else {}


def tag_keys(tickets: Iterable[Ticket]) -> Mapping[int, tuple[str, ...]]:
    pairs = Ticket.tags.through.objects.filter(ticket_id__in=[ticket.pk for ticket in tickets])
    found: dict[int, list[str]] = {}
    for ticket_id, key in pairs.values_list("ticket_id", "tag__key"):
        found.setdefault(ticket_id, []).append(key)
    return {pk: tuple(sorted(keys)) for pk, keys in found.items()}


def _ticket(ticket: Ticket, view: View, tags: tuple[str, ...], parent: int | None) -> TicketResource:
    return TicketResource(
        number=ticket.number,
        id=ticket.public_id,
        subject=view.subject(ticket),
        status=ticket.status,
        priority=priority_key(ticket.priority),
        type=ticket.type,
        queue=ticket.queue.key,
        category=ticket.category.key if ticket.category else None,
        team=ticket.team.key if ticket.team else None,
        channel=ticket.channel.key if ticket.channel else None,
        brand=ticket.brand.key,
        assignee=ticket.assignee.username if ticket.assignee else None,
        customer=_customer(ticket.customer, view),
        tags=tags,
        language=ticket.language,
        is_spam=ticket.is_spam,
        parent=parent,
        merged_into=ticket.merged_into.number if ticket.merged_into else None,
        message_count=ticket.message_count,
        reopen_count=ticket.reopen_count,
        opened_at=ticket.opened_at,
        updated=ticket.updated,
        last_message_at=ticket.last_message_at,
        waiting_since=ticket.waiting_since,
        first_replied_at=ticket.first_replied_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        next_due_at=ticket.next_due_at,
        sla_state=ticket.sla_state,
        version=ticket.version,
    )


def _customer(customer: Customer | None, view: View) -> CustomerRef | None:
    if customer is None:
        return None
    return CustomerRef(id=public_id_for(Customer, customer.pk), name=view.customer_name(customer))


def message_resources(actor: Actor, ticket: Ticket, messages: Sequence[Message]) -> list[MessageResource]:
    """For messages of one ticket that was taken through `visible_to`, with `author`, `customer` and `channel` read along.

    Messages that were taken back are left out.
    """
    by_id = {message.pk: message for message in messages}
    return [_message(entry, by_id[entry.id]) for entry in message_entries(actor, ticket, messages)]


def _message(entry: TimelineEntry, message: Message) -> MessageResource:
    return MessageResource(
        id=entry.public_id,
        ticket=entry.ticket_number,
        sequence=entry.sequence,
        kind=entry.kind,
        created=entry.created,
        channel=message.channel.key if message.channel else None,
        author=message.author.username if message.author else None,
        author_name=entry.author_name,
        subject=entry.subject,
        text=entry.text,
        html=entry.html,
        quoted=entry.quoted,
        sender=entry.from_label,
        to=entry.to,
        cc=entry.cc,
        bcc=entry.bcc,
        is_automatic=entry.is_automatic,
        is_third_person=entry.is_third_person,
        is_forward=entry.is_forward,
        is_public=entry.is_public,
        post_url=entry.post_url,
        notice=entry.notice,
        attachments=entry.files,
        delivery=entry.delivery,
    )


def interaction_resources(actor: Actor, interactions: Sequence[Interaction]) -> list[InteractionResource]:
    """For rows with `ticket`, `channel` and `customer` read along."""
    view = view_of(actor, [])
    return [
        InteractionResource(
            id=row.public_id,
            ticket=row.ticket.number,
            channel=row.channel.key,
            customer=_customer(row.customer, view),
            is_public=row.is_public,
            state=row.state,
            started_at=row.started_at,
            last_inbound_at=row.last_inbound_at,
            ended_at=row.ended_at,
        )
        for row in interactions
    ]


def link_resources(actor: Actor, ticket: Ticket) -> list[LinkResource]:
    """Links whose other end is visible as well."""
    outgoing = list(TicketLink.objects.filter(ticket=ticket).values_list("other_id", "kind"))
    incoming = list(TicketLink.objects.filter(other=ticket).values_list("ticket_id", "kind"))
    ends = [pk for pk, _kind in (*outgoing, *incoming)]
    numbers = dict(Ticket.objects.visible_to(actor).filter(pk__in=ends).values_list("pk", "number"))
    return [
        LinkResource(ticket=numbers[pk], kind=kind, is_outgoing=is_outgoing)
        for rows, is_outgoing in ((outgoing, True), (incoming, False))
        for pk, kind in rows
        if pk in numbers
    ]


def helper_resources(actor: Actor, ticket: Ticket) -> list[Watcher]:
    """Who joined whoever holds it, without people of other companies for those of a vendor."""
    rows = Watcher.objects.filter(ticket=ticket, is_helper=True, user__in=User.objects.visible_to(actor))
    return list(rows.select_related("user").order_by("pk"))


def attachment_view(actor: Actor, row: Attachment) -> FileView:
    """For an attachment taken through `visible_to`."""
    return file_view(lens_over_file(actor, row), row)
