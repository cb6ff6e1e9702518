"""The company of `tests/tickets`, and a visitor of its chat."""

from tests.livechat.conftest import chat  # noqa: F401 (fixture)
from tests.tickets.conftest import (  # noqa: F401 (fixtures)
    category,
    channel,
    customer,
    grants,
    interaction,
    other_queue,
    outbox,
    queue,
    ticket,
)
