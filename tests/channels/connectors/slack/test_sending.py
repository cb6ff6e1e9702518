"""Answers go where the customer wrote; each refusal of the platform has its meaning and leaves no secret."""

from typing import Any

import pytest

from apps.channels import registry
from apps.channels.connectors.slack.api import result_of
from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.tickets.models import Message
from tests.channels.connectors.called import outbound, stored_file
from tests.channels.connectors.slack.conftest import CUSTOMER, TOKEN, Slack
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

POST = "/chat.postMessage"
OK = {"ok": True, "channel": "D1", "ts": "1.9"}


def send(slack: Slack, text: str = "您好", *files: int, follows: str = "slack:D1:") -> SendResult:
    return slack.send(outbound(CUSTOMER, text, *files, follows=follows))


@pytest.mark.parametrize(
    ("pushed", "thread"),
    [
        ({}, {}),
        ({"thread_ts": "1.1"}, {"thread_ts": "1.1"}),
        ({"channel": "C1", "type": "app_mention"}, {"thread_ts": "1700000000.000100"}),
        ({"channel": "C1", "type": "app_mention", "thread_ts": "1.1"}, {"thread_ts": "1.1"}),
    ],
    ids=["direct", "a thread of it", "a channel", "a thread of it"],
)
def test_an_answer_goes_to_the_channel_and_thread_of_the_message(
    slack: Slack, pushed: dict[str, Any], thread: dict[str, str]
) -> None:
    slack.server.on(POST, OK)
    slack.push(**pushed)
    slack.take_in()
    known = slack.stored()[0]
    result = send(slack, "好 <!channel> 😀", follows=Message.objects.get().envelope["message_id"])

    call = slack.server.at(POST)[0]
    assert known.state == InboundState.DONE
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "D1:1.9")
    assert call.json() == {"channel": pushed.get("channel", "D1"), "text": "好 &lt;!channel&gt; 😀", **thread}
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["content-type"] == "application/json; charset=utf-8"


def test_where_no_message_is_known_the_app_opens_a_conversation(slack: Slack) -> None:
    slack.server.on("/conversations.open", {"ok": True, "channel": {"id": "D7"}})
    slack.server.on(POST, OK)

    assert send(slack, follows="").state == DeliveryState.SENT
    assert slack.server.at("/conversations.open")[0].body == f"users={CUSTOMER}".encode()
    assert slack.server.at(POST)[0].json()["channel"] == "D7"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        ({"ok": False, "error": "user_not_found"}, FailureKind.RECIPIENT_GONE),
        ({"ok": True}, FailureKind.RETRY_LATER),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
)
def test_a_conversation_that_does_not_open_is_no_unknown_outcome(
    slack: Slack, reply: Any, failure: FailureKind
) -> None:
    slack.server.on("/conversations.open", reply)

    assert send(slack, follows="").failure == failure
    assert not slack.server.at(POST)


def test_without_anybody_nothing_is_sent(slack: Slack) -> None:
    assert slack.send(outbound("")).failure == FailureKind.RECIPIENT_GONE
    assert not slack.server.asked


def test_a_file_goes_up_without_the_token_and_into_the_thread(slack: Slack) -> None:
    url = f"{slack.server.url}/up"
    slack.server.on("/files.getUploadURLExternal", {"ok": True, "upload_url": url, "file_id": "F9"})
    slack.server.on("/up", Scripted(200, b"OK"))
    slack.server.on("/files.completeUploadExternal", {"ok": True, "files": [{"id": "F9"}]})

    result = send(slack, "", stored_file(PNG, "票.png"), follows="slack:C1:1.1")

    uploaded = slack.server.at("/up")[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "F9")
    assert (uploaded.body, "authorization" in uploaded.headers) == (PNG, False)
    assert slack.server.at("/files.completeUploadExternal")[0].json() == {
        "files": [{"id": "F9", "title": "票.png"}],
        "channel_id": "C1",
        "thread_ts": "1.1",
    }


@pytest.mark.parametrize(
    ("path", "reply", "failure"),
    [
        ("/files.getUploadURLExternal", HANG_UP, FailureKind.RETRY_LATER),
        ("/files.getUploadURLExternal", {"ok": False, "error": "missing_scope"}, FailureKind.MISCONFIGURED),
        ("/files.getUploadURLExternal", {"ok": True}, FailureKind.RETRY_LATER),
        ("/up", Scripted(403), FailureKind.RETRY_LATER),
        ("/up", HANG_UP, FailureKind.RETRY_LATER),
        ("/files.completeUploadExternal", HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        ("/files.completeUploadExternal", {"ok": False, "error": "not_in_channel"}, FailureKind.RECIPIENT_GONE),
    ],
)
def test_only_the_last_step_of_a_file_can_have_reached_anybody(
    slack: Slack, path: str, reply: Any, failure: FailureKind
) -> None:
    slack.server.on("/files.getUploadURLExternal", {"ok": True, "upload_url": f"{slack.server.url}/up", "file_id": "F"})
    slack.server.on("/up", Scripted(200))
    slack.server.on(path, reply)

    assert send(slack, "", stored_file(PNG, "a.png")).failure == failure


def test_a_file_that_is_gone_is_told(slack: Slack) -> None:
    assert send(slack, "", 10**9).failure == FailureKind.REJECTED
    assert not slack.server.asked


def test_a_long_text_goes_out_in_pieces(slack: Slack) -> None:
    parts = registry.get("slack").parts(outbound(CUSTOMER, "字" * 2000), slack.channel)

    assert ["".join(part.text for part in parts)] == ["字" * 2000]
    assert [len(part.text.encode()) <= 4000 for part in parts] == [True, True]


@pytest.mark.parametrize(
    ("word", "failure"),
    [
        ("token_revoked", FailureKind.REAUTHENTICATE),
        ("token_expired", FailureKind.REAUTHENTICATE),
        ("invalid_auth", FailureKind.REAUTHENTICATE),
        ("account_inactive", FailureKind.REAUTHENTICATE),
        ("missing_scope", FailureKind.MISCONFIGURED),
        ("not_in_channel", FailureKind.RECIPIENT_GONE),
        ("channel_not_found", FailureKind.RECIPIENT_GONE),
        ("is_archived", FailureKind.RECIPIENT_GONE),
        ("user_not_found", FailureKind.RECIPIENT_GONE),
        ("cannot_dm_bot", FailureKind.RECIPIENT_GONE),
        ("msg_too_long", FailureKind.REJECTED),
        ("something_new", FailureKind.REJECTED),
        ("ratelimited", FailureKind.RETRY_LATER),
        ("rate_limited", FailureKind.RETRY_LATER),
        ("fatal_error", FailureKind.UNKNOWN_OUTCOME),
        (None, FailureKind.REJECTED),
    ],
)
def test_what_each_error_means(word: str | None, failure: FailureKind) -> None:
    assert result_of({"ok": False, "error": word, "needed": "chat:write"}).failure == failure


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 503), FailureKind.RETRY_LATER),
        (answer({"ok": False, "error": "ratelimited"}, 429, Retry_After="9"), FailureKind.RETRY_LATER),
    ],
)
def test_no_answer_is_never_taken_for_a_no(slack: Slack, reply: Scripted, failure: FailureKind) -> None:
    slack.server.on(POST, reply)

    result = send(slack)

    assert result.failure == failure
    assert TOKEN not in result.detail
    assert len(slack.server.at(POST)) == 1


# --- Echoes


def test_an_echo_proves_a_message_whose_answer_was_lost(slack: Slack) -> None:
    slack.server.on(POST, HANG_UP)
    lost = slack.queued(outbound(CUSTOMER, "您好  <世界>", follows="slack:D1:"))
    other = slack.queued(outbound(CUSTOMER, "再见", follows="slack:D1:", client_key="key.2"))
    assert (lost.state, other.state) == (DeliveryState.UNKNOWN, DeliveryState.UNKNOWN)

    slack.push(bot_id="B1", app_id="A1", ts="1.7", text="您好 &lt;世界&gt;")
    slack.take_in()

    lost.refresh_from_db()
    other.refresh_from_db()
    assert (lost.state, lost.provider_id, lost.failure) == (DeliveryState.SENT, "D1:1.7", "")
    assert other.state == DeliveryState.UNKNOWN


@pytest.mark.parametrize("fields", [{"text": "other"}, {"channel": "D2"}, {"app_id": "A9"}, {"files": [{"id": "F"}]}])
def test_another_message_proves_nothing(slack: Slack, fields: dict[str, Any]) -> None:
    slack.server.on(POST, HANG_UP)
    lost = slack.queued(outbound(CUSTOMER, "您好", follows="slack:D1:"))

    slack.push(**{"bot_id": "B1", "app_id": "A1", "text": "您好", **fields})
    slack.take_in()

    lost.refresh_from_db()
    assert lost.state == DeliveryState.UNKNOWN


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        ({"ok": True, "team_id": "T1"}, True, "accepts"),
        ({"ok": True, "team_id": "T2"}, False, "another workspace"),
        ({"ok": False, "error": "invalid_auth"}, False, "does not accept"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(slack: Slack, reply: Any, is_ok: bool, words: str) -> None:
    slack.server.on("/auth.test", reply)

    result = registry.get("slack").check(slack.channel)

    assert (result.is_ok, words in str(result.message)) == (is_ok, True)
