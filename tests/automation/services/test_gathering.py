import json
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.automation.enums import DisabledReason
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.automation.services.gathering import gather_events
from apps.core.actor import SYSTEM
from apps.core.events import number_events, publish
from apps.tickets.events import MessageReceived, TicketFieldChanged, TicketLinked
from apps.tickets.models import Ticket
from tests.automation.conftest import Make, happen, run
from tests.support.platform_server import PlatformServer, Scripted

pytestmark = pytest.mark.integration


def kinds(endpoint: WebhookEndpoint) -> list[str]:
    return list(endpoint.deliveries.order_by("pk").values_list("kind", flat=True))


def test_an_event_becomes_one_delivery_for_each_endpoint(endpoint_for: Make, manager: User, ticket: Ticket) -> None:
    first, second = endpoint_for(manager), endpoint_for(manager)

    happen(ticket)
    while gather_events():
        pass

    assert kinds(first) == kinds(second) == ["ticket.field_changed"]
    assert gather_events() == 0
    assert WebhookDelivery.objects.count() == 2


def test_only_what_was_chosen_is_told(endpoint_for: Make, manager: User, ticket: Ticket) -> None:
    chosen, subject = endpoint_for(manager, events=["message.received"]), endpoint_for(manager, events=["message.*"])
    with transaction.atomic():
        publish(MessageReceived(ticket_id=ticket.pk, message_id=1, sequence=1), by=SYSTEM)
    happen(ticket)

    gather_events()

    assert kinds(chosen) == kinds(subject) == ["message.received"]


def test_reading_a_batch_twice_makes_nothing_twice(endpoint: WebhookEndpoint, ticket: Ticket) -> None:
    """As when a worker dies after its deliveries and before its place in the log were written."""
    begin = endpoint.position
    happen(ticket)
    gather_events()

    WebhookEndpoint.objects.update(position=begin)
    gather_events()

    assert kinds(endpoint) == ["ticket.field_changed"]


def test_one_starts_with_what_happens_from_now_on(endpoint_for: Make, manager: User, ticket: Ticket) -> None:
    happen(ticket)
    late = endpoint_for(manager)
    happen(ticket)

    gather_events()

    assert len(kinds(late)) == 1


def test_a_disabled_endpoint_gathers_nothing_and_keeps_its_place(endpoint: WebhookEndpoint, ticket: Ticket) -> None:
    WebhookEndpoint.objects.update(is_enabled=False)
    happen(ticket)

    gather_events()

    endpoint.refresh_from_db()
    assert kinds(endpoint) == []
    WebhookEndpoint.objects.update(is_enabled=True)
    gather_events()
    assert len(kinds(endpoint)) == 1


def test_who_may_not_sign_in_any_more_is_told_nothing(endpoint: WebhookEndpoint, manager: User, ticket: Ticket) -> None:
    User.objects.filter(pk=manager.pk).update(is_active=False)
    happen(ticket)

    gather_events()

    endpoint.refresh_from_db()
    assert kinds(endpoint) == []
    assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, DisabledReason.NO_ACCESS)


# --- What an endpoint sees ----------------------------------------------------------------------------------------


def test_a_vendors_endpoint_is_told_nothing_of_hidden_tickets(
    endpoint_for: Make, outsourcing_agent: User, ticket: Ticket, hidden_ticket: Ticket, receiver: PlatformServer
) -> None:
    vendors = endpoint_for(outsourcing_agent)
    happen(hidden_ticket, "planted-secret-of-another")
    with transaction.atomic():
        publish(TicketLinked(ticket_id=ticket.pk, other_id=hidden_ticket.pk, link="relates"), by=SYSTEM)
    number_events()
    happen(ticket, "seen")

    run()

    assert kinds(vendors) == ["ticket.field_changed"]
    sent = b"".join(asked.body for asked in receiver.asked)
    assert b'"new":"seen"' in sent
    assert b"planted-secret" not in sent
    assert str(hidden_ticket.number).encode() not in sent


@pytest.mark.parametrize(
    "spelling", ["+8613800138000", "138 0013 8000", "１３８００１３８０００", "lin@example.com", "林小雨"]
)
def test_a_vendors_endpoint_gets_personal_data_masked(
    endpoint_for: Make, manager: User, outsourcing_agent: User, ticket: Ticket, receiver: PlatformServer, spelling: str
) -> None:
    endpoint_for(manager, path="/inside")
    endpoint_for(outsourcing_agent, path="/vendor")
    happen(ticket, f"Call {spelling} back")

    run()

    (inside,), (outside,) = receiver.at("/inside"), receiver.at("/vendor")
    assert spelling in inside.json()["data"]["data"]["new"]
    told = outside.json()["data"]["data"]["new"]
    assert told.startswith("Call ")
    assert spelling not in told
    raw = outside.body + json.dumps(outside.headers).encode()
    for form in (spelling, json.dumps(spelling)[1:-1], "13800138000", "lin@example", "\\u5c0f\\u96e8"):
        assert form.encode() not in raw


def test_what_leaves_sight_before_it_is_sent_is_withdrawn(
    endpoint_for: Make, outsourcing_agent: User, ticket: Ticket, hidden_ticket: Ticket, receiver: PlatformServer
) -> None:
    vendors = endpoint_for(outsourcing_agent)
    happen(ticket)
    gather_events()

    Ticket.objects.filter(pk=ticket.pk).update(queue=hidden_ticket.queue)
    run()

    delivery = vendors.deliveries.get()
    assert (delivery.state, delivery.attempts, delivery.payload) == ("withdrawn", 0, b"")
    assert receiver.asked == []


def test_a_repetition_is_told_as_it_may_be_told_by_then(
    endpoint_for: Make, outsourcing_agent: User, ticket: Ticket, hidden_ticket: Ticket, receiver: PlatformServer
) -> None:
    """Access that is cut between two attempts counts at once."""
    receiver.on("/hook", Scripted(500))
    vendors = endpoint_for(outsourcing_agent)
    happen(ticket)
    run()
    Ticket.objects.filter(pk=ticket.pk).update(queue=hidden_ticket.queue)
    WebhookDelivery.objects.update(due_at=Now())

    run()

    delivery = vendors.deliveries.get()
    assert (delivery.state, delivery.attempts, delivery.log.count()) == ("withdrawn", 1, 1)
    assert len(receiver.asked) == 1


def test_a_webhook_tells_what_the_event_feed_tells(api, manager, endpoint, ticket, receiver) -> None:
    begin = endpoint.position
    happen(ticket, "13800138000 again")
    with transaction.atomic():
        publish(MessageReceived(ticket_id=ticket.pk, message_id=1, sequence=1), by=SYSTEM)
    number_events()

    run()

    rows = api(manager).get("events/", after=begin).json()["results"]
    sent = [asked.json() for asked in receiver.asked]
    assert [row["kind"] for row in rows] == ["ticket.field_changed", "message.received"]
    assert sorted(sent, key=lambda told: told["data"]["position"]) == [
        {"type": row["kind"], "timestamp": told["timestamp"], "data": {**row, "created": told["timestamp"]}}
        for row, told in zip(rows, sorted(sent, key=lambda told: told["data"]["position"]), strict=True)
    ]
    assert [datetime.fromisoformat(told["timestamp"]) for told in sent] == [
        datetime.fromisoformat(row["created"]) for row in rows
    ]


def test_three_events_cost_as_much_as_one_to_gather(endpoint: WebhookEndpoint, ticket: Ticket) -> None:
    def cost(events: int) -> int:
        for _ in range(events):
            with transaction.atomic():
                publish(TicketFieldChanged(ticket_id=ticket.pk, field="subject", old="a", new="b"), by=SYSTEM)
        number_events()
        with CaptureQueriesContext(connection) as queries:
            assert gather_events() == events
        return len(queries)

    cost(1)
    assert cost(3) == cost(1) <= 16
