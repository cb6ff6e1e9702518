"""Colleagues who join whoever holds a ticket: they read it and answer, and do not hold it."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.errors import NotVisible, PermissionRefused
from apps.tickets.errors import NotAssignable
from apps.tickets.models import Ticket, Watcher
from apps.tickets.selectors.targets import can_help
from apps.tickets.services.assignment import tell_watching
from apps.tickets.services.changing import lock_ticket


@transaction.atomic
def add_helper(*, ticket: Ticket, by: Actor, user: User | None = None) -> Ticket:
    """Joins oneself, or has a colleague join. Twice is once; who holds the ticket needs not join it."""
    helper = user or by.user
    if helper is None:
        raise PermissionRefused
    ticket = lock_ticket(ticket, by=by, code="tickets.edit", allow_closed=False)
    if not User.objects.visible_to(by).filter(pk=helper.pk).exists():
        raise NotVisible
    if helper.pk == ticket.assignee_id or not can_help(helper, ticket):
        raise NotAssignable(fields={"helper": [NotAssignable.message]})
    row, is_new = Watcher.objects.get_or_create(ticket=ticket, user=helper, defaults={"is_helper": True})
    if not is_new and row.is_helper:
        return ticket
    if not is_new:
        row.is_helper = True
        row.save(update_fields=["is_helper"])
    tell_watching(ticket, helper, by, is_watching=True, is_helper=True)
    return ticket


@transaction.atomic
def remove_helper(*, ticket: Ticket, by: Actor, user: User | None = None) -> Ticket:
    """Leaves again, or sends a colleague away. Twice is once."""
    helper = user or by.user
    if helper is None:
        raise PermissionRefused
    ticket = lock_ticket(ticket, by=by, code="" if helper.pk == by.user_id else "tickets.edit", allow_merged=True)
    deleted, _by_model = Watcher.objects.filter(ticket=ticket, user=helper, is_helper=True).delete()
    if deleted:
        tell_watching(ticket, helper, by, is_watching=False, is_helper=True)
    return ticket
