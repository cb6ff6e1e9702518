"""What a manager would find waiting: last month's statement, rules of retention to be looked at, a request about data."""

from __future__ import annotations

from datetime import timedelta

from apps.core.actor import person
from apps.core.clock import now
from apps.customers.models import Customer
from apps.demo.seed.world import World
from apps.outsourcing.models import Statement
from apps.outsourcing.services.statements import draft_last_month, send_statement
from apps.privacy.enums import CameBy, Law, RequestKind
from apps.privacy.models import RetentionRule
from apps.privacy.services.requests import open_request

KEPT = (("tickets.messages", "closed", 3 * 365), ("tickets.drafts", "touched", 30))


def write_governance(world: World) -> None:
    """The rules are not active: what they would dispose of is read first. The statement waits for the vendor's answer."""
    boss = person(world.staff["manager"])
    for data_class, clock, days in KEPT:
        RetentionRule.objects.create(data_class=data_class, clock=clock, days=days)
    draft_last_month()
    for statement in Statement.objects.all():
        send_statement(statement=statement, by=boss, text="请在十日内核对。Please check within ten days.")
    asking = Customer.objects.order_by("pk").first()
    if asking is not None:
        open_request(
            customer_id=asking.pk,
            kind=RequestKind.ACCESS,
            law=Law.PIPL,
            came_by=CameBy.TICKET,
            wish="请提供我的个人信息副本。",
            received_at=now() - timedelta(days=3),
            by=boss,
        )
