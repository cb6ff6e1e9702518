"""Visits that are going on: an interaction from the moment somebody sits down until what was said is written.

Who may serve whom is the caller's to ask. The ticket is opened by the channel, as for every other customer who comes
by a channel: an agent who may not open tickets of their own may still serve.
"""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.channels.keys import key_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.clock import now
from apps.customers.models import Customer, Identity
from apps.tickets.enums import ContactKind, InteractionState
from apps.tickets.models import Category, Interaction, Queue, Ticket
from apps.tickets.services import assignment, lifecycle
from apps.tickets.services.changing import lock_ticket
from apps.tickets.services.intake import CHANNEL
from apps.tickets.services.messages.composing import require_content
from apps.tickets.services.messages.contacts import Contact, append_contact


@transaction.atomic
def open_visit(
    *,
    channel: Channel,
    key: str,
    subject: str,
    agent: User,
    queue: Queue,
    category: Category | None = None,
    customer: Customer | None = None,
    identity: Identity | None = None,
    language: str = "",
) -> Interaction:
    """A ticket with the agent who serves and a running interaction. `key` names the visit."""
    ticket = lifecycle.open_ticket(
        subject=subject,
        by=CHANNEL,
        channel=channel,
        queue=queue,
        category=category,
        customer=customer,
        language=language,
    )
    ticket = assignment.assign_ticket(ticket=ticket, to=agent, by=CHANNEL)
    return _begin(ticket, channel, key, customer, identity)


@transaction.atomic
def join_visit(
    *, ticket: Ticket, by: Actor, channel: Channel, key: str, identity: Identity | None = None
) -> Interaction:
    """The visit is about a ticket that is there: it is one more interaction of it."""
    ticket = lock_ticket(ticket, by=by, code="tickets.reply", allow_closed=False)
    return _begin(ticket, channel, key, ticket.customer, identity)


def _begin(
    ticket: Ticket, channel: Channel, key: str, customer: Customer | None, identity: Identity | None
) -> Interaction:
    moment = now()
    interaction = Interaction(
        ticket=ticket,
        channel=channel,
        customer=customer,
        identity=identity,
        thread_key=key_of("visit", key),
        started_at=moment,
        last_inbound_at=moment,
    )
    interaction.save(force_insert=True)
    return interaction


@transaction.atomic
def hand_visit_on(*, interaction: Interaction, to: User, queue: Queue) -> None:
    """The visitor sits at another window now. What that service leads to holds from here on."""
    ticket = _head(interaction)
    if ticket.is_done:
        return
    if ticket.queue_id != queue.pk:
        lifecycle.change_fields(ticket=ticket, by=CHANNEL, queue=queue)
    if ticket.assignee_id != to.pk:
        assignment.assign_ticket(ticket=ticket, to=to, by=CHANNEL)


@transaction.atomic
def end_visit(*, interaction: Interaction, by: Actor, html: str) -> Ticket:
    """Writes what was said, and closes the interaction."""
    require_content(html, ())
    ticket = Ticket.objects.locked().get(pk=_head(interaction).pk)
    contact = Contact(
        channel=interaction.channel,
        kind=ContactKind.VISIT_IN,
        at=interaction.started_at,
        customer=interaction.customer,
        identity=interaction.identity,
        name="",
    )
    append_contact(ticket, by, contact, interaction, html=html)
    interaction.state, interaction.ended_at = InteractionState.CLOSED, now()
    interaction.save(update_fields=["state", "ended_at", "updated"])
    return ticket


def _head(interaction: Interaction) -> Ticket:
    """The ticket, or the one that it was merged into."""
    return lifecycle.head_of(Ticket.objects.get(pk=interaction.ticket_id))
