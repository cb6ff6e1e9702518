"""Chats side by side, handed on, watched, whispered on, joined and taken over; and what a visitor hears of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import Role, Team, User, Vendor
from apps.core.actor import Actor, person
from apps.core.errors import AppError, InvalidInput, NotVisible, PermissionRefused
from apps.core.models import AuditEntry, Event
from apps.livechat.selectors.running import floor_chats, own_chats
from apps.livechat.services import supervising
from apps.tickets.models import Message, ReadMark, Ticket
from apps.tickets.services import assignment
from apps.tickets.services.helping import add_helper
from tests.factories.accounts import UserFactory
from tests.livechat.conftest import Chat

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
PLANTED = "quoxwhispervex"
Acting = Callable[[User], Actor]


@pytest.fixture
def vendor_supervisor(vendor: Vendor, vendor_team: Team) -> User:
    role = Role.objects.get(key="vendor_agent") if Role.objects.filter(key="vendor_agent").exists() else None
    codes = [*(role.permissions if role else []), "routing.supervise", "tickets.assign_others"]
    lead = Role.objects.create(key="vendor_lead", name={"en": "Lead"}, permissions=codes, is_outsourced=True)
    return UserFactory(username="lena", display_name="Lena", role=lead, vendor=vendor, teams=[vendor_team])


def hold(ticket: Ticket, user: User) -> None:
    assignment.claim_ticket(ticket=ticket, by=person(user))


def test_one_reads_of_ones_own_chats_alone(
    ticket: Ticket, chat: Chat, acting: Acting, agent: User, teammate: User
) -> None:
    hold(ticket, agent)
    assert own_chats(acting(teammate)) == []
    [row] = own_chats(acting(agent))
    assert (row.ticket.number, row.is_open, row.unread, row.whisper) == (ticket.number, True, 1, 0)
    add_helper(ticket=ticket, user=teammate, by=acting(agent))
    assert [row.ticket.number for row in own_chats(acting(teammate))] == [ticket.number]
    chat.command("ending")
    assert [row.is_open for row in own_chats(acting(agent))] == [False]


def test_watching_is_audited_and_leaves_no_trace(ticket: Ticket, chat: Chat, agent: User, supervisor: User) -> None:
    hold(ticket, agent)
    before = (Event.objects.count(), Ticket.objects.get().version, chat.get("session", chat.guest).json())
    desk = Client(headers={"Accept-Language": "en"})
    desk.force_login(supervisor)

    assert f"/desk/chats/{ticket.number}/" in desk.get("/desk/chats/").content.decode()
    page = desk.get(f"/desk/chats/{ticket.number}/").content.decode()
    assert "Watching" in page
    assert '"claim"' not in page  # taking it over is said with a reason, and not in passing
    desk.get(f"/desk/chats/{ticket.number}/", headers={"HX-Request": "true"})

    assert "You are watching, unseen." in page
    assert 'data-behavior="composer"' not in page
    assert [row.actor_user_id for row in AuditEntry.objects.filter(action="chat.watch")] == [supervisor.pk]
    assert not ReadMark.objects.filter(user=supervisor).exists()
    assert (Event.objects.count(), Ticket.objects.get().version, chat.get("session", chat.guest).json()) == before


def test_the_agent_sees_the_whisper_on_top_until_they_answer(
    ticket: Ticket, acting: Acting, agent: User, teammate: User, supervisor: User
) -> None:
    hold(ticket, agent)
    note = supervising.whisper_to_agent(ticket=ticket, by=acting(supervisor), text=PLANTED)
    desk, other = Client(), Client()
    desk.force_login(agent)
    other.force_login(teammate)

    assert own_chats(acting(agent))[0].whisper == note.sequence
    address = f"/desk/tickets/{ticket.number}/"
    assert "data-whispered" in desk.get(address).content.decode()
    assert "data-whispered" not in other.get(address).content.decode()
    assert desk.post(f"{address}replies/", {"html": "<p>Of course.</p>"}).status_code == 302
    assert "data-whispered" not in desk.get(address).content.decode()
    assert own_chats(acting(agent))[0].whisper == 0


def test_a_takeover_is_at_once_and_says_why(
    ticket: Ticket, chat: Chat, acting: Acting, agent: User, supervisor: User
) -> None:
    hold(ticket, agent)
    before = Event.objects.count()
    with pytest.raises(InvalidInput):
        supervising.take_over_chat(ticket=ticket, by=acting(supervisor), why=" ")
    assert Event.objects.count() == before

    supervising.take_over_chat(ticket=ticket, by=acting(supervisor), why="Angry customer")

    ticket.refresh_from_db()
    assert ticket.assignee == supervisor
    event = Event.objects.get(kind="ticket.transferred")
    assert (event.payload["reason"], event.payload["old_user_id"]) == ("taken_over", agent.pk)
    assert Message.objects.get(notice="whisper").text == "Angry customer"
    assert "Angry" not in chat.get("messages", chat.guest).content.decode()


ACTS: dict[str, Callable[[Ticket, Actor], object]] = {
    "watch": lambda ticket, by: supervising.watch_chat(ticket=ticket, by=by),
    "whisper": lambda ticket, by: supervising.whisper_to_agent(ticket=ticket, by=by, text=PLANTED),
    "join": lambda ticket, by: supervising.join_chat(ticket=ticket, by=by),
    "take over": lambda ticket, by: supervising.take_over_chat(ticket=ticket, by=by, why=PLANTED),
}


def test_each_looks_after_their_own_floor(
    ticket: Ticket, acting: Acting, agent: User, outsourcing_agent: User, vendor_supervisor: User, supervisor: User
) -> None:
    """A vendor's supervisor sees the queue, and still nothing of what the house does in it."""
    hold(ticket, agent)
    before = (Event.objects.count(), Message.objects.count(), AuditEntry.objects.count(), Ticket.objects.get().version)
    refusals: list[tuple[User, type[AppError]]] = [(agent, PermissionRefused), (vendor_supervisor, NotVisible)]
    for user, refusal in refusals:
        for act in ACTS.values():
            with pytest.raises(refusal):
                act(ticket, acting(user))
    assert floor_chats(acting(vendor_supervisor)) == []
    after = (Event.objects.count(), Message.objects.count(), AuditEntry.objects.count(), Ticket.objects.get().version)
    assert after == before

    assignment.assign_ticket(ticket=ticket, to=outsourcing_agent, by=acting(supervisor))
    for user in (vendor_supervisor, supervisor):
        assert [row.ticket.assignee_id for row in floor_chats(acting(user))] == [outsourcing_agent.pk]
    supervising.whisper_to_agent(ticket=ticket, by=acting(vendor_supervisor), text=PLANTED)
    supervising.take_over_chat(ticket=ticket, by=acting(vendor_supervisor), why=PLANTED)
    assert Ticket.objects.get().assignee == vendor_supervisor


def test_the_dialogs_hand_on_and_call(
    ticket: Ticket, agent: User, teammate: User, stranger: User, outsourcing_agent: User
) -> None:
    hold(ticket, agent)
    desk, vendors = Client(headers={"Accept-Language": "en"}), Client(headers={"Accept-Language": "en"})
    desk.force_login(agent)
    vendors.force_login(outsourcing_agent)
    address, hx = f"/desk/tickets/{ticket.number}/", {"HX-Request": "true"}

    offered = desk.get(f"{address}transfer/", headers=hx).content.decode()
    assert offered.index('name="whisper"') < offered.index('name="target"')
    assert f'value="user:{teammate.pk}"' in offered
    assert f'value="user:{stranger.pk}"' not in offered
    assert desk.post(f"{address}transfer/", {"target": "user:0"}, headers=hx).status_code == 422
    assert desk.post(f"{address}helpers/", {"helper": stranger.pk}, headers=hx).status_code == 200
    moved = desk.post(f"{address}transfer/", {"target": f"user:{outsourcing_agent.pk}", "whisper": PLANTED}, headers=hx)
    assert moved.status_code == 200, moved.content
    assert Ticket.objects.get().assignee == outsourcing_agent
    tabs = vendors.get("/desk/chats/own/").content.decode()
    assert f"/desk/tickets/{ticket.number}/" in tabs
    offered = vendors.get(f"{address}transfer/", headers=hx).content.decode()
    assert 'value="house"' in offered
    assert f'value="user:{agent.pk}"' not in offered
    assert vendors.post(f"{address}transfer/", {"target": f"user:{agent.pk}"}, headers=hx).status_code == 422
    assert Ticket.objects.get().assignee == outsourcing_agent
