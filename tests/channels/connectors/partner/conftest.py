"""The partner's side: it signs its calls by its own reading of the protocol, and listens on loopback."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.channels.connectors.webhook.signing import Scheme, Style, Verdict
from apps.channels.models import Channel, Delivery
from apps.channels.services import inbox, outbox
from apps.core.actor import Actor, Face, person
from apps.core.clock import now
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory
from tests.support.platform_server import PlatformServer, platform_server

PARTNER_ID = "acme"
SECRET = "partner_secret"
EVENTS_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CASE = {
    "external_ref": "P-77",
    "kind": "repair",
    "customer": {"name": "李", "phone": "+8613800000000"},
    "summary": "空调不制冷",
}


@dataclass
class Partner:
    channel: Channel
    server: PlatformServer
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def call(self, document: Any = None, *, key: str = "", body: bytes | None = None, **changes: str) -> Any:
        """`changes` replace headers after signing; a nonce or a timestamp given is signed."""
        body = json.dumps(CASE if document is None else document).encode() if body is None else body
        number = next(self.numbers)
        target = changes.pop("target", f"/hooks/{self.channel.key}/")
        stamp = changes.pop("stamp", str(int(time.time())))
        nonce = changes.pop("nonce", f"n-{number}")
        digest = hashlib.sha256(body).hexdigest()
        text = f"POST\n{changes.pop('signed_target', target)}\n{stamp}\n{nonce}\n{digest}"
        headers = {
            "X-Partner-Id": PARTNER_ID,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "Idempotency-Key": key or f"key-{number}",
            "X-Signature": hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest(),
        }
        headers |= {name.replace("_", "-"): value for name, value in changes.items()}
        client = Client(enforce_csrf_checks=True)
        return client.post(target, data=body, content_type="application/json", headers=headers)

    def heard(self) -> list[dict[str, Any]]:
        """The events that reached the partner, each checked as the partner would check it."""
        for asked in self.server.asked:
            assert Scheme(Style.STANDARD).judge([EVENTS_SECRET], asked.headers, asked.body) is Verdict.GENUINE
        return [asked.json() for asked in self.server.asked]


def take_in() -> None:
    while inbox.process_due():
        pass


def send_all() -> None:
    """Whatever may still be taken back is due at once."""
    while True:
        Delivery.objects.unsettled().update(due_at=now() - timedelta(seconds=1))
        if not outbox.send_due():
            return


@pytest.fixture
def partner(db: None) -> Iterator[Partner]:
    with platform_server() as server:
        server.on("/events", {})
        channel = ChannelFactory.create(
            key="acme",
            kind="partner",
            settings={"partner_id": PARTNER_ID, "events_url": f"{server.url}/events"},
            secrets={"secret": SECRET, "events_secret": EVENTS_SECRET},
        )
        IntakeRuleFactory.create(channel=channel)
        yield Partner(channel, server)


@pytest.fixture
def agent(db: None) -> Actor:
    user = User.objects.create_user(
        username="agent", password="x", display_name="agent", role=Role.objects.get(key="agent"), language="en"
    )
    return person(user, Face.DESK, "127.0.0.1")
