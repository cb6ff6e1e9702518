"""Answers reach the subscriber; what happened stands in the body, whatever the status line says."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.channels import registry
from apps.channels.connectors.viber.api import result_of
from apps.channels.enums import FailureKind
from tests.channels.connectors.bots.side import Account, stored
from tests.channels.connectors.viber.side import CUSTOMER, SIDE, TOKEN
from tests.channels.test_media import PNG

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_text_is_sent_under_the_name_that_customers_see(account: Account) -> None:
    account.channel.settings = {**account.channel.settings, "sender_name": "L" * 40}
    account.server.on(SIDE.send_path, SIDE.ok)

    assert account.send("已发货 😀").provider_id == "5741311803571721099"

    asked = account.server.asked[0]
    assert asked.headers["x-viber-auth-token"] == TOKEN
    assert asked.json() == {"receiver": CUSTOMER, "sender": {"name": "L" * 28}, "type": "text", "text": "已发货 😀"}


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (1, FailureKind.MISCONFIGURED),
        (2, FailureKind.REAUTHENTICATE),
        (3, FailureKind.REJECTED),
        (4, FailureKind.REJECTED),
        (5, FailureKind.RECIPIENT_GONE),
        (6, FailureKind.RECIPIENT_GONE),
        (7, FailureKind.MISCONFIGURED),
        (8, FailureKind.MISCONFIGURED),
        (9, FailureKind.MISCONFIGURED),
        (10, FailureKind.MISCONFIGURED),
        (11, FailureKind.RECIPIENT_GONE),
        ("12", FailureKind.RETRY_LATER),
        (99, FailureKind.REJECTED),
        ("new", FailureKind.REJECTED),
        (1e300, FailureKind.REJECTED),
        (None, FailureKind.REJECTED),
    ],
)
def test_what_each_status_means(code: Any, failure: FailureKind) -> None:
    result = result_of({"status": code, "status_message": "as the platform says"})

    assert result.failure == failure
    assert "as the platform says" in result.detail


@pytest.mark.parametrize(
    ("document", "is_ok", "words"),
    [
        ({"status": 0, "name": "Lindenhaus"}, True, "accepts"),
        ({"status": 2, "status_message": "invalidAuthToken"}, False, "does not accept"),
        ({"status": 7, "status_message": "blocked"}, False, "refused"),
    ],
)
def test_check(account: Account, document: dict[str, Any], is_ok: bool, words: str) -> None:
    account.server.on(SIDE.check_path, document)

    result = registry.get("viber").check(account.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert (result.details == ("Lindenhaus",)) is is_ok


@pytest.mark.parametrize(
    ("content", "name", "kind", "size"),
    [(PNG, "票.png", "picture", None), (b"%PDF-1.7", "账单.pdf", "file", 8)],
    ids=["picture", "file"],
)
def test_a_file_goes_out_by_an_address_that_we_signed(
    account: Account, content: bytes, name: str, kind: str, size: int | None
) -> None:
    account.server.on(SIDE.send_path, SIDE.ok)

    assert account.send("", stored(content, name)).failure is None

    sent = account.server.asked[0].json()
    assert (sent["type"], sent.get("size"), sent.get("file_name")) == (kind, size, name if size else None)
    assert Client().get(urlsplit(sent["media"]).path).content == content
