"""What managers do with rules beside writing them: their order, and switching them on and off."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import NotVisible
from apps.core.permissions import require
from apps.routing.models import RoutingQueue, RoutingRule


@transaction.atomic
def order_rules(*, routing: RoutingQueue, order: Sequence[int], by: Actor) -> None:
    """In the given order; rules that it does not name (somebody added them meanwhile) come after it as they stood."""
    require(by, "channels.configure")
    rules = list(RoutingRule.objects.visible_to(by).filter(routing=routing).select_for_update(no_key=True))
    before = [rule.pk for rule in rules]
    places = {pk: place for place, pk in enumerate(order)}
    rules.sort(key=lambda rule: places.get(rule.pk, len(places)))
    if (after := [rule.pk for rule in rules]) == before:
        return
    for position, rule in enumerate(rules):
        rule.position = position
    RoutingRule.objects.bulk_update(rules, ["position"])
    details = {"queue": routing.queue_id, "order": [before, after]}
    audit.record("routing.routingrule.ordered", by=by, subject_type="routing.routingrule", details=details)


@transaction.atomic
def switch_rule(*, rule: RoutingRule, is_active: bool, by: Actor) -> None:
    require(by, "channels.configure")
    row = RoutingRule.objects.visible_to(by).filter(pk=rule.pk).select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotVisible
    if row.is_active != is_active:
        row.is_active = is_active
        row.save(update_fields=["is_active", "updated"])
        audit.record(
            "routing.routingrule.changed", by=by, subject=row, details={"is_active": [not is_active, is_active]}
        )


def last_position(routing: RoutingQueue) -> int:
    """Where a new rule stands: after all others."""
    last = RoutingRule.objects.filter(routing=routing).order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1
