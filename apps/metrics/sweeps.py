"""What keeps facts up with what happens. Any number of workers may run it."""

from __future__ import annotations

from apps.core.sweeps import sweep
from apps.metrics.services import facts


@sweep("metrics.facts", queue="events", every=2.0)
def fold_due() -> int:
    return facts.fold_due()
