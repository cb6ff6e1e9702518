"""What lies open, how long already, and what was settled at once. Read from the tickets themselves, so it is never behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.db.models import Aggregate, Count, DateTimeField, Exists, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.metrics.enums import Unit
from apps.metrics.measures.base import COLUMNS, DAY, FactTable, Measure, Period, number, register, seconds, share
from apps.metrics.measures.expressions import between
from apps.metrics.models import ContactFact, OfferFact
from apps.metrics.querysets import within_grants
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Ticket

SECTION = "tickets"
OF_TICKETS: Final[Mapping[str, str]] = {
    **COLUMNS,
    "brand": "brand_id",
    "agent": "assignee_id",
    "vendor": "assignee__vendor_id",
}
COUNTED: Final = Q(is_spam=False, merged_into=None)
COMES_BACK: Final = timedelta(days=7)
"""Who writes about the same matter within this time was not helped the first time."""

# --- Backlog ------------------------------------------------------------------------------------------------------------


def _open_then(period: Period) -> Q:
    return COUNTED & Q(opened_at__lt=period.until) & (Q(done_at=None) | Q(done_at__gte=period.until))


def _with_end(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.annotate(done_at=Coalesce("resolved_at", "closed_at"))
    return found


def _by_age(period: Period) -> dict[str, Aggregate]:
    moment = min(period.until, now())
    return {
        "backlog": Count("pk"),
        "over_a_day": Count("pk", filter=Q(opened_at__lt=moment - timedelta(days=1))),
        "over_a_week": Count("pk", filter=Q(opened_at__lt=moment - timedelta(days=7))),
        "oldest": Max(between("opened_at", Value(moment, DateTimeField()))),
    }


BACKLOG = FactTable(
    facts=Ticket,
    column="opened_at",
    within=_open_then,
    prepared=_with_end,
    parts=_by_age,
    dimensions=("queue", "channel", "category", "brand", "team", "vendor", "agent"),
    columns=OF_TICKETS,
    person="assignee",
    scope=within_grants,
)

register(
    Measure(
        key="backlog",
        name=_("Backlog"),
        meaning=_("Tickets neither resolved nor closed at the end of the period. They count for who has them now."),
        formula=_(
            "number of tickets opened before that instant and not done by then; one that was reopened was never done"
        ),
        unit=Unit.COUNT,
        section=SECTION,
        table=BACKLOG,
        value=number("backlog"),
    ),
    Measure(
        key="backlog_over_a_day",
        name=_("Backlog older than a day"),
        meaning=_("Of the backlog, what had been opened more than 24 hours before."),
        formula=_("number of them opened more than 24 hours before the instant"),
        unit=Unit.COUNT,
        section=SECTION,
        table=BACKLOG,
        value=number("over_a_day"),
    ),
    Measure(
        key="backlog_over_a_week",
        name=_("Backlog older than a week"),
        meaning=_("Of the backlog, what had been opened more than seven days before."),
        formula=_("number of them opened more than 7 × 24 hours before the instant"),
        unit=Unit.COUNT,
        section=SECTION,
        table=BACKLOG,
        value=number("over_a_week"),
    ),
    Measure(
        key="backlog_oldest",
        name=_("Oldest of the backlog"),
        meaning=_("How long the oldest of the backlog had been open."),
        formula=_("instant − opening, of the oldest of them"),
        unit=Unit.SECONDS,
        section=SECTION,
        table=BACKLOG,
        value=lambda parts: seconds(parts["oldest"]),
    ),
)

# --- Settled at once ----------------------------------------------------------------------------------------------------


def _of_customers(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.filter(COUNTED, customer__isnull=False).annotate(
        has_second=Exists(_second_contact()), was_handed_on=Exists(_transfers()), came_back=Exists(_next_tickets())
    )
    return found


def _second_contact() -> QuerySet[Any]:
    """Of the ticket, and of those that were merged into it."""
    tickets = Ticket.objects.filter(Q(pk=OuterRef(OuterRef("pk"))) | Q(merged_into=OuterRef(OuterRef("pk"))))
    return ContactFact.objects.filter(ticket_id__in=tickets.values("pk")).order_by("pk")[1:2]


def _transfers() -> QuerySet[Any]:
    return OfferFact.objects.filter(ticket_id=OuterRef("pk"), state=AssignmentState.TRANSFERRED)


def _next_tickets() -> QuerySet[Any]:
    """None has a category where this one has none: that counts as the same matter."""
    rows = Ticket.objects.filter(
        COUNTED,
        customer=OuterRef("customer"),
        opened_at__gt=OuterRef("resolved_at"),
        opened_at__lte=OuterRef("resolved_at") + COMES_BACK,
    )
    return rows.annotate(matter=Coalesce("category_id", 0)).filter(matter=Coalesce(OuterRef("category_id"), 0))


def _resolved_parts(period: Period) -> dict[str, Aggregate]:
    at_once = Q(reopen_count=0, has_second=False, was_handed_on=False, came_back=False)
    came_back = Count("pk", filter=Q(reopen_count__gt=0))
    return {"resolved": Count("pk"), "at_once": Count("pk", filter=at_once), "reopened": came_back}


RESOLVED = FactTable(
    facts=Ticket,
    column="resolved_at",
    prepared=_of_customers,
    parts=_resolved_parts,
    dimensions=("queue", "channel", "category", "brand", DAY, "team", "vendor", "agent"),
    columns=OF_TICKETS,
    person="assignee",
    scope=within_grants,
)

register(
    Measure(
        key="resolved",
        name=_("Resolved"),
        meaning=_("Tickets of customers that were resolved in the period and not reopened since."),
        formula=_("number of tickets, by their last resolution"),
        unit=Unit.COUNT,
        section=SECTION,
        table=RESOLVED,
        value=number("resolved"),
    ),
    Measure(
        key="first_contact_resolution",
        name=_("First contact resolution (FCR)"),
        meaning=_(
            "How many of them were resolved in one interaction, never reopened nor handed on, without a new ticket of the"
            " same customer in the same category within seven days. Until these are over it may still sink."
        ),
        formula=_("resolved at once ÷ resolved, by the last resolution"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=RESOLVED,
        value=lambda parts: share(parts["at_once"], parts["resolved"]),
    ),
    Measure(
        key="reopened_share",
        name=_("Reopened before"),
        meaning=_("How many of them had been resolved before and were reopened, once or more often."),
        formula=_("resolved tickets that had been reopened ÷ resolved, by the last resolution"),
        unit=Unit.PERCENT,
        section=SECTION,
        table=RESOLVED,
        value=lambda parts: share(parts["reopened"], parts["resolved"]),
    ),
)
