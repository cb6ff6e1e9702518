"""An app and its backend: tokens are signed here by hand, so that a mistake of the connector is not its own proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from apps.channels.contract import Outbound, Recipients
from apps.channels.models import Channel, ClientConversation, ClientMessage, Delivery, InboundEvent
from apps.channels.services import inbox, outbox
from apps.core.actor import SYSTEM
from tests.factories.channels import ChannelFactory
from tests.factories.tickets import IntakeRuleFactory

SECRET = "a secret of the app that nobody may read"
OLD_SECRET = "an older secret that nobody may read, too"


def encoded(value: Any) -> bytes:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(claims: Any, secret: str | bytes = SECRET, header: Any = None) -> str:
    head = encoded(header if header is not None else {"alg": "HS256", "typ": "JWT"}) + b"." + encoded(claims)
    key = secret.encode() if isinstance(secret, str) else secret
    return (head + b"." + encoded(hmac.new(key, head, hashlib.sha256).digest())).decode()


@dataclass
class App:
    channel: Channel
    http: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def claims(self, user: str = "user-42", **more: Any) -> dict[str, Any]:
        return {"iss": "app", "aud": "app", "sub": user, "exp": int(time.time()) + 600, **more}

    def token(self, user: str = "user-42", **more: Any) -> str:
        return signed(self.claims(user, **more))

    def address(self, what: str) -> str:
        return f"/app/v1/{self.channel.key}/{what}/"

    def get(self, what: str, token: str | None = None, query: str = "", **headers: str) -> Any:
        return self.http.get(f"{self.address(what)}{query}", headers=self._headers(token, headers))

    def post(self, what: str, data: Any = None, token: str | None = None, **headers: str) -> Any:
        body = data if isinstance(data, bytes | str) else json.dumps({} if data is None else data)
        headers = self._headers(token, headers)
        return self.http.post(self.address(what), data=body, content_type="application/json", headers=headers)

    def upload(self, content: bytes, name: str = "a.txt", token: str | None = None) -> Any:
        headers = self._headers(token, {"X-File-Name": name})
        return self.http.post(self.address("files"), data=content, content_type="text/plain", headers=headers)

    def _headers(self, token: str | None, more: dict[str, str]) -> dict[str, str]:
        token = self.token() if token is None else token
        more = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Accept-Language": "en", **({"Authorization": f"Bearer {token}"} if token else {}), **more}

    def say(self, text: str, key: str = "m1", token: str | None = None, **more: Any) -> Any:
        return self.post("messages", {"client_message_id": key, "text": text, **more}, token)

    def lines(self, token: str | None = None, query: str = "") -> list[tuple[int, str, str]]:
        document = self.get("messages", token, query).json()
        return [(line["sequence"], line["sender"], line["text"]) for line in document["messages"]]

    def tell(self, text: str, user: str = "user-42", key: str = "out-1", **more: Any) -> Delivery:
        """The desk answers."""
        outbound = Outbound(client_key=key, recipients=Recipients(to=(user,)), from_name="Harbour", text=text, **more)
        row = queue(self.channel, outbound)
        self.send()
        row.refresh_from_db()
        return row

    def send(self) -> None:
        Delivery.objects.unsettled().update(due_at=Now())  # past the time in which an answer can be taken back
        while outbox.send_due():
            pass

    def take_in(self) -> list[InboundEvent]:
        while inbox.process_due():
            pass
        return list(InboundEvent.objects.filter(channel=self.channel).order_by("pk"))

    def counts(self) -> tuple[int, int, int]:
        """What a refusal may not change."""
        return ClientConversation.objects.count(), ClientMessage.objects.count(), InboundEvent.objects.count()


def queue(channel: Channel, outbound: Outbound) -> Delivery:
    from django.db import transaction

    with transaction.atomic():
        return outbox.queue_delivery(
            channel=channel, message_id=None, ticket_id=None, outbound=outbound, order_by="x", by=SYSTEM
        )


Configure = Callable[..., None]


@pytest.fixture
def app(db: None) -> App:
    channel = ChannelFactory.create(key="app", kind="app", secrets={"secret": SECRET})
    IntakeRuleFactory.create(channel=channel)
    return App(channel)


@pytest.fixture
def configure(app: App) -> Configure:
    def change(**settings: Any) -> None:
        app.channel.settings = {**app.channel.settings, **settings}
        app.channel.save(update_fields=["settings"])

    return change
