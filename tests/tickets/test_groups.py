"""Which open screens hear of a ticket."""

from datetime import timedelta

import pytest

from apps.accounts.access import access_of
from apps.accounts.models import User
from apps.channels.models import Channel
from apps.core.clock import now
from apps.tickets.enums import Status
from apps.tickets.groups import ticket_groups, work_groups
from apps.tickets.models import Category, Queue, Ticket
from tests.tickets.conftest import Acting

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("grants")]


def test_in_house_people_hear_of_their_queues(acting: Acting, agent: User, queue: Queue) -> None:
    assert list(work_groups(access_of(acting(agent)), [queue])) == [f"queue.{queue.pk}"]


def test_a_vendors_people_hear_of_their_contract_only(
    acting: Acting, outsourcing_agent: User, queue: Queue, channel: Channel
) -> None:
    assert list(work_groups(access_of(acting(outsourcing_agent)), [queue])) == [f"contract.{queue.pk}.{channel.pk}"]


def test_a_ticket_is_told_in_the_categories_that_it_leaves_and_enters(ticket: Ticket, category: Category) -> None:
    queue, channel = ticket.queue_id, ticket.channel_id
    assert set(ticket_groups(ticket, [queue], [category.pk, 77])) == {
        f"queue.{queue}",
        f"contract.{queue}.{channel}",
        f"contract.{queue}.{channel}.{category.pk}",
        f"contract.{queue}.{channel}.77",
    }


def test_what_is_long_over_or_without_a_channel_is_told_in_house_only(ticket: Ticket) -> None:
    in_house = [f"queue.{ticket.queue_id}"]
    ticket.status, ticket.closed_at = Status.CLOSED, now() - timedelta(days=2)
    assert list(ticket_groups(ticket, [ticket.queue_id], [])) == in_house
    ticket.closed_at = now()
    assert list(ticket_groups(ticket, [ticket.queue_id], [])) != in_house
    ticket.channel = None
    assert list(ticket_groups(ticket, [ticket.queue_id], [])) == in_house
