"""Reads what rules watch, each floor once however many rules ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from apps.alerts.enums import MATTERS, Measure
from apps.alerts.floors import lookouts_of
from apps.alerts.matters import Place, Reading, matters
from apps.alerts.models import AlertRule
from apps.channels.selectors.health import channel_health
from apps.core.actor import SYSTEM
from apps.metrics.selectors.live import QueueNow, queues_now


def _percent(level: float | None) -> int | None:
    return None if level is None else int(level)


OF_QUEUES: Final[Mapping[str, Callable[[QueueNow], int | None]]] = {
    Measure.WAITING: lambda queue: queue.waiting,
    Measure.OLDEST_WAIT: lambda queue: queue.oldest_wait,
    Measure.SERVICE_LEVEL: lambda queue: _percent(queue.service_level_now),
    Measure.FREE_AGENTS: lambda queue: queue.agents_free,
    Measure.BREACHES: lambda queue: queue.breaches_coming,
}
"""A channel is measured as 1 while it is stuck and 0 while it is not."""


def readings(rules: Iterable[AlertRule]) -> Iterator[tuple[AlertRule, Reading]]:
    """Each rule with what it watches: one queue or channel, or all of them; or the matters of one vendor, or of all."""
    queues, channels, of_kind = cache(_queues), cache(_channels), cache(matters)
    for rule in rules:
        if rule.measure in MATTERS:
            found = [row for row in of_kind(rule.measure) if rule.vendor_id in (None, row.vendor_id)]
        elif rule.measure == Measure.CHANNEL:
            found = [row for row in channels() if rule.channel_id in (None, row.place.channel_id)]
        else:
            figure = OF_QUEUES[rule.measure]
            rows = [row for row in queues(rule.vendor_id) if rule.queue_id in (None, row.queue_id)]
            found = [Reading(Place(queue_id=row.queue_id), figure(row)) for row in rows]
        yield from ((rule, reading) for reading in found)


def _queues(vendor_id: int | None) -> list[QueueNow]:
    """As the house sees it; of a vendor's floor each queue as the first of its supervisors does who sees it at all."""
    if vendor_id is None:
        return queues_now(SYSTEM)
    found: dict[int, QueueNow] = {}
    for actor in lookouts_of(vendor_id):
        for row in queues_now(actor):
            found.setdefault(row.queue_id, row)
    return list(found.values())


def _channels() -> list[Reading]:
    """Those in use: one that a manager switched off is not expected to work."""
    rows = [row for row in channel_health(SYSTEM) if row.is_active]
    return [Reading(Place(channel_id=row.pk), int(row.tone == "danger")) for row in rows]
