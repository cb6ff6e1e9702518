"""A chat on the desk: what stands beside its lines, and who may end it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import User
from apps.channels.connectors.protocol.tokens import guest_name
from apps.channels.services import outbox
from apps.core.actor import person
from apps.livechat.models import ChatSession
from apps.livechat.services import typing
from apps.tickets.errors import UndoTooLate
from apps.tickets.models import Message, Ticket
from apps.tickets.services import messages
from tests.channels.connectors.app.conftest import SECRET
from tests.livechat.conftest import Chat
from tests.support.api import Api, token_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def browser(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def ticket(chat: Chat) -> Ticket:
    page = {"url": "https://shop.example.com/13800138000/", "title": "Order of 13800138000", "utm_source": "mail"}
    chat.write("hello", "a", **page)
    chat.arrive()
    return Ticket.objects.get()


def test_the_page_of_the_visitor_stands_beside_the_chat(ticket: Ticket, manager: User) -> None:
    desk = browser(manager)

    shown = desk.get(f"/desk/tickets/{ticket.number}/").content.decode()
    assert "Order of 13800138000" in shown
    assert f'data-url="/desk/tickets/{ticket.number}/chat/"' in shown
    assert "typing" not in desk.get(f"/desk/tickets/{ticket.number}/chat/").content.decode()
    typing.visitor_types(ChatSession.objects.get().conversation)
    assert "The visitor is typing" in desk.get(f"/desk/tickets/{ticket.number}/chat/").content.decode()


def test_what_a_visitor_proves_themselves_with_is_shown_to_nobody(ticket: Ticket, chat: Chat, manager: User) -> None:
    """Bad input 80: neither the token nor what the channel signs with; the visitor's answers bring no other visitor's."""
    desk, program = browser(manager), Api(token_of(manager))
    told = [
        desk.get(address).content for address in (f"/desk/tickets/{ticket.number}/", "/desk/customers/", "/desk/chats/")
    ]
    told += [
        program.get(address).content
        for address in ("events/", "customers/", "interactions/", "channels/", f"tickets/{ticket.number}/messages/")
    ]
    other = chat.neighbour()
    told.append(chat.get("messages", other.guest).content)
    # Long enough to be found by, whatever is in front of them.
    wanted = [chat.guest[-20:].encode(), SECRET.encode()]
    assert not [answer for answer in told for secret in wanted if secret in answer]
    assert chat.get("messages", chat.guest).json()["messages"]


def test_a_guest_has_a_word_instead_of_the_id_of_our_making(ticket: Ticket, chat: Chat, manager: User) -> None:
    desk = browser(manager)

    pages = [desk.get(address).content.decode() for address in (f"/desk/tickets/{ticket.number}/", "/desk/customers/")]

    name = guest_name(chat.handle)
    assert re.fullmatch(r"Visitor [0-9A-F]{4}", name)
    assert guest_name("user-42") == ""
    assert all(name in page for page in pages)
    assert "guest:" not in "".join(pages)


def test_an_answer_comes_by_the_name_of_the_brand_in_the_visitors_language(
    ticket: Ticket, chat: Chat, manager: User
) -> None:
    brand = chat.channel.brand
    brand.name, brand.sender_name = {"en": "Harbour", "zh-hans": "港湾"}, {}
    brand.save()
    Ticket.objects.update(language="zh-hans")

    with translation.override("en"):
        messages.reply(ticket=ticket, by=person(manager), html="<p>您好</p>")
    chat.send()

    assert chat.get("messages", chat.guest).json()["messages"][-1]["name"] == "港湾"


def test_an_answer_reaches_the_visitor_at_once_and_offers_no_way_back(
    ticket: Ticket, chat: Chat, manager: User
) -> None:
    address = f"/desk/tickets/{ticket.number}/replies/"
    told = browser(manager).post(address, {"html": "<p>Look here</p>"}, headers={"HX-Request": "true"})

    assert "Sent" in told["HX-Trigger"]
    assert "undo" not in told["HX-Trigger"]
    while outbox.send_due():  # nothing waits for a time to come
        pass
    assert chat.log() == ["hello", "Look here"]
    message = Message.objects.get(kind="agent")
    with pytest.raises(UndoTooLate):
        messages.undo_send(message=message, by=person(manager))
    assert chat.log() == ["hello", "Look here"]


def test_who_answers_may_end_it_and_nobody_else(ticket: Ticket, chat: Chat, manager: User, stranger: User) -> None:
    address = f"/desk/tickets/{ticket.number}/chat/end/"

    assert browser(stranger).post(address).status_code in {403, 404}
    assert Client().post(address).status_code == 302
    assert ChatSession.objects.get().is_open
    assert browser(manager).post(address, headers={"HX-Request": "true"}).status_code == 200
    assert chat.log() == ["hello", "<chat.ended>"]
    ticket.refresh_from_db()
    assert ticket.status == "new"
