"""The floor at this moment, as wallboards and alerts read it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.metrics.measures.base import business_zone
from apps.metrics.models import ServiceGoal
from apps.metrics.selectors.live import agents_now, breaches_soon, queues_now
from apps.metrics.selectors.trends import Trend, trends
from apps.routing.models import BreakReason
from apps.routing.services.states import set_state
from apps.sla.models import Calendar, Timer
from apps.tickets.enums import AssignmentState
from apps.tickets.models import Assignment, Queue, Ticket
from tests.factories.accounts import UserFactory
from tests.factories.metrics import waited
from tests.factories.tickets import QueueFactory, TicketFactory, grant

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


@pytest.fixture(autouse=True)
def _it_is_noon(db: None):
    """In the zone of the default calendar, so that half an hour ago is today."""
    with time_machine.travel(
        now().astimezone(business_zone()).replace(hour=12, minute=0, second=0, microsecond=0), tick=False
    ):
        yield


def ago(minutes: float) -> Any:
    return now() - timedelta(minutes=minutes)


def work(queue: Queue, channel: Channel, *, minutes: float, to: User | None = None, **more: Any) -> Ticket:
    ticket = TicketFactory(queue=queue, channel=channel, opened_at=ago(minutes), assignee=to, status="open", **more)
    if to is not None:
        facts = {"state": AssignmentState.ACCEPTED, "work_kind": "chat", "started_at": ago(minutes)}
        Assignment.objects.create(ticket=ticket, user=to, **facts)
    return ticket


def promise(ticket: Ticket, minutes: float, state: str = "running") -> None:
    due_at = ago(-minutes)
    Timer.objects.create(
        ticket=ticket,
        target="first_reply",
        calendar=Calendar.objects.get(is_default=True),
        minutes=60,
        boundaries=[ago(1)],
        due_at=due_at,
        next_at=due_at,
    )
    Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due_at, sla_state=state)


def test_queues_tell_what_waits_who_is_free_and_how_today_went(queue, other_queue, channel, cast, acting):
    agent, teammate, oliver = cast["agent"], cast["teammate"], cast["outsourcing_agent"]
    for user in (agent, teammate, oliver):
        set_state(user=user, state="available", by=acting(user))
    set_state(user=teammate, state="busy", by=acting(teammate))
    work(queue, channel, minutes=30, waiting_since=ago(7))
    work(queue, channel, minutes=4)
    work(queue, channel, minutes=90, is_spam=True)
    for _ in range(3):
        promise(work(queue, channel, minutes=60, to=agent), 29)  # three chats: she is full
    promise(work(queue, channel, minutes=5, to=oliver), 31)
    ServiceGoal.objects.create(queue=queue, seconds=20, percent=90)
    waited(queue, ago(20), 10)
    waited(queue, ago(25), 40)
    waited(queue, ago(29), 9, "abandoned", channel=channel)

    care, sales = queues_now(acting(cast["supervisor"]))
    assert (care.queue_id, care.waiting, care.oldest_wait, care.in_work) == (queue.pk, 2, 420, 4)
    assert (care.agents_free, care.breaches_coming) == (1, 3)
    assert care.service_level_now == pytest.approx(100 / 3)
    assert (care.answered_today, care.abandoned_today, care.goal_percent, care.goal_seconds) == (2, 1, 90, 20)
    assert (sales.waiting, sales.oldest_wait, sales.service_level_now, sales.goal_seconds) == (0, None, None, 30)


def test_people_tell_their_state_load_and_who_waits_for_them(queue, channel, cast, acting, vendor):
    agent, oliver = cast["agent"], cast["outsourcing_agent"]
    set_state(user=agent, state="available", by=acting(agent))
    set_state(user=oliver, state="break", reason=BreakReason.objects.get(key="meal"), by=acting(oliver))
    work(queue, channel, minutes=9, to=agent, waiting_since=ago(2))
    work(queue, channel, minutes=9, to=agent)

    rows = {row.username: row for row in agents_now(acting(cast["supervisor"]))}
    alice = rows["alice"]
    assert (alice.name, alice.team, alice.vendor, alice.state, alice.since) == (
        "Alice Agent", str(agent.groups.get().team.name), None, "available", now(),
    )  # fmt: skip
    assert (alice.load, alice.capacity, alice.chats, alice.oldest_chat_wait) == (67, 3, 2, 120)
    assert (rows["oliver"].vendor, rows["oliver"].state) == (str(vendor.name), "break")
    assert (rows["oliver"].reason != "", rows["oliver"].oldest_chat_wait) == (True, None)
    assert rows["steve"].state == "offline"


def test_breaches_come_in_order_and_what_is_over_is_none(queue, channel, agent, acting, supervisor):
    for minutes, state in ((20, "running"), (5, "warning"), (-1, "breached"), (10, "paused")):
        promise(work(queue, channel, minutes=60, to=agent), minutes, state)
    promise(work(queue, channel, minutes=60, is_spam=True), 3)

    found = breaches_soon(acting(supervisor), timedelta(minutes=30))
    assert [(row.seconds_left, row.target, row.assignee) for row in found] == [
        (300, "first_reply", "Alice Agent"),
        (1200, "first_reply", "Alice Agent"),
    ]
    assert [row.seconds_left for row in breaches_soon(acting(supervisor), timedelta(minutes=5))] == [300]


def test_a_vendors_supervisor_sees_their_own_floor(queue, other_queue, channel, cast, acting, vendor):
    lead = UserFactory(username="lena", role="vendor_agent", vendor=vendor, teams=[*vendor.teams.all()])
    lead.role.permissions = [*lead.role.permissions, "routing.supervise"]
    lead.role.save()
    for user in (cast["agent"], cast["outsourcing_agent"]):
        set_state(user=user, state="available", by=acting(user))
    work(queue, channel, minutes=5)
    work(queue, None, minutes=50)  # in-house, by no channel of theirs
    promise(work(other_queue, channel, minutes=50), 3)
    waited(queue, ago(5), 10, channel=channel)
    waited(queue, ago(5), 99)

    (care,) = queues_now(acting(lead))
    assert (care.queue_id, care.waiting, care.oldest_wait, care.agents_free) == (queue.pk, 1, 300, 1)
    assert care.service_level_now == 100
    assert {row.username for row in agents_now(acting(lead))} == {"oliver", "lena"}
    assert breaches_soon(acting(lead), timedelta(minutes=30)) == []
    assert len(breaches_soon(SYSTEM, timedelta(minutes=30))) == 1


def test_more_rows_cost_no_more_statements(queue, channel, cast, team, acting):
    def one_more() -> None:
        place, user = QueueFactory(), UserFactory(teams=[team])
        grant(team, place)
        set_state(user=user, state="available", by=acting(user))
        work(place, channel, minutes=5)
        promise(work(place, channel, minutes=5, to=user, waiting_since=ago(1)), 3)
        waited(place, ago(5), 10, user=user)

    def cost() -> tuple[int, ...]:
        actor, found = acting(cast["supervisor"]), []
        for read in (queues_now, agents_now, lambda actor: breaches_soon(actor, timedelta(minutes=30))):
            with CaptureQueriesContext(connection) as statements:
                assert read(actor)
            found.append(len(statements))
        return tuple(found)

    one_more()
    for_one = cost()
    one_more()
    one_more()
    assert cost() == for_one
    assert for_one <= (20, 14, 4)


def test_two_hours_of_waiting_and_answering_in_one_statement_within_one_s_own_queues(
    queue, other_queue, agent, acting, grants
) -> None:
    waited(queue, ago(115), 10 * 60)  # came in the first slot, answered in the second
    waited(queue, ago(25), None)
    waited(queue, ago(15), 6 * 60, end="abandoned")
    waited(queue, ago(60 * 30), 60)
    waited(other_queue, ago(5), 60)
    with CaptureQueriesContext(connection) as captured:
        seen = trends(SYSTEM)
    assert len(captured) == 1
    assert seen[queue.pk] == Trend(
        waiting=(1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1), answered=(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    )
    assert seen[other_queue.pk].answered[-1] == 1
    assert set(trends(acting(agent))) == {queue.pk}
