"""A small company: two queues, a mail channel that sends into a list, a form, and grants for the cast."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.models import Team
from apps.channels import registry
from apps.channels.contract import Capabilities, Connector, Outbound, SendResult
from apps.channels.models import Channel, Delivery
from apps.channels.reply_tokens import seal_message
from apps.core.actor import Actor
from apps.customers.models import Customer
from apps.tickets.models import Category, IntakeRule, Interaction, Queue, Ticket
from apps.tickets.selectors import vocabulary
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import (
    CategoryFactory,
    IntakeRuleFactory,
    InteractionFactory,
    QueueFactory,
    TicketFactory,
    grant,
    say,
)

OWN_ADDRESS = "support@harbour.example"


@dataclass
class Outbox:
    sent: list[Outbound] = field(default_factory=list)


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """A kind of channel that carries mail without any server."""
    box = Outbox()

    class PostConnector(Connector):
        kind = "post"
        label = "Post"
        icon = "mail"
        identity_kind = "email"
        capabilities = Capabilities(can_start=True, has_subject=True, has_copies=True, html=True)

        def client_key_for(self, channel: Channel, *, ticket_id: int) -> str:
            return f"cc.{seal_message(ticket_id)}@harbour.example"

        def send(self, outbound: Outbound, channel: Channel) -> SendResult:
            box.sent.append(outbound)
            return SendResult.sent()

    registry.register(PostConnector)
    yield box
    registry.unregister("post")


@pytest.fixture
def queue(db: None) -> Queue:
    return QueueFactory(key="care")


@pytest.fixture
def other_queue(db: None) -> Queue:
    return QueueFactory(key="sales")


@pytest.fixture
def category(db: None) -> Category:
    return CategoryFactory(key="repair")


@pytest.fixture
def channel(db: None, outbox: Outbox) -> Channel:
    return ChannelFactory(key="support", kind="post", settings={"address": OWN_ADDRESS})


@pytest.fixture
def form(db: None) -> Channel:
    return ChannelFactory(key="contact-form", kind="form")


@pytest.fixture
def rule(channel: Channel, queue: Queue) -> IntakeRule:
    return IntakeRuleFactory(channel=channel, queue=queue)


@pytest.fixture
def grants(team: Team, other_team: Team, vendor_team: Team, queue: Queue, other_queue: Queue, channel: Channel) -> None:
    """The care team and the vendor work the first queue, the vendor on the mail channel only; sales the second."""
    grant(team, queue)
    grant(other_team, other_queue)
    grant(vendor_team, queue, channel)


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory(name="林小雨", phone="+8613800138000", email="lin@example.com")


@pytest.fixture
def ticket(queue: Queue, channel: Channel, customer: Customer) -> Ticket:
    """A mail thread with one message of the customer."""
    row = TicketFactory(queue=queue, channel=channel, customer=customer, subject="Screen broken", language="en")
    interaction = InteractionFactory(ticket=row, channel=channel, identity=customer.identities.get(kind="email"))
    say(
        row,
        "The screen stays black.",
        ago=5,
        interaction=interaction,
        channel=channel,
        customer=customer,
        sender_name="Lin Xiaoyu",
        envelope={
            "from": [["Lin Xiaoyu", "lin@example.com"]],
            "to": [["", OWN_ADDRESS]],
            "cc": [["", "boss@example.com"]],
            "message_id": "first@example.com",
        },
    )
    return row


@pytest.fixture
def interaction(ticket: Ticket) -> Interaction:
    return ticket.interactions.get()


Acting = Callable[..., Actor]


def queued(ticket: Ticket) -> list[Outbound]:
    """What was handed to the outbox for a ticket."""
    rows = Delivery.objects.filter(ticket_id=ticket.pk).order_by("id")
    return [Outbound.from_payload(row.payload) for row in rows]


@pytest.fixture
def keep_vocabulary(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """As in a running process: what was configured is read once. Call it after configuring."""

    def keep() -> None:
        monkeypatch.setattr(vocabulary, "_kept", None)
        settings.TICKETS_VOCABULARY_SECONDS = 60.0
        vocabulary.vocabulary()

    return keep
