"""The company of `tests/tickets`, where the vendor's team is granted nothing but by a contract."""

import pytest

from apps.accounts.models import Team, User, Vendor
from apps.channels.models import Channel
from apps.core.actor import Actor, person
from apps.outsourcing.models import Contract
from apps.outsourcing.services.contracts import activate_contract
from apps.tickets.models import Queue
from tests.factories.accounts import UserFactory
from tests.factories.outsourcing import ContractFactory
from tests.tickets.conftest import (  # noqa: F401 (fixtures)
    category,
    channel,
    customer,
    interaction,
    other_queue,
    outbox,
    queue,
    rule,
    ticket,
)


@pytest.fixture
def boss(manager: User) -> Actor:
    return person(manager)


@pytest.fixture
def head(vendor: Vendor, vendor_team: Team) -> User:
    """Manages the vendor's people."""
    return UserFactory(
        username="vera", display_name="Vera Vendor", role="vendor_manager", vendor=vendor, teams=[vendor_team]
    )


@pytest.fixture
def draft(vendor: Vendor, vendor_team: Team, queue: Queue, channel: Channel) -> Contract:  # noqa: F811 (fixtures)
    return ContractFactory(number="BL-1", vendor=vendor, queues=[queue], channels=[channel])


@pytest.fixture
def contract(draft: Contract, boss: Actor) -> Contract:
    return activate_contract(contract=draft, by=boss)
