"""What a visitor reads of what the desk does among itself: who comes and goes, and not a word of what is said."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from apps.accounts.models import User
from apps.core.actor import person
from apps.core.sweeps import run_sweeps
from apps.livechat.services import supervising
from apps.tickets.models import Message, Ticket
from apps.tickets.services.helping import remove_helper
from apps.tickets.services.transferring import Target, transfer_ticket
from tests.channels.connectors.app.test_socket import Phone, run
from tests.livechat.conftest import Chat
from tests.livechat.test_supervising import PLANTED, Acting, hold

pytestmark = [pytest.mark.integration, pytest.mark.django_db]
NEW = {"chat.transferred", "chat.joined", "chat.left"}


def events_told(chat: Chat) -> list[tuple[str, str]]:
    run_sweeps("core.events")
    told = chat.get("messages", chat.guest).json()["messages"]
    return [(line["event"], line["name"]) for line in told if line.get("event") in NEW]


def everything_told(chat: Chat) -> str:
    return chat.get("messages", chat.guest).content.decode() + chat.get("session", chat.guest).content.decode()


def test_a_visitor_reads_who_comes_and_nothing_of_what_is_said(
    ticket: Ticket,
    chat: Chat,
    acting: Acting,
    agent: User,
    teammate: User,
    supervisor: User,
    outsourcing_agent: User,
) -> None:
    hold(ticket, outsourcing_agent)
    transfer_ticket(ticket=ticket, to=Target(is_house=True), by=acting(outsourcing_agent), whisper=PLANTED)
    hold(ticket, agent)
    transfer_ticket(ticket=ticket, to=Target(user=teammate), by=acting(agent), whisper=PLANTED)
    supervising.whisper_to_agent(ticket=ticket, by=acting(supervisor), text=PLANTED)
    supervising.join_chat(ticket=ticket, by=acting(supervisor))
    remove_helper(ticket=ticket, by=acting(supervisor))
    supervising.take_over_chat(ticket=ticket, by=acting(supervisor), why=PLANTED)

    assert Message.objects.filter(notice="whisper").count() == 4
    told = events_told(chat)
    assert set(told) == {
        ("chat.transferred", ""),
        ("chat.transferred", "Tom Teammate"),
        ("chat.joined", "Susan Supervisor"),
        ("chat.left", "Susan Supervisor"),
        ("chat.transferred", "Susan Supervisor"),
    }
    assert len(told) == 5
    run_sweeps("core.events")
    assert events_told(chat) == told
    known = everything_told(chat)
    assert "hello" in known
    for secret in (PLANTED, "brightline", "Brightline", str(ticket.queue)):
        assert secret not in known


@pytest.mark.django_db(transaction=True)
def test_a_whisper_never_comes_over_the_visitors_socket(
    ticket: Ticket,
    chat: Chat,
    agent: User,
    supervisor: User,
) -> None:
    hold(ticket, agent)

    async def story() -> list[str]:
        page = Phone(chat)
        await page.sign_in(chat.guest)
        await sync_to_async(supervising.whisper_to_agent)(ticket=ticket, by=person(supervisor), text=PLANTED)
        await sync_to_async(supervising.join_chat)(ticket=ticket, by=person(supervisor))
        await sync_to_async(run_sweeps)("core.events")
        heard = []
        while not heard or heard[-1].get("event") != "chat.joined":
            heard.append(await page.until("message.created"))
        await page.hang_up()
        return [str(line) for line in heard]

    heard: list[list[str]] = []

    async def keep() -> None:
        heard.append(await story())

    run(keep)
    assert "Susan Supervisor" in "".join(heard[0])
    assert PLANTED not in "".join(heard[0])
