"""While nobody is there: the place in the line, the way out of it, and what is read when somebody comes and goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from apps.accounts.models import AgentSkill, Skill, Team, User
from apps.channels.connectors.protocol.looking import Answer, Question, look
from apps.core.actor import SYSTEM, person
from apps.core.clock import now
from apps.customers.models import Identity
from apps.livechat.models import ChatSession
from apps.livechat.selectors.line import estimate
from apps.livechat.services import holders, line, sessions
from apps.routing.models import AgentState, CapacityRule, DeskConnection, QueueSkill, RoutingQueue
from apps.routing.services import connections
from apps.routing.services.handing_out import hand_out
from apps.routing.services.states import set_state
from apps.sla.models import FollowUp
from apps.sla.selectors.contact_options import Estimate
from apps.tickets.enums import AssignmentState, InteractionState, Priority
from apps.tickets.models import Assignment, IntakeRule, Interaction, Message, Ticket
from apps.tickets.services import offers
from apps.tickets.services.assignment import claim_ticket
from apps.tickets.services.reading import mark_read
from tests.factories.tickets import TicketFactory, grant
from tests.livechat.conftest import Chat
from tests.livechat.test_sessions import configure
from tests.livechat.test_widget import frame

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
CONTACT = "li@example.com"


@pytest.fixture
def routing(chat: Chat, team: Team) -> RoutingQueue:
    """The queue of the chat hands out its work to the team."""
    queue = IntakeRule.objects.get(channel=chat.channel).queue
    grant(team, queue)
    return RoutingQueue.objects.create(queue=queue, is_automatic=True)


def come(*users: User) -> None:
    """They are there, the first one for the longest time."""
    for number, user in enumerate(users):
        set_state(user=user, state="available", by=person(user))
        AgentState.objects.filter(user=user).update(since=now() - timedelta(minutes=60 - number))


def worked(routing: RoutingQueue, user: User, *, seconds: int, pieces: int = 5) -> None:
    """Chats that took so long."""
    ended = now() - timedelta(hours=1)
    for _piece in range(pieces):
        Assignment.objects.create(
            ticket=TicketFactory.create(queue=routing.queue),
            user=user,
            state=AssignmentState.FINISHED,
            work_kind="chat",
            started_at=ended - timedelta(seconds=seconds),
            ended_at=ended,
        )


def offer() -> Assignment:
    hand_out()
    return Assignment.objects.select_related("user").get(state=AssignmentState.OFFERED)


# --- The line ---------------------------------------------------------------------------------------------------------


def test_visitors_are_told_their_place_and_how_long_it_may_take(chat: Chat, routing: RoutingQueue, agent: User) -> None:
    other = chat.neighbour()
    chat.write("hello", "a")
    assert chat.standing() == {"state": "waiting", "place": None, "minutes": None, "may_leave": False}
    other.write("it burns", "a")
    chat.arrive()
    _hello, urgent = Ticket.objects.order_by("pk")
    Ticket.objects.filter(pk=urgent.pk).update(priority=Priority.URGENT)
    CapacityRule.objects.create(kind="chat", at_most=1)
    worked(routing, agent, seconds=60)
    held = TicketFactory.create(queue=routing.queue)
    Assignment.objects.create(
        ticket=held, user=agent, state=AssignmentState.ACCEPTED, work_kind="chat", started_at=now()
    )
    come(agent)

    assert line.look() == 2
    assert line.look() == 0
    assert other.standing() == {"state": "waiting", "place": 1, "minutes": 1, "may_leave": False}
    assert chat.standing() == {"state": "waiting", "place": 2, "minutes": 2, "may_leave": True}

    claim_ticket(ticket=urgent, by=person(agent))
    AgentState.objects.update(state="break")
    assert line.look() == 2
    assert other.standing() == {"state": "served", "agent": "Alice Agent"}
    assert chat.standing() == {"state": "waiting", "place": 1, "minutes": None, "may_leave": False}


def test_who_has_not_chosen_a_channel_yet_is_told_of_the_line(chat: Chat, routing: RoutingQueue, agent: User) -> None:
    """Behind the one who waits; and nothing where the line tells nothing, so that past answers count."""
    worked(routing, agent, seconds=90)
    chat.write("hello", "a")
    chat.arrive()
    assert estimate(chat.channel) is None
    CapacityRule.objects.create(kind="chat", at_most=1)
    come(agent)

    assert estimate(chat.channel) == Estimate(2)
    configure(chat, most_waiting=1)
    assert estimate(chat.channel) is None


def test_outside_of_routing_nobody_is_told_a_place(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.arrive()

    assert line.look() == 0
    assert chat.standing()["place"] is None


# --- Who is there -----------------------------------------------------------------------------------------------------


def test_a_chat_goes_to_who_can_take_it_and_on_when_they_are_gone(
    chat: Chat, routing: RoutingQueue, agent: User, teammate: User, supervisor: User
) -> None:
    """Not to who lacks the skill, on from who does not answer, and back into the line from who lost the connection."""
    skill = Skill.objects.create(key="refunds", name={"en": "Refunds"})
    QueueSkill.objects.create(routing=routing, skill=skill, level=3)
    for user, level in ((agent, 3), (teammate, 4), (supervisor, 1)):
        AgentSkill.objects.create(user=user, skill=skill, level=level)
    come(supervisor, agent, teammate)
    chat.write("hello", "a")
    chat.arrive()

    assert offer().user == agent
    assert chat.standing()["state"] == "waiting"
    Assignment.objects.update(expires_at=now() - timedelta(seconds=1))
    offers.expire_offers()
    asked = offer()
    assert asked.user == teammate
    for _browser in range(2):
        offers.accept_offer(offer=asked, by=person(teammate))
    chat.arrive()
    assert chat.log() == ["hello", "<chat.here>"]
    assert chat.standing() == {"state": "served", "agent": "Tom Teammate"}

    chat.write("are you there?", "b")
    AgentState.objects.filter(user=teammate).update(leaves_at=now() - timedelta(seconds=1))
    connections.send_away()
    chat.arrive()
    assert chat.log() == ["hello", "<chat.here>", "are you there?", "<chat.sought>"]
    assert chat.standing()["state"] == "waiting"
    # Who let it pass is not asked again at once.
    Assignment.objects.filter(user=agent).update(ended_at=now() - timedelta(minutes=1))
    offers.accept_offer(offer=offer(), by=person(agent))
    chat.arrive()
    assert chat.log()[-1] == "<chat.here>"
    assert chat.standing()["agent"] == "Alice Agent"
    assert Message.objects.filter(kind="customer", ticket=Ticket.objects.get()).count() == 2


def test_how_many_visits_stand_takes_the_statements_of_one(
    chat: Chat, routing: RoutingQueue, agent: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    come(agent)
    visitors = [chat, chat.neighbour(), chat.neighbour(), chat.neighbour()]
    for visitor in visitors[:3]:
        visitor.write("hello", "a")
        chat.arrive()
    offers.accept_offer(offer=offer(), by=person(agent))
    assert visitors[1].command("ending").status_code == 200
    questions = [Question(chat.channel.key, visitor.guest, after=1) for visitor in visitors]

    with django_assert_max_num_queries(5):
        one = look(questions[:1])
    with django_assert_max_num_queries(5):
        found = look(questions)

    stands = [answer.progress["chat"] for answer in found if isinstance(answer, Answer)]
    assert [(stand or {}).get("state") for stand in stands] == ["served", None, "waiting", None]
    assert (found[0].progress, found[0].news.messages) == (one[0].progress, one[0].news.messages)


def test_one_of_two_browsers_of_an_agent_may_be_gone(chat: Chat, routing: RoutingQueue, agent: User) -> None:
    come(agent)
    chat.write("hello", "a")
    chat.arrive()
    offers.accept_offer(offer=offer(), by=person(agent))
    process = uuid4()
    first, second = (connections.open_connection(user_id=agent.pk, process=process) for _browser in range(2))

    connections.close_connection(first)
    connections.send_away()
    assert AgentState.objects.get(user=agent).leaves_at is None
    connections.close_connection(second)
    connections.send_away()  # the grace is not over yet
    assert Ticket.objects.get().assignee == agent
    AgentState.objects.update(leaves_at=now() - timedelta(seconds=1))
    connections.send_away()

    assert Ticket.objects.get().assignee is None
    assert not DeskConnection.objects.exists()


def test_names_are_told_where_a_manager_lets_and_each_event_once(chat: Chat, agent: User) -> None:
    configure(chat, names_agents=False)
    chat.write("hello", "a")
    chat.arrive()
    ticket = Ticket.objects.get()

    for _time in range(2):
        holders.tell_here(ticket.pk, agent.pk, at=now(), key="1")
        holders.tell_sought(ticket.pk, key="2")

    lines = chat.get("messages", chat.guest).json()["messages"]
    assert [(each.get("event", ""), each["name"]) for each in lines] == [
        ("", ""),
        ("chat.here", ""),
        ("chat.sought", ""),
    ]


def test_who_answers_at_once_is_not_announced_afterwards(chat: Chat, manager: User) -> None:
    chat.write("hello", "a")
    chat.arrive()
    claim_ticket(ticket=Ticket.objects.get(), by=person(manager))
    chat.answer("How can I help?")
    chat.arrive()

    assert chat.log() == ["hello", "How can I help?"]


# --- The way out ------------------------------------------------------------------------------------------------------


def test_who_does_not_want_to_wait_leaves_a_message(chat: Chat) -> None:
    """The ticket stays as old as the waiting; the same again changes nothing; who comes back goes on with it."""
    chat.write("hello", "a")
    chat.arrive()
    before, since = chat.all_counts(), Ticket.objects.get().waiting_since
    for wrong in ({}, {"email": "no address"}):
        refused = chat.write("write to me", "b", leave=True, **wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "livechat.form_incomplete")
    assert chat.all_counts() == before

    answers = [chat.write("write to me", "b", leave=True, email=CONTACT).json() for _time in range(2)]
    chat.arrive()

    assert answers[0] == answers[1]
    assert chat.log() == ["hello", "write to me", "<chat.ended>"]
    assert chat.get("messages", chat.guest).json()["messages"][2]["reason"] == "left"
    assert chat.standing() is None
    ticket, session = Ticket.objects.get(), ChatSession.objects.get()
    assert (ticket.status, ticket.waiting_since, ticket.message_count) == ("new", since, 3)
    assert (session.ended_by, Interaction.objects.get().state) == ("left", InteractionState.CLOSED)
    assert [(row.due_at, row.done_at) for row in FollowUp.objects.all()] == [(session.created, None)]
    assert Identity.objects.get(customer=ticket.customer, kind="email").value == CONTACT
    chat.write("me again", "c")
    chat.arrive()
    assert (Ticket.objects.count(), ChatSession.objects.count(), FollowUp.objects.count()) == (1, 2, 1)


def test_whom_somebody_has_taken_meanwhile_need_not_leave(chat: Chat, manager: User) -> None:
    chat.write("hello", "a")
    chat.arrive()
    claim_ticket(ticket=Ticket.objects.get(), by=person(manager))

    assert chat.write("write to me", "b", leave=True, email=CONTACT).status_code == 200
    chat.arrive()

    assert ChatSession.objects.get().is_open
    assert chat.standing()["state"] == "served"
    assert Identity.objects.filter(kind="email").exists()
    assert not FollowUp.objects.exists()


def test_a_full_line_takes_messages_only(chat: Chat, client: Client, manager: User) -> None:
    configure(chat, most_waiting=1)
    chat.write("hello", "a")
    chat.arrive()
    late = chat.neighbour()
    before = late.all_counts()

    refused = late.write("me too", "a")
    assert [error["field"] for error in refused.json()["errors"]] == ["email"]
    assert late.all_counts() == before
    assert "Everybody is busy" in frame(client).content.decode()
    assert late.write("me too", "a", email=CONTACT).status_code == 200
    late.arrive()
    assert late.standing() is None
    waiting, left = Ticket.objects.order_by("pk")
    since = ChatSession.objects.get(is_away=True).created
    assert [(row.ticket, row.due_at) for row in FollowUp.objects.all()] == [(left, since)]

    claim_ticket(ticket=waiting, by=person(manager))
    assert "Everybody is busy" not in frame(client).content.decode()
    assert chat.neighbour().write("and me", "a").status_code == 200


# --- What comes before its time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_told_first", [True, False], ids=["told-first", "read-first"])
def test_reading_counts_whether_or_not_the_chat_has_heard_of_its_line(
    chat: Chat, manager: User, is_told_first: bool
) -> None:
    chat.write("hello", "a")
    chat.take_in()
    steps: list[Any] = [chat.arrive, lambda: mark_read(ticket=Ticket.objects.get(), by=person(manager))]
    for step in steps if is_told_first else reversed(steps):
        step()

    assert chat.get("messages", chat.guest).json()["seen"] == 1


def test_the_desk_may_end_a_chat_that_has_not_heard_of_its_line(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.take_in()
    sessions.end_of_ticket(Ticket.objects.get().pk, by=SYSTEM)
    chat.arrive()

    assert chat.log() == ["hello", "<chat.ended>"]
    assert Interaction.objects.get().state == InteractionState.CLOSED


def test_a_line_that_is_under_way_at_the_end_stays_in_its_chat(chat: Chat) -> None:
    chat.write("hello", "a")
    chat.arrive()
    chat.write("one more thing", "b")
    chat.command("ending")
    chat.arrive()

    ticket = Ticket.objects.get()
    assert [row.text for row in Message.objects.filter(kind="customer", ticket=ticket).order_by("sequence")] == [
        "hello",
        "one more thing",
    ]
    assert Interaction.objects.get().state == InteractionState.CLOSED


def test_what_is_sent_again_after_the_end_begins_nothing(chat: Chat) -> None:
    first = chat.write("hello", "a").json()
    chat.command("ending")
    before = chat.all_counts()

    assert chat.write("hello", "a").json() == first
    assert chat.write("other words", "a").status_code == 409
    assert chat.all_counts() == before
    assert not ChatSession.objects.get().is_open
