from typing import Any

import pytest
from django.test import Client

from apps.channels.connectors.webhook.connector import KIND
from apps.channels.connectors.webhook.forms import default_settings
from apps.channels.connectors.webhook.services import proved_call
from apps.channels.models import Channel
from tests.factories.channels import ChannelFactory

MAPPING = {
    "map_message_id": "id",
    "map_sender_id": "user.id",
    "map_sender_name": "user.name",
    "map_phone": "user.phone",
    "map_text": "text",
    "map_attachments": "files",
    "map_conversation": "order",
}
SAMPLE = {"id": "m-1", "user": {"id": "u-1", "name": "Ada", "phone": "+447700900123"}, "text": "Where is it?"}


def make_channel(**settings: Any) -> Channel:
    """One that calls with an HMAC and is called with a signed one."""
    stored = default_settings() | MAPPING | settings
    return ChannelFactory.create(kind=KIND, key="shop", settings=stored, secrets={"secret": "s3cr3t"})


@pytest.fixture
def shop(db: None) -> Channel:
    return make_channel()


def post(channel: Channel, body: bytes, content_type: str = "application/json", **headers: str) -> Any:
    """A call as the other system makes it, proved with the channel's secret unless `headers` say otherwise."""
    proof = {name: value for name, value in proved_call(channel, body).headers.items() if name != "Content-Type"}
    client = Client(enforce_csrf_checks=True)
    return client.post(f"/hooks/{channel.key}/", data=body, content_type=content_type, headers=proof | headers)
