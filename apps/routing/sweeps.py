"""What time brings about on the floor. Each looks at rows and may run in any number of workers."""

from __future__ import annotations

from apps.core.sweeps import sweep
from apps.routing.services import connections, leaving


@sweep("routing.connections", queue="events", every=5.0)
def look_at_connections() -> int:
    return connections.drop_expired() + connections.send_away()


@sweep("routing.deactivated", queue="events", every=30.0)
def free_deactivated() -> int:
    return leaving.free_deactivated()
