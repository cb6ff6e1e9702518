"""The conversation that begins when we are the first to speak on a channel."""

from __future__ import annotations

from apps.channels.contract import Connector
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.inserting import insert_unless_there
from apps.customers.models import Identity
from apps.customers.selectors import family_identities
from apps.tickets.enums import InteractionState
from apps.tickets.errors import ConversationRunning
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services.threads import open_interaction


def identity_of(ticket: Ticket, connector: Connector, value: str = "") -> Identity | None:
    """The customer's handle on such a channel: the one that is `value`, else the first there is."""
    if ticket.customer is None:
        return None
    handles = [row for row in family_identities(ticket.customer) if row.kind == connector.identity_kind]
    handles.sort(key=lambda row: (row.value != value, not row.is_primary, row.pk))
    return handles[0] if handles else None


def open_conversation(
    ticket: Ticket, channel: Channel, connector: Connector, identity: Identity | None, *, by: Actor
) -> Interaction:
    """Under the key that the answer will come with, where the channel knows it.

    Raises ConversationRunning where that person is in a conversation on another ticket: the answer would go there.
    """
    answers_under = connector.thread_key_for(identity.value) if identity is not None else None
    if answers_under is not None:
        _make_room(channel, answers_under, by)
    row = Interaction(
        ticket=ticket,
        channel=channel,
        customer=ticket.customer,
        identity=identity,
        thread_key=answers_under or key_of("outbound", channel.kind, str(ticket.pk)),
        started_at=now(),
    )
    if not insert_unless_there(row):
        raise ConversationRunning
    return row


def _make_room(channel: Channel, key: bytes, by: Actor) -> None:
    """A conversation whose ticket is done is over; one that goes on is where to write."""
    running = open_interaction(channel, key)
    if running is None:
        return
    if not running.ticket.is_done:
        seen = Ticket.objects.visible_to(by).filter(pk=running.ticket_id).values_list("number", flat=True).first()
        raise ConversationRunning(number=seen)
    moment = now()
    Interaction.objects.filter(pk=running.pk).update(state=InteractionState.CLOSED, ended_at=moment, updated=moment)
