"""The door for platforms: proof first, then one row an item."""

import pytest
from django.test import Client

from apps.channels.models import Channel, InboundEvent

pytestmark = pytest.mark.integration


def call(client: Client, secret: str = "right", body: bytes = b"event-1") -> int:
    return client.post("/hooks/fake/", data=body, content_type="text/plain", headers={"X-Secret": secret}).status_code


def test_a_proved_call_is_stored_once_and_acknowledged_each_time(channel: Channel) -> None:
    client = Client(enforce_csrf_checks=True)

    assert [call(client), call(client)] == [200, 200]
    assert [bytes(event.payload) for event in InboundEvent.objects.all()] == [b"event-1"]


def test_without_proof_nothing_is_kept(channel: Channel) -> None:
    assert call(Client(), secret="wrong") == 403
    assert not InboundEvent.objects.exists()


def test_a_closed_channel_is_not_there(channel: Channel) -> None:
    Channel.objects.update(is_active=False)

    assert call(Client()) == 404
    assert Client().post("/hooks/unheard-of/").status_code == 404


def test_a_connector_that_takes_no_calls_refuses(channel: Channel) -> None:
    Channel.objects.update(kind="form")

    assert call(Client()) == 403
    assert not InboundEvent.objects.exists()
