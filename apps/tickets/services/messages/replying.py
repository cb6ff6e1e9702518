"""Answers to the customer on one of the ticket's channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from apps.channels.cards import in_words, require_card
from apps.channels.contract import Card
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.richtext import html_to_text
from apps.tickets.enums import DraftKind, Status
from apps.tickets.models import Message, Ticket
from apps.tickets.selectors.routes import Way
from apps.tickets.services import lifecycle
from apps.tickets.services.assignment import take_if_free
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.duties import Moment, fulfil_duties
from apps.tickets.services.messages.composing import finish_writing, require_content, take_uploads
from apps.tickets.services.messages.conversations import identity_of, open_conversation
from apps.tickets.services.messages.recipients import choose_people
from apps.tickets.services.messages.sending import Letter, choose_way, send_letter
from apps.tickets.services.messages.submissions import sent_before
from apps.tickets.services.pictures import attach_uploads
from apps.tickets.services.timeline import MESSAGE_FIELDS


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    by: Actor,
    html: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    channel: Channel | None = None,
    is_public: bool = False,
    draft_file_ids: Sequence[int] = (),
    then_status: Status | str | None = None,
    client_id: str = "",
    version: int | None = None,
    is_confirmed: bool = False,
    card: Card | None = None,
) -> Message:
    """Answers on one of the ticket's channels. Empty `to` means the customer; entries are addresses or
    recipient tokens. With `is_public` everybody reads the answer, under the customer's comment; without, nobody else
    does. With `card` the words are the text of a card.

    A free ticket is the writer's from then on. With `then_status` the ticket goes there in the same transaction. A
    repetition with the same `client_id` gives the message that the first call wrote.
    """
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", version=version, allow_closed=False)
    if (before := sent_before(by, client_id)) is not None:
        return before
    way = _in_conversation(ticket, by, choose_way(ticket, channel, is_public=is_public))
    people = choose_people(ticket, by, way, to, cc, bcc)
    taken = take_if_free(ticket, by)
    html, files = attach_uploads(html, take_uploads(by, ticket, draft_file_ids))
    if card is not None:
        card = replace(card, html=html)
        require_card(card)
        html = in_words(card)
    require_content(html, files)
    fulfil_duties(Moment.REPLYING, ticket, by, html_to_text(html))
    letter = Letter(
        html=html,
        people=people,
        files=tuple(files),
        subject=ticket.subject,
        client_id=client_id,
        is_confirmed=is_confirmed,
        is_taking=bool(taken),
        card=card,
    )
    message = send_letter(ticket, by, way, letter)
    save_ticket(ticket, [*MESSAGE_FIELDS, *taken, *status_after(ticket, by, then_status)])
    finish_writing(ticket, by, message, DraftKind.REPLY)
    return message


def _in_conversation(ticket: Ticket, by: Actor, way: Way) -> Way:
    """The first word on another channel opens a conversation there, so that what is answered comes to this ticket."""
    handle = way.addressing.to[0].address if way.addressing.to else ""
    if way.interaction is not None or way.connector.thread_key_for(handle) is None:
        return way
    identity = identity_of(ticket, way.connector, handle)
    return replace(way, interaction=open_conversation(ticket, way.channel, way.connector, identity, by=by))


def status_after(ticket: Ticket, by: Actor, then_status: Status | str | None) -> list[str]:
    """Moves the ticket on after something of ours went out; the columns to save."""
    if then_status and then_status not in Status.values:
        raise InvalidInput(fields={"then": [_("Choose another status.")]})
    if then_status:
        return lifecycle.move(ticket, Status(then_status), by=by)
    if ticket.status == Status.NEW:
        return lifecycle.move(ticket, Status.OPEN, by=by, reason="reply")
    return []
