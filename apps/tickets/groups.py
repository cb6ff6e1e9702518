"""Names of the groups of open screens that hear of a ticket. In-house people hear of a queue.

A vendor's people hear of a queue on the channels, and in the categories, that the contract opens: that something
happens on a ticket which they do not see is not theirs to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from apps.accounts.access import Access
from apps.core.clock import now
from apps.core.live import group
from apps.tickets.enums import Status
from apps.tickets.models import Queue, Ticket

CLOSED_IS_TOLD = timedelta(days=1)
"""Of what was closed before, vendors are told nothing; their screens ask again every half minute."""


def work_groups(access: Access, queues: Iterable[Queue]) -> Iterator[str]:
    """What somebody hears because of their grants. `queues` are those they may see."""
    if not access.is_outsourced:
        yield from (group("queue", queue.pk) for queue in queues)
        return
    for queue_id in access.queue_ids:
        for channel_id in access.channel_ids:
            if access.category_ids is None:
                yield _contract(queue_id, channel_id)
            else:
                yield from (_contract(queue_id, channel_id, pk) for pk in access.category_ids)


def ticket_groups(ticket: Ticket, queue_ids: Iterable[int], category_ids: Iterable[int]) -> Iterator[str]:
    """Who works the ticket in any of the queues and categories, those it has just left among them."""
    queue_ids, category_ids = list(queue_ids), list(category_ids)
    yield from (group("queue", pk) for pk in queue_ids)
    if not ticket.channel_id or _is_over(ticket):
        return
    for queue_id in queue_ids:
        yield _contract(queue_id, ticket.channel_id)
        yield from (_contract(queue_id, ticket.channel_id, pk) for pk in category_ids)


def _contract(queue_id: int, channel_id: int, category_id: int | None = None) -> str:
    limit = "" if category_id is None else f".{category_id}"
    return f"contract.{queue_id}.{channel_id}{limit}"


def _is_over(ticket: Ticket) -> bool:
    return ticket.status == Status.CLOSED and (ticket.closed_at is None or ticket.closed_at < now() - CLOSED_IS_TOLD)
