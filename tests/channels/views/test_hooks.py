"""The door for platforms: proof first, then one row an item."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from apps.channels.models import Channel, InboundEvent
from apps.channels.selectors import public
from apps.channels.services import inbox
from apps.channels.views import hooks
from contactcenter.asgi import hooks_application
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


# --- What a web process puts around it ------------------------------------------------------------------------------


def served(path: str, body: bytes = b"event-1", **headers: str) -> HttpResponse:
    """As the web process answers it, in one thread."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    answer: HttpResponse = hooks_application.get_response(ASGIRequest(scope, BytesIO(body)))
    return answer


def test_a_call_is_answered_without_anything_that_is_there_for_people(channel: Channel) -> None:
    with capture_logs([merge_contextvars]) as lines:
        answer = served("/hooks/fake/", host="testserver", x_secret="right", x_request_id="from-the-proxy")

    assert (answer.status_code, InboundEvent.objects.count()) == (200, 1)
    assert not answer.cookies
    assert {name: answer[name] for name in ("X-Request-ID", "X-Content-Type-Options")} == {
        "X-Request-ID": "from-the-proxy",
        "X-Content-Type-Options": "nosniff",
    }
    assert [(line["event"], line["request"], line["request_id"]) for line in lines if "code" in line] == [
        ("call_finished", "POST /hooks/fake/", "from-the-proxy")
    ]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/hooks/fake/", {"host": "testserver", "x_secret": "wrong"}, 403),
        ("/hooks/unheard-of/", {"host": "testserver", "x_secret": "right"}, 404),
        ("/hooks/fake/", {"host": "elsewhere.example", "x_secret": "right"}, 400),
    ],
)
def test_a_web_process_refuses_as_ever(channel: Channel, path: str, headers: dict[str, str], status: int) -> None:
    answer = served(path, **headers)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not InboundEvent.objects.exists()


def test_a_failure_is_told_without_a_page_and_logged(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "require_room", lambda: 1 / 0)

    with capture_logs() as lines:
        answer = served("/hooks/fake/", host="testserver", x_secret="right")

    assert (answer.status_code, InboundEvent.objects.exists()) == (500, False)
    assert "ZeroDivisionError" not in answer.content.decode()
    assert [line["log_level"] for line in lines if line["event"] == "call_finished"] == ["warning"]


def test_a_channel_is_kept_for_a_moment_and_then_read_again(
    channel: Channel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHANNELS_KEPT_SECONDS = 60
    monkeypatch.setattr(public, "_called", {})
    assert call(Client()) == 200
    Channel.objects.update(is_active=False)
    assert call(Client(), body=b"event-2") == 200

    kept_until, kept = public._called["fake"]
    public._called["fake"] = (kept_until - 60, kept)
    assert call(Client(), body=b"event-3") == 404
    assert InboundEvent.objects.count() == 2


def test_a_kept_channel_costs_a_call_two_statements(
    channel: Channel, settings: Settings, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    """The number of the row, and the row."""
    settings.CHANNELS_KEPT_SECONDS = 60
    monkeypatch.setattr(public, "_called", {})
    call(Client())

    with django_assert_num_queries(2):
        served("/hooks/fake/", b"event-2", host="testserver", x_secret="right")


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
