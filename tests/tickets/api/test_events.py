import dataclasses
import re
from pathlib import Path

import pytest

from apps.core.actor import SYSTEM
from apps.core.events import event_types, number_events
from apps.customers.services.customers import create_customer
from apps.tickets.selectors import feed
from tests.factories.customers import TagFactory
from tests.factories.tickets import TicketFactory
from tests.tickets.api.test_tickets import count_queries

pytestmark = pytest.mark.integration

KINDS = ("ticket", "message", "delivery", "customer", "counter", "app", "routing", "agent", "user", "sla", "survey")


@pytest.fixture
def busy(api, agent, ticket, grants, category):
    """A ticket to which several things happened."""
    TagFactory(key="wholesale")
    client = api(agent)
    client.patch(
        f"tickets/{ticket.number}/",
        {"priority": "urgent", "category": "repair", "tags": ["wholesale"], "subject": "13800138000 again"},
    )
    client.put(f"tickets/{ticket.number}/assignment/", {"assignee": "alice"})
    client.post(f"tickets/{ticket.number}/messages/", {"kind": "reply", "text": "Soon."})
    number_events()
    return ticket


def test_events_in_order_with_names_for_ids(api, agent, busy):
    body = api(agent).get("events/", after=0).json()

    rows = body["results"]
    assert [row["position"] for row in rows] == sorted({row["position"] for row in rows})
    assert body["next_after"] == rows[-1]["position"]
    assert body["has_more"] is False
    assert {row["ticket"] for row in rows} == {busy.number}
    assert {row["actor"] for row in rows} == {"alice"}
    changed = {row["data"]["field"]: row["data"]["new"] for row in rows if row["kind"] == "ticket.field_changed"}
    assert changed == {"priority": "urgent", "category": "repair", "subject": "13800138000 again"}
    by_kind = {row["kind"]: row["data"] for row in rows}
    assert by_kind["ticket.tagged"]["added"] == ["wholesale"]
    assert by_kind["ticket.assigned"]["new_user"] == "alice"
    assert by_kind["message.sent"]["message"] == busy.messages.get(kind="agent").public_id


def test_a_page_at_a_time_misses_nothing(api, agent, busy):
    client = api(agent)
    everything = [row["position"] for row in client.get("events/").json()["results"]]

    seen, after, more = [], 0, True
    while more:
        page = client.get("events/", after=after, limit=2).json()
        seen += [row["position"] for row in page["results"]]
        after, more = page["next_after"], page["has_more"]

    assert seen == everything
    assert client.get("events/", after=after).json()["results"] == []


def test_filters(api, agent, busy):
    client = api(agent)

    kinds = client.get("events/", kinds="ticket.assigned,message.sent").json()["results"]
    assert {row["kind"] for row in kinds} == {"ticket.assigned", "message.sent"}
    assert client.get("events/", ticket=busy.number).json() == client.get("events/").json()


@pytest.mark.parametrize(
    "query",
    [
        {"after": "-1"},
        {"after": "x"},
        {"after": "9" * 25},
        {"limit": "0"},
        {"limit": "1001"},
        {"kinds": "ticket.exploded"},
        {"kind": "ticket.assigned"},
    ],
)
def test_wrong_parameters(api, agent, query):
    assert api(agent).get("events/", **query).status_code == 400


def test_others_see_nothing_and_masked_eyes_see_masked(api, stranger, outsourcing_agent, busy):
    assert api(stranger).get("events/").json()["results"] == []
    assert api(stranger).get("events/", ticket=busy.number).status_code == 404
    told = api(outsourcing_agent).get("events/").content.decode()
    assert "138****8000 again" in told
    assert "13800138000" not in told


def test_customer_events_follow_the_customer(api, manager, agent, grants):
    customer = create_customer(name="Lin", by=SYSTEM)
    number_events()

    (row,) = api(manager).get("events/").json()["results"]

    assert (row["kind"], row["customer"], row["ticket"]) == ("customer.created", customer.public_id, None)
    assert api(manager, scopes=["tickets.view"]).get("events/").json()["results"] == []


def test_uncommitted_order_is_not_shown_early(api, agent, ticket, grants):
    """Without a position an event is not in the feed, and the cursor does not pass it."""
    client = api(agent)
    client.patch(f"tickets/{ticket.number}/", {"priority": "urgent"})

    before = client.get("events/").json()
    number_events()
    after = client.get("events/", after=before["next_after"]).json()

    assert before["results"] == []
    assert [row["kind"] for row in after["results"]] == ["ticket.field_changed"]


def test_no_row_id_leaves(api, agent, busy):
    for row in api(agent).get("events/").json()["results"]:
        for name, value in row["data"].items():
            assert not name.endswith("_id")
            if name not in feed.PLAIN:  # what only counts may happen to be the same number
                assert not isinstance(value, int)


@pytest.mark.parametrize("kind", sorted(event_types()))
def test_every_member_of_every_event_is_known(kind):
    """A new event says here how it may be told, or that it may not."""
    if kind.partition(".")[0] not in KINDS:
        pytest.skip("an event of a test")
    names = {field.name for field in dataclasses.fields(event_types()[kind])}

    assert names <= feed.KNOWN | feed.UNTOLD


def test_more_events_cost_no_more(api, agent, queue, grants):
    client = api(agent)
    tickets = [TicketFactory(queue=queue) for _ in range(3)]
    client.patch(f"tickets/{tickets[0].number}/", {"priority": "urgent"})
    number_events()
    client.get("events/")
    one = count_queries(client, "events/")
    for ticket in tickets[1:]:
        client.patch(f"tickets/{ticket.number}/", {"priority": "urgent"})
    number_events()

    assert count_queries(client, "events/") == one <= 9


def test_the_documentation_names_every_kind():
    page = (Path(__file__).resolve().parents[3] / "docs" / "api" / "events.md").read_text(encoding="utf-8")
    kinds = {kind for kind in event_types() if kind.partition(".")[0] in KINDS}

    assert kinds == set(re.findall(rf"`((?:{'|'.join(KINDS)})\.\w+)`", page))
