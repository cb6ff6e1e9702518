"""Taking back what has not left yet."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from apps.channels.contract import Card
from apps.channels.errors import DeliveryNotCancellable
from apps.channels.keys import key_of, message_key
from apps.channels.models import Delivery
from apps.channels.services import outbox
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.enums import DraftKind, MessageKind
from apps.tickets.errors import UndoTooLate
from apps.tickets.models import Attachment, Draft, DraftFile, Message, MessageKey, Ticket
from apps.tickets.selectors.detail import UNDONE
from apps.tickets.selectors.routes import route_key
from apps.tickets.services import allowance, lifecycle
from apps.tickets.services.assignment import give_back
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.comments import count_private_reply
from apps.tickets.services.drafts import card_fields, write_draft
from apps.tickets.services.pictures import rename_pictures
from apps.tickets.services.searching import forget_message
from apps.tickets.services.timeline import MESSAGE_FIELDS


@transaction.atomic
def undo_send(*, message: Message, by: Actor) -> Draft:
    """Takes back one's own message that has not left yet, once: it becomes a draft again, the ticket as it was."""
    ticket = lock_ticket(message.ticket, by=by)
    locked = Message.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=message.pk, created=message.created, kind=MessageKind.AGENT
    )
    row = locked.first()
    if row is None or by.user_id is None or row.author_id != by.user_id:
        raise NotVisible
    deliveries = list(Delivery.objects.filter(message_id=row.pk))
    if row.notice == UNDONE or not deliveries or any(entry.due_at <= now() for entry in deliveries):
        raise UndoTooLate
    try:
        for delivery in deliveries:
            outbox.cancel_delivery(delivery=delivery, by=by)
    except DeliveryNotCancellable as error:
        raise UndoTooLate from error
    return _take_back(ticket, row, by, parts=len(deliveries))


def _take_back(ticket: Ticket, row: Message, by: Actor, *, parts: int) -> Draft:
    fields: list[str] = list(MESSAGE_FIELDS)
    before = row.envelope.get("before", {})
    if ticket.message_count == row.sequence:
        for name in ("last_message_at", "waiting_since", "first_replied_at"):
            value = before.get(name)
            setattr(ticket, name, datetime.fromisoformat(value) if value else None)
        ticket.preview, ticket.preview_kind = before.get("preview", ""), before.get("preview_kind", "")
        ticket.preview_is_blind = before.get("preview_is_blind", False)
        fields += lifecycle.put_back(ticket, before.get("status", ticket.status), by=by)
    if row.envelope.get("took"):
        fields += give_back(ticket, by)
    card = row.envelope.get("card")
    html = rename_pictures(card["html"] if card else row.html, _files_back(ticket, row, by))
    draft = write_draft(user_id=by.user_id or 0, ticket=ticket, kind=DraftKind.REPLY, html=html, data=_meant_for(row))
    forget_message(row)
    _forget_keys(row, by)
    row.notice = UNDONE
    row.save(update_fields=["notice"])
    _count_back(row, parts)
    save_ticket(ticket, dict.fromkeys(fields))
    publish(events.MessageUndone(ticket_id=ticket.pk, message_id=row.pk, sequence=row.sequence), by=by)
    return draft


def _meant_for(row: Message) -> dict[str, list[str]]:
    """Words for one person must not come back as words for everybody, and those of a card come back on it."""
    card = row.envelope.get("card")
    return {
        "channel": [route_key(row.channel_id, is_public=row.is_public)],
        **(card_fields(Card.from_payload(card)) if card else {}),
    }


def _count_back(row: Message, parts: int) -> None:
    if row.is_public:
        return
    if row.interaction is not None and row.interaction.is_public:
        count_private_reply(row.interaction, str(row.envelope.get("comment") or ""), -parts)
    else:
        allowance.use(row.interaction, -parts)


def _forget_keys(row: Message, by: Actor) -> None:
    """So that the same words, sent again by the same form, are a message of their own."""
    keys = [message_key(str(row.envelope.get("message_id", "")))]
    if client_id := row.envelope.get("client_id"):
        keys.append(key_of("client", by.key, str(client_id)))
    MessageKey.objects.filter(key__in=keys, message_id=row.pk).delete()


def _files_back(ticket: Ticket, row: Message, by: Actor) -> dict[str, str]:
    """The files are uploads again; tells what the pictures in the text are called as such."""
    places: dict[str, str] = {}
    for attached in Attachment.objects.filter(message_id=row.pk, ticket=ticket):
        upload = DraftFile(user_id=by.user_id or 0, ticket=ticket, file_id=attached.file_id)
        upload.save(force_insert=True)
        if attached.is_inline:
            places[attached.content_id] = upload.public_id
        attached.delete()
    return places
