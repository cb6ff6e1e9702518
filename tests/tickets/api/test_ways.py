"""Where an answer can go and what would become of it, for systems that answer by the API."""

import pytest

from apps.channels.models import Delivery
from apps.tickets.models import Message
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_routes_and_preview(api, manager, ticket, channel):
    client = api(manager)
    (route,) = client.get(f"tickets/{ticket.number}/reply-routes/").json()["results"]
    assert (route["channel"], route["to"], route["refusal"]) == ("support", ["Lin Xiaoyu <lin@example.com>"], "")
    before = Message.objects.count()

    shown = client.post(f"tickets/{ticket.number}/reply-preview/", {"html": "<p><b>Hello</b></p>"}).json()

    assert (shown["channel"], shown["messages"], shown["losses"], shown["refusal"]) == ("support", 1, [], "")
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 0)


def test_a_ticket_out_of_sight_has_no_routes(api, agent, other_queue):
    hidden = TicketFactory(queue=other_queue, customer=CustomerFactory(email="lin@example.com"))
    for answer in (
        api(agent).get(f"tickets/{hidden.number}/reply-routes/"),
        api(agent).post(f"tickets/{hidden.number}/reply-preview/", {"text": "Hello"}),
    ):
        assert answer.status_code == 404
