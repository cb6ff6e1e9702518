"""Answers go to the service address and the message they belong to; each refusal has its meaning and leaves no secret."""

import base64
import json
from typing import Any

import pytest

from apps.channels import registry
from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import PlatformToken
from tests.channels.connectors.called import outbound, stored_file
from tests.channels.connectors.teams.conftest import CUSTOMER, SECRET, TOKEN, TOKEN_PATH, Teams
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

PATH = "/apac/v3/conversations/19%3Ax%40thread.tacv2%3Bmessageid%3D1/activities/1700"


def follows(teams: Teams, service_url: str = "") -> str:
    place = [service_url or teams.service_url, "19:x@thread.tacv2;messageid=1", "1700"]
    return f"teams:{json.dumps(place)}"


def send(teams: Teams, text: str = "您好", *files: int) -> SendResult:
    return teams.send(outbound(CUSTOMER, text, *files, follows=follows(teams)))


def test_an_answer_names_conversation_and_message(teams: Teams) -> None:
    teams.server.on(PATH, answer({"id": "1799"}, 201))

    result = send(teams, "已发货 *😀*")

    call = teams.server.at(PATH)[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "19:x@thread.tacv2;messageid=1:1799")
    assert call.headers["authorization"] == "Bearer token-1"
    assert call.json() == {
        "type": "message",
        "from": {"id": "28:app-1"},
        "conversation": {"id": "19:x@thread.tacv2;messageid=1"},
        "replyToId": "1700",
        "text": "已发货 *😀*",
        "textFormat": "plain",
    }


def test_a_picture_goes_inside_the_message(teams: Teams) -> None:
    teams.server.on(PATH, {"id": "1799"})

    assert send(teams, "", stored_file(PNG, "票.png")).state == DeliveryState.SENT

    link = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    sent = teams.server.at(PATH)[0].json()["attachments"]
    assert sent == [{"contentType": "image/png", "contentUrl": link, "name": "票.png"}]


def test_what_cannot_go_is_not_sent(teams: Teams) -> None:
    refused = [
        send(teams, "", stored_file(b"%PDF-1.7", "a.pdf")),
        send(teams, "", 10**9),
        teams.send(outbound(CUSTOMER)),
        teams.send(outbound(CUSTOMER, follows=follows(teams, "https://evil.example/apac/"))),
        teams.send(outbound(CUSTOMER, follows=follows(teams, "http://["))),
    ]

    kinds = [FailureKind.REJECTED] * 2 + [FailureKind.RECIPIENT_GONE] + [FailureKind.MISCONFIGURED] * 2
    assert [result.failure for result in refused] == kinds
    assert not teams.server.asked


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (400, "BadArgument", FailureKind.REJECTED),
        (403, "MessageWritesBlocked", FailureKind.RECIPIENT_GONE),
        (403, "", FailureKind.RECIPIENT_GONE),
        (403, "BotNotInConversationRoster", FailureKind.RECIPIENT_GONE),
        (403, "BotDisabledByAdmin", FailureKind.MISCONFIGURED),
        (404, "ConversationNotFound", FailureKind.RECIPIENT_GONE),
        (412, "PreconditionFailed", FailureKind.RETRY_LATER),
        (413, "MessageSizeTooBig", FailureKind.REJECTED),
        (429, "Throttled", FailureKind.RETRY_LATER),
        (500, "ServiceError", FailureKind.UNKNOWN_OUTCOME),
        (503, "ServiceUnavailable", FailureKind.RETRY_LATER),
    ],
)
def test_what_each_error_means(teams: Teams, status: int, code: str, failure: FailureKind) -> None:
    teams.server.on(PATH, answer({"error": {"code": code, "message": "as the platform says"}}, status))

    assert send(teams).failure == failure
    assert len(teams.server.at(PATH)) == 1


@pytest.mark.parametrize("reply", [HANG_UP, Scripted(200, b"<html>")])
def test_no_answer_is_never_taken_for_a_no(teams: Teams, reply: Scripted) -> None:
    teams.server.on(PATH, reply)

    assert send(teams).failure == FailureKind.UNKNOWN_OUTCOME


def test_one_token_serves_many_messages_and_a_refused_one_is_replaced(teams: Teams) -> None:
    teams.server.on(TOKEN_PATH, TOKEN, {**TOKEN, "access_token": "token-2"})
    teams.server.on(PATH, {"id": "1"}, answer({}, 401), {"id": "2"}, answer({}, 401))

    assert [send(teams).state for _ in range(2)] == [DeliveryState.SENT] * 2
    assert send(teams).failure == FailureKind.REAUTHENTICATE

    used = [call.headers["authorization"] for call in teams.server.at(PATH)]
    assert used[:3] == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    form = teams.server.at(TOKEN_PATH)[0].body.decode()
    assert form.startswith(f"grant_type=client_credentials&client_id=app-1&client_secret={SECRET}&scope=https%3A%2F%2F")


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer({"error": "invalid_client"}, 401), FailureKind.MISCONFIGURED),
        (answer({"error": "temporarily_unavailable"}, 400), FailureKind.RETRY_LATER),
        (answer({}), FailureKind.MISCONFIGURED),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
)
def test_without_a_token_nothing_is_sent(teams: Teams, reply: Scripted, failure: FailureKind) -> None:
    teams.server.on(TOKEN_PATH, reply)

    result = send(teams)

    assert result.failure == failure
    assert SECRET not in result.detail
    assert not teams.server.at(PATH)
    assert not PlatformToken.objects.exists()


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (TOKEN, True, "accepts the app"),
        (answer({"error": "invalid_client"}, 401), False, "does not accept"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(teams: Teams, reply: Any, is_ok: bool, words: str) -> None:
    teams.server.on(TOKEN_PATH, reply)

    result = registry.get("teams").check(teams.channel)

    assert (result.is_ok, words in str(result.message)) == (is_ok, True)
