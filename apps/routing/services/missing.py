"""Who lets offers pass is not there, whatever their state says: after some in a row they are set to away."""

from __future__ import annotations

from typing import Final

from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.services.states import set_away
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Assignment

UNLESS_SET: Final = 2
"""Of queues that say nothing: offers made by hand."""


def offer_missed(*, user_id: int, ticket_id: int) -> bool:
    """Says whether they were set to away. Called once or many times for the same offer, it changes the state once."""
    limit = _limit(ticket_id)
    state = AgentState.objects.filter(user=user_id, state=Presence.AVAILABLE).select_related("user").first()
    if not limit or state is None or not _missed_in_a_row(state, limit):
        return False
    return set_away(user=state.user) is not None


def _limit(ticket_id: int) -> int:
    queues = RoutingQueue.objects.filter(queue__tickets=ticket_id)
    found = queues.values_list("misses_in_a_row", flat=True).first()
    return UNLESS_SET if found is None else found


def _missed_in_a_row(state: AgentState, limit: int) -> bool:
    """Whether the last so many offers since they became available ran out, and they took nothing in between."""
    ended = Assignment.objects.filter(user=state.user, ended_at__gte=state.since)
    answered = ended.exclude(state=AssignmentState.WITHDRAWN).order_by("-ended_at", "-pk")
    last = list(answered.values_list("state", "offered_at")[:limit])
    if len(last) < limit or any(each != AssignmentState.MISSED for each, _offered in last):
        return False
    taken = Assignment.objects.filter(user=state.user, state=AssignmentState.ACCEPTED)
    return not taken.filter(started_at__gte=last[-1][1]).exists()
