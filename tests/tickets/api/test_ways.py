"""Where an answer can go and what would become of it, for systems that answer by the API."""

import pytest

from apps.channels.models import Delivery
from apps.tickets.models import Message
from tests.factories.customers import CustomerFactory, IdentityFactory
from tests.factories.tickets import TicketFactory, grant
from tests.support.comments import comments, open_page
from tests.tickets.conftest import queued

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


def test_a_public_comment_is_answered_publicly_only_when_that_is_said(api, agent, team, queue):
    ticket = comments(open_page(queue, team))
    client, address = api(agent), f"tickets/{ticket.number}/messages/"
    (comment,) = client.get(address).json()["results"]
    assert (comment["is_public"], comment["post_url"]) == (True, "https://www.facebook.com/PG1_9")
    routes = client.get(f"tickets/{ticket.number}/reply-routes/").json()["results"]
    assert [(row["is_public"], row["replies_left"], row["takes_files"]) for row in routes] == [
        (True, None, True),
        (False, 1, False),
    ]

    told = {"kind": "reply", "text": "We call 13800138000.", "is_public": True}
    refused = client.post(address, told)
    assert (refused.status_code, refused.json()["code"]) == (422, "tickets.content_unconfirmed")
    assert not Delivery.objects.exists()
    public, private = (
        client.post(address, {**told, "is_confirmed": True}),
        client.post(address, told | {"is_public": False}),
    )
    again = client.post(address, {"kind": "reply", "text": "And another."})

    assert [row.json()["is_public"] for row in (public, private)] == [True, False]
    assert (again.status_code, again.json()["code"]) == (409, "tickets.no_reply_channel")
    assert [outbound.is_public for outbound in queued(ticket)] == [True, False]


def test_a_comment_is_not_answered_elsewhere_unless_that_is_said(api, agent, team, queue, channel):
    ticket = comments(open_page(queue, team))
    grant(team, queue, channel)
    IdentityFactory(customer=ticket.customer, kind="email", value="xiaolu@example.com")
    client, address, told = api(agent), f"tickets/{ticket.number}/messages/", {"kind": "reply", "text": "And another."}
    assert client.post(address, told).json()["channel"] == "page"
    before = Message.objects.count()

    refused = client.post(address, told)
    shown = client.post(f"tickets/{ticket.number}/reply-preview/", {"text": "And another."}).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "tickets.no_reply_channel")
    assert (shown["channel"], shown["refusal"] != "") == ("page", True)
    assert (Message.objects.count(), Delivery.objects.count()) == (before, 1)
    assert client.post(address, told | {"channel": "support"}).json()["to"] == ["xiaolu@example.com"]


def test_a_preview_tells_what_would_be_refused_before_everybody(
    api, agent, outsourcing_agent, team, vendor_team, queue
):
    ticket = comments(open_page(queue, team, vendor_team))
    said = {"text": "We call 13800138000.", "is_public": True}

    def refusal(by, data):
        return api(by).post(f"tickets/{ticket.number}/reply-preview/", data).json()["refusal"]

    told = refusal(outsourcing_agent, said)
    refused = api(outsourcing_agent).post(
        f"tickets/{ticket.number}/messages/", said | {"kind": "reply", "is_confirmed": True}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "tickets.content_refused")
    assert told == "Everybody would read personal data: phone number."
    assert refusal(outsourcing_agent, {**said, "is_public": False}) == ""
    assert refusal(agent, said) == "", "They may confirm it."
    assert not Delivery.objects.exists()
