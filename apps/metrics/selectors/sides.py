"""How long each side has answered for one ticket, as far as the asker may know of sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.clock import now
from apps.metrics.enums import SideChange
from apps.metrics.models import SideFact
from apps.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class SideSpan:
    side: str
    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class SideTime:
    """`spent` is without `paused`, what the customer took of it; both in seconds."""

    side: str
    spent: int
    paused: int
    is_running: bool


@dataclass(frozen=True, slots=True)
class TicketSides:
    times: Sequence[SideTime]
    spans: Sequence[SideSpan]


def ticket_sides(actor: Actor, ticket: Ticket) -> TicketSides:
    """`ticket` was taken through `visible_to`. Who had it first comes first; what has not ended goes on."""
    rows = list(
        SideFact.objects.visible_to(actor).filter(ticket_id=ticket.pk).select_related("vendor").order_by("number")
    )
    return TicketSides(_times(rows), _spans(rows))


def _times(rows: Iterable[SideFact]) -> list[SideTime]:
    by_side: dict[str, list[SideFact]] = defaultdict(list)
    for row in rows:
        by_side[_name(row)].append(row)
    return [_time(side, own) for side, own in by_side.items()]


def _time(side: str, rows: Sequence[SideFact]) -> SideTime:
    moment = now()
    paused = sum((_paused(row, moment) for row in rows), timedelta())
    whole = sum((max(timedelta(), (row.ended_at or moment) - row.started_at) for row in rows), timedelta())
    is_running = any(row.ended_at is None for row in rows)
    return SideTime(side, int((whole - paused).total_seconds()), int(paused.total_seconds()), is_running)


def _paused(row: SideFact, moment: datetime) -> timedelta:
    return row.paused + (moment - row.paused_since if row.paused_since is not None else timedelta())


def _spans(rows: Sequence[SideFact]) -> list[SideSpan]:
    """Moves within a side are none of it."""
    found: list[SideSpan] = []
    for row in rows:
        side, last = _name(row), found[-1] if found else None
        if last is not None and last.side == side and last.until == row.started_at:
            found[-1] = SideSpan(side, last.since, row.ended_at, last.why)
        else:
            found.append(SideSpan(side, row.started_at, row.ended_at, str(SideChange(row.why).label)))
    return found


def _name(row: SideFact) -> str:
    return str(row.vendor.name) if row.vendor else _("House")
