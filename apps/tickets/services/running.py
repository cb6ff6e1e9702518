"""How the running assignment of a locked ticket goes on or ends. Offers tell so by events of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.core.actor import Actor
from apps.core.events import publish, publish_many
from apps.core.live import group, hint
from apps.tickets import events
from apps.tickets.enums import RUNNING, AssignmentState
from apps.tickets.models import Assignment, Ticket

_ENDED_OFFER: dict[str, type[events.OfferEvent]] = {
    AssignmentState.DECLINED: events.OfferDeclined,
    AssignmentState.MISSED: events.OfferMissed,
    AssignmentState.WITHDRAWN: events.OfferWithdrawn,
}


def accept(row: Assignment, moment: datetime, by: Actor) -> None:
    row.state, row.started_at = AssignmentState.ACCEPTED, moment
    row.save(update_fields=["state", "started_at"])
    tell_offer(row, events.OfferAccepted, by)


def end(row: Assignment, state: AssignmentState, moment: datetime, by: Actor) -> None:
    row.state, row.ended_at = state, moment
    row.save(update_fields=["state", "ended_at"])
    if state in _ENDED_OFFER:
        tell_offer(row, _ENDED_OFFER[state], by)


def end_running(ticket: Ticket, moment: datetime, by: Actor) -> None:
    """The ticket is done: who held it has finished, and an offer has nothing to offer any more."""
    for row in Assignment.objects.filter(ticket=ticket, state__in=RUNNING):
        is_offer = row.state == AssignmentState.OFFERED
        end(row, AssignmentState.WITHDRAWN if is_offer else AssignmentState.FINISHED, moment, by)


def tell_offer(row: Assignment, kind: type[events.OfferEvent], by: Actor) -> None:
    publish(_fact(row, kind), by=by)
    _show(row)


def tell_offers(rows: Sequence[Assignment], kind: type[events.OfferEvent], by: Actor) -> None:
    publish_many([_fact(row, kind) for row in rows], by=by)
    for row in rows:
        _show(row)


def _fact(row: Assignment, kind: type[events.OfferEvent]) -> events.OfferEvent:
    return kind(ticket_id=row.ticket_id, user_id=row.user_id, work_kind=row.work_kind)


def _show(row: Assignment) -> None:
    hint("offer", row.pk, 0, groups=[group("user", row.user_id)])
