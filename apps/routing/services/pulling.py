"""Somebody asks for work by themselves, wherever nobody hands it out."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.permissions import require
from apps.tickets.enums import RUNNING, Status
from apps.tickets.models import Assignment, Ticket
from apps.tickets.querysets import works
from apps.tickets.services.assignment import claim_ticket
from apps.tickets.services.teams import require_cleared

LOOKS = 20
"""So many are tried where colleagues pull at the same time, or where teams are limited."""


def claim_next(*, by: Actor) -> Ticket | None:
    """The most urgent free ticket, of equally urgent ones the oldest. None when there is none to take."""
    require(by, "routing.serve")
    if by.user is not None:
        require_cleared(by.user, for_offers=True)
    for ticket in _waiting(by):
        try:
            return claim_ticket(ticket=ticket, by=by)
        except AppError:
            continue  # a colleague was faster, it is not theirs to take, or it was closed in this very moment
    return None


def _waiting(by: Actor) -> list[Ticket]:
    access = access_of(by)
    offered = Assignment.objects.filter(ticket_id=OuterRef("pk"), state__in=RUNNING)
    free = Ticket.objects.visible_to(by).listed().filter(assignee__isnull=True, status__in=(Status.NEW, Status.OPEN))
    if access.is_outsourced:
        free = free.filter(is_kept_in_house=False)
    mine = free.filter(Q() if access.sees_all and not access.queue_ids else works(access))
    return list(mine.exclude(Exists(offered)).order_by("-priority", "opened_at", "pk")[:LOOKS])
