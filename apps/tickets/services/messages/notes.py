"""Internal notes, which no customer ever gets."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.events import publish
from apps.core.richtext import keep_mentions
from apps.tickets import events
from apps.tickets.enums import DraftKind, MessageKind
from apps.tickets.errors import EmptyMessage
from apps.tickets.models import Mention, Message, Ticket
from apps.tickets.selectors.choices import can_be_mentioned
from apps.tickets.selectors.timeline import WHISPER
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.messages.composing import finish_writing, require_content, take_uploads
from apps.tickets.services.messages.submissions import client_keys, sent_before
from apps.tickets.services.pictures import attach_uploads
from apps.tickets.services.timeline import MESSAGE_FIELDS, Entry, append_message, is_written_blind


@transaction.atomic
def add_note(
    *,
    ticket: Ticket,
    by: Actor,
    html: str,
    mention_ids: Sequence[int] = (),
    draft_file_ids: Sequence[int] = (),
    client_id: str = "",
) -> Message:
    """Writes an internal note. Who is mentioned may read the ticket."""
    ticket = lock_ticket(ticket, by=by, code="tickets.note")
    if (before := sent_before(by, client_id)) is not None:
        return before
    mentioned = _mentioned(ticket, by, mention_ids)
    html, files = attach_uploads(html, take_uploads(by, ticket, draft_file_ids), mentions=True)
    require_content(html, files)
    entry = Entry(
        kind=MessageKind.NOTE,
        html=keep_mentions(html, {user.pk for user in mentioned}),
        author=by.user,
        sender_name=by.label if by.user is None else "",
        envelope={"mentioned": [user.pk for user in mentioned]} if mentioned else {},
        keys=client_keys(by, client_id),
        files=tuple(files),
        is_blind=is_written_blind(ticket, by),
    )
    message = append_message(ticket=ticket, entry=entry)
    save_ticket(ticket, MESSAGE_FIELDS)
    _tell_mentioned(ticket, by, message, mentioned)
    finish_writing(ticket, by, message, DraftKind.NOTE)
    return message


@transaction.atomic
def whisper(*, ticket: Ticket, by: Actor, text: str) -> Message:
    """Words for whoever holds the ticket: a note that stands out, and that calls them. Nobody outside ever reads it."""
    ticket = lock_ticket(ticket, by=by, code="tickets.note")
    message = leave_whisper(ticket, by, text, mention_ids=[ticket.assignee_id] if ticket.assignee_id else [])
    save_ticket(ticket, MESSAGE_FIELDS)
    return message


def leave_whisper(ticket: Ticket, by: Actor, text: str, *, mention_ids: Sequence[int] = ()) -> Message:
    """The same on a locked ticket, as for whoever comes next; the caller saves `MESSAGE_FIELDS`."""
    text = text.strip()
    if not text:
        raise EmptyMessage
    mentioned = _mentioned(ticket, by, mention_ids)
    entry = Entry(
        kind=MessageKind.NOTE,
        text=text,
        author=by.user,
        sender_name=by.label if by.user is None else "",
        envelope={"mentioned": [user.pk for user in mentioned]} if mentioned else {},
        notice=WHISPER,
        is_blind=is_written_blind(ticket, by),
    )
    message = append_message(ticket=ticket, entry=entry)
    _tell_mentioned(ticket, by, message, mentioned)
    return message


def _mentioned(ticket: Ticket, by: Actor, ids: Sequence[int]) -> list[User]:
    wanted = {pk for pk in ids if pk != by.user_id}
    if not wanted:
        return []
    found = User.objects.filter(pk__in=wanted, is_active=True).select_related("role", "vendor")
    return [user for user in found if can_be_mentioned(user, ticket)]


def _tell_mentioned(ticket: Ticket, by: Actor, message: Message, mentioned: Sequence[User]) -> None:
    rows = [Mention(ticket=ticket, message_id=message.pk, user=user) for user in mentioned]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    ids = tuple(user.pk for user in mentioned)
    publish(
        events.MessageNoted(ticket_id=ticket.pk, message_id=message.pk, sequence=message.sequence, mentioned=ids), by=by
    )
