"""A receiver on loopback, endpoints that are told about tickets, and facts to tell."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Team, User
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.automation.services.gathering import gather_events
from apps.automation.services.sending import send_due
from apps.channels.models import Channel
from apps.core.actor import SYSTEM
from apps.core.events import last_position, number_events, publish
from apps.tickets.events import TicketFieldChanged
from apps.tickets.models import Queue, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import QueueFactory, TicketFactory, grant
from tests.support.platform_server import Asked, PlatformServer, Scripted, platform_server

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, ok").decode()


@pytest.fixture
def receiver() -> Iterator[PlatformServer]:
    with platform_server() as server:
        server.on("/hook", Scripted(204, b""))
        yield server


@pytest.fixture
def queue(db: None) -> Queue:
    return QueueFactory(key="care")


@pytest.fixture
def hidden_queue(db: None) -> Queue:
    return QueueFactory(key="sales")


@pytest.fixture
def channel(db: None) -> Channel:
    return ChannelFactory(key="contact-form", kind="form")


@pytest.fixture
def ticket(queue: Queue, channel: Channel, vendor_team: Team) -> Ticket:
    """The vendor works its queue and channel."""
    grant(vendor_team, queue, channel)
    customer = CustomerFactory(name="林小雨", phone="+8613800138000", email="lin@example.com")
    return TicketFactory(queue=queue, channel=channel, customer=customer)


@pytest.fixture
def hidden_ticket(hidden_queue: Queue, channel: Channel) -> Ticket:
    return TicketFactory(queue=hidden_queue, channel=channel, customer=CustomerFactory())


Make = Callable[..., WebhookEndpoint]


@pytest.fixture
def endpoint_for(receiver: PlatformServer) -> Make:
    """An endpoint as a service would have made it, from now on; `events` are all by default."""

    def make(user: User, *, path: str = "/hook", **fields: Any) -> WebhookEndpoint:
        values = {"name": "CRM", "url": receiver.url + path, "events": ["*"], "secret": SECRET, "acts_as": user}
        row = WebhookEndpoint(**{**values, "position": last_position(), **fields})
        row.save()
        return row

    return make


@pytest.fixture
def endpoint(endpoint_for: Make, manager: User) -> WebhookEndpoint:
    return endpoint_for(manager)


def happen(ticket: Ticket, new: str = "Another subject") -> None:
    """One fact about a ticket, numbered."""
    with transaction.atomic():
        publish(TicketFieldChanged(ticket_id=ticket.pk, field="subject", old="Before", new=new), by=SYSTEM)
    number_events()


def run() -> None:
    """What the sweeps do, until there is nothing to do now."""
    while gather_events() + send_due():
        pass


def deliver(ticket: Ticket) -> WebhookDelivery:
    """One fact on its way: the delivery after what one attempt made of it."""
    happen(ticket)
    run()
    return WebhookDelivery.objects.latest("pk")


def is_genuine(asked: Asked, secret: str = SECRET) -> bool:
    """As a receiver would check it, written anew."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return expected in asked.headers["webhook-signature"].split(" ")
