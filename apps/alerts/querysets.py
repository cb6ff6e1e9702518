"""Rules are configuration. Alerts are for those who supervise: of the house for its people, and of a vendor's own floor
for that vendor's. What speaks of whole queues, a vendor's people do not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from apps.accounts.access import access_of
from apps.alerts.enums import AlertState, Measure, Way
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.models import SequencedQuerySet
from apps.core.permissions import may
from apps.outsourcing.querysets import oversees_vendors
from apps.privacy.permits import may_approve
from apps.tickets.models import Queue

if TYPE_CHECKING:
    from apps.alerts.models import Alert, AlertChange, AlertRule  # noqa: F401 (type parameters)

CONFIGURE = "channels.configure"
SUPERVISE = "routing.supervise"


def _seen_by(actor: Actor, to_alert: str = "") -> Q:
    """The alerts of queues that one may see, of channels for who looks after channels, of contracts for who oversees
    vendors, and of reveals for who decides about them. A vendor's people see what a rule expressly says of their company.
    """
    access = access_of(actor)
    if not may(actor, SUPERVISE) or (access.is_outsourced and access.vendor_id is None):
        return Q(pk__in=())
    scope = Q(**{f"{to_alert}queue__in": Queue.objects.visible_to(actor)})
    if access.is_outsourced:
        scope |= Q(**{f"{to_alert}contract__vendor": access.vendor_id})
        return scope & Q(**{f"{to_alert}rule__vendor": access.vendor_id})
    if may(actor, "channels.view_health"):
        scope |= Q(**{f"{to_alert}channel__in": Channel.objects.visible_to(actor)})
    if oversees_vendors(actor):
        scope |= Q(**{f"{to_alert}contract__isnull": False})
    if may_approve(actor):
        scope |= Q(**{f"{to_alert}rule__measure": Measure.REVEALS})
    return scope


class AlertRuleQuerySet(QuerySet["AlertRule"]):
    def visible_to(self, actor: Actor) -> Self:
        return self if may(actor, CONFIGURE) else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class AlertQuerySet(SequencedQuerySet["Alert"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_seen_by(actor))

    def fired(self) -> Self:
        """Told at least once; one that is not there for long enough yet is nobody's business."""
        return self.exclude(state=AlertState.RISING)

    def open(self) -> Self:
        return self.filter(state=AlertState.OPEN)

    def live(self) -> Self:
        return self.filter(state__in=(AlertState.RISING, AlertState.OPEN))

    def on_screens(self) -> Self:
        return self.filter(rule__ways__contains=[Way.SCREEN.value])


class AlertChangeQuerySet(QuerySet["AlertChange"]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(_seen_by(actor, "alert__"))

    def on_screens(self) -> Self:
        return self.filter(alert__rule__ways__contains=[Way.SCREEN.value])
