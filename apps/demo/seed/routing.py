"""One queue hands out its work, so that whoever sets themselves available is offered something within seconds. Its rules
show what can be said; the one that keeps work from vendors is off.
"""

from __future__ import annotations

from apps.demo.seed.world import World
from apps.routing.enums import Destination, Urgency
from apps.routing.models import RoutingQueue, RoutingRule

UNHURRIED = 60
"""Seconds that an offer stands: newcomers read the card first."""


def write_routing(world: World) -> None:
    general = RoutingQueue.objects.create(queue=world.queues["general"], is_automatic=True, offer_seconds=UNHURRIED)
    RoutingRule.objects.create(
        routing=general,
        name={"en": "Dear customers first", "zh-hans": "重要客户优先"},
        customer_level="gold",
        add_priority=Urgency.MORE,
    )
    RoutingRule.objects.create(
        routing=general,
        name={"en": "Refunds stay in-house", "zh-hans": "退款由自有人员处理"},
        position=1,
        is_active=False,
        keywords=["退款", "refund"],
        goes_to=Destination.IN_HOUSE,
    )
