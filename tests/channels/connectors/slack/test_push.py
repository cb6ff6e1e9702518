"""A call of the platform: proved, stored once, acknowledged; anything else has its status, its reason and no effect."""

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from apps.channels.connectors.slack.push import is_signed
from apps.channels.enums import InboundState
from tests.channels.conftest import in_parallel
from tests.channels.connectors.slack.conftest import Slack, envelope, message, signature

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "fixtures" / "vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["id"]))
def test_the_signature_covers_time_and_body(vector: dict[str, Any]) -> None:
    body, stamp, secret = vector["body"].encode(), vector["timestamp"], vector["secret"]

    assert is_signed(vector["expect"], secret, stamp, body)
    assert not is_signed(vector["expect"], secret, stamp, body + b" ")
    assert not is_signed(vector["expect"], secret, "1531420619", body)
    assert not is_signed(vector["expect"], "other", stamp, body)
    assert not is_signed(vector["expect"].upper(), secret, stamp, body)
    assert not is_signed("é", secret, stamp, body)


def test_the_console_gets_its_word_back(slack: Slack) -> None:
    response = slack.post(b'{"type":"url_verification","token":"x","challenge":"3eZbrw1aB"}')

    assert (response.status_code, response.json()) == (200, {"challenge": "3eZbrw1aB"})
    assert not slack.stored()


@pytest.mark.parametrize(
    ("headers", "at", "reason"),
    [
        ({"X-Slack-Signature": ""}, None, "signature_wrong"),
        ({"X-Slack-Signature": "v0=" + "0" * 64}, None, "signature_wrong"),
        ({"X-Slack-Signature": "é"}, None, "signature_wrong"),
        ({"X-Slack-Request-Timestamp": "soon"}, None, "signature_wrong"),
        ({}, int(time.time()) - 1000, "signature_stale"),
        ({}, int(time.time()) + 100_000, "signature_stale"),
    ],
    ids=["nothing", "zeros", "no ASCII", "another time", "old", "from the future"],
)
@pytest.mark.parametrize(
    "body", [message(), b'{"type":"url_verification","challenge":"secret word"}'], ids=["message", "challenge"]
)
def test_a_call_without_proof_leaves_nothing_but_a_reason(
    slack: Slack, headers: dict[str, str], at: int | None, reason: str, body: bytes
) -> None:
    with capture_logs() as logs:
        response = slack.post(body, at=at, **headers)

    assert response.status_code == 403
    assert b"secret word" not in response.content
    assert [row["reason"] for row in logs if row["event"] == "hook.refused"] == [reason]
    assert not slack.stored()


def test_a_time_that_is_no_number_is_refused_though_it_is_signed(slack: Slack) -> None:
    body = message()
    headers = {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": signature(body, "soon")}

    assert slack.post(body, **headers).status_code == 403
    assert not slack.stored()


def test_without_a_secret_nobody_is_believed(slack: Slack) -> None:
    slack.channel.secrets = {}
    slack.channel.save()

    assert slack.post(message(), secret="").status_code == 403
    assert not slack.stored()


def test_a_huge_body_is_not_read(slack: Slack) -> None:
    assert slack.post(b"{" + b"x" * 1024 * 1024).status_code == 413
    assert not slack.stored()


def test_a_message_is_stored_once_also_as_the_mention_that_it_is(slack: Slack) -> None:
    for kind in ("message", "app_mention", "message"):
        assert slack.push(type=kind, channel="C1").status_code == 200

    assert len(slack.stored()) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_call_ten_times_at_once_is_one_row(slack: Slack) -> None:
    body = message()
    answers = in_parallel(10, lambda _number: slack.post(body).status_code)

    assert answers == [200] * 10
    assert len(slack.stored()) == 1


def test_a_thread_keeps_its_order_and_holds_up_no_other(slack: Slack) -> None:
    slack.push(channel="C1", ts="1.1")
    slack.push(channel="C1", ts="1.2", thread_ts="1.1", user="U2")
    slack.push(channel="C1", subtype="message_deleted", previous_message={"ts": "1.2", "thread_ts": "1.1"}, ts="1.3")
    slack.push(channel="C1", ts="1.4")
    slack.push(ts="1.5")
    slack.push(ts="1.6")

    keys = [bytes(row.order_key) for row in slack.stored()]
    assert [keys.index(key) for key in keys] == [0, 0, 0, 3, 4, 4]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{" + b'"a":{' * 5000, "no JSON"),
        (b"", "neither JSON nor a form"),
        (b"\xff\xfe", "neither JSON nor a form"),
        (b"payload=%5B1%5D", "no JSON object"),
        (message(user=""), "no sender"),
        (message(ts=["x"]), "no time"),
        (envelope({"type": "message", "channel": "D1", "user": "U1", "ts": "1.1"}, team_id="T2"), "another workspace"),
        (urlencode({"command": "/help", "team_id": "T1"}).encode(), "no sender"),
        (urlencode({"command": "/help", "team_id": "T2", "user_id": "U1"}).encode(), "another workspace"),
    ],
    ids=["deep", "empty", "no text", "list", "no user", "list as ts", "team", "command", "command of another"],
)
def test_what_cannot_be_read_is_kept_and_parked_with_its_reason(slack: Slack, body: bytes, reason: str) -> None:
    assert slack.post(body).status_code == 200

    row = slack.take_in()[0]
    assert (row.state, row.error_code, bytes(row.payload)) == (InboundState.PARKED, "channels.unreadable", body)
    assert reason in row.error
