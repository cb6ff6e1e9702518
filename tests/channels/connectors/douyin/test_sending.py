"""Answers name the message they belong to; each refusal of the platform has its meaning and leaves no secret."""

from typing import Any

import pytest
from django.db import transaction

from apps.channels import registry
from apps.channels.connectors.douyin.api import result_of
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.models import Delivery, InboundEvent, PlatformToken
from apps.channels.services import outbox
from apps.core.actor import SYSTEM
from apps.core.storage import store_file
from tests.channels.connectors.douyin.conftest import (
    ACCOUNT,
    ACCOUNT_TOKEN,
    CLIENT_KEY,
    CLIENT_SECRET,
    CONVERSATION,
    CUSTOMER,
    REFRESH_TOKEN,
    Douyin,
)
from tests.channels.test_media import PNG
from tests.factories.channels import ChannelFactory
from tests.support.platform_server import HANG_UP, Scripted, answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SEND = "/im/send/msg/"
UPLOAD = "/tool/imagex/client_upload/"
OK = {"msg_id": "@p1", "extra": {"error_code": 0}}


def outbound(text: str = "您好", *files: int, client_key: str = "douyin.k", follows: str = "@m1") -> Outbound:
    to = Recipients(to=(CUSTOMER,))
    chain = (follows, "douyin.earlier") if follows else ()
    return Outbound(
        client_key, to, text=text, attachments=files, references=chain, in_reply_to="douyin.earlier" if follows else ""
    )


@pytest.fixture
def asked(account: Douyin) -> Douyin:
    """The customer wrote."""
    account.push(text="在吗")
    account.take_in()
    return account


def send(account: Douyin, text: str = "您好", *files: int, follows: str = "@m1") -> SendResult:
    return registry.get("douyin").send(outbound(text, *files, follows=follows), account.channel)


def stored(content: bytes, name: str) -> int:
    return store_file(content, name=name, by=SYSTEM).pk


def queued(account: Douyin, message: Outbound) -> Delivery:
    with transaction.atomic():
        outbox.queue_delivery(
            channel=account.channel, message_id=1, ticket_id=None, outbound=message, order_by="x", by=SYSTEM
        )
    while outbox.send_due():
        pass
    return Delivery.objects.get(client_key=message.client_key)


def test_an_answer_names_the_customers_message(asked: Douyin) -> None:
    asked.server.on(SEND, OK)

    result = send(asked, "已发货 😀")

    call = asked.server.at(SEND)[0]
    assert (result.state, result.provider_id) == (DeliveryState.SENT, "@p1")
    assert (call.query, call.headers["access-token"]) == ({"open_id": ACCOUNT}, "act.1")
    assert call.json() == {
        "scene": "im_reply_msg",
        "msg_id": "@m1",
        "conversation_id": CONVERSATION,
        "to_user_id": CUSTOMER,
        "content": {"msg_type": 1, "text": {"text": "已发货 😀"}},
    }


@pytest.mark.parametrize("follows", ["", "@never-came"])
def test_without_a_message_of_the_customer_nothing_is_sent(asked: Douyin, follows: str) -> None:
    assert send(asked, follows=follows).failure == FailureKind.OUTSIDE_WINDOW
    assert not asked.server.asked


def test_a_message_of_another_channel_is_none_to_answer(asked: Douyin) -> None:
    InboundEvent.objects.update(channel=ChannelFactory.create())

    assert send(asked).failure == FailureKind.OUTSIDE_WINDOW


def test_a_picture_is_uploaded_as_the_app_and_sent_as_the_account(asked: Douyin) -> None:
    asked.server.on(UPLOAD, {"data": {"image_id": "img-9", "error_code": 0}, "extra": {"error_code": 0}})
    asked.server.on(SEND, OK)

    result = send(asked, "", stored(PNG, "票据.PNG"))

    upload = asked.server.at(UPLOAD)[0]
    assert result.state == DeliveryState.SENT
    assert upload.headers["access-token"] == "clt.1"
    assert b'name="image"; filename="image.png"' in upload.body
    assert PNG in upload.body
    assert asked.server.at(SEND)[0].json()["content"] == {"msg_type": 2, "image": {"media_id": "img-9"}}


def test_a_file_that_the_platform_does_not_take_is_not_uploaded(asked: Douyin) -> None:
    assert send(asked, "", stored(b"%PDF-1.7", "a.pdf")).failure == FailureKind.REJECTED
    assert send(asked, "", 10**9).failure == FailureKind.REJECTED
    assert not asked.server.asked


def test_a_failed_upload_is_no_unknown_outcome(asked: Douyin) -> None:
    asked.server.on(UPLOAD, HANG_UP)

    assert send(asked, "", stored(PNG, "a.png")).failure == FailureKind.RETRY_LATER
    assert not asked.server.at(SEND)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (2190001, FailureKind.RETRY_LATER),
        (28003018, FailureKind.RETRY_LATER),
        ("28003018", FailureKind.RETRY_LATER),
        (2190002, FailureKind.REAUTHENTICATE),
        (2190008, FailureKind.REAUTHENTICATE),
        (2190015, FailureKind.MISCONFIGURED),
        (28003095, FailureKind.MISCONFIGURED),
        (28029004, FailureKind.MISCONFIGURED),
        (28001038, FailureKind.REJECTED),
        (28003082, FailureKind.REJECTED),
        (28003999, FailureKind.REJECTED),
        ("new", FailureKind.REJECTED),
        (28003070, FailureKind.OUTSIDE_WINDOW),
        (28003080, FailureKind.OUTSIDE_WINDOW),
        (28003081, FailureKind.OUTSIDE_WINDOW),
        (28003101, FailureKind.RECIPIENT_GONE),
    ],
)
@pytest.mark.parametrize("part", ["extra", "data"])
def test_what_each_error_means(part: str, code: Any, failure: FailureKind) -> None:
    result = result_of({part: {"error_code": code, "description": "as the platform says"}})

    assert result.failure == failure
    assert "as the platform says" in result.detail


def test_one_token_serves_many_messages_and_a_refused_one_is_replaced(asked: Douyin) -> None:
    second = {"data": {**ACCOUNT_TOKEN["data"], "access_token": "act.2"}}  # type: ignore[dict-item]
    asked.server.on("/oauth/refresh_token/", ACCOUNT_TOKEN, second)
    asked.server.on(SEND, OK, OK, {"extra": {"error_code": 2190008}}, OK)

    assert [send(asked).state for _ in range(3)] == [DeliveryState.SENT] * 3

    assert [call.headers["access-token"] for call in asked.server.at(SEND)] == ["act.1", "act.1", "act.1", "act.2"]
    form = asked.server.at("/oauth/refresh_token/")[0].body.decode()
    assert form == f"client_key={CLIENT_KEY}&grant_type=refresh_token&refresh_token={REFRESH_TOKEN}"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (answer({"data": {"error_code": 10003}}), FailureKind.MISCONFIGURED),
        (answer({"data": {"error_code": 10010, "description": "expired"}}), FailureKind.REAUTHENTICATE),
        (answer({"data": {}}), FailureKind.RETRY_LATER),
        (HANG_UP, FailureKind.RETRY_LATER),
    ],
)
def test_without_a_token_nothing_is_sent(asked: Douyin, reply: Scripted, failure: FailureKind) -> None:
    asked.server.on("/oauth/refresh_token/", reply)

    result = send(asked)

    assert result.failure == failure
    assert CLIENT_SECRET not in result.detail
    assert REFRESH_TOKEN not in result.detail
    assert not asked.server.at(SEND)
    assert not PlatformToken.objects.exists()


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (HANG_UP, FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 500), FailureKind.UNKNOWN_OUTCOME),
        (Scripted(200, b"<html>Bad gateway"), FailureKind.UNKNOWN_OUTCOME),
        (answer({}, 503), FailureKind.RETRY_LATER),
        (answer({}, 429, Retry_After="9"), FailureKind.RETRY_LATER),
    ],
)
def test_no_answer_is_never_taken_for_a_no(asked: Douyin, reply: Scripted, failure: FailureKind) -> None:
    asked.server.on(SEND, reply)

    assert send(asked).failure == failure
    assert len(asked.server.at(SEND)) == 1


# --- Echoes


def test_an_echo_proves_a_message_whose_answer_was_lost(asked: Douyin) -> None:
    asked.server.on(SEND, HANG_UP)
    lost = queued(asked, outbound("您好  世界"))
    other = queued(asked, outbound("再见", client_key="douyin.l"))
    assert (lost.state, other.state) == (DeliveryState.UNKNOWN, DeliveryState.UNKNOWN)

    echo = {"sender": ACCOUNT, "receiver": CUSTOMER, "message_id": "@e1", "source": CLIENT_KEY}
    asked.push("im_send_msg", text="您好 世界", **echo)
    row = asked.take_in()[-1]

    lost.refresh_from_db()
    other.refresh_from_db()
    assert row.state == InboundState.DONE
    assert (lost.state, lost.provider_id, lost.failure) == (DeliveryState.SENT, "@e1", "")
    assert other.state == DeliveryState.UNKNOWN


@pytest.mark.parametrize(
    "fields",
    [{"receiver": "oOther"}, {"text": "other"}, {"source": ""}, {"message_type": "image"}],
)
def test_another_message_proves_nothing(asked: Douyin, fields: dict[str, str]) -> None:
    asked.server.on(SEND, HANG_UP)
    lost = queued(asked, outbound("您好"))

    told = {"sender": ACCOUNT, "receiver": CUSTOMER, "message_id": "@e1", "source": CLIENT_KEY, "text": "您好"}
    asked.push("im_send_msg", **{**told, **fields})
    row = asked.take_in()[-1]

    lost.refresh_from_db()
    assert row.state == InboundState.IGNORED
    assert lost.state == DeliveryState.UNKNOWN


# --- The connection test


@pytest.mark.parametrize(
    ("path", "reply", "is_ok", "words"),
    [
        ("/other", answer({}), True, "accepts"),
        ("/oauth/client_token/", answer({"data": {"error_code": 10013}}), False, "client key or the secret"),
        ("/oauth/refresh_token/", answer({"data": {"error_code": 10010}}), False, "authorise the app again"),
        ("/oauth/client_token/", Scripted(404, b"<html>"), False, "address of the platform's API"),
        ("/oauth/refresh_token/", HANG_UP, False, "try again"),
    ],
)
def test_check(account: Douyin, path: str, reply: Scripted, is_ok: bool, words: str) -> None:
    account.server.on(path, reply)

    result = registry.get("douyin").check(account.channel)

    assert result.is_ok is is_ok
    assert words in str(result.message)
    assert not account.server.at(SEND)
