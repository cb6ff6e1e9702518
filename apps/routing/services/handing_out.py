"""The shell around the engine: keeps a floor, lets the engine decide, and makes each decision an offer.

Any number of workers may do this at once. Whoever has decisions takes the lease, so that two do not do the same; what keeps
people from being filled beyond their capacity and work from being offered twice are the locks: of the agents' rows, then of
the tickets. What changed since the floor was read is found there, and left for the next look.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from django.db import transaction

from apps.accounts.access import actors_of
from apps.accounts.models import User
from apps.core.actor import Actor
from apps.core.clock import now
from apps.core.leases import HeldLease, leased
from apps.routing.engine import types
from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.selectors.capacity import EMPTY_HANDED, has_room, held_by, weights_of
from apps.routing.services.kept_floor import KeptFloor
from apps.tickets.models import Ticket
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.offers import Proposal, lock_free_tickets, offer_tickets

logger = structlog.get_logger(__name__)

BATCH: Final = 100
"""Offers in a transaction: few enough that nobody who wants one of its rows waits for long."""
LEASE: Final = "routing.router"
LEASE_HELD: Final = timedelta(seconds=10)
"""So long after a router died another one takes over."""

_kept = KeptFloor()
_at_it = threading.Lock()
_asked = threading.Event()


def hand_out() -> int:
    """Offers what waits to who is there. Says how many offers were made.

    The threads of a process share a floor: who comes while another is at it leaves word, and that one looks once more.
    """
    _asked.set()
    made = 0
    while _asked.is_set() and _at_it.acquire(blocking=False):
        try:
            _asked.clear()
            made += look(_kept)
        finally:
            _at_it.release()
    return made


def look(kept: KeptFloor) -> int:
    """One look at a floor, and the offers that follow from it."""
    try:
        return _offer(kept, kept.decide())
    except Exception:
        # Whatever it was: the floor may have counted what did not happen.
        kept.forget()
        raise


def _offer(kept: KeptFloor, decisions: Sequence[types.Decision]) -> int:
    if not decisions:
        return 0
    with leased(LEASE, ttl=LEASE_HELD) as lease:
        made = _make_all(decisions, kept.queues, lease) if lease is not None else set()
    overtaken = [decision for decision in decisions if decision.work not in made]
    if overtaken:
        logger.info("routing.decisions_overtaken", count=len(overtaken))
        kept.give_back(overtaken)
    return len(made)


def _make_all(decisions: Sequence[types.Decision], queues: Mapping[int, RoutingQueue], lease: HeldLease) -> set[int]:
    people = User.objects.filter(pk__in=[decision.agent for decision in decisions]).select_related("role", "vendor")
    actors, made = actors_of(people), set[int]()
    for start in range(0, len(decisions), BATCH):
        if start and not lease.renew():
            break
        made |= _make(decisions[start : start + BATCH], queues, actors)
    return made


@transaction.atomic
def _make(
    decisions: Sequence[types.Decision], queues: Mapping[int, RoutingQueue], actors: Mapping[int, Actor]
) -> set[int]:
    """The tickets that were offered. Who is there, asked nothing and has room is asked again under the locks."""
    states = _lock_states(decision.agent for decision in decisions)
    tickets = lock_free_tickets(decision.work for decision in decisions if decision.agent in states)
    held, weights = held_by(states), weights_of([state.user for state in states.values()])
    asked = {pk for pk, mine in held.items() if mine.is_asked}
    proposals = []
    for decision in decisions:
        ticket, rule = tickets.get(decision.work), queues.get(decision.queue)
        if ticket is None or rule is None or ticket.queue_id != rule.queue_id or decision.agent in asked:
            continue
        if _has_room_for(ticket, weights[decision.agent], held.get(decision.agent, EMPTY_HANDED).load):
            asked.add(decision.agent)
            why = [(reason.code, dict(reason.params)) for reason in decision.explanation]
            proposals.append(Proposal(ticket, actors[decision.agent], rule.offer_seconds, why))
    offers = offer_tickets(proposals)
    AgentState.objects.filter(pk__in=[offer.user_id for offer in offers]).update(last_given_at=now())
    return {offer.ticket_id for offer in offers}


def _lock_states(user_ids: Iterable[int]) -> dict[int, AgentState]:
    """Of those who are there, in one order, so that two routers never wait for each other."""
    there = AgentState.objects.locked().filter(state=Presence.AVAILABLE, user__is_active=True)
    return {row.user_id: row for row in there.filter(pk__in=list(user_ids)).select_related("user").order_by("pk")}


def _has_room_for(ticket: Ticket, weights: Mapping[str, int], load: Mapping[str, int]) -> bool:
    return has_room(weights, load, work_kind_of(ticket).value)
