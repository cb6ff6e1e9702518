"""Spam and blocked senders, both with a way back. Nothing is deleted: it leaves the lists."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from apps.channels.models import BlockedSender
from apps.core.actor import Actor
from apps.core.audit import record
from apps.core.clock import now
from apps.core.errors import NotVisible
from apps.core.events import publish
from apps.core.fields import blind_index
from apps.core.permissions import require
from apps.core.prepared import Prepared
from apps.customers.models import Identity
from apps.tickets import events
from apps.tickets.errors import NothingToBlock
from apps.tickets.models import Interaction, Ticket
from apps.tickets.services.changing import lock_ticket, next_version, save_ticket


@transaction.atomic
def mark_spam(*, ticket: Ticket, by: Actor) -> Ticket:
    return _set_spam(ticket, by, is_spam=True)


@transaction.atomic
def unmark_spam(*, ticket: Ticket, by: Actor) -> Ticket:
    """Also lifts the block of its sender: whose message is no spam must not stay shut out unseen."""
    block = block_of(ticket) if ticket.is_spam else None
    if block is not None:
        unblock_sender(block=block, by=by, ticket=ticket)
    return _set_spam(ticket, by, is_spam=False)


def _set_spam(ticket: Ticket, by: Actor, *, is_spam: bool) -> Ticket:
    ticket = lock_ticket(ticket, by=by, code="tickets.spam")
    if ticket.is_spam == is_spam:
        return ticket
    ticket.is_spam = is_spam
    publish(
        events.TicketFieldChanged(
            ticket_id=ticket.pk, field="spam", old=not is_spam, new=is_spam, version=next_version(ticket)
        ),
        by=by,
    )
    save_ticket(ticket, ["is_spam"])
    return ticket


@transaction.atomic
def block_sender(*, ticket: Ticket, by: Actor) -> BlockedSender:
    """Blocks the handle that the ticket came from and marks it as spam. What it sends from now on is kept and
    ignored.
    """
    ticket = _set_spam(ticket, by, is_spam=True)
    identity = sender_of(ticket)
    if identity is None:
        raise NothingToBlock
    block = _block(identity, by)
    publish(events.SenderBlocked(ticket_id=ticket.pk), by=by)
    record("tickets.block_sender", by=by, subject=block, details={"ticket": ticket.pk})
    return block


@transaction.atomic
def unblock_sender(*, block: BlockedSender, by: Actor, ticket: Ticket | None = None) -> None:
    """Lifts a block; the row stays as its record."""
    require(by, "tickets.spam", ticket)
    row = BlockedSender.objects.select_for_update(of=("self",)).filter(pk=block.pk, lifted_at__isnull=True).first()
    if row is None:
        raise NotVisible
    row.lifted_at = now()
    row.save(update_fields=["lifted_at", "updated"])
    if ticket is not None:
        ticket = _set_spam(ticket, by, is_spam=False)
        publish(events.SenderBlocked(ticket_id=ticket.pk, is_lifted=True), by=by)
    record("tickets.unblock_sender", by=by, subject=row)


def sender_of(ticket: Ticket) -> Identity | None:
    """The handle that the customer last wrote from on this ticket."""
    newest = Interaction.objects.filter(ticket=ticket, identity__isnull=False).order_by("-started_at", "-id").first()
    if newest is not None:
        return newest.identity
    return Identity.objects.filter(customer_id=ticket.customer_id).first() if ticket.customer_id else None


def block_of(ticket: Ticket) -> BlockedSender | None:
    """The running block of the ticket's sender."""
    identity = sender_of(ticket)
    return None if identity is None else running_block(identity.kind, identity.scope, identity.value)


_running_blocks = Prepared(
    lambda kind, scope, index: BlockedSender.objects.filter(
        kind=kind, scope=scope, value_index=index, lifted_at__isnull=True
    ),
    kind=str,
    scope=str,
    index=bytes,
)


def running_block(kind: str, scope: str, value: str) -> BlockedSender | None:
    return _running_blocks.first(kind=kind, scope=scope, index=blind_index(BlockedSender, "value_index", value))


def _block(identity: Identity, by: Actor) -> BlockedSender:
    present = running_block(identity.kind, identity.scope, identity.value)
    if present is not None:
        return present
    row = BlockedSender(kind=identity.kind, scope=identity.scope, value=identity.value, blocked_by=by.user)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        found = running_block(identity.kind, identity.scope, identity.value)
        if found is None:
            raise
        return found
    return row
