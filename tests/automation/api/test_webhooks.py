import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role
from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.core import clock
from apps.core.models import AuditEntry
from tests.automation.conftest import SECRET, deliver, happen, is_genuine, run
from tests.support.platform_server import Scripted

pytestmark = pytest.mark.integration


@pytest.fixture
def client(api, manager):
    return api(manager)


def body_for(receiver, **more):
    return {"name": "CRM", "url": f"{receiver.url}/hook", "events": ["ticket.*"], **more}


def actions():
    return list(
        AuditEntry.objects.filter(action__startswith="webhook.").order_by("pk").values_list("action", flat=True)
    )


def test_an_endpoint_from_its_creation_to_its_end(client, receiver, ticket):
    made = client.post("webhook-endpoints/", body_for(receiver))
    assert made.status_code == 201
    address, key = made["Location"], made.json()["signing_key"]
    happen(ticket)
    run()
    assert is_genuine(receiver.asked[0], key)

    shown = client.get(address)
    assert shown.json()["acts_as"] == "mary"
    assert key not in shown.content.decode()

    changed = client.patch(address, {"events": ["message.received"], "description": "Leads"}, If_Match=shown["ETag"])
    assert (changed.status_code, changed.json()["events"]) == (200, ["message.received"])
    assert client.patch(address, {"name": "Other"}, If_Match=shown["ETag"]).status_code == 412

    rotated = client.post(f"{address}signing-key/").json()
    assert rotated["signing_key"] != key
    assert rotated["former_key_until"] is not None
    tested = client.post(f"{address}tests/")
    assert tested.status_code == 202
    run()
    assert receiver.asked[-1].json()["type"] == "webhook.test"
    assert is_genuine(receiver.asked[-1], key)
    assert is_genuine(receiver.asked[-1], rotated["signing_key"])

    off = client.put(f"{address}state/", {"is_enabled": False}).json()
    assert (off["is_enabled"], off["disabled_reason"]) == (False, "by_hand")
    assert client.post(f"{address}tests/").json()["code"] == "automation.endpoint_disabled"
    assert client.put(f"{address}state/", {"is_enabled": True}).json()["is_enabled"] is True

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert not WebhookDelivery.objects.exists()
    assert actions() == [
        f"webhook.{verb}"
        for verb in ("created", "changed", "secret_rotated", "tested", "disabled", "enabled", "deleted")
    ]
    told = " ".join(str(entry.details) for entry in AuditEntry.objects.filter(action__startswith="webhook."))
    assert "whsec_" not in told
    assert "/hook" not in told


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://shop.example/"),
        ("url", "https://user:pass@shop.example/"),
        ("url", "https:///nothing"),
        ("url", "https://shop.example/#part"),
        ("url", "http://10.0.0.1/"),
        ("url", "https://169.254.169.254/latest/meta-data"),
        ("url", "https://[::ffff:10.0.0.1]/"),
        ("url", "https://[half/"),
        ("url", "https://shop.example:99999/"),
        ("url", "https://nothing.invalid/"),
        ("url", "https://例え.example/\u0000"),
        ("events", []),
        ("events", ["ticket.exploded"]),
        ("events", "ticket.opened"),
        ("name", "  "),
        ("acts_as", "nobody"),
        ("secret", "whsec_mine"),
        ("position", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(client, receiver, field, value):
    answer = client.post("webhook-endpoints/", body_for(receiver, **{field: value}))

    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert not WebhookEndpoint.objects.exists()
    assert actions() == []


@pytest.mark.parametrize("who", ["agent", "supervisor", "outsourcing_agent", "stranger"])
def test_only_managers_reach_them(api, cast, endpoint, ticket, who):
    delivery = deliver(ticket)
    client = api(cast[who])

    for address in (f"webhook-endpoints/{endpoint.public_id}", f"webhook-deliveries/{delivery.public_id}"):
        assert client.get(f"{address}/").status_code == 403
    assert (
        client.post("webhook-endpoints/", {"name": "x", "url": "https://x.example", "events": ["*"]}).status_code == 403
    )
    assert client.patch(f"webhook-endpoints/{endpoint.public_id}/", {"name": "Mine"}).status_code == 403
    assert client.post(f"webhook-endpoints/{endpoint.public_id}/signing-key/").status_code == 403
    assert client.post(f"webhook-deliveries/{delivery.public_id}/attempts/").status_code == 403
    assert client.delete(f"webhook-endpoints/{endpoint.public_id}/").status_code == 403
    fresh = WebhookEndpoint.objects.get()
    assert (fresh.name, fresh.secret, fresh.version) == ("CRM", SECRET, 1)
    assert WebhookDelivery.objects.get().attempts == 1


@pytest.fixture
def integrator(agent):
    """Manages webhooks and no accounts."""
    role = Role.objects.get(key="agent")
    role.permissions = [*role.permissions, "automation.manage_webhooks", "api.use"]
    role.save()
    return agent


def test_who_manages_no_accounts_lends_no_eyes_but_their_own(api, integrator, manager, endpoint, receiver, ticket):
    delivery = deliver(ticket)
    client = api(integrator)

    refused = client.post("webhook-endpoints/", body_for(receiver, acts_as=manager.username))
    assert refused.status_code == 422
    assert client.get("webhook-endpoints/").json()["results"] == []
    for address in (
        f"webhook-endpoints/{endpoint.public_id}/",
        f"webhook-endpoints/{endpoint.public_id}/deliveries/",
        f"webhook-endpoints/{endpoint.public_id}/replays/",
        f"webhook-deliveries/{delivery.public_id}/",
        f"webhook-deliveries/{delivery.public_id}/attempts/",
    ):
        assert client.get(address).status_code == 404
    assert client.patch(f"webhook-endpoints/{endpoint.public_id}/", {"url": receiver.url}).status_code == 404
    assert client.post(f"webhook-deliveries/{delivery.public_id}/attempts/").status_code == 404
    assert WebhookEndpoint.objects.get().url == f"{receiver.url}/hook"

    own = client.post("webhook-endpoints/", body_for(receiver))
    assert own.json()["acts_as"] == integrator.username
    moved = client.patch(own["Location"], {"acts_as": manager.username})
    assert moved.status_code == 422


def test_a_token_lends_no_more_than_it_holds(api, integrator, receiver):
    narrow = api(integrator, scopes=["automation.manage_webhooks"])

    assert narrow.post("webhook-endpoints/", body_for(receiver)).status_code == 422
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "scopes",
    [
        ["automation.manage_webhooks"],
        ["automation.manage_webhooks", "accounts.manage"],
        ["automation.manage_webhooks", "accounts.manage", "tickets.view", "customers.view"],
    ],
)
def test_a_narrow_token_does_not_turn_an_endpoint_to_itself(api, manager, endpoint, ticket, receiver, scopes):
    """The endpoint acts as the token's own user, who sees more than the token."""
    delivery = deliver(ticket)
    WebhookDelivery.objects.update(state="failed", settled_at=clock.now())
    thief, address = api(manager, scopes=scopes), f"webhook-endpoints/{endpoint.public_id}/"

    for answer in (
        thief.patch(address, {"url": f"{receiver.url}/mine"}),
        thief.patch(address, {"events": ["ticket.*"]}),
        thief.patch(address, {"acts_as": manager.username}),
        thief.post(f"{address}signing-key/"),
        thief.put(f"{address}state/", {"is_enabled": False}),
        thief.put(f"{address}state/", {"is_enabled": True}),
        thief.post(f"{address}tests/"),
        thief.post(f"{address}replays/", {"since": "2026-01-01T00:00:00Z"}),
        thief.post(f"webhook-deliveries/{delivery.public_id}/attempts/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "automation.not_lent")
    assert actions() == []
    assert thief.get(address).status_code == 200
    assert thief.delete(address).status_code == 204


def test_who_manages_accounts_lends_no_more_than_they_hold(api, manager, supervisor, receiver):
    lender = api(manager, scopes=["automation.manage_webhooks", "accounts.manage"])

    assert lender.post("webhook-endpoints/", body_for(receiver, acts_as=supervisor.username)).status_code == 422
    whole = api(manager).post("webhook-endpoints/", body_for(receiver, acts_as=supervisor.username))
    assert whole.status_code == 201


def test_a_delivery_with_its_attempts(client, endpoint, ticket, receiver):
    receiver.on("/hook", Scripted(500, b"Oops"), Scripted(200, b"ok"))
    delivery = deliver(ticket)
    address = f"webhook-deliveries/{delivery.public_id}/"

    shown = client.get(address).json()
    assert (shown["state"], shown["attempts"], shown["type"]) == ("pending", 1, "ticket.field_changed")
    assert shown["payload"] == receiver.asked[0].json()
    assert shown["message_id"] == receiver.asked[0].headers["webhook-id"]
    (attempt,) = client.get(f"{address}attempts/").json()["results"]
    assert (attempt["status"], attempt["error"], attempt["answer"]) == (500, "status", "Oops")

    again = client.post(f"{address}attempts/")
    assert again.status_code == 202
    run()

    assert [asked.headers["webhook-id"] for asked in receiver.asked] == [shown["message_id"]] * 2
    assert client.get(address).json()["state"] == "delivered"
    listed = client.get(f"webhook-endpoints/{endpoint.public_id}/deliveries/", state="delivered").json()["results"]
    assert [row["id"] for row in listed] == [delivery.public_id]
    assert client.get(f"webhook-endpoints/{endpoint.public_id}/deliveries/", state="failed").json()["results"] == []
    assert actions() == ["webhook.resent"]


def test_readers_see_deliveries_through_their_own_eyes(api, manager, integrator, endpoint, ticket, receiver):
    """Somebody who may look at the endpoint need not see its ticket, nor personal data."""
    receiver.on("/hook", Scripted(200, b"stored 13800138000"))
    happen(ticket, "Call 13800138000")
    run()
    delivery = WebhookDelivery.objects.get()
    role = Role.objects.get(key="agent")
    role.permissions = [*role.permissions, "accounts.manage"]
    role.save()
    client = api(integrator)

    assert client.get(f"webhook-deliveries/{delivery.public_id}/").json()["payload"] is None
    (attempt,) = client.get(f"webhook-deliveries/{delivery.public_id}/attempts/").json()["results"]
    assert attempt["answer"] == ""
    mine = api(manager).get(f"webhook-deliveries/{delivery.public_id}/").json()
    assert mine["payload"]["data"]["data"]["new"] == "Call 13800138000"

    from apps.privacy.enums import FieldClass
    from tests.factories.privacy import LensPolicyFactory

    LensPolicyFactory(role=manager.role, field_class=FieldClass.PHONE)
    masked = api(manager).get(f"webhook-deliveries/{delivery.public_id}/")
    told = api(manager).get(f"webhook-deliveries/{delivery.public_id}/attempts/")
    assert b"13800138000" not in masked.content + told.content
    assert masked.json()["payload"]["data"]["data"]["new"] == "Call 138****8000"


def test_all_that_failed_is_replayed_with_progress(client, endpoint, ticket, receiver):
    from datetime import timedelta

    delivered = deliver(ticket)
    receiver.on("/hook", Scripted(500))
    old, first, second = (deliver(ticket) for _ in range(3))
    WebhookDelivery.objects.filter(pk__in=[old.pk, first.pk, second.pk]).update(
        state="failed", tries=10, settled_at=clock.now() - timedelta(hours=1)
    )
    WebhookDelivery.objects.filter(pk=old.pk).update(settled_at=clock.now() - timedelta(days=9))
    since = (clock.now() - timedelta(days=2)).isoformat()
    address = f"webhook-endpoints/{endpoint.public_id}/replays/"
    receiver.asked.clear()
    receiver.on("/hook", Scripted(204))

    made = client.post(address, {"since": since})
    assert made.status_code == 202
    assert {name: made.json()[name] for name in ("total", "waiting", "delivered")} == {
        "total": 2,
        "waiting": 2,
        "delivered": 0,
    }
    assert client.post(address, {"since": since}).json()["code"] == "automation.replay_under_way"
    run()

    (row,) = client.get(address).json()["results"]
    assert {name: row[name] for name in ("total", "waiting", "delivered", "failed")} == {
        "total": 2,
        "waiting": 0,
        "delivered": 2,
        "failed": 0,
    }
    assert [asked.headers["webhook-id"] for asked in receiver.asked] == [first.message_id, second.message_id]
    assert WebhookDelivery.objects.get(pk=old.pk).state == "failed"
    assert WebhookDelivery.objects.get(pk=delivered.pk).attempts == 1
    assert client.post(address, {"since": since}).json()["code"] == "automation.nothing_to_replay"
    assert actions() == ["webhook.replayed"]


@pytest.mark.parametrize(("catches_up", "told"), [(True, 2), (False, 1)])
def test_switched_on_again_it_goes_on_or_begins_anew(client, endpoint, ticket, receiver, catches_up, told):
    address = f"webhook-endpoints/{endpoint.public_id}/state/"
    client.put(address, {"is_enabled": False})
    happen(ticket)
    run()
    assert receiver.asked == []

    client.put(address, {"is_enabled": True, "catches_up": catches_up})
    happen(ticket)
    run()

    assert len(receiver.asked) == told


def test_a_repeated_creation_makes_one(client, receiver):
    first = client.post("webhook-endpoints/", body_for(receiver), key="one")
    second = client.post("webhook-endpoints/", body_for(receiver), key="one")

    assert first.json() == second.json()
    assert WebhookEndpoint.objects.count() == 1


def test_the_event_types_are_named(client):
    rows = {row["type"]: row["label"] for row in client.get("webhook-event-types/").json()["results"]}

    assert rows["*"] == "Everything"
    assert rows["ticket.opened"] == "A ticket was opened"
    assert rows["ticket.*"] == "Everything about tickets"


def test_lists_of_three_cost_as_much_as_lists_of_one(client, endpoint_for, endpoint, manager, ticket):
    addresses = ("webhook-endpoints/", f"webhook-endpoints/{endpoint.public_id}/deliveries/")

    def costs():
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    deliver(ticket)
    costs()
    alone = costs()
    for _ in range(2):
        endpoint_for(manager)
        deliver(ticket)
    assert costs() == alone
    assert max(alone) <= 8
