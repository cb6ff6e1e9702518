"""The end of a contact that ends by itself, such as a chat. The ticket goes on."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.events import publish
from apps.tickets import events
from apps.tickets.enums import InteractionState, MessageKind
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services.changing import save_ticket
from apps.tickets.services.lifecycle import head_of
from apps.tickets.services.timeline import MESSAGE_FIELDS, Entry, append_message


@transaction.atomic
def end_interaction(*, interaction_id: int, notice: str, by: Actor) -> None:
    """Once. Who writes later begins a new one. The timeline says why, in the connector's words for `notice`."""
    interaction = Interaction.objects.select_related("channel", "ticket__merged_into").get(pk=interaction_id)
    ticket = Ticket.objects.locked().get(pk=head_of(interaction.ticket).pk)
    moment = now()
    rows = Interaction.objects.filter(pk=interaction_id, ended_at=None)
    if not rows.update(state=InteractionState.CLOSED, ended_at=moment, updated=moment):
        return
    entry = Entry(
        kind=MessageKind.SYSTEM,
        notice=notice,
        channel=interaction.channel,
        interaction=interaction,
        is_automatic=True,
    )
    message = append_message(ticket=ticket, entry=entry)
    publish(
        events.MessageRecorded(ticket_id=ticket.pk, message_id=message.pk, sequence=message.sequence, notice=notice),
        by=by,
    )
    save_ticket(ticket, MESSAGE_FIELDS)
