"""Background work of service levels: what is due, and what a change of configuration concerns."""

from __future__ import annotations

from apps.core.sweeps import sweep
from apps.sla.services import recounts, watching


@sweep("sla.due", queue="events", every=0.5)
def tell_due() -> int:
    return watching.tell_due()


@sweep("sla.recounts", queue="bulk", every=5.0)
def recount() -> int:
    return recounts.recount_some()
