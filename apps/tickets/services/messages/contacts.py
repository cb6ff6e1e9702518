"""Visits and calls, written down by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.customers.models import Customer, Identity
from apps.customers.services.resolution import resolve_customer
from apps.tickets import events
from apps.tickets.enums import ContactKind, InteractionState, MessageKind
from apps.tickets.errors import NoReplyChannel
from apps.tickets.models import Interaction, Message, Ticket
from apps.tickets.selectors.timeline import usual_contact
from apps.tickets.services import lifecycle
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.messages.composing import require_content
from apps.tickets.services.messages.submissions import client_keys, opened_before, sent_before, submission
from apps.tickets.services.timeline import (
    MESSAGE_FIELDS,
    Entry,
    append_message,
    is_written_blind,
    mark_read_to,
    one_line,
)

MOST_DAYS_AGO = 365


@dataclass(frozen=True, slots=True)
class Contact:
    """What was between us and whom: `customer` is empty where the ticket's own is meant."""

    channel: Channel
    kind: ContactKind
    at: datetime
    customer: Customer | None
    identity: Identity | None
    name: str


@transaction.atomic
def record_contact(
    *,
    by: Actor,
    channel: Channel,
    html: str,
    ticket: Ticket | None = None,
    subject: str = "",
    customer: Customer | None = None,
    sender_kind: str = "",
    sender_value: str = "",
    sender_name: str = "",
    at: datetime | None = None,
    kind: str = "",
    client_id: str = "",
    **fields: Any,
) -> Ticket:
    """Writes down a walk-in or a call: on a ticket, or as a new one (`fields` as in `open_ticket`).

    `kind` is what it was, by itself what the channel is for. `sender_name` is whom one spoke with, whoever called
    whom; nobody named means the customer.
    """
    _require_recordable(by, channel)
    require(by, "tickets.reply" if ticket is not None else "tickets.create", ticket)
    what, moment = _contact_kind(channel, kind), _contact_time(at)
    require_content(html, ())
    if ticket is None:
        client_id = submission(client_id, subject, html)
        if (before := opened_before(by, client_id)) is not None:
            return before
    identity = None
    if customer is None and sender_value:
        customer, identity, _is_new = resolve_customer(
            kind=sender_kind, value=sender_value, name=sender_name, language="", by=by
        )
    if ticket is None:
        ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, channel=channel, **fields)
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", allow_closed=False)
    if sent_before(by, client_id) is not None:
        return ticket
    contact = Contact(channel, what, moment, customer or ticket.customer, identity, one_line(sender_name, 200))
    interaction = _interaction(ticket, contact)
    append_contact(ticket, by, contact, interaction, html=html, subject=subject, client_id=client_id)
    return ticket


def _require_recordable(by: Actor, channel: Channel) -> None:
    if channel.kind != "manual" or not channel.is_active:
        raise NoReplyChannel
    if access_of(by).is_outsourced and channel.pk not in access_of(by).channel_ids:
        raise NotVisible


def _contact_kind(channel: Channel, kind: str) -> ContactKind:
    if kind and kind not in ContactKind.values:
        raise InvalidInput(fields={"kind": [_("Say what it was.")]})
    return ContactKind(kind) if kind else usual_contact(channel)


def _contact_time(at: datetime | None) -> datetime:
    if at is not None and not now() - timedelta(days=MOST_DAYS_AGO) <= at <= now() + timedelta(minutes=1):
        raise InvalidInput(fields={"at": [_("This must lie in the last %(days)s days.") % {"days": MOST_DAYS_AGO}]})
    return at or now()


def append_contact(
    ticket: Ticket,
    by: Actor,
    contact: Contact,
    interaction: Interaction,
    *,
    html: str,
    subject: str = "",
    client_id: str = "",
) -> Message:
    """Writes what was said to a locked ticket, saves it and tells of it. Nobody waits for an answer any more."""
    entry = Entry(
        kind=MessageKind.CUSTOMER if contact.kind.is_inbound else MessageKind.AGENT,
        html=html,
        subject=subject,
        sender_name=contact.name,
        envelope={"contact": {"kind": contact.kind.value, "at": contact.at.isoformat()}},
        interaction=interaction,
        channel=contact.channel,
        author=by.user,
        customer=contact.customer,
        notice="recorded",
        is_blind=is_written_blind(ticket, by),
        keys=client_keys(by, client_id),
    )
    message = append_message(ticket=ticket, entry=entry)
    ticket.waiting_since = None
    save_ticket(ticket, MESSAGE_FIELDS)
    _tell(ticket, message, by)
    if by.user_id is not None:
        mark_read_to(ticket, by.user_id, message.sequence)
    return message


def _interaction(ticket: Ticket, contact: Contact) -> Interaction:
    """Over already when it is written down."""
    interaction = Interaction(
        ticket=ticket,
        channel=contact.channel,
        customer=contact.customer,
        identity=contact.identity,
        thread_key=key_of("manual", str(ticket.pk), str(ticket.message_count + 1)),
        state=InteractionState.CLOSED,
        started_at=contact.at,
        last_inbound_at=contact.at if contact.kind.is_inbound else None,
        ended_at=contact.at,
    )
    interaction.save(force_insert=True)
    return interaction


def _tell(ticket: Ticket, message: Message, by: Actor) -> None:
    about: dict[str, Any] = {
        "ticket_id": ticket.pk,
        "message_id": message.pk,
        "sequence": message.sequence,
        "channel_id": message.channel_id,
        "interaction_id": message.interaction_id,
    }
    if message.kind == MessageKind.CUSTOMER:
        publish(events.MessageReceived(**about, customer_id=ticket.customer_id), by=by, customer_id=ticket.customer_id)
    else:
        publish(events.MessageSent(**about), by=by, customer_id=ticket.customer_id)
