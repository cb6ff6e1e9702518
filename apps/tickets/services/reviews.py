"""Automatic decisions that a person is asked to look at: from asking to the outcome, with its reason (PIPL 24; GDPR 22)."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from apps.accounts.access import access_of
from apps.core import throttle
from apps.core.actor import SYSTEM, Actor
from apps.core.audit import record
from apps.core.clock import now
from apps.core.errors import InvalidInput, NotVisible
from apps.core.events import publish
from apps.core.permissions import require
from apps.privacy.detection import visible
from apps.privacy.models import DataSubjectRequest
from apps.tickets.enums import DecisionKind, ReviewState
from apps.tickets.errors import ReviewReasonMissing, ReviewSettled, ReviewUnderWay
from apps.tickets.events import DecisionReviewAsked, DecisionReviewSettled
from apps.tickets.models import DecisionReview, Ticket
from apps.tickets.selectors.reviews import has_settled
from apps.tickets.services.calling import call_to_ticket
from apps.tickets.services.changing import lock_ticket, save_ticket
from apps.tickets.services.running import end_running
from apps.tickets.services.timeline import is_written_blind

REVIEW = "tickets.review_decisions"
NOTICE = "review_settled"
ASKED_AT_MOST = 20
"""By one person within an hour."""


def ask_for_review(*, ticket: Ticket, kind: str, wish: str, by: Actor) -> DecisionReview:
    """By whoever may answer the customer, on whose behalf it is. From now on nothing of the kind is decided
    automatically; an offer of the ticket that is open ends. Asked by a vendor's person, it is looked at alike, and stops
    neither routing nor service levels.
    """
    if kind not in DecisionKind.values:
        raise InvalidInput(fields={"kind": [InvalidInput.message]})
    _require_words("wish", wish)
    throttle.hit(f"tickets.review:{by.key}", limit=ASKED_AT_MOST, per=timedelta(hours=1))
    with transaction.atomic():
        ticket = lock_ticket(ticket, by=by, code="tickets.reply")
        return _ask(ticket, DecisionKind(kind), wish, by, holds=not access_of(by).is_outsourced)


def ask_for_request(*, request: DataSubjectRequest, by: Actor) -> None:
    """For a request about personal data: of everything that was decided on its ticket. Once, however often it is asked."""
    ticket = Ticket.objects.locked().filter(pk=request.ticket_id or 0).first()
    if ticket is None:
        raise InvalidInput(fields={"ticket": [InvalidInput.message]})
    under_way = DecisionReview.objects.open().filter(ticket=ticket, kind=DecisionKind.ALL, holds=True)
    if not under_way.update(request_id=request.pk):
        _ask(ticket, DecisionKind.ALL, request.wish, by, request_id=request.pk)


def _ask(
    ticket: Ticket, kind: DecisionKind, wish: str, by: Actor, *, request_id: int | None = None, holds: bool = True
) -> DecisionReview:
    """Beside a vendor's, the house asks for its own."""
    under_way = DecisionReview.objects.open().filter(ticket=ticket, kind=kind)
    if (under_way.filter(holds=True) if holds else under_way).exists():
        raise ReviewUnderWay
    row = DecisionReview.objects.create(
        ticket=ticket,
        kind=kind,
        wish=wish.strip(),
        asked_by=by.user,
        request_id=request_id,
        holds=holds,
        is_blind=is_written_blind(ticket, by),
    )
    if holds and kind in (DecisionKind.ALL, DecisionKind.ROUTING) and ticket.assignee_id is None:
        end_running(ticket, now(), SYSTEM)
    publish(DecisionReviewAsked(ticket_id=ticket.pk, decision=kind.value), by=by)
    save_ticket(ticket, ["version"])
    record("tickets.review_asked", by=by, subject=row, reason=wish.strip(), details={"ticket": ticket.pk, "kind": kind})
    return row


@transaction.atomic
def settle_review(*, review: DecisionReview, outcome: str, reason: str, by: Actor) -> DecisionReview:
    """By a person of the house. What is to change is changed by ordinary means; whoever asked is called to the ticket."""
    require(by, REVIEW)
    if outcome not in (ReviewState.UPHELD, ReviewState.CHANGED):
        raise InvalidInput(fields={"outcome": [InvalidInput.message]})
    _require_words("reason", reason)
    row = _locked(review, by)
    row.state, row.reason, row.settled_at, row.settled_by = outcome, reason.strip(), now(), by.user
    row.save(update_fields=["state", "reason", "settled_at", "settled_by", "updated"])
    publish(DecisionReviewSettled(ticket_id=row.ticket_id, decision=row.kind, state=outcome), by=by)
    details = {"ticket": row.ticket_id, "kind": row.kind, "outcome": outcome}
    record("tickets.review_settled", by=by, subject=row, reason=reason.strip(), details=details)
    _tell(row)
    return row


def _locked(review: DecisionReview, by: Actor) -> DecisionReview:
    """The ticket first, like everything that writes to it."""
    Ticket.objects.locked().filter(pk=review.ticket_id).first()
    row = DecisionReview.objects.to_settle(by).filter(pk=review.pk).first()
    if row is None:
        raise NotVisible
    if row.state != ReviewState.OPEN:
        raise ReviewSettled
    return row


def _tell(row: DecisionReview) -> None:
    if row.asked_by is not None:
        call_to_ticket(ticket_id=row.ticket_id, people=[row.asked_by], notice=NOTICE, envelope={"outcome": row.state})


def _require_words(field: str, words: str) -> None:
    if not visible(words).strip():
        raise ReviewReasonMissing(fields={field: [ReviewReasonMissing.message]})


class Reviews:
    """What requests about personal data ask of us."""

    def ask(self, request: DataSubjectRequest, by: Actor) -> None:
        ask_for_request(request=request, by=by)

    def is_settled(self, request: DataSubjectRequest) -> bool:
        return has_settled(request.pk)
