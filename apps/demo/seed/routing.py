"""One queue hands out its work, so that whoever sets themselves available is offered something within seconds."""

from __future__ import annotations

from apps.demo.seed.world import World
from apps.routing.models import RoutingQueue

UNHURRIED = 60
"""Seconds that an offer stands: newcomers read the card first."""


def write_routing(world: World) -> None:
    RoutingQueue.objects.create(queue=world.queues["general"], is_automatic=True, offer_seconds=UNHURRIED)
