"""What time brings about on the floor. Each looks at rows and may run in any number of workers."""

from __future__ import annotations

from apps.core.sweeps import sweep
from apps.routing.services import connections, handing_out, learning, leaving


@sweep("routing.connections", queue="events", every=5.0)
def look_at_connections() -> int:
    return connections.drop_expired() + connections.send_away()


@sweep("routing.hand_out", queue="events", every=2.0)
def hand_out() -> int:
    return handing_out.hand_out()


@sweep("routing.deactivated", queue="events", every=30.0)
def free_deactivated() -> int:
    return leaving.free_deactivated()


@sweep("routing.learn", queue="bulk", every=3600.0)
def learn() -> int:
    return learning.learn()
