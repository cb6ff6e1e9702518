"""The shell around the engine: reads the floor from rows, lets the engine decide, and makes each decision an offer.

Any number of workers may do this at once. Each offer is a short transaction of its own that holds the agent's row, so
that nobody is filled beyond their capacity, and then the ticket's, so that nothing is offered twice; what changed since
the floor was read is found there and left for the next look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import structlog
from django.db import transaction

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.errors import AppError
from apps.routing.engine import types
from apps.routing.engine.floor import Floor
from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.selectors.capacity import has_room, loads_of, weights_of
from apps.routing.selectors.crew import available_agents, open_offers, teams_of
from apps.routing.selectors.rules import automatic_queues, engine_rule, given_of
from apps.routing.selectors.waiting import waiting_work
from apps.tickets.models import Ticket
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.offers import offer_ticket

logger = structlog.get_logger(__name__)


def hand_out() -> int:
    """Offers what waits to who is there. Says how many offers were made."""
    queues = automatic_queues()
    work = waiting_work(queues) if queues else []
    agents = available_agents(queues, frozenset(piece.language for piece in work)) if work else {}
    if not agents:
        return 0
    floor = floor_of(queues, agents, work)
    rules = {row.queue_id: row for row in queues}
    decisions = _one_each(floor.decide(now().timestamp()))
    return sum(_offer(decision, rules[decision.queue]) for decision in decisions)


def floor_of(queues: list[RoutingQueue], agents: Mapping[int, types.Agent], work: list[types.Work]) -> Floor:
    floor = Floor()
    for row in queues:
        rule = engine_rule(row)
        floor.set_rule(rule, given_of(rule, teams_of(list(agents))))
    for agent in agents.values():
        floor.put_agent(agent)
    for piece in work:
        floor.put_work(piece)
    return floor


def _one_each(decisions: Iterable[types.Decision]) -> Iterator[types.Decision]:
    """Whoever has an offer to answer is asked nothing else: of ten cards that come at once, nine run out unread."""
    asked = set(open_offers().values_list("user_id", flat=True))
    for decision in decisions:
        if decision.agent not in asked:
            asked.add(decision.agent)
            yield decision


def _offer(decision: types.Decision, rule: RoutingQueue) -> bool:
    try:
        return _make(decision, rule)
    except AppError as error:  # taken, closed or out of their reach since the floor was read
        logger.info("routing.decision_overtaken", ticket_id=decision.work, code=error.code)
        return False


@transaction.atomic
def _make(decision: types.Decision, rule: RoutingQueue) -> bool:
    state = AgentState.objects.locked().filter(pk=decision.agent, state=Presence.AVAILABLE).first()
    ticket = Ticket.objects.select_related("channel").filter(pk=decision.work, queue_id=rule.queue_id).first()
    if state is None or ticket is None:
        return False
    user = User.objects.select_related("role", "vendor").get(pk=decision.agent)
    if open_offers().filter(user=user).exists() or not _fits(user, ticket):
        return False
    explanation = [(reason.code, dict(reason.params)) for reason in decision.explanation]
    offer_ticket(ticket=ticket, to=user, seconds=rule.offer_seconds, explanation=explanation)
    state.last_given_at = now()
    state.save(update_fields=["last_given_at"])
    return True


def _fits(user: User, ticket: Ticket) -> bool:
    """Asked again under the lock: another router may have filled them meanwhile."""
    return has_room(weights_of([user])[user.pk], loads_of([user.pk]).get(user.pk, {}), work_kind_of(ticket).value)
