"""What was said, as a mail: what the visitor could read and nothing else, to one address, and not often."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import User
from apps.channels.models import Channel, Delivery
from apps.core.actor import person
from apps.livechat.models import ChatSession
from apps.tickets.models import Message, Ticket
from apps.tickets.services import messages
from tests.channels.connectors.email.conftest import mail_channel
from tests.factories.accounts import BrandFactory
from tests.livechat.conftest import Chat
from tests.livechat.test_desk import browser
from tests.livechat.test_sessions import configure
from tests.support.mail_servers import SmtpServer, smtp_server

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpServer]:
    with smtp_server() as server:
        settings.MAIL_PORTS = {*settings.MAIL_PORTS, server.port}
        yield server


@pytest.fixture
def mail(chat: Chat, smtp: SmtpServer) -> Channel:
    channel = mail_channel()
    channel.settings = {**channel.settings, "smtp_port": smtp.port}
    channel.save(update_fields=["settings"])
    return channel


@pytest.fixture
def answered(chat: Chat, mail: Channel, manager: User) -> Ticket:
    """A visit with an answer, and a note that stays in the house."""
    chat.write("Where is <my> parcel?", "a", name="李雷")
    chat.arrive()
    ticket = Ticket.objects.get()
    messages.reply(ticket=ticket, by=person(manager), html="<p>On its way.</p>")
    messages.add_note(ticket=ticket, by=person(manager), html="<p>secret-note-4711</p>")
    chat.send()
    return ticket


def ask(chat: Chat, address: str = "", language: str = "en") -> Any:
    headers = {"Authorization": f"Bearer {chat.guest}", "Accept-Language": language}
    data = {"email": address} if address else {}
    return chat.http.post("/chat/v1/chat/transcript/", data=data, content_type="application/json", headers=headers)


def posted(chat: Chat, smtp: SmtpServer) -> list[tuple[list[str], str, str]]:
    """To whom, subject and plain text of what a mail server was given."""
    chat.send()
    found = []
    for _sender, to, content in smtp.mails:
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append((to, str(message["subject"]), body.get_content()))
    return found


def mails() -> tuple[int, int]:
    """What a refusal may not change."""
    return Delivery.objects.filter(channel__kind="email").count(), Message.objects.filter(kind="system").count()


def test_the_visitor_gets_what_they_could_read(answered: Ticket, chat: Chat, smtp: SmtpServer, manager: User) -> None:
    assert ask(chat, " Li@Example.com ").status_code == 200
    assert ask(chat, "li@example.com").status_code == 200  # a repetition of the same

    [(to, subject, text)] = posted(chat, smtp)
    assert (to, subject) == (["li@example.com"], "Your conversation with Harbour")
    for words in ("You", "Where is <my> parcel?", "Harbour", "On its way.", "UTC+"):
        assert words in text
    assert "4711" not in smtp.mails[0][2].decode()
    assert b"Auto-Submitted: auto-" in smtp.mails[0][2]
    page = browser(manager).get(f"/desk/tickets/{answered.number}/").content.decode()
    assert "The conversation was sent by mail." in page
    assert "li@example.com" not in Message.objects.get(notice="chat_transcript").text


def test_after_the_end_it_has_the_end_too_and_goes_where_the_form_said(
    chat: Chat, mail: Channel, smtp: SmtpServer, manager: User
) -> None:
    configure(chat, asks_email="optional")
    chat.write("hello", "a", email="li@example.com")
    chat.arrive()
    messages.reply(ticket=Ticket.objects.get(), by=person(manager), html="<p>Hello</p>")
    chat.send()
    chat.command("ending")
    chat.write("next visit", "b")

    assert ask(chat).status_code == 422  # of the new visit nothing is known
    ChatSession.objects.order_by("-pk")[0].delete()
    assert ask(chat).status_code == 200

    [(to, _subject, text)] = posted(chat, smtp)
    assert to == ["li@example.com"]
    assert "The chat ended." in text
    assert "next visit" not in text


def test_one_address_and_three_an_hour(answered: Ticket, chat: Chat) -> None:
    assert ask(chat, "li@example.com").status_code == 200
    before = mails()

    refused = ask(chat, "victim@example.org")
    assert (refused.status_code, refused.json()["code"]) == (409, "livechat.transcript_elsewhere")
    assert ask(chat, "no address").status_code == 422
    assert mails() == before

    chat.write("and", "b")
    assert ask(chat).status_code == 200  # where it went before
    chat.write("more", "c")
    late = ask(chat)
    assert (late.status_code, "Retry-After" in late) == (429, True)
    assert mails() == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(
    "to",
    [
        ["li@example.com", "me@evil.example"], {"a": "me@evil.example"}, "li@example.com,me@evil.example",
        "li@example.com\r\nBcc: me@evil.example", "<li@example.com><me@evil.example>", "li@example.com;me@evil.example", "",
    ],
)  # fmt: skip
def test_one_address_is_one_address(answered: Ticket, chat: Chat, to: Any) -> None:
    """Bad input 90: two in place of one, by whatever means."""
    before = mails()
    headers = {"Authorization": f"Bearer {chat.guest}", "Accept-Language": "en"}
    answer = chat.http.post(
        "/chat/v1/chat/transcript/", data={"email": to}, content_type="application/json", headers=headers
    )
    assert answer.status_code in {400, 422}
    assert mails() == before


def test_strangers_words_are_not_passed_on(chat: Chat, mail: Channel) -> None:
    assert ask(chat, "victim@example.org").json()["code"] == "livechat.nothing_to_send"
    chat.write("Buy at spam.example", "a")
    chat.arrive()
    chat.answer("We will be with you soon.", automatic=True)

    assert ask(chat, "victim@example.org").json()["code"] == "livechat.nothing_to_send"
    assert mails() == (0, 0)


def test_only_mail_of_the_brand_is_taken(answered: Ticket, chat: Chat, mail: Channel) -> None:
    mail.brand = BrandFactory()
    mail.save(update_fields=["brand"])

    assert ask(chat, "li@example.com").json()["code"] == "livechat.no_transcripts"
    page = chat.http.get("/chat/chat/", headers={"Accept-Language": "en"}).content.decode()
    assert '"sendsTranscripts": false' in page
    assert mails() == (0, 0)


def test_an_agent_sends_it_and_nobody_else(
    answered: Ticket, chat: Chat, smtp: SmtpServer, manager: User, stranger: User
) -> None:
    address = f"/desk/tickets/{answered.number}/chat/transcript/"
    assert browser(stranger).post(address, {"email": "li@example.com"}).status_code == 404
    assert browser(manager).post(address, {"email": "x"}).status_code == 422
    assert mails() == (0, 0)

    assert browser(manager).get(address).status_code == 200
    sent = browser(manager).post(address, {"email": "li@example.com"}, headers={"HX-Request": "true"})
    assert sent.status_code == 200
    assert [to for to, _subject, _text in posted(chat, smtp)] == [["li@example.com"]]
