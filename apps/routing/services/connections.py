"""Whether an agent's desk is open anywhere. The truth are rows with an end, so that nobody has to say goodbye.

A web process prolongs its rows every `BEAT`; a process that dies stops doing so, and a browser that dies is noticed by
its process, whose pings get no answer. Who has no row left is given `GRACE` to come back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.routing.enums import Cause, Presence
from apps.routing.models import AgentState, DeskConnection
from apps.routing.services import freeing
from apps.routing.services.states import go_offline

BEAT = timedelta(seconds=20)
LEASE = 3 * BEAT
GRACE = timedelta(seconds=60)
BATCH = 100


def open_connection(*, user_id: int, process: uuid.UUID) -> uuid.UUID:
    """Who is back within the grace period never was away."""
    row = DeskConnection.objects.create(user_id=user_id, process=process, expires=Now() + LEASE)
    AgentState.objects.filter(user_id=user_id, leaves_at__isnull=False).update(leaves_at=None)
    return row.pk


def keep_open(process: uuid.UUID, desks: Mapping[uuid.UUID, int]) -> None:
    """Prolongs the process's open desks, by id with their users. One that expired while the database could not be
    reached is written again, as if it had never been away.
    """
    DeskConnection.objects.bulk_create(
        [
            DeskConnection(pk=pk, user_id=user_id, process=process, expires=Now() + LEASE)
            for pk, user_id in desks.items()
        ],
        update_conflicts=True,
        update_fields=["expires"],
        unique_fields=["id"],
    )
    AgentState.objects.filter(user_id__in=set(desks.values()), leaves_at__isnull=False).update(leaves_at=None)


def close_connection(pk: uuid.UUID) -> None:
    row = DeskConnection.objects.filter(pk=pk).first()
    if row is not None:
        row.delete()
        _count_down([row.user_id])


def drop_expired() -> int:
    """What dead processes left behind."""
    with transaction.atomic():
        rows = list(
            DeskConnection.objects.filter(expires__lte=Now()).select_for_update(skip_locked=True).order_by("pk")[:BATCH]
        )
        DeskConnection.objects.filter(pk__in=[row.pk for row in rows]).delete()
        _count_down(row.user_id for row in rows)
    return len(rows)


def _count_down(user_ids: Iterable[int]) -> None:
    """Whoever has no desk open any more has `GRACE` from now."""
    here = DeskConnection.objects.live().values("user_id")
    leaving = AgentState.objects.filter(user_id__in=set(user_ids), leaves_at__isnull=True).exclude(user_id__in=here)
    leaving.exclude(state=Presence.OFFLINE).update(leaves_at=Now() + GRACE)


def send_away() -> int:
    """Those whose grace is over go offline, and what they held live goes back to where it waited."""
    with transaction.atomic():
        due = (
            AgentState.objects.with_connection()
            .filter(leaves_at__lte=Now())
            .select_related("user")
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .order_by("leaves_at")[:BATCH]
        )
        rows = list(due)
        for row in rows:
            if row.is_connected:  # type: ignore[attr-defined]  # annotated
                AgentState.objects.filter(pk=row.pk).update(leaves_at=None)
            else:
                _send_away(row.user)
    return len(rows)


def _send_away(user: User) -> None:
    if go_offline(user=user, cause=Cause.CONNECTION_LOST) is not None:
        freeing.free_live_work(user, Cause.CONNECTION_LOST)
