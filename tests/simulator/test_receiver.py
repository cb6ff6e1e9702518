"""The receiver of the demo takes what the contact center signs, and nothing else."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.automation.models import WebhookDelivery, WebhookEndpoint
from apps.automation.services.resending import resend_delivery
from apps.automation.signing import signed_headers
from apps.core.actor import person
from apps.simulator.receiver import DEMO_KEY, Receiver
from apps.simulator.shapes import Call
from apps.simulator.simulator import Simulator
from tests.automation.conftest import channel, deliver, queue, run, ticket  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.integration, pytest.mark.urls("tests.simulator.urls")]


@pytest.fixture
def simulator(settings: Any) -> Iterator[Simulator]:
    with Simulator() as running:
        settings.SIMULATOR_PORT = int(running.url.rpartition(":")[2])
        yield running


def test_what_happens_arrives_and_is_shown(simulator, manager, ticket):  # noqa: F811
    WebhookEndpoint.objects.create(
        name="CRM", url=f"{simulator.url}/receiver/", events=["*"], acts_as=manager, secret=DEMO_KEY
    )

    delivery = deliver(ticket)
    assert delivery.state == "delivered"
    resend_delivery(delivery=delivery, by=person(manager))
    run()

    assert [one["verdict"] for one in simulator.receiver.received()] == ["repeated", "genuine"]
    assert json.loads(simulator.receiver.received()[0]["body"])["data"]["ticket"] == ticket.number
    page = Client(headers={"Accept-Language": "en"}).get("/demo/receiver/").content.decode()
    assert "ticket.field_changed" in page
    assert delivery.message_id in page
    assert "signature right, known already" in page
    alone = Client().get("/demo/receiver/arrivals/").content.decode()
    assert delivery.message_id in alone
    assert "<html" not in alone


def test_another_key_is_refused(simulator, manager, ticket):  # noqa: F811
    WebhookEndpoint.objects.create(
        name="CRM", url=f"{simulator.url}/receiver/", events=["*"], acts_as=manager, secret="whsec_b3RoZXI="
    )

    assert deliver(ticket).state == "pending"

    assert WebhookDelivery.objects.get().log.get().status == 401
    assert [one["verdict"] for one in simulator.receiver.received()] == ["forged"]


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "forged"),
        ({"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,"}, "forged"),
        ({"webhook-id": "msg_1", "webhook-timestamp": "x", "webhook-signature": "v1,AAAA v1,BBBB"}, "forged"),
    ],
    ids=["nothing", "empty", "nonsense"],
)
def test_odd_calls_are_forged(headers: dict[str, str], verdict: str) -> None:
    receiver = Receiver()

    assert receiver.take(Call("POST", "/", headers=headers, body=b"[1]")).status == 401
    assert [one["verdict"] for one in receiver.received()] == [verdict]


def test_an_old_call_is_stale() -> None:
    receiver, body = Receiver(), b"{}"
    for at, status in ((int(time.time()) - 1000, 401), (int(time.time()), 204)):
        headers = signed_headers([DEMO_KEY], message_id="msg_1", at=at, body=body)
        assert receiver.take(Call("POST", "/", headers=headers, body=body)).status == status
    assert [one["verdict"] for one in receiver.received()] == ["genuine", "stale"]


def test_without_a_simulator_the_page_says_so(settings: Any) -> None:
    settings.SIMULATOR_PORT = 9
    assert "does not answer yet" in Client(headers={"Accept-Language": "en"}).get("/demo/receiver/").content.decode()
