"""Answers cost nothing while the question is fresh, come once however often they are sent, and each refusal has its meaning."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.channels import registry
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import InboundEvent
from apps.core.clock import now
from tests.channels.connectors.bots.side import Account, stored
from tests.channels.connectors.line.side import CUSTOMER, PUSH, REPLY, SECRET, SIDE, call, message
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def test_a_text_is_pushed_under_a_key_that_stays(account: Account) -> None:
    account.server.on(PUSH, HANG_UP, SIDE.ok)

    assert account.send("已发货 😀").failure == FailureKind.RETRY_LATER
    result = account.send("已发货 😀")

    first, second = account.server.at(PUSH)
    assert result.provider_id == "461230966842064897"
    assert first.headers["x-line-retry-key"] == second.headers["x-line-retry-key"]
    assert second.json() == {"to": CUSTOMER, "messages": [{"type": "text", "text": "已发货 😀"}]}


def test_what_was_accepted_before_is_sent(account: Account) -> None:
    account.server.on(PUSH, answer({"message": "accepted"}, 409, x_line_accepted_request_id="r1"))

    assert account.send().state == DeliveryState.SENT


def test_an_answer_within_a_minute_costs_nothing(account: Account) -> None:
    account.come(call(message(1, text="?")))
    account.server.on(REPLY, SIDE.ok)

    assert account.send("!", in_reply_to="1").state == DeliveryState.SENT
    assert account.server.at(REPLY)[0].json() == {"replyToken": "rt1", "messages": [{"type": "text", "text": "!"}]}
    assert not account.server.at(PUSH)


def test_a_used_token_falls_back_to_a_push(account: Account) -> None:
    account.come(call(message(1, text="?")))
    account.server.on(REPLY, answer({"message": "Invalid reply token"}, 400))
    account.server.on(PUSH, SIDE.ok)

    assert account.send("!", references=("1",)).state == DeliveryState.SENT
    assert len(account.server.at(PUSH)) == 1


def test_a_lost_answer_to_a_reply_is_not_pushed_as_well(account: Account) -> None:
    account.come(call(message(1, text="?")))
    account.server.on(REPLY, HANG_UP)

    assert account.send("!", in_reply_to="1").failure == FailureKind.UNKNOWN_OUTCOME
    assert not account.server.at(PUSH)


def test_an_old_question_has_no_token(account: Account) -> None:
    account.come(call(message(1, text="?")))
    InboundEvent.objects.update(received=now() - timedelta(minutes=2))
    account.server.on(PUSH, SIDE.ok)

    assert account.send("!", in_reply_to="1").state == DeliveryState.SENT
    assert not account.server.at(REPLY)


@pytest.mark.parametrize(
    ("status", "said", "failure"),
    [
        (400, "Failed to send messages", FailureKind.RECIPIENT_GONE),
        (400, "The property, 'to' in the request body is invalid", FailureKind.RECIPIENT_GONE),
        (400, "A message (messages[0]) in the request body is invalid", FailureKind.REJECTED),
        (401, "Authentication failed", FailureKind.REAUTHENTICATE),
        (403, "Access to this API denied", FailureKind.MISCONFIGURED),
        (409, "The retry key is already accepted", FailureKind.REJECTED),
        (429, "The API rate limit has been exceeded", FailureKind.RETRY_LATER),
        (429, "You have reached your monthly limit.", FailureKind.MISCONFIGURED),
    ],
)
def test_what_each_error_means(account: Account, status: int, said: str, failure: FailureKind) -> None:
    account.server.on(PUSH, answer({"message": said}, status))

    result = account.send()

    assert result.failure == failure
    assert said in result.detail


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer({"error": "invalid_client", "error_description": "bad secret"}, 400), FailureKind.REAUTHENTICATE),
        (Scripted(404, b"<html>"), FailureKind.MISCONFIGURED),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
    ids=["refused", "page", "hangs-up"],
)
def test_without_a_token_nothing_is_sent(account: Account, reply: Scripted, failure: FailureKind) -> None:
    account.server.on("/oauth2/v3/token", reply)

    result = account.send()

    assert result.failure == failure
    assert SECRET not in result.detail
    assert not account.server.at(PUSH)


def test_a_token_that_is_refused_is_replaced_once(account: Account) -> None:
    account.server.on("/oauth2/v3/token", SIDE.replies["/oauth2/v3/token"], {"access_token": "stateless-2"})
    account.server.on(PUSH, answer({"message": "expired"}, 401), SIDE.ok)

    assert account.send().state == DeliveryState.SENT
    tokens = [asked.headers["authorization"] for asked in account.server.at(PUSH)]
    assert tokens == ["Bearer stateless-1", "Bearer stateless-2"]


def test_check(account: Account) -> None:
    account.server.on("/v2/bot/info", {"displayName": "Lindenhaus", "userId": "U1"})

    result = registry.get("line").check(account.channel)

    assert (result.is_ok, result.details) == (True, ("Lindenhaus",))


def test_check_knows_a_wrong_secret(account: Account) -> None:
    account.server.on("/oauth2/v3/token", answer({"error": "invalid_client"}, 400))

    result = registry.get("line").check(account.channel)

    assert not result.is_ok
    assert "does not accept" in str(result.message)


def test_a_picture_goes_out_by_an_address_that_we_signed(account: Account) -> None:
    account.server.on(PUSH, SIDE.ok)

    assert account.send("", stored(PNG, "票.png")).state == DeliveryState.SENT

    sent = account.server.at(PUSH)[0].json()["messages"][0]
    assert sent["type"] == "image"
    assert sent["originalContentUrl"] == sent["previewImageUrl"]
    assert Client().get(urlsplit(sent["originalContentUrl"]).path).content == PNG
