"""A call of the platform: proved, stored once, acknowledged; anything else has its status, its reason and no effect."""

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from apps.channels.connectors.douyin.push import is_signed
from apps.channels.enums import InboundState
from tests.channels.connectors.douyin.conftest import CUSTOMER, Douyin, event, signed

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_the_signature_covers_secret_and_body(vector: dict[str, Any]) -> None:
    body = vector["body"].encode()

    assert is_signed(vector["expect"], vector["secret"], body)
    assert not is_signed(vector["expect"], vector["secret"], body + b" ")
    assert not is_signed(vector["expect"], "other", body)
    assert not is_signed(vector["expect"].upper(), vector["secret"], body)
    assert not is_signed("é", vector["secret"], body)


@pytest.mark.parametrize("challenge", [12345, "12345", 9007199254740993])
def test_the_console_gets_its_number_back(account: Douyin, challenge: Any) -> None:
    body = json.dumps({"event": "verify_webhook", "client_key": "", "content": {"challenge": challenge}}).encode()

    response = account.post(body, call_id="")

    assert (response.status_code, response.json()) == (200, {"challenge": challenge})
    assert not account.stored()


def test_a_question_without_proof_gets_nothing(account: Douyin) -> None:
    body = b'{"event":"verify_webhook","content":{"challenge":12345}}'

    response = account.post(body, signature="")

    assert response.status_code == 403
    assert b"12345" not in response.content


def test_a_message_is_stored_once_however_often_it_comes(account: Douyin) -> None:
    body = event(text="在吗")

    answers = [account.post(body, call_id=call_id) for call_id in ("1", "1", "another")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert [bytes(row.payload) for row in account.stored()] == [body]


def test_what_has_no_id_of_a_message_is_known_by_its_call(account: Douyin) -> None:
    body = event("contract_authorize", message_id="")
    for call_id in ("1", "1", "2", "", ""):
        account.post(body, call_id=call_id)

    assert len(account.stored()) == 3


def test_one_senders_messages_keep_their_order(account: Douyin) -> None:
    for number in range(3):
        account.push(message_id=f"@{number}", text="x")
    account.push("im_send_msg", message_id="@e", sender="oB-account", receiver=CUSTOMER, text="y")
    account.push(message_id="@9", sender="oOther", text="x")

    keys = [bytes(row.order_key) for row in account.stored()]
    assert len(set(keys[:4])) == 1
    assert keys[4] not in keys[:4]


@pytest.mark.parametrize(
    "signature",
    ["", "0" * 40, signed(event(text="x"), "other"), "é"],
    ids=["nothing", "zeros", "another secret", "no ASCII"],
)
def test_a_call_without_proof_leaves_nothing_but_a_reason(account: Douyin, signature: str) -> None:
    with capture_logs() as logs:
        response = account.post(event(text="x"), signature=signature)

    assert response.status_code == 403
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == ["signature_wrong"]
    assert not account.stored()


def test_a_changed_body_is_refused(account: Douyin) -> None:
    assert account.post(event(text="转账"), signature=signed(event(text="你好"))).status_code == 403
    assert not account.stored()


def test_without_a_secret_nobody_is_believed(account: Douyin) -> None:
    account.channel.secrets = {}
    account.channel.save()
    body = event(text="x")

    assert account.post(body, signature=signed(body, "")).status_code == 403
    assert not account.stored()


@pytest.mark.parametrize("size", [600 * 1024, 6 * 1024 * 1024])
def test_a_huge_body_is_not_read(account: Douyin, size: int) -> None:
    assert account.post(b"x" * size).status_code == 413
    assert not account.stored()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":' * 5000, "neither XML nor JSON"),
        (b"", "neither XML nor JSON"),
        (b"[1]", "flat JSON"),
        (b'{"event": ["x"]}', "no event"),
        (event(text="x")[:-1], "neither XML nor JSON"),
        (event(message_id="", text="x"), "no sender or no message"),
        (event(sender="", text="x"), "no sender or no message"),
        (b'{"event":"im_receive_msg","from_user_id":"a","content":"no JSON"}', "no sender or no message"),
        (event(receiver="oB-another", text="x"), "another account"),
    ],
)
def test_what_cannot_be_read_is_kept_and_parked_with_its_reason(account: Douyin, body: bytes, reason: str) -> None:
    assert account.post(body).status_code == 200

    row = account.take_in()[0]
    assert (row.state, row.error_code, bytes(row.payload)) == (InboundState.PARKED, "channels.unreadable", body)
    assert reason in row.error
