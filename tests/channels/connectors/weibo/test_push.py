"""A call of the platform: proved, stored once, acknowledged; anything else has its status, its reason and no effect."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from apps.channels.connectors.weibo.push import is_fresh
from apps.channels.enums import InboundState
from tests.channels.connectors.weibo.conftest import APP_SECRET, Weibo, message, signed

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_published_signatures_open_the_door(account: Weibo, vector: dict[str, Any]) -> None:
    secret, timestamp, nonce = vector["parts"]
    account.channel.secrets = {"app_secret": secret}
    account.channel.save()
    query = {"signature": vector["expect"], "timestamp": timestamp, "nonce": nonce, "echostr": "1"}

    with time_machine.travel(int(timestamp) / 1000, tick=False):
        assert account.client.get("/hooks/weibo/", query).status_code == 200
        assert account.client.get("/hooks/weibo/", {**query, "nonce": "1"}).status_code == 403
        assert account.client.get("/hooks/weibo/", {**query, "signature": vector["expect"].upper()}).status_code == 403


@pytest.mark.parametrize("text", ["", "soon", "1", "9" * 40, "-1397022061", "１３９７０２２０６１"])
def test_a_strange_time_is_not_fresh(text: str) -> None:
    assert not is_fresh(text)


def test_seconds_are_as_good_as_milliseconds() -> None:
    assert is_fresh(str(int(time.time())))
    assert is_fresh(str(int(time.time() * 1000)))


def test_the_console_gets_its_word_back(account: Weibo) -> None:
    response = account.client.get("/hooks/weibo/", {**signed(), "echostr": "437512"})

    assert (response.status_code, response.content) == (200, b"437512")
    assert response["Content-Type"].startswith("text/plain")
    assert not account.stored()


def test_a_message_is_stored_once_however_often_it_comes(account: Weibo) -> None:
    answers = [account.push() for _ in range(3)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert [bytes(row.payload) for row in account.stored()] == [message()]


def test_two_messages_of_one_second_are_two(account: Weibo) -> None:
    for fields in ({"text": "a"}, {"text": "b"}, {"type": "image", "text": "b"}, {"text": "a", "data": {"tovfid": 1}}):
        account.push(**fields)
    account.push(text="a", new_field="x")

    assert len(account.stored()) == 4
    assert len({bytes(row.order_key) for row in account.stored()}) == 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({}, "signature_missing"),
        ({"signature": "", "timestamp": "1", "nonce": "1"}, "signature_missing"),
        (signed(secret="other"), "signature_wrong"),
        (signed(secret=""), "signature_wrong"),
        ({**signed(), "nonce": "1"}, "signature_wrong"),
        (signed(timestamp=str(int(time.time()) - 3600)), "signature_stale"),
        (signed(timestamp=str(int(time.time() * 1000) + 3_600_000)), "signature_stale"),
    ],
)
def test_a_call_without_proof_leaves_nothing_but_a_reason(account: Weibo, query: dict[str, str], reason: str) -> None:
    with capture_logs() as logs:
        responses = [
            account.post(message(), query),
            account.client.get("/hooks/weibo/", {**query, "echostr": "<script>"}),
        ]

    assert [response.status_code for response in responses] == [403, 403]
    assert not any(b"<script>" in response.content for response in responses)
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == [reason] * 2
    assert not account.stored()


def test_without_a_secret_nobody_is_believed(account: Weibo) -> None:
    account.channel.secrets = {}
    account.channel.save()

    assert account.post(message(), signed(secret="")).status_code == 403
    assert not account.stored()


@pytest.mark.parametrize("size", [600 * 1024, 6 * 1024 * 1024])
def test_a_huge_body_is_not_read(account: Weibo, size: int) -> None:
    assert account.post(b"x" * size).status_code == 413
    assert not account.stored()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a":' * 5000, "neither XML nor JSON"),
        (b"", "neither XML nor JSON"),
        (b"[1]", "flat JSON"),
        (message()[:-1], "neither XML nor JSON"),
        (message(sender_id=None), "no sender or no type"),
        (message(type=""), "no sender or no type"),
        (b"<xml><ToUserName>1</ToUserName><MsgType>text</MsgType></xml>", "no sender or no type"),
    ],
)
def test_what_cannot_be_read_is_kept_and_parked_with_its_reason(account: Weibo, body: bytes, reason: str) -> None:
    assert account.post(body).status_code == 200

    row = account.take_in()[0]
    assert (row.state, row.error_code, bytes(row.payload)) == (InboundState.PARKED, "channels.unreadable", body)
    assert reason in row.error
    assert APP_SECRET not in row.error
