"""Answers reach the customer under their openid; each refusal of the platform has its meaning and leaves no secret."""

from typing import Any

import pytest
from django.db import transaction

from apps.channels import registry
from apps.channels.connectors.wechat.api import result_of
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Delivery, DeliveryAttempt, PlatformToken
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.core.storage import store_file
from tests.channels.connectors.wechat.conftest import APP_SECRET, OPENID, Wechat
from tests.channels.connectors.wechat.test_messages import MP4
from tests.channels.test_media import PNG
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/cgi-bin/message/custom/send"
OK = {"errcode": 0, "errmsg": "ok"}
MP3 = b"ID3\x03\x00" + bytes(60)


def send(account: Wechat, text: str = "您好", *files: int) -> SendResult:
    outbound = Outbound(client_key="k", recipients=Recipients(to=(OPENID,)), text=text, attachments=files)
    return registry.get(account.channel.kind).send(outbound, account.channel)


def stored(content: bytes, name: str) -> int:
    return store_file(content, name=name, by=SYSTEM).pk


def test_a_text_is_sent_as_it_was_written(account: Wechat) -> None:
    account.server.on(SEND, OK)

    result = send(account, "发票已开 😀 “引号” \\n")

    asked = account.server.at(SEND)[0]
    assert result.state == DeliveryState.SENT
    assert asked.json() == {"touser": OPENID, "msgtype": "text", "text": {"content": "发票已开 😀 “引号” \\n"}}
    assert "发票".encode() in asked.body  # not \u53d1, which the platform refuses
    assert asked.query == {"access_token": "token-1"}


def test_one_token_serves_many_messages(account: Wechat) -> None:
    account.server.on(SEND, OK)

    for _ in range(3):
        send(account)

    assert len(account.server.at("/cgi-bin/stable_token")) == 1
    assert account.server.at("/cgi-bin/stable_token")[0].json() == {
        "grant_type": "client_credential",
        "appid": account.app_id,
        "secret": APP_SECRET,
        "force_refresh": False,
    }


def test_another_secret_asks_for_another_token(account: Wechat) -> None:
    account.server.on(SEND, OK)
    send(account)
    account.channel.secrets |= {"app_secret": "another"}
    account.channel.save()

    send(account)

    assert len(account.server.at("/cgi-bin/stable_token")) == 2
    assert PlatformToken.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "name", "kind"), [(PNG, "票据.PNG", "image"), (MP4, "a.mp4", "video"), (MP3, "a.mp3", "voice")]
)
def test_files_are_uploaded_and_sent_by_their_id(account: Wechat, content: bytes, name: str, kind: str) -> None:
    account.server.on("/cgi-bin/media/upload", {"type": kind, "media_id": "media-9", "created_at": 1})
    account.server.on(SEND, OK)

    result = send(account, "", stored(content, name))

    upload = account.server.at("/cgi-bin/media/upload")[0]
    assert result.state == DeliveryState.SENT
    assert upload.query == {"access_token": "token-1", "type": kind}
    assert content in upload.body
    assert f'name="media"; filename="{kind}.'.encode() in upload.body
    assert account.server.at(SEND)[0].json() == {"touser": OPENID, "msgtype": kind, kind: {"media_id": "media-9"}}


def test_a_file_that_the_platform_does_not_take_is_not_uploaded(mini: Wechat) -> None:
    result = send(mini, "", stored(MP4, "a.mp4"))

    assert (result.state, result.failure) == (DeliveryState.FAILED, FailureKind.REJECTED)
    assert not mini.server.asked


def test_a_failed_upload_is_no_unknown_outcome(account: Wechat) -> None:
    account.server.on("/cgi-bin/media/upload", HANG_UP)

    assert send(account, "", stored(PNG, "a.png")).failure == FailureKind.RETRY_LATER
    assert not account.server.at(SEND)


def test_a_file_that_is_no_longer_there(account: Wechat) -> None:
    assert send(account, "", 10**9).failure == FailureKind.REJECTED


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (-1, FailureKind.RETRY_LATER),
        (45009, FailureKind.RETRY_LATER),
        (45011, FailureKind.RETRY_LATER),
        (40003, FailureKind.RECIPIENT_GONE),
        (43004, FailureKind.RECIPIENT_GONE),
        (43019, FailureKind.RECIPIENT_GONE),
        (48002, FailureKind.RECIPIENT_GONE),
        (45015, FailureKind.OUTSIDE_WINDOW),
        (45047, FailureKind.OUTSIDE_WINDOW),
        ("45047", FailureKind.OUTSIDE_WINDOW),
        (45002, FailureKind.REJECTED),
        (40007, FailureKind.REJECTED),
        (40033, FailureKind.REJECTED),
        (99999, FailureKind.REJECTED),
        ("new", FailureKind.REJECTED),
        (48001, FailureKind.MISCONFIGURED),
        (48004, FailureKind.MISCONFIGURED),
        (50002, FailureKind.MISCONFIGURED),
        (40001, FailureKind.REAUTHENTICATE),
        (42001, FailureKind.REAUTHENTICATE),
    ],
)
def test_what_each_error_means(code: Any, failure: FailureKind) -> None:
    result = result_of({"errcode": code, "errmsg": "as the platform says"})

    assert result.failure == failure
    assert result.state == (DeliveryState.QUEUED if failure == FailureKind.RETRY_LATER else DeliveryState.FAILED)
    assert str(code) in result.detail or code == "new"


def test_a_refusal_is_the_result_of_sending(account: Wechat) -> None:
    account.server.on(SEND, {"errcode": 45015, "errmsg": "response out of time limit"})

    result = send(account)

    assert (result.failure, result.detail) == (FailureKind.OUTSIDE_WINDOW, "45015: response out of time limit")
    assert len(account.server.at(SEND)) == 1


def test_an_expired_token_is_replaced_and_the_message_sent(account: Wechat) -> None:
    account.server.on("/cgi-bin/stable_token", *({"access_token": f"token-{n}", "expires_in": 7200} for n in (1, 2)))
    account.server.on(SEND, {"errcode": 42001, "errmsg": "expired"}, OK)

    assert send(account).state == DeliveryState.SENT
    assert [asked.query["access_token"] for asked in account.server.at(SEND)] == ["token-1", "token-2"]


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 503), FailureKind.RETRY_LATER),
        (answer({}, 429, Retry_After="9"), FailureKind.RETRY_LATER),
        (answer({}, 429), FailureKind.RETRY_LATER),
    ],
)
def test_no_answer_is_never_taken_for_a_no(account: Wechat, reply: Scripted, failure: FailureKind) -> None:
    account.server.on(SEND, reply)

    assert send(account).failure == failure
    assert len(account.server.at(SEND)) == 1


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer({"errcode": 40125, "errmsg": "invalid appsecret"}), FailureKind.MISCONFIGURED),
        (answer({"errcode": 40164, "errmsg": "invalid ip 1.2.3.4"}), FailureKind.MISCONFIGURED),
        (answer({"errcode": -1}), FailureKind.RETRY_LATER),
        (answer({}), FailureKind.RETRY_LATER),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
)
def test_without_a_token_nothing_is_sent(account: Wechat, reply: Scripted, failure: FailureKind) -> None:
    account.server.on("/cgi-bin/stable_token", reply)

    result = send(account)

    assert result.failure == failure
    assert APP_SECRET not in result.detail
    assert not account.server.at(SEND)
    assert not PlatformToken.objects.exists()


def test_a_lost_answer_stays_unknown_and_is_not_sent_again(account: Wechat) -> None:
    account.server.on(SEND, HANG_UP)
    with transaction.atomic():
        outbox.queue_delivery(
            channel=account.channel,
            message_id=1,
            ticket_id=None,
            outbound=Outbound(client_key="k", recipients=Recipients(to=(OPENID,)), text="您好"),
            order_by="x",
            by=SYSTEM,
        )

    while outbox.send_due():
        pass

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.failure) == (DeliveryState.UNKNOWN, FailureKind.UNKNOWN_OUTCOME)
    assert len(account.server.at(SEND)) == 1
    assert [row.outcome for row in DeliveryAttempt.objects.all()] == ["unknown_outcome"]


# --- The connection test


@pytest.mark.parametrize(
    ("reply", "is_ok", "words"),
    [
        (answer({"access_token": "t", "expires_in": 7200}), True, "accepts"),
        (answer({"errcode": 40125, "errmsg": "x"}), False, "app id or the secret"),
        (answer({"errcode": 40164, "errmsg": "x"}), False, "IP allow-list"),
        (answer({"errcode": -1, "errmsg": "x"}), False, "try again"),
        (Scripted(404, b"<html>"), False, "address of the platform's API"),
        (HANG_UP, False, "try again"),
    ],
)
def test_check(account: Wechat, reply: Scripted, is_ok: bool, words: str) -> None:
    account.server.on("/cgi-bin/stable_token", reply)

    result = registry.get("wechat_oa").check(account.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert not account.server.at(SEND)


def test_check_looks_at_the_key_first(account: Wechat) -> None:
    account.channel.secrets |= {"aes_key": "short"}

    result = registry.get("wechat_oa").check(account.channel)

    assert not result.is_ok
    assert "43" in str(result.message)
    assert not account.server.asked
