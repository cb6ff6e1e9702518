"""Messages from other systems: once per id, and everything that is wrong is said at once."""

import base64
from typing import Any

import pytest

from apps.accounts.models import User
from apps.channels import registry
from apps.channels.connectors.api.services import accept_api_message
from apps.channels.contract import Inbound
from apps.channels.errors import ChannelInactive
from apps.channels.keys import message_key
from apps.channels.models import Channel, InboundEvent
from apps.core.actor import Actor, token
from apps.core.errors import InvalidInput, PermissionRefused
from tests.channels.conftest import actor_for
from tests.factories.channels import ChannelFactory

pytestmark = pytest.mark.integration

GOOD: dict[str, Any] = {
    "sender": {"kind": "email", "value": "Lin@Example.com", "name": "Lin\r\nBcc: x", "verified": True},
    "subject": "Refund",
    "text": "When does it arrive?",
    "sent_at": "2026-03-01T10:00:00+08:00",
    "fields": {"category": "refund", "priority": 2, "nested": {"x": 1}},
    "attachments": [{"name": "a.txt", "content": base64.b64encode(b"aaa").decode()}],
}


@pytest.fixture
def api(db: None) -> Channel:
    return ChannelFactory.create(kind="api", key="shop")


@pytest.fixture
def integrator(manager: User) -> Actor:
    return token(manager, token_id=5, scopes=frozenset({"api.use", "tickets.create"}))


def parsed(event: InboundEvent) -> Inbound:
    item = registry.get("api").parse(InboundEvent.objects.select_related("channel").get(pk=event.pk))
    assert isinstance(item, Inbound)
    return item


def test_a_message_is_stored_in_neutral_form(api: Channel, integrator: Actor) -> None:
    accepted = accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=integrator)

    inbound = parsed(accepted.event)
    assert accepted.is_new
    assert (inbound.sender_kind, inbound.sender_value, inbound.sender_name) == (
        "email",
        "lin@example.com",
        "Lin Bcc: x",
    )
    assert not inbound.sender_verified
    assert inbound.fields == {"category": "refund", "priority": 2}
    assert inbound.sent_at is not None
    assert inbound.sent_at.isoformat() == "2026-03-01T10:00:00+08:00"
    assert [(file.name, file.content) for file in inbound.attachments] == [("a.txt", b"aaa")]


def test_the_same_key_is_the_same_message(api: Channel, integrator: Actor, manager: User) -> None:
    first = accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=integrator)
    again = accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=integrator)
    other = accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=actor_for(manager))

    assert (again.event.pk, again.is_new) == (first.event.pk, False)
    assert other.is_new


def test_an_external_id_decides_whatever_the_key(api: Channel, integrator: Actor) -> None:
    data = {**GOOD, "external_id": "order-1"}
    first = accept_api_message(channel=api, data=data, idempotency_key="a", by=integrator)
    again = accept_api_message(channel=api, data=data, idempotency_key="b", by=integrator)

    assert again.event.pk == first.event.pk
    assert parsed(first.event).message_keys == (message_key("order-1"),)


def test_a_thread_holds_messages_together(api: Channel, integrator: Actor) -> None:
    events = [
        accept_api_message(channel=api, data={**GOOD, **more}, idempotency_key=str(number), by=integrator).event
        for number, more in enumerate(({"thread": "chat 1"}, {"thread": "chat 1"}, {}, {}))
    ]
    keys = [parsed(event).thread_key for event in events]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert bytes(events[0].order_key) == bytes(events[1].order_key)


def test_a_trusted_channel_believes_who_the_sender_is(api: Channel, integrator: Actor) -> None:
    api.settings = {"trusts_identities": True}
    api.save()

    event = accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=integrator).event
    assert parsed(event).sender_verified


def test_everything_wrong_is_said_at_once(api: Channel, integrator: Actor) -> None:
    data = {
        "sender": {"kind": "email", "value": "nobody"},
        "subject": "x" * 501,
        "sent_at": "yesterday",
        "attachments": [{"name": "a", "content": "no base64!"}],
        "text": "a\x00b",
        "fields": [],
    }
    with pytest.raises(InvalidInput) as caught:
        accept_api_message(channel=api, data=data, idempotency_key="k", by=integrator)

    assert set(caught.value.fields) == {
        "sender.value", "subject", "sent_at", "attachments.content", "text", "fields"
    }  # fmt: skip
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "", "attachments": []},
        {"sender": None},
        {"sender": {"kind": "unheard-of", "value": "x"}},
        {"attachments": [{"name": "a", "content": base64.b64encode(b"x" * 11_000_000).decode()}]},
        {"attachments": [{}] * 21},
        {"identities": "x"},
    ],
)
def test_bad_input_is_refused_not_stored(api: Channel, integrator: Actor, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        accept_api_message(channel=api, data={**GOOD, **changes}, idempotency_key="k", by=integrator)
    assert not InboundEvent.objects.exists()


def test_without_any_id_it_is_refused(api: Channel, integrator: Actor) -> None:
    with pytest.raises(InvalidInput):
        accept_api_message(channel=api, data=GOOD, idempotency_key="", by=integrator)


def test_only_holders_of_api_use_and_only_on_api_channels(api: Channel, integrator: Actor, bystander: Actor) -> None:
    with pytest.raises(PermissionRefused):
        accept_api_message(channel=api, data=GOOD, idempotency_key="k", by=bystander)
    for other in (ChannelFactory.create(kind="form"), ChannelFactory.create(kind="api", is_active=False)):
        with pytest.raises(ChannelInactive):
            accept_api_message(channel=other, data=GOOD, idempotency_key="k", by=integrator)
    assert not InboundEvent.objects.exists()
