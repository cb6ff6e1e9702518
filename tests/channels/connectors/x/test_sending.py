"""Answers are signed in the name of the account; each refusal has its meaning and leaves no secret."""

import time
from typing import Any

import pytest

from apps.channels import registry
from apps.channels.connectors.x.oauth import Credentials
from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState, FailureKind
from tests.channels.connectors.called import outbound, stored_file
from tests.channels.connectors.x.conftest import CUSTOMER, SECRET, TOKEN_SECRET, X
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/2/dm_conversations/with/20/messages"
OK = answer({"data": {"dm_conversation_id": "10-20", "dm_event_id": "901"}}, 201)


def send(x: X, text: str = "您好", *files: int) -> SendResult:
    return x.send(outbound(CUSTOMER, text, *files))


def test_the_published_example_of_a_signature() -> None:
    """docs.x.com, creating a signature."""
    credentials = Credentials(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    header = credentials.header_with(
        "post",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        {"oauth_timestamp": "1318622958", "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"},
        {"status": "Hello Ladies + Gentlemen, a signed OAuth request!"},
    )

    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in header


def test_an_answer_goes_to_the_customer(x: X) -> None:
    x.server.on(SEND, OK)

    result = send(x, "已发货 😀")

    call = x.server.at(SEND)[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "901")
    assert call.json() == {"text": "已发货 😀"}
    assert 'oauth_token="10-token"' in call.headers["authorization"]
    assert SECRET not in call.headers["authorization"] + result.detail


def test_two_requests_have_different_words_of_chance(x: X) -> None:
    x.server.on(SEND, OK)
    send(x)
    send(x)

    first, second = (call.headers["authorization"] for call in x.server.at(SEND))
    assert first != second


@pytest.mark.parametrize(
    ("content", "name", "category"), [(PNG, "票.png", b"dm_image"), (b"GIF89a" + b"\x01\x00" * 20, "a.gif", b"dm_gif")]
)
def test_a_picture_is_uploaded_and_sent_by_its_id(x: X, content: bytes, name: str, category: bytes) -> None:
    x.server.on("/2/media/upload", {"data": {"id": "m-1"}})
    x.server.on(SEND, OK)

    assert send(x, "", stored_file(content, name)).state == DeliveryState.SENT

    uploaded = x.server.at("/2/media/upload")[0].body
    assert content in uploaded
    assert category in uploaded
    assert x.server.at(SEND)[0].json() == {"attachments": [{"media_id": "m-1"}]}


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.RETRY_LATER),
        (answer({}), FailureKind.RETRY_LATER),
        (answer({"title": "no"}, 400), FailureKind.REJECTED),
    ],
)
def test_a_failed_upload_is_no_unknown_outcome(x: X, reply: Scripted, failure: FailureKind) -> None:
    x.server.on("/2/media/upload", reply)

    assert send(x, "", stored_file(PNG, "a.png")).failure == failure
    assert not x.server.at(SEND)


def test_what_cannot_go_is_not_sent(x: X) -> None:
    refused = [send(x, "", stored_file(b"%PDF-1.7", "a.pdf")), send(x, "", 10**9), x.send(outbound(""))]

    kinds = [FailureKind.REJECTED, FailureKind.REJECTED, FailureKind.RECIPIENT_GONE]
    assert [result.failure for result in refused] == kinds
    assert not x.server.asked


@pytest.mark.parametrize(
    ("status", "problem", "failure"),
    [
        (400, {"title": "Invalid Request"}, FailureKind.REJECTED),
        (400, {"errors": [{"code": 150}]}, FailureKind.RECIPIENT_GONE),
        (401, {"title": "Unauthorized"}, FailureKind.REAUTHENTICATE),
        (402, {"title": "CreditsDepleted"}, FailureKind.MISCONFIGURED),
        (403, {"errors": [{"code": 349}]}, FailureKind.RECIPIENT_GONE),
        (403, {"title": "Forbidden", "detail": "You cannot send"}, FailureKind.RECIPIENT_GONE),
        (403, {"type": "https://api.x.com/2/problems/client-forbidden"}, FailureKind.MISCONFIGURED),
        (404, {"title": "Not Found Error"}, FailureKind.RECIPIENT_GONE),
        (500, {}, FailureKind.UNKNOWN_OUTCOME),
        (503, {}, FailureKind.RETRY_LATER),
    ],
)
def test_what_each_error_means(x: X, status: int, problem: dict[str, Any], failure: FailureKind) -> None:
    x.server.on(SEND, answer(problem, status))

    result = send(x)

    assert result.failure == failure
    assert TOKEN_SECRET not in result.detail
    assert len(x.server.at(SEND)) == 1


@pytest.mark.parametrize(("reset", "is_told"), [(300, True), (-300, False), (10**12, False), (None, False)])
def test_the_platform_says_when_it_counts_anew(x: X, reset: int | None, is_told: bool) -> None:
    headers = {} if reset is None else {"x-rate-limit-reset": str(int(time.time()) + reset)}
    x.server.on(SEND, Scripted(429, b'{"title":"Too Many Requests"}', headers))

    result = send(x)

    assert result.failure == FailureKind.RETRY_LATER
    assert (result.retry_after is not None) is is_told


@pytest.mark.parametrize("reply", [HANG_UP, Scripted(200, b"<html>")])
def test_no_answer_is_never_taken_for_a_no(x: X, reply: Scripted) -> None:
    x.server.on(SEND, reply)

    assert send(x).failure == FailureKind.UNKNOWN_OUTCOME


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"data": {"id": "10"}}), True, "accepts"),
        (answer({"data": {"id": "11"}}), False, "another account"),
        (answer({}, 401), False, "keys and tokens"),
        (answer({}, 402), False, "credits"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(x: X, reply: Scripted, is_ok: bool, words: str) -> None:
    x.server.on("/2/users/me", reply)

    result = registry.get("x").check(x.channel)

    assert (result.is_ok, words in str(result.message)) == (is_ok, True)
