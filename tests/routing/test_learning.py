"""Who succeeds with which category: counted only where a queue asks for it, told in numbers, and used in choosing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.core.clock import now
from apps.core.sweeps import run_sweeps
from apps.routing.models import LearnedRecord, RoutingQueue
from apps.routing.selectors.floor import own_offers
from apps.routing.services.handing_out import look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.learning import WINDOW
from apps.routing.services.states import set_state
from apps.tickets.enums import AssignmentState, Status
from apps.tickets.models import Assignment, Ticket
from tests.channels.conftest import in_parallel
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture
def routing(queue) -> RoutingQueue:
    return RoutingQueue.objects.create(queue=queue, is_automatic=True, is_learned=True)


@pytest.fixture
def history(queue, channel, category):
    """`history(alice, good=3, bad=1)`: tickets that they solved for good, and such that came back or were handed on."""

    def held(user, ticket, state, days=1) -> None:
        ended = now() - timedelta(days=days)
        Assignment.objects.create(
            ticket=ticket, user=user, state=state, started_at=ended - timedelta(hours=1), ended_at=ended
        )

    def write(user, *, good=0, bad=0, days=1) -> None:
        for number in range(good + bad):
            ticket: Ticket = TicketFactory(
                queue=queue, channel=channel, category=category, assignee=user, status=Status.CLOSED
            )
            is_handed_on = number >= good and number % 2
            held(user, ticket, AssignmentState.TRANSFERRED if is_handed_on else AssignmentState.FINISHED, days + 1)
            if number >= good:
                Assignment.objects.create(ticket=ticket, user=user, state="accepted", started_at=now())

    return write


def counted() -> dict[str, tuple[int, int]]:
    rows = LearnedRecord.objects.values_list("user__username", "successes", "trials")
    return {name: (good, trials) for name, good, trials in rows}


def test_only_a_queue_that_asks_for_it_has_anybody_counted(history, routing, agent, teammate):
    history(agent, good=3, bad=2)
    history(teammate, good=1, days=WINDOW.days + 1)
    RoutingQueue.objects.update(is_learned=False)
    run_sweeps("routing.learn")
    assert counted() == {}

    RoutingQueue.objects.update(is_learned=True)
    run_sweeps("routing.learn")
    assert counted() == {"alice": (3, 5)}
    record = LearnedRecord.objects.get()
    assert record.until - record.since == WINDOW

    history(agent, good=1)
    run_sweeps("routing.learn")
    assert counted() == {"alice": (3, 5)}  # once a day
    LearnedRecord.objects.update(until=now() - timedelta(days=1))
    run_sweeps("routing.learn")
    assert counted() == {"alice": (4, 6)}


@pytest.mark.django_db(transaction=True)
def test_workers_that_count_at_once_count_once(history, routing, agent, teammate):
    history(agent, good=2)
    history(teammate, bad=1)

    in_parallel(3, lambda _number: run_sweeps("routing.learn"))

    assert counted() == {"alice": (2, 2), "tom": (0, 1)}


def test_who_succeeds_is_asked_first_and_told_the_numbers(
    client, history, routing, queue, channel, category, agent, teammate, manager, acting
):
    history(agent, bad=10)
    history(teammate, good=20)
    run_sweeps("routing.learn")
    ticket = TicketFactory(queue=queue, channel=channel, category=category)
    for user in (agent, teammate):  # alice is idle longer
        set_state(user=user, state="available", by=acting(user))

    look(KeptFloor())

    (card,) = own_offers(acting(teammate))
    assert card.ticket.id == ticket.pk
    assert "(20 of 20, smoothed)" in " ".join(card.why)
    client.force_login(manager)
    page = client.get(reverse("admin:routing_learnedrecord_changelist")).content.decode()
    assert "Tom Teammate" in page
    assert " %" in page
