"""Accounts that were switched off: their state ends, and everything they held waits again."""

from __future__ import annotations

from apps.accounts.models import User
from apps.routing.enums import Cause
from apps.routing.services.freeing import free_all_work
from apps.routing.services.states import go_offline
from apps.tickets.enums import ACTIVE, RUNNING
from apps.tickets.models import Assignment

BATCH = 100


def free_deactivated() -> int:
    """Each ticket in a transaction of its own; who is switched on again meanwhile keeps what is left."""
    held = Assignment.objects.filter(
        user__is_active=False, state__in=RUNNING, ticket__status__in=ACTIVE, ticket__merged_into__isnull=True
    )
    gone = User.objects.filter(is_active=False, pk__in=held.values("user_id")).order_by("pk")[:BATCH]
    return sum(_free(user) for user in gone)


def _free(user: User) -> int:
    go_offline(user=user, cause=Cause.DEACTIVATED)
    return free_all_work(user, Cause.DEACTIVATED, limit=BATCH)
