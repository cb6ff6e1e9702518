import pytest

from apps.channels.models import InboundEvent
from apps.core.sweeps import run_sweeps
from apps.customers.models import Identity
from apps.tickets.models import Ticket
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory, QueueFactory
from tests.support.api import Api, token_of

pytestmark = pytest.mark.integration


@pytest.fixture
def channel(db):
    row = ChannelFactory(key="app", kind="api")
    IntakeRuleFactory(channel=row, queue=QueueFactory(key="care"))
    return row


def body(**changes):
    return {
        "sender": {"kind": "email", "value": "li.na@example.com", "name": "李娜"},
        "subject": "Parcel has not arrived",
        "text": "I ordered last week.",
        "conversation": "order-4711",
        "message_id": "app-1",
        **changes,
    }


def test_a_customers_message_becomes_a_ticket(api, manager, channel):
    client = api(manager)

    response = client.post("channels/app/messages/", body())

    assert response.status_code == 202
    assert response.json()["state"] == "received"
    run_sweeps("channels.inbound")
    assert client.get(response["Location"]).json()["state"] == "done"
    (ticket,) = client.get("tickets/").json()["results"]
    assert (ticket["subject"], ticket["channel"], ticket["customer"]["name"]) == (
        "Parcel has not arrived",
        "app",
        "李娜",
    )
    (message,) = client.get(f"tickets/{ticket['number']}/messages/").json()["results"]
    assert (message["kind"], message["text"]) == ("customer", "I ordered last week.")


@pytest.mark.parametrize("trusts", [False, True])
def test_what_the_caller_says_of_the_sender_arrives(api, manager, channel, trusts):
    """Verified counts on a channel that trusts its caller; a language and a named phone are always kept."""
    channel.settings = {"trusts_identities": trusts}
    channel.save()
    named = [
        {"kind": "phone", "value": "138 0013 8000"},
        {"kind": "wechat_unionid", "value": "oUnion", "scope": "", "verified": True},
    ]
    sender = {"kind": "wechat_openid", "value": "oLin", "scope": "wx1", "verified": True, "identities": named}

    api(manager).post("channels/app/messages/", body(sender=sender | {"language": "en"}))
    run_sweeps("channels.inbound")

    assert Ticket.objects.get().language == "en"
    rows = {row.kind: row for row in Identity.objects.all()}
    assert {kind: row.verified_at is not None for kind, row in rows.items()} == {
        "wechat_openid": trusts,
        "phone": False,
        "wechat_unionid": trusts,
    }
    assert rows["wechat_openid"].scope == "wx1"
    assert (rows["phone"].value, rows["phone"].is_claimed) == ("+8613800138000", True)


def test_the_same_message_twice_is_one(api, manager, channel):
    client = api(manager)

    answers = [client.post("channels/app/messages/", body()) for _ in range(2)]
    answers += [client.post("channels/app/messages/", body(message_id="app-2"), key="k") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202] * 4
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[2].json()["id"] == answers[3].json()["id"] != answers[0].json()["id"]
    run_sweeps("channels.inbound")
    assert InboundEvent.objects.count() == 2
    assert Ticket.objects.count() == 1
    assert Ticket.objects.get().message_count == 2


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"sender": None}, 400, "sender"),
        ({"sender": {"kind": "email"}}, 400, "sender.value"),
        ({"sender": {"kind": "email", "value": "x"}}, 422, "sender.value"),
        ({"sender": {"kind": "email", "value": "a@b.example", "id": 1}}, 400, "sender.id"),
        ({"text": ""}, 422, "text"),
        ({"text": 1.5e400}, 400, None),
        ({"fields": {"a": {"b": 1}}}, 400, "fields"),
        ({"attachments": [{"name": "x", "content": "@@"}]}, 422, "attachments.content"),
        ({"ticket": 1}, 400, "ticket"),
    ],
)
def test_wrong_messages_are_named_and_not_stored(api, manager, channel, changes, status, field):
    response = api(manager).post("channels/app/messages/", body(**changes))

    assert response.status_code == status
    if field:
        assert field in {error["field"] for error in response.json()["errors"]}
    assert not InboundEvent.objects.exists()


def test_only_channels_of_this_kind_take_messages(api, manager, channel):
    ChannelFactory(key="form", kind="form")
    ChannelFactory(key="closed", kind="api", is_active=False)

    for key in ("form", "closed", "missing"):
        assert api(manager).post(f"channels/{key}/messages/", body()).status_code == 404


def test_a_channel_out_of_sight_is_absent(api, outsourcing_agent, channel):
    assert api(outsourcing_agent).post("channels/app/messages/", body()).status_code == 404
    assert not InboundEvent.objects.exists()


def test_channels_tell_nothing_secret(api, agent, outsourcing_agent, channel):
    channel.settings, channel.secrets = {"address": "inner@example.com"}, {"password": "hunter2"}
    channel.save()

    response = api(agent).get("channels/")

    (row,) = response.json()["results"]
    assert (row["key"], row["kind"], row["can_receive"]) == ("app", "api", True)
    assert "hunter2" not in response.content.decode()
    assert "inner@example.com" not in response.content.decode()
    assert api(agent).get("channels/app/").json() == row
    assert api(outsourcing_agent).get("channels/").json()["results"] == []


def test_who_may_only_look_speaks_for_no_customer(api, manager, channel):
    """Known attack 52: neither a role that only looks nor a token that was narrowed to looking."""
    looking = ["api.use", "tickets.view", "customers.view"]

    narrow = Api(token_of(manager, looking))
    refused = narrow.post("channels/app/messages/", body())
    manager.role.permissions = looking
    manager.role.save(update_fields=["permissions"])
    role = Api(token_of(manager)).post("channels/app/messages/", body())

    assert {(answer.status_code, answer.json()["code"]) for answer in (refused, role)} == {
        (403, "core.permission_refused")
    }
    assert not InboundEvent.objects.exists()
