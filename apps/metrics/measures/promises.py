"""Promises that were kept and broken. What still runs is neither."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, Avg, Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.metrics.enums import Unit
from apps.metrics.measures.base import PEOPLE, FactTable, Measure, Parts, Period, number, register, seconds, share
from apps.metrics.models import PromiseFact
from apps.sla.enums import Target, TimerState

SECTION = "promises"
OF_PROMISES = (*PEOPLE, "target")


def _parts(period: Period) -> dict[str, Aggregate]:
    return {
        "kept": Count("pk", filter=Q(state=TimerState.MET)),
        "broken": Count("pk", filter=Q(state=TimerState.BREACHED)),
    }


def _resolutions(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(target=Target.RESOLUTION)


def _attainment(parts: Parts) -> float | None:
    return share(parts["kept"], parts["kept"] + parts["broken"])


PROMISES = FactTable(facts=PromiseFact, column="decided_at", parts=_parts, dimensions=OF_PROMISES)
RESOLUTIONS = FactTable(facts=PromiseFact, column="decided_at", prepared=_resolutions, parts=_parts)
RESOLVED = FactTable(
    facts=PromiseFact,
    column="ended_at",
    prepared=_resolutions,
    parts=lambda period: {"taken": Avg("taken")},
)

register(
    Measure(
        key="promises_kept",
        name=_("Promises kept"),
        meaning=_("Targets of service levels that were met: taken, first and next replies, resolutions."),
        formula=_("number of targets met, by when they were met"),
        unit=Unit.COUNT,
        section=SECTION,
        table=PROMISES,
        value=number("kept"),
    ),
    Measure(
        key="promises_broken",
        name=_("Promises broken"),
        meaning=_("Targets whose time was up before they were met, whether they were met later or not."),
        formula=_("number of targets breached, by when they were due"),
        unit=Unit.COUNT,
        section=SECTION,
        table=PROMISES,
        value=number("broken"),
    ),
    Measure(
        key="sla_attainment",
        name=_("SLA attainment"),
        meaning=_("How many promises were kept. Parted by target, each promise has its own figure."),
        formula=_("kept ÷ (kept + broken)"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=PROMISES,
        value=_attainment,
    ),
    Measure(
        key="resolution_attainment",
        name=_("Resolved in time"),
        meaning=_("How many of the promised resolutions came in time."),
        formula=_("resolutions kept ÷ (resolutions kept + broken)"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=RESOLUTIONS,
        value=_attainment,
    ),
    Measure(
        key="resolution_time",
        name=_("Resolution time"),
        meaning=_("How long resolutions took on the promise's own clock, without its pauses, on average."),
        formula=_("mean of what had counted when the ticket was resolved last, by the resolution"),
        unit=Unit.SECONDS,
        section=SECTION,
        table=RESOLVED,
        value=lambda parts: seconds(parts["taken"]),
    ),
)
