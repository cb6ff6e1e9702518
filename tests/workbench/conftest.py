"""The small company of the ticket tests, and browsers without a browser for its people."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from apps.tickets.selectors import vocabulary
from tests.tickets.conftest import (  # noqa: F401 (fixtures)
    category,
    channel,
    customer,
    grants,
    interaction,
    other_queue,
    outbox,
    queue,
    rule,
    ticket,
)

Desk = Callable[[User], Client]
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def desk() -> Desk:
    """`desk(agent)` is a client where the agent is signed in."""

    def open_desk(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="apps.accounts.backends.StaffBackend")
        return client

    return open_desk


@pytest.fixture
def kept_words(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Queues, categories, tags and channels are read once for many requests, as in an installation."""
    settings.TICKETS_VOCABULARY_SECONDS = 60
    monkeypatch.setattr(vocabulary, "_kept", None)


def triggers(response: HttpResponse) -> dict[str, Any]:
    """The events that an answer sets off in the page."""
    found: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    return found
