"""Passing a message on to somebody outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.richtext import clean_html
from apps.tickets.enums import DraftKind, MessageKind
from apps.tickets.errors import ForwardRefused, NoReplyChannel
from apps.tickets.models import Attachment, Message, Ticket
from apps.tickets.selectors.detail import UNDONE
from apps.tickets.selectors.minors import lens_over
from apps.tickets.selectors.routes import Way
from apps.tickets.services import outgoing
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.messages.composing import finish_writing
from apps.tickets.services.messages.recipients import choose_people
from apps.tickets.services.messages.sending import Letter, open_ways, send_letter
from apps.tickets.services.messages.submissions import sent_before
from apps.tickets.services.timeline import MESSAGE_FIELDS, FileToAttach, one_line


@transaction.atomic
def forward(
    *,
    message: Message,
    to: Sequence[str],
    html: str,
    by: Actor,
    cc: Sequence[str] = (),
    client_id: str = "",
    is_confirmed: bool = False,
) -> Message:
    """Passes a public message on to somebody outside, with its files. Notes never leave the house.

    Only for who sees everything raw: what is masked for a viewer must not be readable in a mail they send themselves.
    """
    ticket = lock_ticket(message.ticket, by=by, code="tickets.reply", allow_closed=False)
    if message.kind in (MessageKind.NOTE, MessageKind.SYSTEM) or message.notice == UNDONE:
        raise ForwardRefused
    if not lens_over(by, ticket.customer, message.customer).is_raw or access_of(by).is_outsourced:
        raise ForwardRefused
    if (before := sent_before(by, client_id)) is not None:
        return before
    way = _way_with_copies(ticket)
    letter = Letter(
        html=clean_html(html),
        quote=outgoing.forwarded(message),
        people=choose_people(ticket, by, way, to or ("",), cc, ()),
        subject=one_line(f"Fwd: {message.subject or ticket.subject}"),
        files=_files_of(message, ticket),
        client_id=client_id,
        is_forward=True,
        is_confirmed=is_confirmed,
    )
    sent = send_letter(ticket, by, way, letter)
    save_ticket(ticket, MESSAGE_FIELDS)
    finish_writing(ticket, by, sent, DraftKind.REPLY)
    return sent


def _way_with_copies(ticket: Ticket) -> Way:
    """Mail, that is; outside the conversation with the customer."""
    for way in open_ways(ticket):
        if way.connector.capabilities.has_copies and way.channel.is_active:
            return replace(way, interaction=None)
    raise NoReplyChannel


def _files_of(message: Message, ticket: Ticket) -> tuple[FileToAttach, ...]:
    attached = Attachment.objects.filter(message_id=message.pk, ticket=ticket)
    return tuple(FileToAttach(row.file_id, row.content_id, row.is_inline) for row in attached)
