"""The look at the floor."""

from apps.alerts.services import watching
from apps.core.sweeps import sweep


@sweep("alerts.watch", queue="events", every=5.0)
def watch() -> int:
    return watching.watch()
