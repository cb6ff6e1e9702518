"""Calling colleagues to a ticket from rules and timers: in its timeline, and among their mentions until they have read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core.actor import SYSTEM, Actor
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.enums import MessageKind
from apps.tickets.models import Mention, Message, Ticket
from apps.tickets.selectors.choices import can_be_mentioned
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.timeline import MESSAGE_FIELDS, Entry, append_message


@transaction.atomic
def call_to_ticket(
    *, ticket_id: int, people: Sequence[User], notice: str, envelope: Mapping[str, Any], by: Actor = SYSTEM
) -> Message | None:
    """Writes a line of the system's own that names them; those who may not see the ticket are left out.

    ``notice`` is a key whose words the reader's page knows (`selectors.timeline.register_notice`). Nothing is written where
    nobody is left to call.
    """
    ticket = Ticket.objects.locked().filter(pk=ticket_id).first()
    if ticket is None:
        return None
    called = [user for user in people if user.is_active and can_be_mentioned(user, ticket)]
    if not called:
        return None
    ids = tuple(sorted(user.pk for user in called))
    envelope = {**envelope, "mentioned": list(ids), "called": sorted(str(user) for user in called)}
    entry = Entry(kind=MessageKind.SYSTEM, notice=notice, envelope=envelope, is_automatic=True)
    message = append_message(ticket=ticket, entry=entry)
    save_ticket(ticket, MESSAGE_FIELDS)
    rows = [Mention(ticket=ticket, message_id=message.pk, user=user) for user in called]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    publish(
        events.MessageNoted(ticket_id=ticket.pk, message_id=message.pk, sequence=message.sequence, mentioned=ids), by=by
    )
    return message
