"""The company of `tests/tickets`, whose vendor's agent works one of two tickets."""

import pytest

from apps.accounts.models import User
from apps.core.actor import Actor, person
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
