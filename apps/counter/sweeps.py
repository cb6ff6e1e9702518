"""Background work of the counter: a day that is over."""

from __future__ import annotations

from apps.core.sweeps import sweep
from apps.counter.services.leaving import end_days


@sweep("counter.end_days", queue="bulk", every=300.0)
def give_up() -> int:
    return end_days()
