"""A router keeps its floor: it misses nothing, reads only what changed, and shares the work with others."""

import math
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Skill, User
from apps.accounts.services.users import deactivate_user
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.events import number_events
from apps.core.leases import take_lease
from apps.core.models import Event, Lease
from apps.routing.models import AgentState, QueueSkill, RoutingQueue
from apps.routing.services import handing_out, kept_floor
from apps.routing.services.handing_out import LEASE, LEASE_HELD, look
from apps.routing.services.kept_floor import KeptFloor
from apps.routing.services.states import set_state
from apps.tickets.enums import AssignmentState, Priority
from apps.tickets.models import Assignment, Ticket
from apps.tickets.services import assignment, lifecycle, offers, spam
from tests.channels.conftest import in_parallel
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants", "routing")]


@pytest.fixture
def routing(queue):
    return RoutingQueue.objects.create(queue=queue, is_automatic=True)


@pytest.fixture(autouse=True)
def only_events_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, what no event tells is not read by the way."""
    monkeypatch.setattr(kept_floor, "SETTINGS_KEPT", math.inf)
    monkeypatch.setattr(kept_floor, "FLOOR_KEPT", math.inf)


@pytest.fixture
def enter(queue, channel):
    def open_one(**values) -> Ticket:
        return lifecycle.open_ticket(subject="Screen broken", by=SYSTEM, queue=queue, channel=channel, **values)

    return open_one


def decided(kept: KeptFloor) -> set[tuple[int, int]]:
    decisions = kept.decide()
    kept.give_back(decisions)
    return {(decision.work, decision.agent) for decision in decisions}


def offer_of(ticket: Ticket) -> Assignment:
    return Assignment.objects.get(ticket=ticket, state=AssignmentState.OFFERED)


def test_a_kept_floor_decides_like_one_read_anew_whatever_happens(
    enter, agent, teammate, supervisor, outsourcing_agent, acting, customer
):
    kept = KeptFloor()
    first, second, third = enter(), enter(customer=customer, priority=Priority.HIGH), enter()
    low = enter(priority=Priority.LOW)
    by = acting(supervisor)

    def come(user: User, state: str = "available"):
        return lambda: set_state(user=user, state=state, by=acting(user))

    for step in (
        lambda: None,
        come(agent),
        lambda: look(kept),  # the dear one is offered to her
        come(teammate),
        lambda: offers.decline_offer(offer=offer_of(second), by=acting(agent)),
        lambda: lifecycle.change_fields(ticket=low, by=by, priority=Priority.URGENT),
        lambda: assignment.claim_ticket(ticket=first, by=acting(teammate)),
        lambda: assignment.assign_ticket(ticket=first, to=None, by=by),
        come(outsourcing_agent),
        lambda: spam.mark_spam(ticket=third, by=by),
        lambda: look(kept),
        lambda: spam.unmark_spam(ticket=third, by=by),
        lambda: lifecycle.merge_tickets(ticket=third, into=first, by=by),
        come(teammate, "busy"),
        lambda: look(KeptFloor()),  # another router
        lambda: deactivate_user(user=outsourcing_agent, by=SYSTEM),
        lambda: lifecycle.change_status(ticket=first, by=by, status="resolved"),
        come(agent, "offline"),
        come(agent),
    ):
        step()
        fresh = decided(KeptFloor())
        assert decided(kept) == fresh
    assert Event.objects.filter(kind="routing.offered").count() >= 3


def test_a_look_at_an_unchanged_floor_reads_one_event_and_nothing_of_the_floor(enter, agent, acting):
    set_state(user=agent, state="busy", by=acting(agent))
    for _number in range(3):
        enter()
    kept = KeptFloor()
    assert look(kept) == 0

    with CaptureQueriesContext(connection) as asked:
        assert look(kept) == 0

    read = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert [sql for sql in read if "core_event" not in sql and "pg_try_advisory" not in sql] == []


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_commits_late_is_not_missed(enter, agent, acting):
    kept = KeptFloor()
    written, may_commit = threading.Event(), threading.Event()
    late: list[Ticket] = []

    def slow() -> None:
        try:
            with transaction.atomic():
                late.append(enter(priority=Priority.URGENT))
                written.set()
                assert may_commit.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(60)
    set_state(user=agent, state="busy", by=acting(agent))
    enter()
    assert look(kept) == 0  # has read beyond where the late one was written
    may_commit.set()
    thread.join(60)
    set_state(user=agent, state="available", by=acting(agent))

    assert look(kept) == 1
    assert offer_of(late[0]).user == agent


def test_a_router_that_lost_its_place_reads_the_floor_whole(enter, agent, acting):
    set_state(user=agent, state="available", by=acting(agent))
    kept = KeptFloor()
    assert look(kept) == 0
    enter()
    Event.objects.all().delete()  # as after a restored database, or a month that was dropped
    enter()
    number_events()

    assert look(kept) == 1


def test_what_managers_change_is_seen_without_an_event(enter, routing, agent, acting, monkeypatch):
    monkeypatch.setattr(kept_floor, "SETTINGS_KEPT", 0.0)
    set_state(user=agent, state="busy", by=acting(agent))
    ticket, kept = enter(), KeptFloor()
    assert look(kept) == 0
    need = QueueSkill.objects.create(
        routing=routing, skill=Skill.objects.create(key="refunds", name={"en": "Refunds"}), level=3
    )
    set_state(user=agent, state="available", by=acting(agent))
    assert look(kept) == 0
    need.delete()

    assert look(kept) == 1
    assert offer_of(ticket).user == agent


def test_while_another_router_is_at_it_nothing_is_offered_and_nothing_lost(enter, agent, acting):
    set_state(user=agent, state="available", by=acting(agent))
    enter()
    kept = KeptFloor()
    assert take_lease(LEASE, ttl=LEASE_HELD) is not None  # it dies with the lease in its hands

    assert look(kept) == 0
    assert not Assignment.objects.exists()
    Lease.objects.filter(name=LEASE).update(expires=now() - timedelta(seconds=1))
    assert look(kept) == 1


@pytest.mark.django_db(transaction=True)
def test_two_routers_with_floors_of_their_own_fill_one_agent_once(enter, agent, acting):
    set_state(user=agent, state="available", by=acting(agent))
    tickets = [enter() for _number in range(4)]
    routers = [KeptFloor(), KeptFloor()]

    for _round in tickets:
        made = [in_parallel(2, lambda number: look(routers[number]))]
        while not sum(made[-1]) and len(made) < 20:  # who meets the other leaves it to them
            made.append(in_parallel(2, lambda number: look(routers[number])))
        assert sorted(made[-1]) == [0, 1], made
        offers.accept_offer(offer=Assignment.objects.get(state=AssignmentState.OFFERED), by=acting(agent))

    assert Ticket.objects.filter(assignee=agent).count() == len(tickets)
    assert Assignment.objects.filter(user=agent).count() == len(tickets)
    assert AgentState.objects.get(user=agent).last_given_at is not None


def test_who_comes_while_another_thread_looks_has_it_look_again(monkeypatch: pytest.MonkeyPatch):
    looks: list[int] = []

    def slow_look(kept: KeptFloor) -> int:
        looks.append(1)
        if len(looks) == 1:
            other = threading.Thread(target=handing_out.hand_out)
            other.start()
            other.join(60)
        return 1

    monkeypatch.setattr(handing_out, "look", slow_look)

    assert handing_out.hand_out() == 2
    assert len(looks) == 2


def test_a_floor_is_forgotten_when_an_offer_breaks_off(enter, agent, acting, monkeypatch):
    set_state(user=agent, state="available", by=acting(agent))
    enter()
    kept = KeptFloor()

    def broken(proposals: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(handing_out, "offer_tickets", broken)
        with pytest.raises(ConnectionError):
            look(kept)
    assert look(kept) == 1


def test_a_look_asks_as_often_for_three_people_as_for_one(enter, agent, acting):
    (team_group,) = agent.groups.all()
    crew = [UserFactory(role=agent.role) for _number in range(3)]
    team_group.user_set.add(*crew)
    tickets = [enter() for _number in range(4)]
    kept = KeptFloor()
    assert look(kept) == 0

    def statements_of(*people: User) -> int:
        for user in people:
            set_state(user=user, state="available", by=acting(user))
        with CaptureQueriesContext(connection) as asked:
            assert look(kept) == len(people)
        return len(asked)

    assert statements_of(*crew) <= statements_of(agent)
    assert {row.ticket_id: row.user for row in Assignment.objects.all()}.keys() == {ticket.pk for ticket in tickets}
    told = {(row.payload["ticket_id"], row.payload["user_id"]) for row in Event.objects.filter(kind="routing.offered")}
    assert told == set(Assignment.objects.values_list("ticket_id", "user_id"))
