"""Tickets that begin with our own words: among staff, or to a customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.accounts.clearance import bar_by_hand
from apps.accounts.models import User
from apps.channels import registry
from apps.channels.contract import Connector
from apps.channels.models import Channel
from apps.core.actor import Actor, ActorKind
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import may, require
from apps.core.richtext import html_to_text
from apps.customers.enums import IdentityKind
from apps.customers.identities import kind_of, normalize
from apps.customers.models import Customer
from apps.customers.services.resolution import resolve_customer
from apps.privacy.enums import Mode
from apps.tickets.enums import DraftKind, Status
from apps.tickets.errors import NoRecipient, NoReplyChannel, RecipientRefused
from apps.tickets.models import Ticket
from apps.tickets.selectors.choices import can_work
from apps.tickets.selectors.minors import lens_over
from apps.tickets.selectors.rendering import SUBJECT_FROM_TEXT_LENGTH
from apps.tickets.selectors.routes import Way
from apps.tickets.services import lifecycle
from apps.tickets.services.assignment import assign_ticket
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.messages.composing import finish_writing, require_content, take_uploads
from apps.tickets.services.messages.conversations import identity_of, open_conversation
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


WRITER: Final = object()
"""Whoever writes first holds the ticket."""


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
    assignee: User | object | None = WRITER,
    is_confirmed: bool = False,
    **fields: Any,
) -> Ticket:
    """Opens a ticket with a message of ours to a customer, or to an address that becomes one.

    It belongs to the writer, where that is a person who may take it, unless `assignee` says otherwise.
    """
    require(by, "tickets.create")
    require(by, "tickets.reply")
    client_id = submission(client_id, subject, html, address)
    if (before := opened_before(by, client_id)) is not None:
        return before
    connector = _connector(by, channel)
    html, files = attach_uploads(html, take_uploads(by, None, draft_file_ids))
    require_content(html, files)
    customer = _addressee(by, connector, customer, address)
    subject = _subject(connector, subject, html)
    ticket = lifecycle.open_ticket(subject=subject, by=by, customer=customer, channel=channel, **fields)
    _assign(ticket, assignee, by)
    ticket = lock_ticket(ticket, by=by)
    way = _first_way(ticket, channel, connector, address, by)
    people = choose_people(ticket, by, way, [address] if address else (), cc, bcc)
    letter = Letter(html, people, ticket.subject, tuple(files), client_id, is_confirmed=is_confirmed)
    message = send_letter(ticket, by, way, letter)
    save_ticket(ticket, [*MESSAGE_FIELDS, *status_after(ticket, by, then_status)])
    finish_writing(ticket, by, message, DraftKind.NEW)
    return ticket


def _connector(by: Actor, channel: Channel) -> Connector:
    """Of a channel that may be the first to speak, within what the writer may use."""
    connector = registry.get(channel.kind)
    if not (channel.is_active and connector.capabilities.can_start and connector.sends_on(channel)):
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
    kind = connector.identity_kind
    if lens_over(by, customer).mode(kind_of(kind).field_class) != Mode.RAW:
        raise PermissionRefused
    value = valid_address(address) if kind == IdentityKind.EMAIL else address
    found, _identity, _is_new = resolve_customer(kind=kind, value=value, by=by)
    if customer is not None and customer.pk != found.pk:
        raise RecipientRefused(value=one_line(address, 40))
    return found


def _subject(connector: Connector, subject: str, html: str) -> str:
    """Where the channel has none, the ticket is named by the first line of what is written."""
    if one_line(subject):
        return subject
    if connector.capabilities.has_subject:
        raise InvalidInput(fields={"subject": [_("Write a subject.")]})
    lines = html_to_text(html).splitlines()
    return one_line(next((line for line in lines if line.strip()), ""), SUBJECT_FROM_TEXT_LENGTH)


def _first_way(ticket: Ticket, channel: Channel, connector: Connector, address: str, by: Actor) -> Way:
    """Of the conversation that begins with it, so that what is answered comes to this ticket."""
    value = normalize(connector.identity_kind, address) if address else ""
    open_conversation(ticket, channel, connector, identity_of(ticket, connector, value), by=by)
    return choose_way(ticket, channel)


def _may_hold(user: User, ticket: Ticket) -> bool:
    return can_work(user, ticket) and bar_by_hand(user) is None


def _assign(ticket: Ticket, assignee: User | object | None, by: Actor) -> None:
    """Somebody named must be able to work on it; the writer takes it only where they may."""
    if assignee is WRITER:
        takes = by.kind is ActorKind.PERSON and by.user is not None and may(by, "tickets.assign", ticket)
        assignee = by.user if takes and by.user is not None and _may_hold(by.user, ticket) else None
    if isinstance(assignee, User):
        assign_ticket(ticket=ticket, to=assignee, by=by)
