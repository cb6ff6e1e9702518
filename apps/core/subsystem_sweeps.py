"""The sweeps of core itself, registered when the app starts."""

from __future__ import annotations

from apps.core.events import number_events, run_subscribers
from apps.core.partitions import ensure_partitions
from apps.core.sweeps import sweep


@sweep("core.events", queue="events", every=1.0)
def deliver_events() -> int:
    """Number what was committed, then hand it to subscribers: one hop from commit to effect."""
    return number_events() + run_subscribers()


@sweep("core.partitions", queue="bulk", every=3600.0)
def make_partitions() -> int:
    ensure_partitions()
    return 0
