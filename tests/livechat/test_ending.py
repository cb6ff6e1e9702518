"""An agent ends a chat: with a wrap-up, and the ticket kept, resolved, or gone on with by mail."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.customers.models import Identity
from apps.livechat.models import ChatSession
from apps.tickets.enums import Status
from apps.tickets.models import Draft, IntakeRule, Ticket, WrapUp
from tests.channels.connectors.email.conftest import mail_channel
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import CategoryFactory
from tests.livechat.conftest import Chat
from tests.livechat.test_desk import browser
from tests.livechat.test_sessions import configure

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def open_chat(chat: Chat, **context: Any) -> Ticket:
    chat.write("hello", "a", **context)
    chat.arrive()
    return Ticket.objects.get()


def end(user: User, ticket: Ticket, **data: Any) -> Any:
    address = f"/desk/tickets/{ticket.number}/chat/end/"
    return browser(user).post(address, data, headers={"HX-Request": "true"})


def test_the_dialog_offers_what_can_follow(chat: Chat, manager: User) -> None:
    ticket = open_chat(chat)
    IntakeRule.objects.update(required_on_resolve=["category"])

    page = browser(manager).get(f"/desk/tickets/{ticket.number}/chat/end/").content.decode()

    for words in ("Keep the ticket open", "Resolve the ticket", "Continue by mail", "Category (needed to resolve)"):
        assert words in page
    assert ChatSession.objects.get().is_open


def test_resolving_needs_the_wrap_up_and_ends_nothing_without(chat: Chat, manager: User) -> None:
    ticket, category = open_chat(chat), CategoryFactory()
    IntakeRule.objects.update(required_on_resolve=["category", "summary"])

    refused = end(manager, ticket, then="resolve", category=category.pk)
    ticket.refresh_from_db()
    assert refused.status_code == 422
    assert (ChatSession.objects.get().is_open, ticket.status, ticket.category) == (True, Status.NEW, None)
    assert WrapUp.objects.count() == 0

    assert end(manager, ticket, then="resolve", category=category.pk, summary="Sent again").status_code == 200
    ticket.refresh_from_db()
    assert (ticket.status, ticket.category, ChatSession.objects.get().ended_by) == (Status.RESOLVED, category, "agent")
    assert chat.log() == ["hello", "<chat.ended>"]


def test_a_ticket_that_stays_open_keeps_its_record(chat: Chat, manager: User) -> None:
    ticket, category = open_chat(chat), CategoryFactory()

    assert (
        end(manager, ticket, then="keep", outcome="no", category=category.pk, summary="Waits for stock").status_code
        == 200
    )

    ticket.refresh_from_db()
    wrap_up = WrapUp.objects.get()
    assert (wrap_up.summary, wrap_up.is_solved, wrap_up.category) == ("Waits for stock", False, category)
    assert (ticket.status, ticket.category, ChatSession.objects.get().is_open) == (Status.NEW, category, False)


def test_going_on_by_mail_opens_the_composer_on_it(chat: Chat, manager: User) -> None:
    configure(chat, asks_email="optional")
    mail = mail_channel()
    ticket = open_chat(chat, email="li@example.com")

    led = end(manager, ticket, then="mail")

    assert led["HX-Redirect"] == f"/desk/tickets/{ticket.number}/"
    assert (ChatSession.objects.get().is_open, WrapUp.objects.count()) == (False, 0)
    assert Draft.objects.get(user=manager, ticket=ticket).data == {"channel": [str(mail.pk)]}
    page = browser(manager).get(led["HX-Redirect"]).content.decode()
    assert f'data-draft="reply" data-route="{mail.pk}"' in page
    assert "li@example.com" in page


def test_without_an_address_it_asks_for_one(chat: Chat, manager: User) -> None:
    mail_channel()
    ticket = open_chat(chat)
    taken = CustomerFactory().identities.create(kind="email", value="taken@example.com")

    for address in ("", "no address", taken.value):
        assert end(manager, ticket, then="mail", email=address).status_code == 422, address
    assert ChatSession.objects.get().is_open
    assert (Draft.objects.count(), Identity.objects.filter(kind="email").count()) == (0, 1)

    assert end(manager, ticket, then="mail", email="li@example.com").status_code == 200
    assert Identity.objects.get(value="li@example.com").customer == ticket.customer
    assert not ChatSession.objects.get().is_open
