"""How a case stands, told to whoever handed it over on a channel that wants to hear it."""

from __future__ import annotations

from django.db import transaction

from apps.channels.contract import CaseState, Outbound, Recipients
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.tickets.enums import Status
from apps.tickets.models import Ticket, WrapUp
from apps.tickets.selectors.routes import Way, refusal_of
from apps.tickets.services.messages import open_ways

STATES = {
    Status.NEW: CaseState.ACCEPTED,
    Status.OPEN: CaseState.IN_PROGRESS,
    Status.PENDING: CaseState.IN_PROGRESS,
    Status.ON_HOLD: CaseState.IN_PROGRESS,
    Status.RESOLVED: CaseState.RESOLVED,
    Status.CLOSED: CaseState.CLOSED,
}


@transaction.atomic
def tell_state(*, ticket_id: int, old: Status | None, new: Status) -> None:
    """Queues the state behind what was answered before; whom and when to wait for is the house's own affair."""
    if old is not None and STATES[old] == STATES[new]:
        return
    ticket = Ticket.objects.locked().filter(pk=ticket_id, is_spam=False, merged_into=None).first()
    if ticket is None:
        return
    for way in open_ways(ticket):
        if way.connector.capabilities.hears_states and not refusal_of(way):
            _queue(ticket, way, STATES[new])


def _queue(ticket: Ticket, way: Way, state: CaseState) -> None:
    text = ""
    if state is CaseState.RESOLVED:
        state, text = _outcome(ticket)
    outbound = Outbound(
        client_key=way.connector.client_key_for(way.channel, ticket_id=ticket.pk),
        recipients=Recipients(to=tuple(person.address for person in way.addressing.to)),
        text=text,
        language=ticket.language,
        automatic=True,
        case_state=state,
    )
    outbox.queue_delivery(
        channel=way.channel,
        message_id=None,
        ticket_id=ticket.pk,
        outbound=outbound,
        order_by=f"ticket:{ticket.pk}",
        by=SYSTEM,
    )


def _outcome(ticket: Ticket) -> tuple[CaseState, str]:
    """What was wrapped up as not solved goes back to whoever handed it over."""
    latest = WrapUp.objects.filter(ticket=ticket).first()
    if latest is None:
        return CaseState.RESOLVED, ""
    return (CaseState.RETURNED if latest.is_solved is False else CaseState.RESOLVED), latest.summary
