"""What happened to alerts, told in the transaction in which it happened: history, screens, webhooks, mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.alerts import events
from apps.alerts.enums import Step, Way
from apps.alerts.models import Alert, AlertChange
from apps.alerts.services.mailing import mail
from apps.core.actor import SYSTEM, Actor
from apps.core.events import EventBase, publish
from apps.core.live import hint
from apps.routing.groups import FLOOR, company_floor


@dataclass(frozen=True, slots=True)
class Told:
    alert: Alert
    step: Step
    figure: int | None
    by: User | None = None


def tell(told: Sequence[Told], *, at: datetime, by: Actor = SYSTEM) -> None:
    if not told:
        return
    AlertChange.objects.bulk_create(
        AlertChange(alert=each.alert, step=each.step, at=at, figure=each.figure, by=each.by) for each in told
    )
    for each in told:
        if Way.WEBHOOK in each.alert.rule.ways:
            publish(_fact(each), by=by)
    mail([(each.alert, each.step, each.figure) for each in told if each.step != Step.ACKNOWLEDGED])
    # One hint, however much happened: each page then asks for what it may see.
    vendors = sorted({each.alert.rule.vendor_id for each in told if each.alert.rule.vendor_id})
    hint("alert", told[-1].alert.pk, 0, groups=[FLOOR, *map(company_floor, vendors)])


def _company(alert: Alert) -> str | None:
    vendor = alert.contract.vendor if alert.contract else alert.rule.vendor
    return vendor.key if vendor else None


def _fact(told: Told) -> EventBase:
    alert, rule = told.alert, told.alert.rule
    common: dict[str, Any] = {
        "alert": alert.public_id,
        "rule": rule.key,
        "measure": rule.measure,
        "comparison": rule.comparison,
        "limit": rule.limit,
        "figure": told.figure,
        "queue_id": alert.queue_id,
        "channel_id": alert.channel_id,
        "vendor": _company(alert),
        "contract": alert.contract.number if alert.contract else None,
    }
    match told.step:
        case Step.FIRED:
            return events.AlertFired(**common)
        case Step.ACKNOWLEDGED:
            return events.AlertAcknowledged(**common, user_id=told.by.pk if told.by else 0)
        case _:
            return events.AlertCleared(**common, reason=alert.cause)
