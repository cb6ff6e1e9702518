"""A customer's mail becomes a ticket, the answer reaches the mailbox in the same thread, the customer answers again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels.connectors.email.connector import EmailConnector
from apps.channels.demo_mail.client import Letter, answer_as_customer, read_mailbox, send_as_customer
from apps.channels.demo_mail.servers import SERVER_NAME
from apps.channels.models import Channel, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor
from apps.tickets.enums import MessageKind, Status
from apps.tickets.models import Message, Ticket
from apps.tickets.services.messages import reply
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.demo_post import COMPANY, PASSWORD, demo_post

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

CUSTOMER = "lin.new@mail.example"


class HeldForever:
    token = 1
    is_lost = False

    def fence(self) -> None:
        pass


@pytest.fixture
def channel(db: None, settings: Any, tmp_path: Path) -> Iterator[Channel]:
    with demo_post(tmp_path / "mail") as post:
        settings.DEMO_IMAP_PORT, settings.DEMO_SMTP_PORT = post.imap_port, post.smtp_port
        settings.DEMO_MAIL_ADDRESS, settings.DEMO_MAIL_PASSWORD = COMPANY, PASSWORD
        settings.MAIL_PORTS = {*settings.MAIL_PORTS, post.imap_port, post.smtp_port}
        channel = ChannelFactory.create(
            kind="email",
            key="support",
            settings={
                "address": COMPANY,
                "imap_host": "127.0.0.1",
                "imap_port": post.imap_port,
                "imap_security": "none",
                "imap_user": COMPANY,
                "smtp_host": "127.0.0.1",
                "smtp_port": post.smtp_port,
                "smtp_security": "none",
                "plus_addresses": True,
                "auth_server": SERVER_NAME,
            },
            secrets={"imap_password": PASSWORD},
        )
        IntakeRuleFactory.create(channel=channel)
        yield channel


@pytest.fixture
def postman(channel: Channel) -> Callable[[], None]:
    """Brings what waits, both ways."""

    def carry() -> None:
        EmailConnector().poll(channel, HeldForever())
        while inbox.process_due():
            pass
        Delivery.objects.update(due_at="2020-01-01T00:00:00Z")
        while outbox.send_due():
            pass

    return carry


def answers(address: str) -> list[Letter]:
    return [letter for letter in read_mailbox(address) if not letter.is_own]


def test_mail_to_ticket_to_answer_to_answer(
    channel: Channel, postman: Callable[[], None], supervisor: User, acting: Callable[..., Actor]
):
    question = send_as_customer(sender=CUSTOMER, name="林初见", subject="充电器坏了", text="上周买的，两天就坏了。")
    postman()
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.channel_id, ticket.status) == ("充电器坏了", channel.pk, Status.NEW)

    actor = acting(supervisor)
    reply(ticket=ticket, by=actor, html="<p>您好，可以换货。</p>", then_status=Status.RESOLVED)
    postman()
    [letter] = answers(CUSTOMER)
    assert (letter.subject, letter.in_reply_to) == ("Re: 充电器坏了", (question,))
    assert "可以换货" in letter.text
    assert letter.reply_to.startswith("support+")

    answer_as_customer(sender=CUSTOMER, letter=letter, text="谢谢，但是还有一个问题。")
    postman()
    ticket.refresh_from_db()
    assert Ticket.objects.count() == 1
    assert ticket.status == Status.OPEN
    kinds = list(Message.objects.filter(ticket=ticket).order_by("sequence").values_list("kind", flat=True))
    assert [kind for kind in kinds if kind != MessageKind.SYSTEM] == [
        MessageKind.CUSTOMER,
        MessageKind.AGENT,
        MessageKind.CUSTOMER,
    ]
    newest = Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).order_by("-sequence")[0]
    assert newest.text.strip() == "谢谢，但是还有一个问题。"
    assert not newest.is_third_person
    assert not InboundEvent.objects.parked().exists()


def test_stranger_with_the_secret_is_a_third_person_and_without_it_a_new_ticket(
    channel: Channel, postman: Callable[[], None], supervisor: User, acting: Callable[..., Actor]
):
    question = send_as_customer(sender=CUSTOMER, subject="Order", text="Where is it?")
    postman()
    ticket = Ticket.objects.get()
    reply(ticket=ticket, by=acting(supervisor), html="<p>On its way.</p>")
    postman()
    [letter] = answers(CUSTOMER)

    answer_as_customer(sender="friend@mail.example", letter=letter, text="I answer for Lin.")
    send_as_customer(sender="spy@mail.example", subject="Re: Order", text="me too", in_reply_to=question)
    send_as_customer(sender="spy@mail.example", subject=f"Re: [#{ticket.number}] Order", text="me three")
    postman()

    third = Message.objects.get(ticket=ticket, is_third_person=True)
    assert third.text.startswith("I answer for Lin.")
    ticket.refresh_from_db()
    assert ticket.customer == Message.objects.filter(ticket=ticket).order_by("sequence")[0].customer
    assert Message.objects.filter(ticket=ticket, kind=MessageKind.CUSTOMER).count() == 2
    assert Ticket.objects.exclude(pk=ticket.pk).exists()


def test_refused_recipient_is_shown_at_the_delivery(
    channel: Channel, postman: Callable[[], None], supervisor: User, acting: Callable[..., Actor]
):
    send_as_customer(sender=CUSTOMER, subject="Order", text="Where is it?")
    postman()
    reply(ticket=Ticket.objects.get(), by=acting(supervisor), html="<p>Hi</p>", to=["gone@mail.example"])
    postman()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failure) == ("failed", "recipient_gone")
