"""What managers see of deliveries: through their own eyes, not through those of the endpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.automation.enums import DisabledReason
from apps.automation.kinds import TEST
from apps.automation.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from apps.automation.payload import payload_of
from apps.automation.querysets import MANAGE
from apps.channels.selectors.notices import Notice
from apps.core import clock
from apps.core.actor import Actor
from apps.core.permissions import may
from apps.privacy.lens import lens_for
from apps.tickets.selectors.feed import told_event

DAYS: Final = 14
SOON: Final = timedelta(minutes=1)
TROUBLE_AFTER: Final = timedelta(hours=1)
"""A receiver that is away for less comes back before anybody has looked."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A delivery as its reader may see it. `payload` is None for what is out of the reader's sight."""

    payload: dict[str, Any] | None
    attempts: list[WebhookAttempt]
    answers: list[str]


def glance(actor: Actor, delivery: WebhookDelivery) -> Glance:
    attempts = list(WebhookAttempt.objects.visible_to(actor).filter(delivery=delivery).order_by("pk"))
    payload = payload_shown(actor, delivery)
    return Glance(payload, attempts, answers_shown(actor, attempts, is_open=payload is not None))


def payload_shown(actor: Actor, delivery: WebhookDelivery) -> dict[str, Any] | None:
    """What was sent, byte for byte, for who sees everything raw, of minors too; for others the event as it is told to them."""
    if delivery.kind == TEST:
        return _document(delivery.payload)
    if delivery.event_id is None or delivery.event_created is None:
        return None
    told = told_event(actor, event_id=delivery.event_id, created=delivery.event_created)
    if told is None:
        return None
    is_as_sent = bool(delivery.payload) and lens_for(actor).of(is_minor=True).is_raw
    return _document(delivery.payload if is_as_sent else payload_of(told))


def is_expected_soon(delivery: WebhookDelivery) -> bool:
    """Whether it is worth looking again in a moment: not once it is settled, nor when nobody sends or the next attempt is far."""
    return delivery.settled_at is None and abs(delivery.due_at - clock.now()) < SOON


def answers_shown(actor: Actor, attempts: Sequence[WebhookAttempt], *, is_open: bool) -> list[str]:
    """A receiver may repeat in its answer what it was told, perhaps of a minor."""
    lens = lens_for(actor).of(is_minor=True)
    return [lens.text(attempt.answer) if is_open else "" for attempt in attempts]


def _document(payload: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload) if payload else {}
    return found


# --- How endpoints are doing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Health:
    """`tone` is success, warning, danger or empty."""

    tone: str
    state: str


@dataclass(frozen=True, slots=True)
class Day:
    """One bar. Heights are of 100, the largest day being full."""

    date: date
    delivered: int
    failed: int
    delivered_height: int
    failed_height: int

    @property
    def delivered_top(self) -> int:
        return 100 - self.delivered_height

    @property
    def failed_top(self) -> int:
        """On top of what was taken."""
        return self.delivered_top - self.failed_height


def health_of(endpoint: WebhookEndpoint) -> Health:
    if not endpoint.is_enabled:
        is_wanted = endpoint.disabled_reason == DisabledReason.BY_HAND
        return Health("" if is_wanted else "danger", str(DisabledReason(endpoint.disabled_reason).label))
    if endpoint.failing_since is not None:
        since = date_format(timezone.localtime(endpoint.failing_since), "SHORT_DATETIME_FORMAT")
        return Health("warning", _("Failing since %(time)s") % {"time": since})
    if endpoint.last_success_at is None:
        return Health("", _("Nothing was sent yet"))
    return Health("success", _("Working"))


def troubled_endpoints(actor: Actor) -> int:
    """How many were switched off by themselves, or have failed for a while."""
    by_itself = Q(is_enabled=False) & ~Q(disabled_reason=DisabledReason.BY_HAND)
    failing = Q(is_enabled=True, failing_since__lte=clock.now() - TROUBLE_AFTER)
    return WebhookEndpoint.objects.visible_to(actor).filter(by_itself | failing).count()


def notices(actor: Actor) -> list[Notice]:
    """For the page where people look whether everything runs."""
    count = troubled_endpoints(actor) if may(actor, MANAGE) else 0
    if not count:
        return []
    text = ngettext("%(count)d outgoing webhook fails.", "%(count)d outgoing webhooks fail.", count) % {"count": count}
    return [Notice(text, reverse("admin:automation_webhookendpoint_changelist"), _("Outgoing webhooks"), "danger")]


def counts_of(actor: Actor, endpoint: WebhookEndpoint) -> dict[str, int]:
    """How many deliveries wait, and how many of those that are kept were given up."""
    rows = WebhookDelivery.objects.visible_to(actor).filter(endpoint=endpoint)
    return {"waiting": rows.unsettled().count(), "failed": rows.failed().count()}


def last_days(actor: Actor, endpoint: WebhookEndpoint) -> list[Day]:
    """Attempts of the last fortnight: how many were taken, how many not."""
    today = timezone.localdate()
    first = today - timedelta(days=DAYS - 1)
    attempts = WebhookAttempt.objects.visible_to(actor).filter(delivery__endpoint=endpoint).order_by()
    rows = (
        attempts.annotate(day=TruncDate("started"))
        .filter(day__gte=first)
        .values("day")
        .annotate(delivered=Count("pk", filter=Q(error="")), failed=Count("pk", filter=~Q(error="")))
    )
    found = {row["day"]: (row["delivered"], row["failed"]) for row in rows}
    most = max((sum(pair) for pair in found.values()), default=0) or 1
    return [_day(first + timedelta(days=number), found, most) for number in range(DAYS)]


def _day(day: date, found: dict[date, tuple[int, int]], most: int) -> Day:
    delivered, failed = found.get(day, (0, 0))
    return Day(day, delivered, failed, 100 * delivered // most, 100 * failed // most)
