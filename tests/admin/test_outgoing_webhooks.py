"""Outgoing webhooks as a manager sets them up and looks after them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.core import clock
from apps.core.models import AuditEntry
from tests.automation.conftest import (  # noqa: F401 (fixtures)
    SECRET,
    deliver,
    endpoint,
    endpoint_for,
    is_genuine,
    receiver,
    run,
)
from tests.support.platform_server import Scripted

pytestmark = pytest.mark.integration


def page_of(row):
    return reverse("admin:outgoing-webhook", args=[row.pk])


@pytest.fixture
def form(receiver, manager):  # noqa: F811
    return {
        "name": "CRM",
        "description": "",
        "url": f"{receiver.url}/hook",
        "acts_as": manager.pk,
        "events": ["ticket.*", "message.received"],
    }


def test_it_is_made_changed_and_removed(office, form, receiver):  # noqa: F811
    made = office.post(reverse("admin:automation_webhookendpoint_add"), form)
    row = WebhookEndpoint.objects.get()
    assert row.secret in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert row.events == ["message.received", "ticket.*"]

    change = reverse("admin:automation_webhookendpoint_change", args=[row.pk])
    assert row.secret not in office.get(change).content.decode()
    office.post(change, {**form, "name": "Warehouse", "url": f"{receiver.url}/other"})
    row.refresh_from_db()
    assert (row.name, row.url) == ("Warehouse", f"{receiver.url}/other")

    listed = office.get(reverse("admin:automation_webhookendpoint_changelist")).content.decode()
    assert "Warehouse" in listed
    assert "Nothing was sent yet" in listed
    assert "/other" not in listed

    office.post(reverse("admin:automation_webhookendpoint_delete", args=[row.pk]), {"post": "yes"})
    assert not WebhookEndpoint.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="webhook.").order_by("pk")
    assert [entry.action for entry in told] == ["webhook.created", "webhook.changed", "webhook.deleted"]
    assert row.secret not in str([entry.details for entry in told])


@pytest.mark.parametrize(
    ("field", "value"), [("url", "http://10.0.0.1/"), ("url", "ftp://x.example/"), ("events", []), ("name", "")]
)
def test_what_cannot_be_stays_on_the_page(office, form, field, value):
    answer = office.post(reverse("admin:automation_webhookendpoint_add"), {**form, field: value})

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert not WebhookEndpoint.objects.exists()


def test_a_test_event_and_its_page(office, endpoint, receiver):  # noqa: F811
    receiver.on("/hook", Scripted(500, b"<script>alert(1)</script>"))
    sent = office.post(reverse("admin:outgoing-webhook-test", args=[endpoint.pk]))
    delivery = WebhookDelivery.objects.get()
    assert sent["Location"] == reverse("admin:outgoing-delivery", args=[delivery.pk])
    asks_again = 'hx-trigger="load delay:2s"'
    assert asks_again in office.get(sent["Location"]).content.decode()
    run()

    page = office.get(sent["Location"]).content.decode()
    assert delivery.message_id in page
    assert "500" in page
    assert "Answered with an error" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "webhook.test" in page

    receiver.on("/hook", Scripted(204))
    office.post(reverse("admin:outgoing-delivery-resend", args=[delivery.pk]))
    run()
    assert WebhookDelivery.objects.get().state == "delivered"
    outcome = office.get(sent["Location"], headers={"HX-Request": "true"}).content.decode()
    assert outcome.lstrip().startswith("<div")
    assert "204" in outcome
    assert asks_again not in outcome
    assert len({asked.headers["webhook-id"] for asked in receiver.asked}) == 1


def test_the_page_of_an_endpoint(office, endpoint, ticket, receiver):  # noqa: F811
    receiver.on("/hook", Scripted(500), Scripted(204))
    deliver(ticket)
    deliver(ticket)
    WebhookDelivery.objects.filter(state="pending").update(state="failed", settled_at=clock.now() - timedelta(hours=1))

    page = office.get(page_of(endpoint))

    text = page.content.decode()
    assert (page.context["counts"], page.context["days"][-1].delivered, page.context["days"][-1].failed) == (
        {"waiting": 0, "failed": 1},
        1,
        1,
    )
    assert "A field of a ticket changed" in text
    assert SECRET not in text
    only = office.get(page_of(endpoint), {"state": "failed"})
    assert len(only.context["deliveries"]) == 1

    office.post(reverse("admin:outgoing-webhook-replay", args=[endpoint.pk]), {"since": "2026-01-01T00:00"})
    run()
    again = office.get(page_of(endpoint))
    assert [replay.done for replay in again.context["replays"]] == [1]
    assert not WebhookDelivery.objects.exclude(state="delivered").exists()
    refused = office.post(
        reverse("admin:outgoing-webhook-replay", args=[endpoint.pk]), {"since": "2026-01-01T00:00"}, follow=True
    )
    assert "Nothing failed since then." in refused.content.decode()
    assert office.post(reverse("admin:outgoing-webhook-replay", args=[endpoint.pk]), {"since": "x"}).status_code == 422


def test_the_key_is_shown_once_and_switching_works(office, endpoint):  # noqa: F811
    shown = office.post(reverse("admin:outgoing-webhook-key", args=[endpoint.pk])).content.decode()
    endpoint.refresh_from_db()
    assert endpoint.secret != SECRET
    assert endpoint.secret in shown
    assert endpoint.live_secrets == [endpoint.secret, SECRET]

    state = reverse("admin:outgoing-webhook-state", args=[endpoint.pk])
    office.post(state, {"to": "off"})
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert "Switched off by hand" in office.get(page_of(endpoint)).content.decode()
    refused = office.post(reverse("admin:outgoing-webhook-test", args=[endpoint.pk]), follow=True)
    assert "This endpoint is switched off" in refused.content.decode()
    office.post(state, {"to": "nonsense"})
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    office.post(state, {"to": "on"})
    endpoint.refresh_from_db()
    assert endpoint.is_enabled


def test_who_may_not_lend_its_user_looks_and_removes_only(office, endpoint_for, manager, supervisor):  # noqa: F811
    row = endpoint_for(supervisor)
    manager.role.permissions = [
        code for code in manager.role.permissions if code not in ("tickets.view_all", "customers.view")
    ]
    manager.role.save()
    change = reverse("admin:automation_webhookendpoint_change", args=[row.pk])

    assert 'name="url"' not in office.get(change).content.decode()
    assert office.post(change, {"name": "Mine"}).status_code == 403
    refused = office.post(reverse("admin:outgoing-webhook-key", args=[row.pk]), follow=True)
    assert "You may not let an endpoint see what this user sees." in refused.content.decode()
    row.refresh_from_db()
    assert (row.name, row.secret) == ("CRM", SECRET)
    office.post(reverse("admin:automation_webhookendpoint_delete", args=[row.pk]), {"post": "yes"})
    assert not WebhookEndpoint.objects.exists()


def test_the_side_bar_and_the_health_page_count_endpoints_in_trouble(office, endpoint_for, manager, supervisor):  # noqa: F811
    now = clock.now()
    endpoint_for(manager)
    endpoint_for(manager, failing_since=now - timedelta(minutes=5))
    endpoint_for(manager, is_enabled=False, disabled_reason="by_hand")
    index = reverse("admin:index")

    def told():
        groups = office.get(index).context["sidebar_navigation"]
        items = [item for group in groups for item in group["items"]]
        return [item.get("badge") for item in items if "webhookendpoint" in str(item["link"])]

    assert told() == [None]
    health = reverse("channels:health")
    assert "outgoing webhook" not in office.get(health).content.decode()
    endpoint_for(manager, failing_since=now - timedelta(hours=2))
    endpoint_for(manager, is_enabled=False, disabled_reason="gone")
    assert told() == [2]
    assert "2 outgoing webhooks fail." in office.get(health).content.decode()
    office.force_login(supervisor)
    assert "outgoing webhook" not in office.get(health).content.decode()


def test_nobody_else_reaches_the_pages(client, supervisor, endpoint, ticket):  # noqa: F811
    delivery = deliver(ticket)
    client.force_login(supervisor)

    for name, pk in (("outgoing-webhook", endpoint.pk), ("outgoing-delivery", delivery.pk)):
        assert client.get(reverse(f"admin:{name}", args=[pk])).status_code in (302, 403)
    for name, pk in (
        ("outgoing-webhook-test", endpoint.pk),
        ("outgoing-webhook-key", endpoint.pk),
        ("outgoing-webhook-state", endpoint.pk),
        ("outgoing-webhook-replay", endpoint.pk),
        ("outgoing-delivery-resend", delivery.pk),
    ):
        assert client.post(reverse(f"admin:{name}", args=[pk]), {"to": "off"}).status_code in (302, 403)
    fresh = WebhookEndpoint.objects.get()
    assert (fresh.is_enabled, fresh.secret, fresh.version) == (True, SECRET, 1)
    assert WebhookDelivery.objects.count() == 1


def test_pages_of_three_cost_as_much_as_pages_of_one(office, endpoint, endpoint_for, manager, ticket):  # noqa: F811
    addresses = (reverse("admin:automation_webhookendpoint_changelist"), page_of(endpoint))

    def costs():
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert office.get(address).status_code == 200
            found.append(len(queries))
        return found

    deliver(ticket)
    costs()
    alone = costs()
    for _ in range(2):
        endpoint_for(manager)
        deliver(ticket)
    assert costs() == alone
