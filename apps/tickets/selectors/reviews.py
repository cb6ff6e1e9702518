"""Reviews of automatic decisions: what waits for a person, what came of it, and which tickets are left alone meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from apps.accounts.access import access_of
from apps.core.actor import Actor
from apps.tickets.enums import DecisionKind, ReviewState
from apps.tickets.models import DecisionReview, Ticket
from apps.tickets.selectors.rendering import view_of
from apps.tickets.selectors.timeline import register_notice

MOST = 200


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """Words as the reader may see them."""

    public_id: str
    number: int
    what: str
    wish: str
    asked_by: str
    asked_at: datetime
    is_open: bool
    state: str
    reason: str
    settled_by: str
    settled_at: datetime | None
    is_of_request: bool


def left_alone(kind: DecisionKind) -> Exists:
    """Of tickets: whether a review keeps this kind of decision from being made automatically."""
    return Exists(DecisionReview.objects.guarding(kind).filter(ticket_id=OuterRef("pk")))


def is_left_alone(ticket_id: int, kind: DecisionKind) -> bool:
    return DecisionReview.objects.guarding(kind).filter(ticket_id=ticket_id).exists()


def has_settled(request_id: int) -> bool:
    """Whether a person has looked at what a request about personal data asked for."""
    rows = DecisionReview.objects.filter(request_id=request_id)
    return not rows.filter(state=ReviewState.OPEN).exists()


def ticket_reviews(actor: Actor, ticket: Ticket) -> list[ReviewRow]:
    """`ticket` was taken through `visible_to`."""
    rows = DecisionReview.objects.visible_to(actor).filter(ticket=ticket)
    return _rows(actor, rows.select_related("ticket", "asked_by", "settled_by").order_by("-pk"))


def waiting_reviews(actor: Actor) -> list[ReviewRow]:
    """What somebody may settle, the oldest first."""
    rows = DecisionReview.objects.to_settle(actor).open().select_related("ticket", "asked_by", "settled_by")
    return _rows(actor, rows.order_by("pk")[:MOST])


def settled_reviews(actor: Actor) -> list[ReviewRow]:
    rows = DecisionReview.objects.to_settle(actor).exclude(state=ReviewState.OPEN)
    return _rows(actor, rows.select_related("ticket", "asked_by", "settled_by").order_by("-settled_at")[:20])


def _rows(actor: Actor, rows: Iterable[DecisionReview]) -> list[ReviewRow]:
    found = list(rows)
    view = view_of(actor, [row.ticket for row in found])
    is_vendors = access_of(actor).is_outsourced
    return [
        ReviewRow(
            public_id=row.public_id,
            number=row.ticket.number,
            what=str(DecisionKind(row.kind).label),
            wish=view.line(row.wish, row.ticket, is_blind=row.is_blind),
            asked_by=str(row.asked_by or ""),
            asked_at=row.created,
            is_open=row.state == ReviewState.OPEN,
            state=str(ReviewState(row.state).label),
            # What the house writes of its decisions is the house's own.
            reason="" if is_vendors else view.line(row.reason, row.ticket),
            settled_by="" if is_vendors else str(row.settled_by or ""),
            settled_at=row.settled_at,
            is_of_request=row.request_id is not None,
        )
        for row in found
    ]


def register() -> None:
    register_notice("review_settled", _settled)


def _settled(envelope: object) -> str:
    outcome = envelope.get("outcome", "") if isinstance(envelope, dict) else ""
    if outcome == ReviewState.CHANGED:
        return _("A person looked at the automatic decision and changes it. See the history, and tell the customer.")
    return _(
        "A person looked at the automatic decision and leaves it as it is. See the history, and tell the customer."
    )
