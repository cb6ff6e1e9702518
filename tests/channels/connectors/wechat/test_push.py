"""A call of the platform: proved, stored once, acknowledged; anything else has its status, its reason and no effect."""

import time

import pytest
from structlog.testing import capture_logs

from apps.channels.enums import InboundState
from apps.channels.models import InboundEvent
from apps.core.actor import SYSTEM
from apps.tickets.models import Message
from tests.channels.connectors.wechat.conftest import (
    AES_KEY,
    OPENID,
    Wechat,
    as_json,
    encrypt,
    signed,
    text_message,
    xml,
)
from tests.channels.connectors.wechat.test_wire import BOMB

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


def stale() -> str:
    return str(int(time.time()) - 3600)


# --- The handshake


def test_the_console_gets_its_word_back(account: Wechat) -> None:
    response = account.client.get("/hooks/wechat-oa/", {**signed(), "echostr": "4375120948345356249"})

    assert (response.status_code, response.content) == (200, b"4375120948345356249")
    assert response["Content-Type"].startswith("text/plain")
    assert not account.stored()


@pytest.mark.parametrize(
    "query",
    [{}, signed(token="other"), {**signed(), "signature": signed()["signature"].upper()}, signed(timestamp="1")],
)
def test_a_handshake_without_proof_gets_nothing(account: Wechat, query: dict[str, str]) -> None:
    response = account.client.get("/hooks/wechat-oa/", {**query, "echostr": "<script>"})

    assert response.status_code == 403
    assert b"<script>" not in response.content


# --- Messages


def test_an_encrypted_message_is_stored_once_however_often_it_comes(account: Wechat) -> None:
    message = text_message()

    answers = [account.push(message) for _ in range(3)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"success")] * 3
    assert [bytes(event.payload) for event in account.stored()] == [message]


def test_plain_and_json_messages_are_stored_as_well(plain: Wechat) -> None:
    plain.push(text_message(message_id="1"))
    plain.push(as_json(MsgType="text", Content="在吗", MsgId=2))
    plain.push(as_json(MsgType="text", Content="在吗", MsgId="2"))

    assert len(plain.stored()) == 2


def test_an_event_is_the_same_by_sender_second_and_name(account: Wechat) -> None:
    event = {"MsgType": "event", "CreateTime": "1795327200", "Event": "CLICK"}
    for fields in (event, event, {**event, "Event": "click"}, {**event, "EventKey": "other"}):
        account.push(xml(**fields))

    assert len(account.stored()) == 2


def test_one_senders_messages_keep_their_order(account: Wechat) -> None:
    for number in range(5):
        account.push(text_message(f"{number}", message_id=f"{number}"))
    account.push(xml(MsgType="text", Content="x", MsgId="9", FromUserName="oOther"))

    account.take_in()

    keys = {bytes(event.order_key) for event in account.stored()}
    assert len(keys) == 2
    own = Message.objects.filter(customer__identities__value_index__isnull=False).order_by("created", "sequence")
    assert [message.text for message in own if message.text.isdigit()] == ["0", "1", "2", "3", "4"]


# --- Without proof


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": "wrong"}, "signature_wrong"),
        ({"token": ""}, "signature_wrong"),
        ({"timestamp": stale()}, "signature_stale"),
        ({"timestamp": str(int(time.time()) + 3600)}, "signature_stale"),
    ],
)
def test_a_call_without_proof_leaves_nothing_but_a_reason(
    account: Wechat, changes: dict[str, str], reason: str
) -> None:
    with capture_logs() as logs:
        response = account.push(text_message(), **changes)

    assert response.status_code == 403
    assert reason not in response.content.decode()
    assert [entry["reason"] for entry in logs if entry["event"] == "hook.refused"] == [reason]
    assert not account.stored()


@pytest.mark.parametrize(
    "query", [{}, {"signature": "", "timestamp": "", "nonce": ""}, {"timestamp": "1", "nonce": "1"}]
)
@pytest.mark.parametrize("mode", ["plain", "aes"])
def test_a_missing_signature_is_refused(account: Wechat, mode: str, query: dict[str, str]) -> None:
    account.channel.settings["mode"] = mode
    account.channel.save()
    body = f"<xml><Encrypt>{encrypt(b'x')}</Encrypt></xml>".encode()

    assert account.post(body, query).status_code == 403
    assert not account.stored()


def test_in_encrypted_mode_the_plain_signature_proves_nothing(account: Wechat) -> None:
    query = signed()
    encrypted = f"<xml><Encrypt>{encrypt(text_message())}</Encrypt></xml>".encode()

    assert account.post(encrypted, {**query, "msg_signature": query["signature"]}).status_code == 403
    assert account.post(text_message(), query).status_code == 403
    assert not account.stored()


def test_a_changed_body_is_refused(account: Wechat) -> None:
    genuine = signed(encrypted=encrypt(text_message()))
    other = f"<xml><Encrypt>{encrypt(text_message('转账', '2'))}</Encrypt></xml>".encode()

    assert account.post(other, genuine).status_code == 403
    assert not account.stored()


def test_a_replayed_call_is_one_item(account: Wechat) -> None:
    encrypted = encrypt(text_message())
    query = signed(encrypted=encrypted)
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()

    assert [account.post(body, query).status_code for _ in range(2)] == [200, 200]
    assert len(account.stored()) == 1


def test_without_a_token_nobody_is_believed(account: Wechat) -> None:
    account.channel.secrets = {"aes_key": AES_KEY}
    account.channel.save()

    assert account.push(text_message(), token="").status_code == 403
    assert account.client.get("/hooks/wechat-oa/", {**signed(token=""), "echostr": "1"}).status_code == 403
    assert not account.stored()


@pytest.mark.parametrize("body", [BOMB, b"[" * 50_000, b"", b"<xml/>", b"a=1", b'{"Encrypt": ["x"]}'])
def test_what_holds_nothing_encrypted_is_refused(account: Wechat, body: bytes) -> None:
    assert account.post(body, signed(encrypted="x")).status_code == 403
    assert not account.stored()


@pytest.mark.parametrize("size", [600 * 1024, 6 * 1024 * 1024])
def test_a_huge_body_is_not_read(plain: Wechat, size: int) -> None:
    response = plain.post(b"x" * size, signed())

    assert response.status_code == 413
    assert not plain.stored()


# --- Proved, and yet not readable


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (BOMB, "document type"),
        (b'{"a":' * 5000, "neither XML nor JSON"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "flat JSON"),
        (b"", "neither XML nor JSON"),
        (b"a=1&b=2", "neither XML nor JSON"),
        (b"<xml><MsgType>text</MsgType></xml>", "no sender"),
    ],
)
@pytest.mark.parametrize("mode", ["plain", "aes"])
def test_what_cannot_be_read_is_kept_and_parked_with_its_reason(
    account: Wechat, mode: str, message: bytes, reason: str
) -> None:
    account.channel.settings["mode"] = mode
    account.channel.save()

    assert account.push(message).status_code == 200

    event = account.take_in()[0]
    assert (event.state, event.error_code, bytes(event.payload)) == (
        InboundState.PARKED,
        "channels.unreadable",
        message,
    )
    assert reason in event.error
    assert "Traceback" not in event.error


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aes_key": AES_KEY[::-1]}, "does not fit the EncodingAESKey"),
        ({"receiver": "wx-another-app"}, "another account"),
    ],
)
def test_what_cannot_be_opened_is_kept_closed_and_read_with_the_right_settings(
    account: Wechat, changes: dict[str, str], reason: str
) -> None:
    assert account.push(text_message("重要"), **changes).status_code == 200
    event = account.take_in()[0]
    assert event.state == InboundState.PARKED
    assert reason in event.error
    assert AES_KEY not in event.error

    account.channel.secrets |= {"aes_key": changes.get("aes_key", AES_KEY)}
    account.channel.settings |= {"app_id": changes.get("receiver", account.app_id)}
    account.channel.save()
    again(event)

    assert account.take_in()[0].state == InboundState.DONE
    assert Message.objects.get().text == "重要"


def test_truncated_ciphertext_is_kept(account: Wechat) -> None:
    encrypted = encrypt(text_message())[:64]
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()

    assert account.post(body, signed(encrypted=encrypted)).status_code == 200
    assert account.take_in()[0].state == InboundState.PARKED


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_the_content_type_says_nothing(plain: Wechat, content_type: str) -> None:
    assert plain.post(text_message(), signed(), content_type).status_code == 200

    assert plain.take_in()[0].state == InboundState.DONE


def again(event: InboundEvent) -> None:
    from apps.channels.services import repair

    event.refresh_from_db()
    repair.replay(event=event, by=SYSTEM)


def test_the_sender_is_known_by_the_openid_of_this_account(account: Wechat) -> None:
    account.push(text_message())
    account.take_in()

    identity = Message.objects.get().customer.identities.get()  # type: ignore[union-attr]
    assert (identity.kind, identity.value, identity.scope) == ("wechat_openid", OPENID, account.app_id)
    assert identity.verified_at is not None
