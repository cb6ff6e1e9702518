"""Who lets offers pass is set to away, and the work goes on to others."""

from datetime import timedelta

import pytest
from django.utils import translation

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.events import number_events, run_subscribers
from apps.core.models import Event
from apps.routing.enums import Cause, Presence
from apps.routing.errors import NoSuchState
from apps.routing.models import AgentState, AgentStateChange, RoutingQueue
from apps.routing.selectors.floor import own_offers, state_choices, state_of
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.missing import offer_missed
from apps.routing.services.states import set_state
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Assignment, Queue
from apps.tickets.services import assignment, offers
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def routing(queue: Queue) -> RoutingQueue:
    return RoutingQueue.objects.create(queue=queue, is_automatic=True)


@pytest.fixture
def comes(acting):
    def come(user: User) -> None:
        tell()  # what was before is not counted: the subscriber begins here
        set_state(user=user, state="available", by=acting(user))

    return come


def hand_out() -> int:
    return look(KeptFloor())


def let_pass(user: User) -> None:
    """The offer that they have runs out, and what follows from it happens."""
    Assignment.objects.filter(user=user, state=AssignmentState.OFFERED).update(expires_at=now() - timedelta(seconds=1))
    assert offers.expire_offers() == 1
    tell()


def tell() -> None:
    number_events()
    while run_subscribers("routing.missed"):
        pass


def pause_is_over() -> None:
    missed = Assignment.objects.filter(state=AssignmentState.MISSED)
    missed.update(ended_at=now() - timedelta(minutes=5, seconds=1))
    AgentState.objects.update(since=now() - timedelta(hours=1))


def state(user: User) -> str:
    return AgentState.objects.get(user=user).state


def test_an_offer_that_runs_out_comes_back_after_a_pause_only(ticket, routing, agent, comes, acting):
    comes(agent)
    assert hand_out() == 1
    let_pass(agent)
    assert hand_out() == 0
    pause_is_over()
    assert hand_out() == 1
    with translation.override("en"):
        (card,) = own_offers(acting(agent))
    assert "nobody else who could take it was free" in " ".join(card.why)
    assert state(agent) == Presence.AVAILABLE


def test_who_misses_two_in_a_row_is_away_until_they_say_otherwise(
    queue, channel, routing, agent, supervisor, comes, acting
):
    for _ticket in range(3):
        TicketFactory(queue=queue, channel=channel)
    comes(agent)
    for _miss in range(2):
        hand_out()
        let_pass(agent)

    assert (state(agent), hand_out()) == (Presence.AWAY, 0)
    log = AgentStateChange.objects.order_by("-pk").first()
    assert (log.state, log.cause, log.by) == ("away", Cause.MISSED_OFFERS, None)
    last = Event.objects.filter(kind="agent.state_changed").order_by("ordinal").last()
    assert (last.payload["state"], last.payload["cause"]) == ("away", "missed_offers")
    assert state_of(acting(supervisor), agent).words == "Away: offers missed"

    comes(agent)
    assert hand_out() == 1  # also for what they missed: they came back for it
    let_pass(agent)
    assert state(agent) == Presence.AVAILABLE  # what was missed before they came back is not counted again
    hand_out()
    let_pass(agent)
    assert state(agent) == Presence.AWAY
    assert set(Assignment.objects.values_list("state", flat=True)) == {AssignmentState.MISSED}


def test_an_answer_in_between_starts_the_count_anew(queue, channel, routing, agent, comes, acting):
    tickets = [TicketFactory(queue=queue, channel=channel) for _ in range(8)]
    comes(agent)
    for answer in (offers.accept_offer, offers.decline_offer):
        hand_out()
        let_pass(agent)
        hand_out()
        answer(offer=Assignment.objects.get(state=AssignmentState.OFFERED), by=acting(agent))
    hand_out()
    let_pass(agent)
    free = next(row for row in tickets if not Assignment.objects.filter(ticket=row).exists())
    assignment.claim_ticket(ticket=free, by=acting(agent))
    pause_is_over()
    hand_out()
    let_pass(agent)
    assert state(agent) == Presence.AVAILABLE


@pytest.mark.parametrize(("limit", "becomes"), [(0, Presence.AVAILABLE), (1, Presence.AWAY)])
def test_queues_say_how_many(ticket, routing, agent, comes, limit, becomes):
    RoutingQueue.objects.update(misses_in_a_row=limit)
    comes(agent)
    hand_out()
    let_pass(agent)
    assert state(agent) == becomes


def test_told_twice_or_too_late_it_changes_nothing_more(ticket, routing, agent, comes, acting):
    RoutingQueue.objects.update(misses_in_a_row=1)
    comes(agent)
    hand_out()
    let_pass(agent)
    assert not offer_missed(user_id=agent.pk, ticket_id=ticket.pk)
    set_state(user=agent, state="busy", by=acting(agent))
    assert not offer_missed(user_id=agent.pk, ticket_id=ticket.pk)
    comes(agent)
    assert not offer_missed(user_id=agent.pk, ticket_id=ticket.pk)
    assert state(agent) == Presence.AVAILABLE
    assert AgentStateChange.objects.filter(state="away").count() == 1


def test_nobody_is_set_to_away_by_hand(agent, supervisor, comes, acting):
    comes(agent)
    for by, why in ((agent, ""), (supervisor, "Sleeps")):
        with pytest.raises(NoSuchState):
            set_state(user=agent, state="away", by=acting(by), why=why)
    assert state(agent) == Presence.AVAILABLE
    assert "away" not in {choice.state for choice in state_choices(acting(agent), state_of(acting(agent), agent))}
