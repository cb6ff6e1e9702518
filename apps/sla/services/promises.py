"""What is promised, as configuration: the numbers of a policy, and what a change of one sets off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.core import audit
from apps.core.actor import Actor
from apps.core.permissions import require
from apps.sla.enums import Measure, Target
from apps.sla.models import Policy, PolicyTarget
from apps.sla.services.recounts import ask_recount


@dataclass(frozen=True, slots=True)
class Numbers:
    """The minutes of one target: by priority, None for all of them."""

    minutes: Mapping[int | None, int]
    measure: Measure = Measure.WORKING


@transaction.atomic
def set_targets(*, policy: Policy, numbers: Mapping[Target, Numbers], by: Actor) -> None:
    """These and no others. What runs by any policy is counted anew soon."""
    require(by, "channels.configure")
    before = _told(policy)
    PolicyTarget.objects.filter(policy=policy).delete()
    PolicyTarget.objects.bulk_create(
        PolicyTarget(policy=policy, target=target, priority=priority, minutes=minutes, measure=row.measure)
        for target, row in numbers.items()
        for priority, minutes in row.minutes.items()
    )
    after = _told(policy)
    if before != after:
        audit.record("sla.policy.targets", by=by, subject=policy, details={"targets": [before, after]})
    ask_recount()


@transaction.atomic
def delete_policy(*, policy: Policy, by: Actor) -> None:
    """What ran by it runs on by the policy that fits next, or ends."""
    require(by, "channels.configure")
    audit.record("sla.policy.deleted", by=by, subject=policy, details={"key": policy.key, "targets": _told(policy)})
    policy.delete()
    ask_recount()


def _told(policy: Policy) -> list[Any]:
    rows = PolicyTarget.objects.filter(policy=policy).order_by("target", "priority")
    return [list(row) for row in rows.values_list("target", "priority", "minutes", "measure")]
