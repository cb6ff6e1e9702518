"""Two service levels, and how the latest tickets stand by them: some are due soon, some overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from apps.core.clock import now
from apps.core.sweeps import run_sweep
from apps.customers.enums import CustomerLevel
from apps.sla.enums import EscalationAction, Measure, Target
from apps.sla.models import Course, Escalation, Policy, PolicyTarget
from apps.sla.selectors.promises import Book
from apps.sla.services.clockwork import Clockwork
from apps.tickets.enums import Status
from apps.tickets.models import Ticket

SWIFT = {Target.ANSWER: 10, Target.FIRST_REPLY: 60, Target.NEXT_REPLY: 120, Target.RESOLUTION: 540}
STANDARD = {Target.ANSWER: 30, Target.FIRST_REPLY: 240, Target.NEXT_REPLY: 480, Target.RESOLUTION: 2400}
LATEST = timedelta(days=3)
"""Older tickets would all be overdue, which no company shows."""


def write_promises() -> None:
    important = [CustomerLevel.GOLD, CustomerLevel.VIP]
    name = {"zh-hans": "重要客户", "en": "Important customers"}
    _policy("swift", name, SWIFT, Measure.WALL, position=1, customer_levels=important)
    name = {"zh-hans": "标准", "en": "Standard"}
    _policy("standard", name, STANDARD, Measure.WORKING, position=9, is_default=True)
    _start_timers()
    run_sweep("sla.due")
    _add_escalations()  # last, so that nobody is called to what happened before the demo began


def _policy(key: str, name: Mapping[str, str], targets: Mapping[Target, int], measure: Measure, **more: Any) -> None:
    policy = Policy.objects.create(
        key=key, name=name, paused_in=[Status.PENDING], pausing=[Target.RESOLUTION], warn_at=[50, 80], **more
    )
    PolicyTarget.objects.bulk_create(
        PolicyTarget(policy=policy, target=target, minutes=minutes, measure=measure)
        for target, minutes in targets.items()
    )


def _start_timers() -> None:
    book = Book()
    latest = Ticket.objects.listed().active().filter(opened_at__gte=now() - LATEST)
    for ticket in latest.select_related("customer", "team").order_by("pk"):
        clockwork = Clockwork(ticket, Course(ticket=ticket), now(), book)
        clockwork.choose_policy("opened")
        clockwork.begin_what_is_owed()
        clockwork.save()


def _add_escalations() -> None:
    for policy in Policy.objects.all():
        Escalation.objects.create(policy=policy, share=80, action=EscalationAction.CALL_ASSIGNEE)
        Escalation.objects.create(policy=policy, share=100, action=EscalationAction.CALL_SUPERVISORS)
