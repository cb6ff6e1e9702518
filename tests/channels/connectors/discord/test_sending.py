"""Answers bear a nonce, by which the platform and its echo know them; each refusal has its meaning."""

from datetime import timedelta
from typing import Any

import pytest

from apps.channels import registry
from apps.channels.connectors.discord.api import nonce_of
from apps.channels.contract import SendResult
from apps.channels.enums import DeliveryState, FailureKind
from tests.channels.connectors.called import outbound, stored_file
from tests.channels.connectors.discord.conftest import BOT, CUSTOMER, TOKEN, Discord
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/channels/900/messages"
OK = answer({"id": "1200", "channel_id": "900"})


def send(discord: Discord, text: str = "您好", *files: int, follows: str = "discord:900:") -> SendResult:
    return discord.send(outbound(CUSTOMER, text, *files, follows=follows))


@pytest.mark.parametrize(
    ("follows", "reference"),
    [
        ("discord:900:", {}),
        ("discord:900:1100", {"message_reference": {"message_id": "1100", "fail_if_not_exists": False}}),
    ],
)
def test_an_answer_bears_its_nonce_and_names_nobody(discord: Discord, follows: str, reference: dict[str, Any]) -> None:
    discord.server.on(SEND, OK)

    result = send(discord, "好 @everyone", follows=follows)

    call = discord.server.at(SEND)[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "1200")
    assert (call.headers["authorization"], call.headers["user-agent"][:12]) == (f"Bot {TOKEN}", "DiscordBot (")
    assert call.json() == {
        "content": "好 @everyone",
        "nonce": nonce_of("key.1"),
        "enforce_nonce": True,
        "allowed_mentions": {"parse": []},
        **reference,
    }
    assert len(nonce_of("key.1")) == 25


def test_a_file_comes_with_its_words_for_machines(discord: Discord) -> None:
    discord.server.on(SEND, OK)

    assert send(discord, "", stored_file(PNG, "票.png")).state == DeliveryState.SENT

    body = discord.server.at(SEND)[0].body
    assert b'name="files[0]"' in body
    assert PNG in body
    assert nonce_of("key.1").encode() in body


def test_after_a_command_the_bot_opens_a_conversation(discord: Discord) -> None:
    discord.server.on("/users/@me/channels", {"id": "900"})
    discord.server.on(SEND, OK)

    assert send(discord, follows="").state == DeliveryState.SENT
    assert discord.server.at("/users/@me/channels")[0].json() == {"recipient_id": CUSTOMER}


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer({"code": 50007}, 403), FailureKind.RECIPIENT_GONE),
        (answer({"code": 40003}, 400), FailureKind.RETRY_LATER),
        (answer({}), FailureKind.RETRY_LATER),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
)
def test_a_conversation_that_does_not_open_is_no_unknown_outcome(
    discord: Discord, reply: Scripted, failure: FailureKind
) -> None:
    discord.server.on("/users/@me/channels", reply)

    assert send(discord, follows="").failure == failure
    assert not discord.server.at(SEND)


def test_what_cannot_go_is_not_sent(discord: Discord) -> None:
    assert send(discord, "", 10**9).failure == FailureKind.REJECTED
    assert discord.send(outbound("")).failure == FailureKind.RECIPIENT_GONE
    assert not discord.server.asked


def test_a_long_text_goes_out_in_pieces_of_2000_characters(discord: Discord) -> None:
    parts = registry.get("discord").parts(outbound(CUSTOMER, "字😀" * 1500), discord.channel)

    assert "".join(part.text for part in parts) == "字😀" * 1500
    assert max(len(part.text) for part in parts) <= 2000


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (401, 0, FailureKind.REAUTHENTICATE),
        (401, 40001, FailureKind.REAUTHENTICATE),
        (403, 50007, FailureKind.RECIPIENT_GONE),
        (403, 50278, FailureKind.RECIPIENT_GONE),
        (404, 10003, FailureKind.RECIPIENT_GONE),
        (403, 50001, FailureKind.MISCONFIGURED),
        (403, 50013, FailureKind.MISCONFIGURED),
        (403, 20016, FailureKind.RETRY_LATER),
        (400, 50035, FailureKind.REJECTED),
        (404, 10008, FailureKind.REJECTED),
        (400, "new", FailureKind.REJECTED),
        (500, 0, FailureKind.UNKNOWN_OUTCOME),
        (503, 0, FailureKind.RETRY_LATER),
    ],
)
def test_what_each_error_means(discord: Discord, status: int, code: Any, failure: FailureKind) -> None:
    discord.server.on(SEND, answer({"code": code, "message": "as the platform says"}, status))

    assert send(discord).failure == failure
    assert len(discord.server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("told", "after"), [(64.5, timedelta(seconds=64.5)), (-1, None), ("soon", None), (10**12, None), (None, None)]
)
def test_the_platform_says_how_long_to_wait(discord: Discord, told: Any, after: timedelta | None) -> None:
    discord.server.on(SEND, answer({"retry_after": told, "global": False}, 429))

    result = send(discord)

    assert (result.failure, result.retry_after) == (FailureKind.RETRY_LATER, after)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>"), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(404, b"<html>"), FailureKind.MISCONFIGURED),
    ],
)
def test_no_answer_is_never_taken_for_a_no(discord: Discord, reply: Scripted, failure: FailureKind) -> None:
    discord.server.on(SEND, reply)

    result = send(discord)
    assert result.failure == failure
    assert TOKEN not in result.detail


def test_an_echo_proves_a_message_by_its_nonce(discord: Discord) -> None:
    discord.server.on(SEND, HANG_UP)
    lost = discord.queued(outbound(CUSTOMER, "您好", follows="discord:900:"))
    own = {"author": {"id": BOT, "bot": True}, "content": "您好"}
    discord.tell(message_id="1201", nonce="another", **own)
    discord.take_in()
    lost.refresh_from_db()
    assert lost.state == DeliveryState.UNKNOWN

    discord.tell(message_id="1202", nonce=nonce_of("key.1"), **own)
    assert discord.reasons() == ["discord.echo", ""]
    lost.refresh_from_db()
    assert (lost.state, lost.provider_id) == (DeliveryState.SENT, "1202")


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"id": "50"}), True, "accepts"),
        (answer({}, 401), False, "does not accept"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(discord: Discord, reply: Scripted, is_ok: bool, words: str) -> None:
    discord.server.on("/users/@me", reply)

    result = registry.get("discord").check(discord.channel)

    assert (result.is_ok, words in str(result.message)) == (is_ok, True)
