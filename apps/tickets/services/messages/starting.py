"""Tickets that begin with our own words: among staff, or to a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.channels import registry
from apps.channels.contract import Connector
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.customers.models import Customer
from apps.customers.services.resolution import resolve_customer
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import lens_for
from apps.tickets.enums import DraftKind, Status
from apps.tickets.errors import NoRecipient, NoReplyChannel, RecipientRefused
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services import lifecycle
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.messages.composing import finish_writing, require_content, take_uploads
from apps.tickets.services.messages.notes import add_note
from apps.tickets.services.messages.recipients import choose_people, valid_address
from apps.tickets.services.messages.replying import status_after
from apps.tickets.services.messages.sending import Letter, choose_way, send_letter
from apps.tickets.services.messages.submissions import opened_before, submission
from apps.tickets.services.pictures import attach_uploads
from apps.tickets.services.timeline import MESSAGE_FIELDS, one_line


@transaction.atomic
def open_internal(
    *, by: Actor, subject: str, html: str, customer: Customer | None = None, client_id: str = "", **fields: Any
) -> Ticket:
    """Opens a ticket for work among staff, with a note."""
    require(by, "tickets.create")
    client_id = submission(client_id, subject, html)
    if (before := opened_before(by, client_id)) is not None:
        return before
    ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, **fields)
    add_note(ticket=ticket, by=by, html=html, client_id=client_id)
    return ticket


@transaction.atomic
def start_outbound(
    *,
    by: Actor,
    channel: Channel,
    subject: str,
    html: str,
    customer: Customer | None = None,
    address: str = "",
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    draft_file_ids: Sequence[int] = (),
    client_id: str = "",
    then_status: Status | str | None = Status.PENDING,
    **fields: Any,
) -> Ticket:
    """Opens a ticket with a message of ours to a customer, or to an address that becomes one."""
    require(by, "tickets.create")
    require(by, "tickets.reply")
    client_id = submission(client_id, subject, html)
    if (before := opened_before(by, client_id)) is not None:
        return before
    connector = _connector(by, channel)
    if not one_line(subject) and connector.capabilities.has_subject:
        raise InvalidInput(fields={"subject": [_("Write a subject.")]})
    customer = _addressee(by, connector, customer, address)
    ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, channel=channel, **fields)
    ticket = lock_ticket(ticket, by=by)
    _open_interaction(ticket, connector)
    way = choose_way(ticket, channel)
    people = choose_people(ticket, by, way, [address] if address else (), cc, bcc)
    html, files = attach_uploads(html, take_uploads(by, None, draft_file_ids))
    require_content(html, files)
    letter = Letter(html=html, people=people, files=tuple(files), subject=ticket.subject, client_id=client_id)
    message = send_letter(ticket, by, way, letter)
    save_ticket(ticket, [*MESSAGE_FIELDS, *status_after(ticket, by, then_status)])
    finish_writing(ticket, by, message, DraftKind.NEW)
    return ticket


def _connector(by: Actor, channel: Channel) -> Connector:
    """Of a channel that may be the first to speak, within what the writer may use."""
    connector = registry.get(channel.kind)
    if not (channel.is_active and connector.capabilities.can_send and connector.capabilities.can_start):
        raise NoReplyChannel
    if access_of(by).is_outsourced and channel.pk not in access_of(by).channel_ids:
        raise NotVisible
    return connector


def _addressee(by: Actor, connector: Connector, customer: Customer | None, address: str) -> Customer:
    """The chosen customer, or whoever is behind the typed address; never somebody else's address."""
    if not address:
        if customer is None:
            raise NoRecipient(fields={"to": [NoRecipient.message]})
        return customer
    if lens_for(by).mode(FieldClass.EMAIL) != Mode.RAW:
        raise PermissionRefused
    found, _identity, _is_new = resolve_customer(kind=connector.identity_kind, value=valid_address(address), by=by)
    if customer is not None and customer.pk != found.pk:
        raise RecipientRefused(value=one_line(address, 40))
    return found


def _open_interaction(ticket: Ticket, connector: Connector) -> None:
    customer, channel = ticket.customer, ticket.channel
    assert customer is not None and channel is not None  # noqa: S101, PT018 (given by the caller)
    Interaction(
        ticket=ticket,
        channel=channel,
        customer=customer,
        identity=customer.identities.filter(kind=connector.identity_kind).order_by("-is_primary", "id").first(),
        thread_key=key_of("outbound", channel.kind, str(ticket.pk)),
        started_at=now(),
    ).save(force_insert=True)
