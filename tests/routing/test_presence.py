"""What people are to the floor, whoever says so: themselves, a supervisor, or a connection that is gone."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.accounts.services.users import deactivate_user
from apps.core.actor import SYSTEM
from apps.core.clock import now
from apps.core.errors import NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.core.sweeps import run_sweeps
from apps.routing.enums import Cause, Presence
from apps.routing.errors import NoSuchState, ReasonMissing
from apps.routing.models import AgentState, AgentStateChange, BreakReason, DeskConnection
from apps.routing.selectors.capacity import loads_of
from apps.routing.services import connections
from apps.routing.services.states import set_state
from apps.tickets.enums import AssignmentState, Status, WorkKind
from apps.tickets.models import Assignment
from apps.tickets.services import assignment, offers
from tests.channels.conftest import in_parallel
from tests.factories.accounts import UserFactory
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import InteractionFactory, TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]
ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def state_of(user: User) -> str:
    return AgentState.objects.get(user=user).state


def grace_is_over(user: User) -> None:
    AgentState.objects.filter(user=user).update(leaves_at=Now() - timedelta(seconds=1))
    run_sweeps("routing.connections")


def test_a_change_is_a_row_a_line_of_the_log_and_an_event(acting, agent):
    meal = BreakReason.objects.get(key="meal")
    set_state(user=agent, state="available", by=acting(agent))
    set_state(user=agent, state="break", reason=meal, by=acting(agent))
    set_state(user=agent, state="break", reason=meal, by=acting(agent))

    row = AgentState.objects.get(user=agent)
    assert (row.state, row.reason, row.forced_by) == (Presence.BREAK, meal, None)
    log = AgentStateChange.objects.order_by("pk").values_list("state", "reason__key", "cause", "by__username")
    assert list(log) == [("available", None, "self", "alice"), ("break", "meal", "self", "alice")]
    last = Event.objects.filter(kind="agent.state_changed").order_by("ordinal").last()
    assert last.payload == {
        "user_id": agent.pk, "state": "break", "previous": "available", "reason": "meal", "cause": "self",
    }  # fmt: skip


def test_supervisors_set_others_with_a_reason_that_is_kept(acting, agent, supervisor):
    for nothing in ("", " ", "\u200b\u2060 \u3164"):
        with pytest.raises(ReasonMissing):
            set_state(user=agent, state="busy", by=acting(supervisor), why=nothing)
    assert not AgentState.objects.exists()
    set_state(user=agent, state="busy", by=acting(supervisor), why="Helps at the counter")

    assert AgentState.objects.get(user=agent).forced_by == supervisor
    assert AgentStateChange.objects.get().cause == Cause.FORCED
    entry = AuditEntry.objects.get(action="agent.state_forced")
    assert (entry.subject_id, entry.reason, entry.actor_user_id) == (agent.pk, "Helps at the counter", supervisor.pk)


def test_nobody_else_sets_or_knows_states(acting, cast, agent, outsourcing_agent, vendor):
    def refused(by, user, error):
        with pytest.raises(error):
            set_state(user=user, state="busy", by=acting(by), why="because")

    refused(cast["teammate"], agent, PermissionRefused)
    refused(outsourcing_agent, agent, NotVisible)
    lead = UserFactory(username="lena", role="vendor_agent", vendor=vendor)
    lead.role.permissions = [*lead.role.permissions, "routing.supervise"]
    lead.role.save()
    refused(lead, agent, NotVisible)
    with pytest.raises(NoSuchState):
        set_state(user=agent, state="asleep", by=acting(agent))
    assert not AgentState.objects.exists()
    assert not AuditEntry.objects.filter(action="agent.state_forced").exists()

    set_state(user=agent, state="available", by=acting(agent))
    set_state(user=outsourcing_agent, state="busy", by=acting(lead), why="because")
    sees = {
        user.username: set(AgentState.objects.visible_to(acting(user)).values_list("user__username", flat=True))
        for user in (*cast.values(), lead)
    }
    both = {"alice", "oliver"}
    assert sees == {
        "alice": {"alice"}, "tom": set(), "susan": both, "mary": both, "oliver": {"oliver"}, "steve": set(),
        "lena": {"oliver"},
    }  # fmt: skip


def test_the_last_desk_that_closes_starts_the_grace_and_coming_back_ends_it(acting, agent):
    first = connections.open_connection(user_id=agent.pk, process=ONE)
    second = connections.open_connection(user_id=agent.pk, process=OTHER)
    set_state(user=agent, state="available", by=acting(agent))
    connections.close_connection(first)
    assert AgentState.objects.get(user=agent).leaves_at is None
    connections.close_connection(second)
    assert AgentState.objects.get(user=agent).leaves_at is not None
    connections.open_connection(user_id=agent.pk, process=ONE)

    assert AgentState.objects.get(user=agent).leaves_at is None
    assert state_of(agent) == Presence.AVAILABLE
    assert AgentStateChange.objects.count() == 1


def test_a_process_that_died_takes_its_desks_with_it(acting, agent, teammate):
    connections.open_connection(user_id=agent.pk, process=ONE)
    kept = connections.open_connection(user_id=teammate.pk, process=OTHER)
    for user in (agent, teammate):
        set_state(user=user, state="available", by=acting(user))
    DeskConnection.objects.update(expires=Now() - timedelta(seconds=1))
    connections.keep_open(OTHER, {kept: teammate.pk})
    run_sweeps("routing.connections")
    assert DeskConnection.objects.get().user == teammate
    DeskConnection.objects.all().delete()  # as if the database had been away for longer than the lease
    connections.close_connection(kept)
    AgentState.objects.update(leaves_at=Now() - timedelta(seconds=1))
    connections.keep_open(OTHER, {kept: teammate.pk})
    run_sweeps("routing.connections")

    assert (state_of(agent), state_of(teammate)) == (Presence.OFFLINE, Presence.AVAILABLE)
    assert AgentStateChange.objects.filter(user=agent).order_by("pk").last().cause == Cause.CONNECTION_LOST


def test_whoever_is_gone_keeps_mails_and_gives_back_what_is_live(acting, agent, queue, channel):
    mail, chat, offered = (TicketFactory(queue=queue, channel=channel) for _ in range(3))
    set_state(user=agent, state="available", by=acting(agent))
    for ticket in (mail, chat):
        assignment.claim_ticket(ticket=ticket, by=acting(agent))
    Assignment.objects.filter(ticket=chat).update(work_kind=WorkKind.CHAT)
    offers.offer_ticket(ticket=offered, to=agent, seconds=600)
    connections.close_connection(connections.open_connection(user_id=agent.pk, process=ONE))
    assert Assignment.objects.filter(ended_at=None).count() == 3
    grace_is_over(agent)

    held = {ticket.pk: ticket.assignee_id for ticket in (mail, chat, offered) if not ticket.refresh_from_db()}
    assert held == {mail.pk: agent.pk, chat.pk: None, offered.pk: None}
    assert Assignment.objects.get(ticket=offered).state == AssignmentState.WITHDRAWN
    assert Event.objects.get(kind="routing.freed").payload["reason"] == "connection_lost"


def test_a_chat_that_has_ended_takes_no_chats_part_and_is_kept(acting, agent, queue):
    window = ChannelFactory(kind="chat")
    set_state(user=agent, state="available", by=acting(agent))
    over, mixed, merged = (TicketFactory(queue=queue, channel=window) for _ in range(3))
    merged_away = TicketFactory(queue=queue, channel=window, merged_into=merged)
    for ticket in (over, mixed, merged):
        assignment.claim_ticket(ticket=ticket, by=acting(agent))
        InteractionFactory(ticket=ticket, channel=window, state="closed", ended_at=now())
    assert loads_of([agent.pk]) == {agent.pk: {WorkKind.TICKET: 3}}
    for ticket in (mixed, merged_away):
        InteractionFactory(ticket=ticket, channel=window)
    assert loads_of([agent.pk]) == {agent.pk: {WorkKind.TICKET: 1, WorkKind.CHAT: 2}}

    connections.close_connection(connections.open_connection(user_id=agent.pk, process=ONE))
    grace_is_over(agent)

    held = {ticket.pk: ticket.assignee_id for ticket in (over, mixed, merged) if not ticket.refresh_from_db()}
    assert held == {over.pk: agent.pk, mixed.pk: None, merged.pk: None}


def test_an_account_that_is_switched_off_gives_everything_back(acting, agent, queue, channel):
    open_one, done = (TicketFactory(queue=queue, channel=channel) for _ in range(2))
    offered = TicketFactory(queue=queue, channel=channel)
    set_state(user=agent, state="available", by=acting(agent))
    for ticket in (open_one, done):
        assignment.claim_ticket(ticket=ticket, by=acting(agent))
    done.refresh_from_db()
    done.status = Status.RESOLVED
    done.save_versioned(update_fields=["status"])
    offers.offer_ticket(ticket=offered, to=agent, seconds=600)
    deactivate_user(user=agent, by=SYSTEM)
    run_sweeps("core.events", "routing.deactivated")

    held = [ticket.assignee_id for ticket in (open_one, done, offered) if not ticket.refresh_from_db()]
    assert held == [None, agent.pk, None]
    assert state_of(agent) == Presence.OFFLINE
    assert Event.objects.get(kind="routing.freed").payload["reason"] == "deactivated"
    assert not Assignment.objects.filter(user=agent, state=AssignmentState.OFFERED).exists()


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_once_leave_one_state_and_a_whole_log(agent, acting):
    states = ["available", "busy", "training", "after_work"]
    in_parallel(4, lambda number: set_state(user=agent, state=states[number], by=acting(agent)))

    log = list(AgentStateChange.objects.order_by("pk"))
    assert sorted(change.state for change in log) == sorted(states)
    assert state_of(agent) == log[-1].state
