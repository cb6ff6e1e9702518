"""The door for platforms: proof first, then one row an item."""

import json
from io import BytesIO

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import Client

from apps.channels.models import Channel, InboundEvent
from apps.channels.views import hooks
from tests.factories.channels import ChannelFactory

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


def call_in_chunks(key: str, size: int) -> HttpResponse:
    """Nothing tells beforehand how much it is."""
    path = f"/hooks/{key}/"
    scope = {"type": "http", "method": "POST", "path": path, "headers": [(b"transfer-encoding", b"chunked")]}
    return hooks.receive(ASGIRequest(scope, BytesIO(b"x" * size)), key)


@pytest.mark.parametrize("kind", ["douyin", "webhook"])
@pytest.mark.parametrize("size", [2 * 1024 * 1024, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1])
@pytest.mark.usefixtures("db")
def test_what_is_too_large_in_chunks_is_refused_as_when_it_is_told_beforehand(kind: str, size: int) -> None:
    ChannelFactory(key="large", kind=kind, secrets={"client_secret": "s3cr3t"})

    answer = call_in_chunks("large", size)

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert json.loads(answer.content)["code"].endswith("too_large")
    assert not InboundEvent.objects.exists()
