"""The company of `tests/tickets`, with its people on the floor."""

from tests.tickets.conftest import (  # noqa: F401 (fixtures)
    category,
    channel,
    customer,
    grants,
    other_queue,
    outbox,
    queue,
    ticket,
)
