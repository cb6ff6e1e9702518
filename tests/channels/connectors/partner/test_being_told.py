"""What a partner hears of its case: answers and nothing else of what is said in the house."""

from __future__ import annotations

import pytest

from apps.channels.connectors.partner.connector import PartnerConnector
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Delivery, DeliveryAttempt
from apps.core.actor import SYSTEM, Actor
from apps.tickets.errors import NoReplyChannel
from apps.tickets.models import Message, Ticket
from apps.tickets.services import messages
from tests.channels.connectors.partner.conftest import CASE, Partner, send_all, take_in
from tests.support.platform_server import Scripted

pytestmark = pytest.mark.integration


@pytest.fixture
def ticket(partner: Partner) -> Ticket:
    partner.call()
    take_in()
    return Ticket.objects.get()


def test_answers_reach_the_partner_under_its_own_reference(partner: Partner, ticket: Ticket) -> None:
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>请断电</p>")
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>工程师明天到</p>")
    send_all()

    first, second = (event for event in partner.heard() if event["type"] == "case.message")
    assert first["data"]["text"].startswith("请断电")
    assert second["data"]["text"].startswith("工程师明天到")
    assert first["data"]["external_ref"] == "P-77"
    assert first["data"]["case_id"] == partner.call().json()["case_id"]
    assert first["data"]["version"] < second["data"]["version"]
    assert set(first["data"]) == {"case_id", "external_ref", "version", "text", "from"}


def test_notes_and_what_we_know_of_the_customer_never_leave(partner: Partner, ticket: Ticket, agent: Actor) -> None:
    messages.add_note(ticket=ticket, by=SYSTEM, html="<p>very secret</p>")
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    messages.add_note(ticket=ticket, by=SYSTEM, html="<p>very secret as well</p>")
    send_all()

    said = b"".join(asked.body for asked in partner.server.asked).decode()
    assert "Hello" in said
    assert "very secret" not in said
    assert "13800000000" not in said
    assert "李" not in said
    assert Delivery.objects.filter(message_id__in=Message.objects.filter(kind="note").values("pk")).count() == 0


def test_each_case_of_one_person_is_answered_under_its_own_reference(partner: Partner) -> None:
    partner.channel.settings["trusts_identities"] = True
    partner.channel.save()
    partner.call()
    partner.call({**CASE, "external_ref": "P-78"})
    take_in()

    for number, ticket in enumerate(Ticket.objects.order_by("number")):
        messages.reply(ticket=ticket, by=SYSTEM, html=f"<p>answer {number}</p>")
    send_all()

    told = {
        event["data"]["external_ref"]: event["data"]["text"] for event in partner.heard() if "text" in event["data"]
    }
    assert {ref: text.strip() for ref, text in told.items()} == {"P-77": "answer 0", "P-78": "answer 1"}


def test_an_attempt_that_fails_is_made_again_with_the_same_event(partner: Partner, ticket: Ticket) -> None:
    partner.server.on("/events", Scripted(503), Scripted(500), Scripted(200))
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    send_all()

    events = partner.heard()
    assert len(events) >= 3
    assert events[0] == events[1] == events[2]
    delivery = Delivery.objects.get(message_id__isnull=False)
    assert delivery.state == DeliveryState.SENT
    assert DeliveryAttempt.objects.filter(delivery=delivery).count() == 3


@pytest.mark.parametrize(
    ("status", "failure"),
    [(301, FailureKind.MISCONFIGURED), (401, FailureKind.MISCONFIGURED), (410, FailureKind.MISCONFIGURED)]
    + [(status, FailureKind.REJECTED) for status in (400, 409, 413, 422)],
)
def test_a_refusal_is_shown_and_not_repeated(
    partner: Partner, ticket: Ticket, status: int, failure: FailureKind
) -> None:
    partner.server.on("/events", Scripted(status, b"no", {"Location": f"{partner.server.url}/elsewhere"}))
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    send_all()

    delivery = Delivery.objects.get(message_id__isnull=False)
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, failure)
    assert partner.server.at("/elsewhere") == []


def test_private_addresses_are_not_called(partner: Partner, ticket: Ticket, settings: object) -> None:
    settings.HTTP_ALLOW_PRIVATE = []  # type: ignore[attr-defined]
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    send_all()

    assert partner.server.asked == []
    assert Delivery.objects.get(message_id__isnull=False).failure == FailureKind.MISCONFIGURED


def test_a_secret_that_is_none_sends_nothing(partner: Partner, ticket: Ticket) -> None:
    partner.channel.secrets["events_secret"] = "not base64!"
    partner.channel.save()
    messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    send_all()

    assert partner.server.asked == []
    assert Delivery.objects.get(message_id__isnull=False).failure == FailureKind.MISCONFIGURED


def test_without_an_address_for_events_nobody_can_answer(partner: Partner, ticket: Ticket) -> None:
    partner.channel.settings["events_url"] = ""
    partner.channel.save()
    with pytest.raises(NoReplyChannel):
        messages.reply(ticket=ticket, by=SYSTEM, html="<p>Hello</p>")
    assert not Delivery.objects.filter(message_id__isnull=False).exists()


@pytest.mark.parametrize(
    ("settings", "secrets", "is_ok"),
    [
        ({}, {}, True),
        ({"partner_id": ""}, {}, False),
        ({}, {"secret": ""}, False),
        ({}, {"events_secret": "%%"}, False),
        ({}, {"events_secret": ""}, False),
        ({"events_url": ""}, {"events_secret": ""}, True),
    ],
)
def test_the_check_looks_at_what_is_set(
    partner: Partner, settings: dict[str, str], secrets: dict[str, str], is_ok: bool
) -> None:
    partner.channel.settings |= settings
    partner.channel.secrets |= secrets
    result = PartnerConnector().check(partner.channel)
    assert result.is_ok is is_ok
    assert partner.server.asked == []
