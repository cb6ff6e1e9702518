"""Timers follow what happens to a ticket."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from apps.channels.models import Delivery
from apps.core.actor import SYSTEM, person
from apps.core.events import number_events, parse_event, run_subscribers
from apps.core.models import Event
from apps.customers.models import Customer
from apps.sla.models import Course, Policy, PolicyTarget, Timer, TimerChange
from apps.sla.services.recounts import ask_recount, recount_some
from apps.sla.subscribers import count_time
from apps.tickets.enums import Priority
from apps.tickets.models import IntakeRule, Ticket
from apps.tickets.services import assignment, lifecycle, messages, spam
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.sla import PolicyFactory
from tests.factories.tickets import CategoryFactory, QueueFactory, TicketFactory, grant, mail, receive

pytestmark = pytest.mark.integration

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """In the week of Monday, 2 March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def channel(db, team):
    channel = ChannelFactory(key="support", kind="email", settings={"address": "support@harbour.example"})
    queue = QueueFactory(key="care")
    IntakeRule.objects.create(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def policy(channel):
    """Working hours 09:00-12:00 and 13:30-18:00."""
    run_all()  # subscribers that are new begin with what happens from now on
    return PolicyFactory(
        key="standard", warn_at=[50, 80], targets={"first_reply": 60, "next_reply": 120, "resolution": 240}
    )


def run_all():
    number_events()
    run_subscribers("sla.timers", "sla.follow_ups")


def arrive(channel, when, **more) -> Ticket:
    with time_machine.travel(at(when), tick=False):
        result = receive(channel, mail(**more), InboundEventFactory(channel=channel, received=at(when)))
        run_all()
    return Ticket.objects.get(pk=result.ticket_id)


def do(when, act, **kwargs):
    with time_machine.travel(at(when), tick=False):
        result = act(**kwargs)
        run_all()
    return result


def reply(ticket, user, when, **kwargs):
    return do(when, messages.reply, ticket=ticket, by=person(user), html="<p>Here.</p>", **kwargs)


def timer(ticket, target) -> Timer:
    return Timer.objects.filter(ticket=ticket, target=target).latest("pk")


def told(ticket) -> list[tuple[str, str]]:
    rows = Event.objects.filter(ticket_id=ticket.pk, kind__startswith="sla.").order_by("ordinal")
    return [(row.kind, row.payload["target"]) for row in rows]


def steps(ticket, target) -> list[str]:
    return list(TimerChange.objects.filter(timer__ticket=ticket, timer__target=target).values_list("step", flat=True))


def test_a_customer_s_message_starts_what_is_promised(policy, channel):
    ticket = arrive(channel, "02 10:00")

    assert {row.target: row.due_at for row in Timer.objects.all()} == {
        "first_reply": at("02 11:00"),
        "resolution": at("02 15:30"),  # two hours until noon, two from 13:30
    }
    assert (ticket.next_due_at, ticket.sla_state) == (at("02 11:00"), "running")


def test_the_reply_in_time_meets_it_and_the_next_message_starts_the_next(policy, channel, agent):
    ticket = arrive(channel, "02 10:00", message_id="one@example.com")
    reply(ticket, agent, "02 10:30")
    assert timer(ticket, "first_reply").state == "met"
    assert told(ticket) == [("sla.met", "first_reply")]

    arrive(channel, "02 11:30", message_id="two@example.com", answers=("one@example.com",))
    arrive(channel, "02 11:45", message_id="three@example.com", answers=("one@example.com",))

    running = timer(ticket, "next_reply")
    assert (running.started_at, running.due_at) == (at("02 11:30"), at("02 15:00"))  # 30 min, then 90 from 13:30
    assert Timer.objects.filter(ticket=ticket, target="next_reply").count() == 1


def test_a_late_reply_is_told_as_a_breach_that_calls_nobody(policy, channel, agent):
    ticket = arrive(channel, "02 10:00")
    reply(ticket, agent, "02 11:30")

    assert (timer(ticket, "first_reply").state, told(ticket)) == ("breached", [("sla.breached", "first_reply")])
    assert steps(ticket, "first_reply") == ["started", "ended_late"]


def test_automatic_messages_neither_start_nor_stop(policy, channel):
    out_of_office = arrive(channel, "02 10:00", is_automatic=True)
    assert [row.target for row in Timer.objects.filter(ticket=out_of_office)] == ["resolution"]

    IntakeRule.objects.update(acknowledge=True)
    ticket = arrive(channel, "02 10:00", sender="b@example.com", message_id="b@example.com")
    assert ticket.messages.filter(notice="acknowledgement").exists()
    assert timer(ticket, "first_reply").state == "running"


def test_pending_pauses_the_resolution_and_the_customer_s_answer_resumes_it(policy, channel, agent):
    ticket = arrive(channel, "06 16:00", message_id="one@example.com")
    reply(ticket, agent, "06 17:00", then_status="pending")
    paused = timer(ticket, "resolution")
    ticket.refresh_from_db()
    assert (paused.state, paused.due_at, paused.next_at) == ("paused", None, None)
    assert (ticket.next_due_at, ticket.sla_state) == (None, "paused")

    arrive(channel, "09 10:00", message_id="two@example.com", answers=("one@example.com",))

    # One hour counted on Friday; of the other three two until noon, one from 13:30.
    assert timer(ticket, "resolution").due_at == at("09 14:30")


def test_solving_ends_it_and_reopening_goes_on_with_what_was_left(policy, channel, supervisor):
    ticket = arrive(channel, "02 10:00")
    do("02 11:00", lifecycle.change_status, ticket=ticket, by=person(supervisor), status="resolved")
    assert timer(ticket, "resolution").state == "met"
    assert timer(ticket, "first_reply").state == "cancelled"
    ticket.refresh_from_db()
    assert (ticket.next_due_at, ticket.sla_state) == (None, "")

    do("03 09:00", lifecycle.reopen_ticket, ticket=ticket, by=person(supervisor))

    assert timer(ticket, "resolution").due_at == at("03 13:30") - timedelta(hours=1, minutes=30)
    assert Timer.objects.filter(ticket=ticket, target="resolution").count() == 1
    assert steps(ticket, "resolution") == ["started", "met", "reopened"]


def test_taking_the_answer_back_takes_its_end_back(policy, channel, agent):
    ticket = arrive(channel, "02 10:00")
    answer = reply(ticket, agent, "02 10:30")
    Delivery.objects.update(due_at=at("02 12:00"))  # the database's clock did not travel

    do("02 10:31", messages.undo_send, message=answer, by=person(agent))

    first = timer(ticket, "first_reply")
    assert (first.state, first.due_at, first.boundaries) == ("running", at("02 11:00"), [at("02 10:00")])


def test_a_raised_priority_counts_from_the_beginning(policy, channel, supervisor):
    PolicyTarget.objects.create(policy=policy, target="resolution", priority=Priority.URGENT, minutes=60)
    ticket = arrive(channel, "02 10:00")

    do("02 10:30", lifecycle.change_fields, ticket=ticket, by=person(supervisor), priority=Priority.URGENT)

    assert timer(ticket, "resolution").due_at == at("02 11:00")
    assert steps(ticket, "resolution") == ["started", "recounted"]


def test_the_first_policy_that_fits_holds_and_another_category_chooses_anew(policy, channel, supervisor):
    billing = CategoryFactory(key="billing")
    below = CategoryFactory(key="refunds", parent=billing)
    Customer.objects.update(level="vip")
    strict = PolicyFactory(key="strict", is_default=False, calendar=policy.calendar, targets={"resolution": 30})
    strict.categories.add(billing)
    ticket = arrive(channel, "02 10:00")
    assert Course.objects.get(ticket=ticket).policy == policy

    do("02 10:10", lifecycle.change_fields, ticket=ticket, by=person(supervisor), category=below)

    assert Course.objects.get(ticket=ticket).policy == strict
    assert timer(ticket, "resolution").due_at == at("02 10:30")
    assert timer(ticket, "first_reply").state == "cancelled"


@pytest.mark.parametrize("end", ["merged", "spam"])
def test_what_is_merged_or_spam_waits_for_nothing_until_that_is_undone(policy, channel, supervisor, end):
    ticket, by = arrive(channel, "02 10:00"), person(supervisor)
    if end == "merged":
        do("02 10:30", lifecycle.merge_tickets, ticket=ticket, into=TicketFactory(customer=ticket.customer), by=by)
    else:
        do("02 10:30", spam.mark_spam, ticket=ticket, by=by)
    assert not Timer.objects.filter(ticket=ticket).open().exists()

    ticket.refresh_from_db()
    do("02 11:00", lifecycle.unmerge if end == "merged" else spam.unmark_spam, ticket=ticket, by=by)

    assert timer(ticket, "first_reply").due_at == at("02 11:30")  # half an hour had passed before


def test_who_takes_the_ticket_answers_the_offer(channel, agent):
    run_all()
    PolicyFactory(targets={"answer": 15})
    ticket = arrive(channel, "02 10:00")

    do("02 10:05", assignment.claim_ticket, ticket=ticket, by=person(agent))

    assert timer(ticket, "answer").state == "met"


def test_an_event_that_comes_twice_changes_nothing(policy, channel, agent):
    ticket = arrive(channel, "02 10:00")
    reply(ticket, agent, "02 10:30")
    before = list(TimerChange.objects.values_list("pk", "step"))
    version = Ticket.objects.get(pk=ticket.pk).version

    for row in Event.objects.filter(ticket_id=ticket.pk, position__isnull=False).order_by("position"):
        if row.kind in {"ticket.opened", "message.received", "message.sent"}:
            count_time(row, parse_event(row))

    assert list(TimerChange.objects.values_list("pk", "step")) == before
    assert Ticket.objects.get(pk=ticket.pk).version == version


def test_a_changed_policy_and_calendar_count_what_runs_anew(policy, channel):
    ticket = arrive(channel, "02 10:00")
    PolicyTarget.objects.filter(target="resolution").update(minutes=60)
    policy.calendar.week = ["10:00-18:00"] * 7
    policy.calendar.save()
    with time_machine.travel(at("02 10:10"), tick=False):
        ask_recount()
        while recount_some():
            pass

    assert timer(ticket, "resolution").due_at == at("02 11:00")
    assert steps(ticket, "resolution") == ["started", "recounted"]


def test_without_a_policy_nothing_is_promised(channel):
    run_all()
    ticket = arrive(channel, "02 10:00")

    assert not Timer.objects.exists()
    assert (ticket.next_due_at, ticket.sla_state) == (None, "")
    assert not Policy.objects.exists()


def test_a_ticket_of_our_own_owes_no_reply(policy, channel):
    ticket = do("02 10:00", lifecycle.open_ticket, subject="Check the stock", by=SYSTEM)

    assert [row.target for row in Timer.objects.filter(ticket=ticket)] == ["resolution"]
