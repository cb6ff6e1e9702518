"""Somebody takes care of it."""

from __future__ import annotations

from django.db import transaction

from apps.alerts.enums import AlertState, Step
from apps.alerts.errors import AlertOver
from apps.alerts.models import Alert
from apps.alerts.querysets import SUPERVISE
from apps.alerts.selectors import PLACES
from apps.alerts.services.telling import Told, tell
from apps.core import clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.permissions import require


@transaction.atomic
def acknowledge(*, alert: Alert, by: Actor) -> Alert:
    """The first one stands; whoever comes second changes nothing."""
    require(by, SUPERVISE)
    rows = Alert.objects.visible_to(by).fired().select_related("rule__vendor", *PLACES)
    row = rows.select_for_update(of=("self",), no_key=True).filter(pk=alert.pk).first()
    if row is None:
        raise NotVisible
    if row.state != AlertState.OPEN:
        raise AlertOver
    if row.acknowledged_at is None:
        row.acknowledged_at, row.acknowledged_by = clock.now(), by.user
        row.save(update_fields=["acknowledged_at", "acknowledged_by"])
        tell([Told(row, Step.ACKNOWLEDGED, row.figure, by.user)], at=row.acknowledged_at, by=by)
    return row
