"""What a channel promises, and the work that comes while nobody is there."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation

from apps.channels.models import Delivery
from apps.core.actor import person
from apps.core.errors import InvalidInput, PermissionRefused
from apps.core.events import number_events, run_subscribers
from apps.core.models import AuditEntry
from apps.sla.models import ChannelPolicy, FollowUp
from apps.sla.services.policies import remove_policy, set_policy
from apps.sla.subscribers import follow_up
from apps.tickets.enums import Status
from apps.tickets.models import IntakeRule, Ticket
from apps.tickets.selectors.lists import ListFilters, ticket_list
from apps.tickets.services import lifecycle, messages, spam
from apps.tickets.standards import standard_of
from tests.factories.channels import ChannelFactory, InboundEventFactory
from tests.factories.sla import CalendarFactory
from tests.factories.tickets import QueueFactory, grant, mail, receive

pytestmark = pytest.mark.integration

SHANGHAI = ZoneInfo("Asia/Shanghai")
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, 0, tzinfo=SHANGHAI)
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)
WORDS = {"en": "We are back at ${opens_at}.", "zh-hans": "我们${opens_at}回来。"}


@pytest.fixture
def channel(db, team):
    channel = ChannelFactory(key="support", kind="email", settings={"address": "support@harbour.example"})
    queue = QueueFactory(key="care")
    IntakeRule.objects.create(channel=channel, queue=queue)
    grant(team, queue)
    return channel


@pytest.fixture
def policy(channel, manager):
    calendar = CalendarFactory(key="office", time_zone="Asia/Shanghai", week=["09:00-18:00"] * 5 + ["", ""])
    run_all()  # subscribers that are new begin with what happens from now on
    return set_policy(
        channel=channel, by=person(manager), calendar=calendar, answer_minutes=120, out_of_hours_text=WORDS
    )


def run_all():
    number_events()
    run_subscribers("sla.follow_ups")


def arrive(channel, at, **more) -> Ticket:
    with time_machine.travel(at, tick=False):
        result = receive(channel, mail(**more), InboundEventFactory(channel=channel, received=at))
        run_all()
    return Ticket.objects.get(pk=result.ticket_id)


def due(user) -> list[int]:
    return [row.id for row in ticket_list(person(user), ListFilters(view="due")).rows]


def test_a_channel_promises_an_answer_by_working_time(policy, channel):
    closed = standard_of(channel, FRIDAY_NIGHT)
    with translation.override("zh-hans"):
        assert standard_of(channel, FRIDAY_NIGHT).out_of_hours_text == "我们${opens_at}回来。"
    opened = standard_of(channel, MONDAY_NOON)

    assert (closed.is_open, closed.opens_at, closed.answer_by) == (
        False,
        MONDAY_MORNING,
        MONDAY_MORNING + timedelta(hours=2),
    )
    assert (opened.is_open, opened.answer_by) == (True, MONDAY_NOON + timedelta(hours=2))


def test_a_channel_without_policy_promises_nothing(channel):
    assert standard_of(channel, FRIDAY_NIGHT) is None


def test_a_calendar_without_working_time_promises_nothing(policy, channel, agent):
    policy.calendar.week = [""] * 7
    policy.calendar.save()

    assert standard_of(channel, FRIDAY_NIGHT) is None
    arrive(channel, FRIDAY_NIGHT)
    assert not FollowUp.objects.exists()


def test_what_comes_at_night_is_due_when_work_begins_and_stands_in_the_view(policy, channel, agent, stranger):
    ticket = arrive(channel, FRIDAY_NIGHT)

    assert ticket.next_due_at == MONDAY_MORNING
    assert due(agent) == [ticket.pk]
    assert due(stranger) == []


def test_the_view_holds_one_s_own_and_nobody_s_work_by_what_is_due_first(policy, channel, agent, teammate):
    later = arrive(channel, MONDAY_NOON + timedelta(hours=12), sender="b@example.com", message_id="b@example.com")
    first = arrive(channel, FRIDAY_NIGHT, sender="a@example.com", message_id="a@example.com")
    assert due(agent) == [first.pk, later.pk]

    Ticket.objects.filter(pk=first.pk).update(assignee=teammate)

    assert due(agent) == [later.pk]
    assert due(teammate) == [first.pk, later.pk]


def test_what_comes_during_work_is_no_follow_up(policy, channel, agent):
    ticket = arrive(channel, MONDAY_NOON)

    assert ticket.next_due_at is None
    assert not FollowUp.objects.exists()


def test_a_channel_may_make_none(policy, channel, manager, agent):
    set_policy(channel=channel, by=person(manager), makes_follow_ups=False)

    assert arrive(channel, FRIDAY_NIGHT).next_due_at is None


def test_an_automatic_mail_at_night_is_no_follow_up(policy, channel, agent):
    assert arrive(channel, FRIDAY_NIGHT, is_automatic=True).next_due_at is None


def test_the_answer_ends_it_and_taking_the_answer_back_opens_it_again(policy, channel, agent):
    ticket = arrive(channel, FRIDAY_NIGHT)
    with time_machine.travel(MONDAY_MORNING, tick=False):
        answer = messages.reply(ticket=ticket, by=person(agent), html="<p>Here it is.</p>")
        run_all()
        ticket.refresh_from_db()
        assert (ticket.next_due_at, due(agent)) == (None, [])

        Delivery.objects.update(due_at=MONDAY_NOON)  # the database's clock did not travel
        messages.undo_send(message=answer, by=person(agent))
        run_all()

    ticket.refresh_from_db()
    assert ticket.next_due_at == MONDAY_MORNING
    assert FollowUp.objects.open().count() == 1


@pytest.mark.parametrize("end", ["resolved", "spam"])
def test_a_ticket_that_waits_no_more_ends_it(policy, channel, agent, supervisor, end):
    ticket = arrive(channel, FRIDAY_NIGHT)
    if end == "resolved":
        lifecycle.change_status(ticket=ticket, by=person(supervisor), status=Status.RESOLVED)
    else:
        spam.mark_spam(ticket=ticket, by=person(supervisor))
    run_all()

    ticket.refresh_from_db()
    assert ticket.next_due_at is None
    assert not FollowUp.objects.open().exists()


def test_an_event_that_comes_again_makes_no_second_one(policy, channel, agent):
    from apps.core.events import parse_event
    from apps.core.models import Event

    ticket = arrive(channel, FRIDAY_NIGHT)
    row = Event.objects.get(kind="message.received")
    follow_up(row, parse_event(row))
    FollowUp.objects.update(done_at=MONDAY_MORNING)

    follow_up(row, parse_event(row))

    assert FollowUp.objects.filter(ticket=ticket).count() == 1
    assert not FollowUp.objects.open().exists()


def test_a_second_message_of_the_night_shares_the_first_one_s(policy, channel, agent):
    ticket = arrive(channel, FRIDAY_NIGHT, message_id="one@example.com")
    arrive(channel, FRIDAY_NIGHT + timedelta(hours=1), message_id="two@example.com", answers=("one@example.com",))

    assert FollowUp.objects.count() == 1
    assert due(agent) == [ticket.pk]


@pytest.mark.parametrize("user", ["agent", "supervisor", "outsourcing_agent"])
def test_only_who_configures_channels_sets_or_removes_a_policy(policy, channel, user, request):
    by = person(request.getfixturevalue(user))

    with pytest.raises(PermissionRefused):
        set_policy(channel=channel, by=by, answer_minutes=5)
    with pytest.raises(PermissionRefused):
        remove_policy(policy=policy, by=by)

    assert ChannelPolicy.objects.get().answer_minutes == 120


def test_changes_are_in_the_audit_trail(policy, channel, manager):
    set_policy(channel=channel, by=person(manager), answer_minutes=30)
    set_policy(channel=channel, by=person(manager), answer_minutes=30)
    remove_policy(policy=policy, by=person(manager))

    changes = list(AuditEntry.objects.filter(action="sla.policy.set").order_by("pk"))
    assert changes[-1].details == {"channel": "support", "answer_minutes": [120, 30]}
    assert len(changes) == 2
    assert AuditEntry.objects.filter(action="sla.policy.removed").count() == 1


@pytest.mark.parametrize("minutes", [0, 30 * 24 * 60 + 1])
def test_a_promise_outside_of_reason_is_refused(policy, channel, manager, minutes):
    with pytest.raises(InvalidInput) as refused:
        set_policy(channel=channel, by=person(manager), answer_minutes=minutes)

    assert set(refused.value.fields) == {"answer_minutes"}
    assert ChannelPolicy.objects.get().answer_minutes == 120


def test_a_calendar_that_is_switched_off_is_refused(policy, channel, manager):
    off = CalendarFactory(key="old", is_active=False)

    with pytest.raises(InvalidInput):
        set_policy(channel=channel, by=person(manager), calendar=off)

    assert ChannelPolicy.objects.get().calendar_id == policy.calendar_id


def acknowledged(channel, at, **more) -> str:
    IntakeRule.objects.update(acknowledge=True)
    ticket = arrive(channel, at, **more)
    return ticket.messages.get(notice="acknowledgement").text


def test_the_acknowledgement_says_until_when_an_answer_comes(policy, channel):
    assert "by Monday, November 23, 14:00 (UTC+08:00)" in acknowledged(channel, MONDAY_NOON)


@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "We are back at ", "."), ("zh-hans", "我们", "回来。")]
)
def test_outside_working_hours_it_says_what_the_manager_wrote_for_them(policy, channel, language, before, after):
    text = acknowledged(channel, FRIDAY_NIGHT, language=language)

    assert text.startswith(before)
    assert text.endswith(f"09:00 (UTC+08:00){after}")


def test_without_words_for_the_night_it_promises_the_time_all_the_same(policy, channel, manager):
    set_policy(channel=channel, by=person(manager), out_of_hours_text={})

    assert "by Monday, November 23, 11:00 (UTC+08:00)" in acknowledged(channel, FRIDAY_NIGHT)
