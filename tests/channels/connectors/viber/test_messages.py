"""Each kind of message becomes what an agent can read; reports move our messages; all else opens nothing."""

from __future__ import annotations

from typing import Any

import pytest

from apps.channels.enums import DeliveryState, FailureKind
from apps.tickets.models import Ticket
from tests.channels.connectors.bots.side import Account, files
from tests.channels.connectors.viber.side import CUSTOMER, call, message
from tests.channels.test_media import PNG
from tests.support.platform_server import Scripted

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_the_published_signature_opens_the_door_and_carries_nothing(account: Account) -> None:
    """VIBER-1 of Viber/viber-bot-python's tests."""
    body = b'{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
    headers = {"X-Viber-Content-Signature": "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"}

    assert account.post(body, headers).status_code == 200
    assert account.post(body + b" ", headers).status_code == 403
    assert not account.stored()


def test_the_sample_of_the_documents(account: Account) -> None:
    sample = (
        '{"event":"message","timestamp":1700000000000,"message_token":5741311803571721087,"sender":{"id":'
        '"01234567890A=","name":"Li"},"message":{"type":"text","text":"hi"}}'
    )
    found = account.come(sample.encode())

    assert (found.text, found.sender_name) == ("hi", "Li")
    assert found.envelope["sent_at"] == "2023-11-14T22:13:20+00:00"
    assert found.envelope["message_id"] == "5741311803571721087"  # no digit of it is lost


@pytest.mark.parametrize("kind", ["picture", "video", "file"])
def test_files_are_fetched_without_our_token(account: Account, kind: str) -> None:
    account.server.on("/media", Scripted(200, PNG))
    link = f"{account.server.url}/media"

    found = account.come(message(7, kind, media=link, text="看图", file_name="发票.png", size=9, tracking_data="t"))

    assert (found.text, found.notice, files(found)) == ("看图", "", [("发票.png", PNG)])
    assert found.envelope["tracking_data"] == "t"
    assert "x-viber-auth-token" not in account.server.asked[0].headers


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        ("location", {"location": {"lat": 42.7, "lon": 23.3}}, "42.700000, 23.300000"),
        ("contact", {"contact": {"name": "Wang", "phone_number": "+359 88"}}, "Wang\n+359 88"),
        ("sticker", {"sticker_id": 46105}, "[sticker]"),
        ("url", {"media": "https://example.com/a"}, "https://example.com/a"),
        ("rich_media", {"text": "card"}, "card"),
        ("picture", {"text": "no link"}, "no link"),
    ],
)
def test_what_is_no_file_is_told_in_words(account: Account, kind: str, fields: dict[str, Any], text: str) -> None:
    found = account.come(message(7, kind, **fields))

    assert found.text == text
    assert not found.customer.identities.filter(kind="phone").exists()  # type: ignore[union-attr]
    assert not account.server.asked


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("subscribed", {"user": {"id": CUSTOMER, "name": "Li"}}),
        ("unsubscribed", {"user_id": CUSTOMER}),
        ("conversation_started", {"type": "open", "context": "T1", "user": {"id": CUSTOMER}, "subscribed": False}),
        ("client_status", {}),
        ("new/..", {}),
    ],
)
def test_what_has_no_words_is_kept_and_opens_nothing(account: Account, name: str, fields: dict[str, Any]) -> None:
    assert account.reason(call(name, 9, **fields)).startswith("viber.event_")
    assert not Ticket.objects.exists()


def test_reports_share_the_number_of_their_message(account: Account) -> None:
    delivery = account.delivered("77")

    for name in ("seen", "delivered", "delivered"):
        account.post(call(name, 77, user_id=CUSTOMER))
    account.take_in()

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READ
    assert len(account.stored()) == 2


def test_a_failure_after_all_is_told(account: Account) -> None:
    delivery = account.delivered("77")

    account.post(call("failed", 77, user_id=CUSTOMER, desc="user left"))
    account.take_in()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.failure) == (DeliveryState.FAILED, FailureKind.RECIPIENT_GONE)
    assert delivery.error == "user left"
