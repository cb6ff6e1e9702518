"""The one system that the demo company tells about what happens: the receiver that the simulator plays."""

from __future__ import annotations

from django.conf import settings

from apps.automation.models import WebhookEndpoint
from apps.core.events import last_position, number_events
from apps.demo.seed.world import World
from apps.simulator.receiver import DEMO_KEY, PATH


def write_webhook(world: World) -> None:
    """From now on: what the seed made up long ago is not told."""
    while number_events():
        pass
    WebhookEndpoint.objects.create(
        name="CRM",
        description="/demo/receiver/",
        url=f"http://127.0.0.1:{settings.SIMULATOR_PORT}/{PATH}/",
        events=["ticket.*", "message.*", "alert.*"],
        acts_as=world.staff["manager"],
        secret=DEMO_KEY,
        position=last_position(),
    )
