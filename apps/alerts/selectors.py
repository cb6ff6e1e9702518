"""Alerts as supervisors see them on their screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Max
from django.utils.translation import ngettext

from apps.accounts.access import access_of
from apps.alerts.enums import Step
from apps.alerts.models import Alert, AlertChange
from apps.alerts.querysets import AlertQuerySet
from apps.alerts.words import news_line, sentence
from apps.core.actor import Actor

MOST: Final = 50
PLACES: Final = ("queue", "channel", "contract__vendor", "term__channel", "person", "skill")
"""What the words of an alert name."""
TOLD: Final = (Step.FIRED, Step.CLEARED)


@dataclass(frozen=True, slots=True)
class AlertCard:
    pk: int
    name: str
    words: str
    queue_id: int | None
    """Whose line it colours; none where it is about another floor than the viewer's."""
    fired_at: datetime
    acknowledged_by: str
    is_acknowledged: bool

    @property
    def tone(self) -> str:
        """What somebody takes care of is calmer."""
        return "warning" if self.is_acknowledged else "danger"


@dataclass(frozen=True, slots=True)
class News:
    """What happened after `after`, and where the next question begins. `words` are empty where nothing did."""

    after: int
    words: str
    is_good: bool


def open_alerts(actor: Actor) -> list[AlertCard]:
    """Those that nobody has taken care of first, then the oldest."""
    rows = Alert.objects.visible_to(actor).open().on_screens()
    rows = with_names(rows).order_by("fired_at", "pk")[:MOST]
    floor = access_of(actor).vendor_id
    return sorted((_card(row, floor) for row in rows), key=lambda card: card.is_acknowledged)


def with_names(rows: AlertQuerySet) -> AlertQuerySet:
    return rows.select_related("rule__vendor", "acknowledged_by", *PLACES)


def _card(alert: Alert, floor: int | None) -> AlertCard:
    return AlertCard(
        pk=alert.pk,
        name=str(alert.rule),
        words=sentence(alert, alert.figure),
        queue_id=alert.queue_id if alert.rule.vendor_id == floor else None,
        fired_at=alert.fired_at or alert.since,
        acknowledged_by=str(alert.acknowledged_by or ""),
        is_acknowledged=alert.acknowledged_at is not None,
    )


def last_news(actor: Actor) -> int:
    """Where a page that is opened now begins to ask."""
    return AlertChange.objects.visible_to(actor).aggregate(last=Max("pk"))["last"] or 0


def news_after(actor: Actor, after: int) -> News:
    rows = AlertChange.objects.visible_to(actor).on_screens().filter(pk__gt=after, step__in=TOLD)
    changes = list(
        rows.select_related("alert__rule__vendor", *(f"alert__{place}" for place in PLACES)).order_by("pk")[:MOST]
    )
    if not changes:
        return News(after, "", is_good=True)
    fired = sum(change.step == Step.FIRED for change in changes)
    return News(changes[-1].pk, _words(changes, fired), is_good=not fired)


def _words(changes: list[AlertChange], fired: int) -> str:
    """One is said whole; of many at once only how many, for the wallboard has the rest."""
    if len(changes) == 1:
        return news_line(changes[0].alert, changes[0].step, changes[0].figure)
    over = len(changes) - fired
    words = [
        ngettext("%(count)d new alert", "%(count)d new alerts", fired) % {"count": fired} if fired else "",
        ngettext("%(count)d alert is over", "%(count)d alerts are over", over) % {"count": over} if over else "",
    ]
    return " · ".join(filter(None, words))
