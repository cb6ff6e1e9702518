"""Answers reach the customer under their uid; each refusal of the platform has its meaning and leaves no secret."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from apps.channels import registry
from apps.channels.connectors.weibo.api import result_of
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from tests.channels.connectors.weibo.conftest import ACCESS_TOKEN, CUSTOMER, Weibo
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/2/messages/reply.json"
OK = {"result": True, "sender_id": 1, "receiver_id": CUSTOMER, "type": "text"}


def send(account: Weibo, text: str = "您好", *files: int) -> SendResult:
    outbound = Outbound(client_key="k", recipients=Recipients(to=(str(CUSTOMER),)), text=text, attachments=files)
    return registry.get("weibo").send(outbound, account.channel)


def form(account: Weibo) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(account.server.at(SEND)[0].body.decode()).items()}


def test_a_text_is_sent_as_it_was_written(account: Weibo) -> None:
    account.server.on(SEND, OK)

    result = send(account, '已发货 😀 "引号" & 100%')

    fields = form(account)
    assert result.state == DeliveryState.SENT
    assert json.loads(fields.pop("data")) == {"text": '已发货 😀 "引号" & 100%'}
    assert fields == {"access_token": ACCESS_TOKEN, "type": "text", "receiver_id": str(CUSTOMER)}
    assert not account.server.at(SEND)[0].query  # the token stays out of addresses


def test_a_long_text_goes_out_in_pieces(account: Weibo) -> None:
    whole = Outbound(client_key="k", recipients=Recipients(to=(str(CUSTOMER),)), text="好" * 700)

    pieces = registry.get("weibo").parts(whole, account.channel)

    assert [len(piece.text) for piece in pieces] == [300, 300, 100]
    assert [piece.client_key for piece in pieces] == ["k", "k.1", "k.2"]


def test_files_are_not_sent(account: Weibo) -> None:
    assert send(account, "", 1).failure == FailureKind.REJECTED
    assert not registry.get("weibo").capabilities.carries("image/png", 10)
    assert not account.server.asked


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (10009, FailureKind.RETRY_LATER),
        (10022, FailureKind.RETRY_LATER),
        (10023, FailureKind.RETRY_LATER),
        ("10023", FailureKind.RETRY_LATER),
        (26403, FailureKind.OUTSIDE_WINDOW),
        (20003, FailureKind.RECIPIENT_GONE),
        (10014, FailureKind.MISCONFIGURED),
        (21327, FailureKind.REAUTHENTICATE),
        (21332, FailureKind.REAUTHENTICATE),
        (10017, FailureKind.REJECTED),
        (99999, FailureKind.REJECTED),
        ("new", FailureKind.REJECTED),
    ],
)
@pytest.mark.parametrize("status", [200, 403])
def test_what_each_error_means(account: Weibo, status: int, code: Any, failure: FailureKind) -> None:
    account.server.on(SEND, answer({"error": "as the platform says", "error_code": code}, status))

    result = send(account)

    assert result.failure == failure
    assert "as the platform says" in result.detail
    assert result.retry_after == result_of({"error_code": code}).retry_after
    assert len(account.server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(404, b"<html>"), FailureKind.MISCONFIGURED),
        (answer({}, 503), FailureKind.RETRY_LATER),
        (answer({}, 429, Retry_After="9"), FailureKind.RETRY_LATER),
    ],
)
def test_no_answer_is_never_taken_for_a_no(account: Weibo, reply: Scripted, failure: FailureKind) -> None:
    account.server.on(SEND, reply)

    result = send(account)

    assert result.failure == failure
    assert ACCESS_TOKEN not in result.detail
    assert len(account.server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"error": "parameter", "error_code": 10016}, 400), True, "accepts"),
        (answer({"error": "expired", "error_code": 21327}, 403), False, "access token"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check_sends_nothing_to_nobody(account: Weibo, reply: Scripted, is_ok: bool, words: str) -> None:
    account.server.on(SEND, reply)

    result = registry.get("weibo").check(account.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert "receiver_id" not in form(account)
