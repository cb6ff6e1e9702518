"""Accounts that were switched off, or whose vendor was: their state ends, and everything they held waits again."""

from __future__ import annotations

from django.db.models import Q

from apps.accounts.models import User
from apps.routing.enums import Cause, Presence
from apps.routing.models import AgentState
from apps.routing.services.freeing import free_all_work
from apps.routing.services.states import go_offline
from apps.tickets.enums import ACTIVE, RUNNING
from apps.tickets.models import Assignment

BATCH = 100
GONE = Q(is_active=False) | Q(vendor__is_active=False)
VENDOR_CLOSED = "vendor_closed"


def free_deactivated() -> int:
    """Each ticket in a transaction of its own; who is switched on again meanwhile keeps what is left."""
    held = Assignment.objects.filter(
        state__in=RUNNING, ticket__status__in=ACTIVE, ticket__merged_into__isnull=True
    ).values("user_id")
    there = AgentState.objects.exclude(state=Presence.OFFLINE).values("user_id")
    gone = User.objects.filter(GONE).filter(Q(pk__in=held) | Q(pk__in=there)).order_by("pk")[:BATCH]
    return sum(_free(user) for user in gone)


def _free(user: User) -> int:
    left = go_offline(user=user, cause=Cause.DEACTIVATED) is not None
    reason = VENDOR_CLOSED if user.is_active else Cause.DEACTIVATED.value
    return left + free_all_work(user, reason, limit=BATCH)
