from collections.abc import Iterator

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.channels.models import Channel
from apps.customers.models import Customer
from apps.tickets.models import Queue, Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import QueueFactory, TicketFactory


@pytest.fixture
def office(manager: User) -> Client:
    """A browser in which the manager is signed in."""
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def queue(db: None) -> Queue:
    return QueueFactory(key="care")


@pytest.fixture
def channel(db: None) -> Channel:
    return ChannelFactory(key="shop-form", kind="form")


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory(name="林小雨", phone="+8613800138000", email="lin@example.com")


@pytest.fixture
def ticket(queue: Queue, channel: Channel, customer: Customer) -> Iterator[Ticket]:
    return TicketFactory(queue=queue, channel=channel, customer=customer, subject="Screen of 林小雨 broken")
