"""Warnings and breaches: told once, in order, by any number of workers, and what is done about them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.core.actor import SYSTEM, person
from apps.core.events import number_events, run_subscribers
from apps.core.models import Event
from apps.sla.models import Escalation, Timer, TimerChange
from apps.sla.services import watching
from apps.sla.services.watching import tell_due
from apps.tickets.enums import Priority
from apps.tickets.models import Mention, Message, Ticket
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.timeline import timeline
from apps.tickets.services import lifecycle
from tests.factories.channels import default_brand
from tests.factories.sla import CalendarFactory, PolicyFactory
from tests.factories.tickets import QueueFactory, grant

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture
def policy(db):
    """Around the clock, so that a time is told by counting on."""
    run_all()
    calendar = CalendarFactory(week=["00:00-24:00"] * 7)
    return PolicyFactory(key="standard", calendar=calendar, warn_at=[50, 80], targets={"resolution": 100})


@pytest.fixture
def queue(team):
    default_brand()
    queue = QueueFactory(key="care")
    grant(team, queue)
    return queue


def run_all():
    number_events()
    run_subscribers("sla.timers")


def opened(queue, minutes=0, **values) -> Ticket:
    with time_machine.travel(MONDAY + timedelta(minutes=minutes), tick=False):
        ticket = lifecycle.open_ticket(subject="Screen broken", by=SYSTEM, queue=queue, **values)
        run_all()
    return ticket


def look(minutes) -> int:
    with time_machine.travel(MONDAY + timedelta(minutes=minutes), tick=False):
        total = 0
        while found := tell_due():
            total += found
    return total


def told(*tickets) -> list[tuple[str, int]]:
    rows = Event.objects.filter(kind__startswith="sla.", ticket_id__in=[ticket.pk for ticket in tickets])
    return [(row.kind, row.payload.get("share", 0)) for row in rows.order_by("ordinal")]


def steps(ticket) -> list[tuple[str, int]]:
    return list(TimerChange.objects.filter(timer__ticket=ticket).values_list("step", "share"))


def columns(ticket) -> tuple[datetime | None, str]:
    ticket.refresh_from_db()
    return ticket.next_due_at, ticket.sla_state


@pytest.mark.integration
def test_each_level_is_told_once_when_it_is_reached(policy, queue):
    ticket = opened(queue)
    due = MONDAY + timedelta(minutes=100)

    assert look(49) == 0
    assert (look(50), look(51)) == (1, 0)
    assert columns(ticket) == (due, "warning")
    assert (look(81), look(101), look(500)) == (1, 1, 0)

    assert columns(ticket) == (due, "breached")
    assert told(ticket) == [("sla.warning", 50), ("sla.warning", 80), ("sla.breached", 0)]


@pytest.mark.integration
def test_a_worker_that_was_away_tells_what_happened_in_order_and_only_the_last_of_each(policy, queue, supervisor):
    Escalation.objects.create(policy=policy, share=50, action="call_person", person=supervisor)
    Escalation.objects.create(policy=policy, share=100, action="call_person", person=supervisor)
    late, later, last = opened(queue), opened(queue, 10), opened(queue, 70)

    assert look(130) == 3

    rows = Event.objects.filter(kind__startswith="sla.").order_by("ordinal")
    assert [(row.ticket_id, row.kind) for row in rows] == [
        (late.pk, "sla.breached"),
        (later.pk, "sla.breached"),
        (last.pk, "sla.warning"),
    ]
    assert steps(late) == [
        ("started", 0),
        ("superseded", 50),
        ("superseded", 80),
        ("breached", 100),
        ("escalated", 100),
    ]
    assert [Mention.objects.filter(ticket=row).count() for row in (late, later, last)] == [1, 1, 1]


@pytest.mark.integration
def test_two_timers_of_a_ticket_that_break_together_call_once(policy, queue, supervisor):
    policy.targets.create(target="first_reply", minutes=90)
    Escalation.objects.create(policy=policy, share=100, action="call_person", person=supervisor)
    ticket = opened(queue)
    timer = Timer.objects.get(ticket=ticket)
    timer.pk, timer.target, timer.minutes = None, "first_reply", 90
    timer.save()

    look(120)

    assert told(ticket) == [("sla.breached", 0), ("sla.breached", 0)]
    assert Mention.objects.filter(ticket=ticket, user=supervisor).count() == 1
    assert Message.objects.filter(ticket=ticket, notice="sla_breached").count() == 1


@pytest.mark.integration
def test_an_answer_whose_event_is_late_is_no_breach(policy, queue, supervisor):
    ticket = opened(queue)
    with time_machine.travel(MONDAY + timedelta(minutes=99), tick=False):
        lifecycle.change_status(ticket=ticket, by=person(supervisor), status="resolved")

    look(120)  # nobody has counted the end yet
    assert told(ticket) == []
    run_all()
    look(120)

    assert told(ticket) == [("sla.met", 0)]


@pytest.mark.integration
def test_what_is_done_about_it(policy, queue, supervisor, agent, team, outsourcing_agent):
    other = QueueFactory(key="urgent")
    for action, more in (
        ("call_supervisors", {}),
        ("call_person", {"person": outsourcing_agent}),  # may not see the ticket, and is left out
        ("raise_priority", {}),
        ("move_to_queue", {"queue": other}),
        ("open_task", {"queue": other}),
    ):
        Escalation.objects.create(policy=policy, share=100, action=action, **more)
    ticket = opened(queue, team=team)

    look(101)

    ticket.refresh_from_db()
    task = Ticket.objects.get(parent=ticket)
    assert (ticket.priority, ticket.queue, ticket.reopen_count) == (Priority.HIGH, other, 0)
    assert (task.type, task.queue, task.customer_id) == ("task", other, None)
    assert list(Mention.objects.filter(ticket=ticket).values_list("user", flat=True)) == [supervisor.pk]
    with translation.override("en"):
        line = next(entry for entry in timeline(person(supervisor), ticket) if entry.notice)
        assert line.notice_label == "Resolution: was due Mar 2 11:40. Called: Susan Supervisor"
        assert "Resolution: was due Mar 2 11:40" in [row.sentence for row in ticket_history(person(supervisor), ticket)]


@pytest.mark.integration
def test_what_tickets_refuse_is_written_down_and_stops_nothing_else(policy, queue, supervisor, other_team):
    Escalation.objects.create(policy=policy, share=100, action="raise_priority")
    ticket = opened(queue)
    Ticket.objects.filter(pk=ticket.pk).update(status="closed")  # its event never came

    look(101)

    assert steps(ticket)[-1] == ("refused", 100)
    assert Ticket.objects.get(pk=ticket.pk).priority == Priority.NORMAL
    assert told(ticket) == [("sla.breached", 0)]


@pytest.mark.integration
def test_more_tickets_cost_no_more_statements(policy, queue):
    def statements(minutes: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            look(minutes)
        return len(asked)

    opened(queue)
    for_one = statements(120)
    for number in range(6):
        opened(queue, 130 + number)

    assert statements(250) <= for_one + 2  # ids come in blocks, now and then
    assert Ticket.objects.filter(sla_state="breached").count() == 7


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_a_second_worker_passes_by_what_the_first_one_holds(policy, queue):
    held, free = opened(queue), opened(queue, 1)
    other = connection.copy()
    try:
        with transaction.atomic():
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT 1 FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", [held.pk])
            assert look(120) == 1
        assert (told(held), told(free)) == ([], [("sla.breached", 0)])
    finally:
        other.rollback()
        other.close()

    assert look(120) == 1
    assert told(held) == [("sla.breached", 0)]


@pytest.mark.integration
def test_a_clock_that_jumps_ahead_and_back_tells_everything_once_and_counts_nothing_twice(policy, queue, supervisor):
    ticket = opened(queue)

    assert (look(85), look(20), look(51)) == (1, 0, 0)  # an hour ahead for a moment, then put right
    assert told(ticket) == [("sla.warning", 80)]
    with time_machine.travel(MONDAY - timedelta(minutes=5), tick=False):  # the clock of another process
        lifecycle.change_status(ticket=ticket, by=person(supervisor), status="resolved")
        run_all()

    timer = Timer.objects.get(ticket=ticket)
    assert (timer.state, timer.boundaries) == ("met", [MONDAY, MONDAY])
    assert told(ticket) == [("sla.warning", 80), ("sla.met", 0)]
    assert (look(101), columns(ticket)) == (0, (None, ""))


@pytest.mark.integration
def test_a_worker_away_for_an_hour_takes_many_in_order_and_in_batches(policy, queue, monkeypatch):
    monkeypatch.setattr(watching, "BATCH", 2)
    tickets = [opened(queue, minutes) for minutes in (4, 2, 0, 3, 1)]

    with time_machine.travel(MONDAY + timedelta(minutes=165), tick=False):
        assert [tell_due() for _look in range(4)] == [2, 2, 1, 0]

    in_order = Event.objects.filter(kind="sla.breached").order_by("ordinal").values_list("ticket_id", flat=True)
    assert list(in_order) == [ticket.pk for ticket in sorted(tickets, key=lambda each: each.opened_at)]
    assert Event.objects.filter(kind="sla.warning").count() == 0
