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
from apps.core.models.expressions import any_of
from apps.routing.engine import types
from apps.routing.enums import Presence
from apps.routing.models import AgentState, RoutingQueue
from apps.routing.selectors.capacity import EMPTY_HANDED, has_room, held_by, weights_of
from apps.routing.services.kept_floor import KeptFloor
from apps.tickets.selectors.work import work_kind_of
from apps.tickets.services.offers import Proposal, lock_free_tickets, offer_tickets

logger = structlog.get_logger(__name__)

BATCH: Final = 200
"""Offers in a transaction, some tenths of a second: nobody who wants one of its rows waits for long."""
LEASE: Final = "routing.router"
LEASE_HELD: Final = timedelta(seconds=10)
"""So long after a router died another one takes over."""

Crew = Mapping[int, tuple[Actor, Mapping[str, int]]]
"""By user: what they may do, and the points that a piece of each kind takes of them."""

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
    people = User.objects.filter(any_of("id", {decision.agent for decision in decisions}))
    crew, made = _crew(people.prefetch_related("role", "vendor")), set[int]()
    for start in range(0, len(decisions), BATCH):
        if start and not lease.renew():
            break
        made |= _make(decisions[start : start + BATCH], queues, crew)
    return made


def _crew(people: Iterable[User]) -> Crew:
    """What they may do and take, read since the decision; nobody's lock would keep it from changing."""
    users = list(people)
    actors, weights = actors_of(users), weights_of(users)
    return {user.pk: (actors[user.pk], weights[user.pk]) for user in users}


@transaction.atomic
def _make(decisions: Sequence[types.Decision], queues: Mapping[int, RoutingQueue], crew: Crew) -> set[int]:
    """The tickets that were offered. Who is there, asked nothing and has room is asked again under the locks."""
    there = _lock_states({decision.agent for decision in decisions} & crew.keys())
    tickets = lock_free_tickets(decision.work for decision in decisions if decision.agent in there)
    held = held_by(there)
    asked = {pk for pk, mine in held.items() if mine.is_asked}
    proposals = []
    for decision in decisions:
        ticket, rule = tickets.get(decision.work), queues.get(decision.queue)
        if ticket is None or rule is None or ticket.queue_id != rule.queue_id or decision.agent in asked:
            continue
        actor, weights = crew[decision.agent]
        if has_room(weights, held.get(decision.agent, EMPTY_HANDED).load, work_kind_of(ticket).value):
            asked.add(decision.agent)
            why = [(reason.code, dict(reason.params)) for reason in decision.explanation]
            proposals.append(Proposal(ticket, actor, rule.offer_seconds, why))
    offers = offer_tickets(proposals)
    AgentState.objects.filter(any_of("user_id", [offer.user_id for offer in offers])).update(last_given_at=now())
    return {offer.ticket_id for offer in offers}


def _lock_states(user_ids: Iterable[int]) -> set[int]:
    """Whoever of them is there, locked in one order, so that two routers never wait for each other."""
    there = AgentState.objects.locked().filter(state=Presence.AVAILABLE, user__is_active=True)
    return {row.pk for row in there.filter(any_of("user_id", user_ids)).only("pk").order_by("pk")}
