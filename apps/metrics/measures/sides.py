"""How long each side answered for tickets, the house and every vendor, and how often they handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from django.db.models import Aggregate, Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.metrics.enums import Unit
from apps.metrics.measures.base import (
    COLUMNS,
    DAY,
    EVERYTHING,
    WHOLE,
    Among,
    FactTable,
    Measure,
    Parts,
    Period,
    number,
    register,
    share,
)
from apps.metrics.measures.expressions import between
from apps.metrics.models import SideFact

SECTION = "sides"
OF_SIDES: Final = {name: COLUMNS[name] for name in ("queue", "channel", "kind", "category", "brand", "vendor")}


def _parts(period: Period) -> dict[str, Aggregate]:
    return {
        "spent": Sum(between("started_at", "ended_at") - F("paused")),
        "tickets": Count("ticket_id", distinct=True),
        "handed_over": Count("pk", filter=Q(is_handed_over=True)),
    }


SPANS = FactTable(
    facts=SideFact, column="ended_at", parts=_parts, dimensions=(*OF_SIDES, DAY), columns=OF_SIDES, person=""
)


@dataclass(frozen=True)
class SideTable:
    """With the time of all sides beside that of the one asked for."""

    dimensions: tuple[str, ...] = SPANS.dimensions

    def read(self, actor: Actor, period: Period, by: str, among: Among = EVERYTHING) -> Mapping[Any, Parts]:
        own = SPANS.read(actor, period, by, among)
        whole = WHOLE if by == "vendor" else by
        everybody = SPANS.read(actor, period, whole, replace(among, vendor_id=None, is_house=False))
        return {
            key: {**parts, "of_all": everybody.get(None if by == "vendor" else key, {}).get("spent")}
            for key, parts in own.items()
        }


SIDES: Final = SideTable()


def _seconds(parts: Parts, name: str) -> float:
    return (parts[name] or timedelta()).total_seconds()


def _mean(parts: Parts) -> float | None:
    return _seconds(parts, "spent") / parts["tickets"] if parts["tickets"] else None


register(
    Measure(
        key="side_time",
        name=_("Handling time of a side"),
        meaning=_(
            "How long the house or a vendor answers for a ticket, on average, without what the customer took of it. What"
            " nobody ever held is the house's; who lets go of a ticket answers for it until another side has it."
        ),
        formula=_("(time a side answered − time pending on the customer) ÷ tickets, by when it ended"),
        unit=Unit.SECONDS,
        section=SECTION,
        table=SIDES,
        value=_mean,
    ),
    Measure(
        key="side_time_share",
        name=_("Share of the handling time"),
        meaning=_("How much of the time of all sides was that of the house or of the vendor."),
        formula=_("time of the side ÷ time of all sides, by when it ended"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=SIDES,
        value=lambda parts: share(_seconds(parts, "spent"), _seconds(parts, "of_all")),
    ),
    Measure(
        key="hand_overs",
        name=_("Hand-overs between sides"),
        meaning=_(
            "How often a ticket that somebody held went over to another side. They count for the side that gave it."
        ),
        formula=_("number of hand-overs, by when they happened"),
        unit=Unit.COUNT,
        section=SECTION,
        table=SIDES,
        value=number("handed_over"),
    ),
    Measure(
        key="hand_overs_per_100",
        name=_("Hand-overs per 100 tickets"),
        meaning=_("The same, against the tickets that the side answered for."),
        formula=_("100 × hand-overs ÷ tickets, by when the side's time ended"),
        unit=Unit.AVERAGE,
        section=SECTION,
        table=SIDES,
        value=lambda parts: share(parts["handed_over"], parts["tickets"]),
    ),
)
