"""What platforms push: proof, one row an item, no loss, and who wrote what."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from django.test import Client

from apps.channels.connectors.sms.messages import UNSUBSCRIBED, is_stop
from apps.channels.contract import Ignored, Inbound, Receipt
from apps.channels.enums import DeliveryState, FailureKind, InboundState
from apps.channels.errors import Unreadable
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox, repair
from apps.core.actor import SYSTEM
from tests.channels.connectors.sms.conftest import CHINESE, SITE, Push, make_channel, parsed, stored

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

UP = {
    "phone_number": "13800000000",
    "content": "什么时候发货？",
    "send_time": "2026-01-02 10:00:00",
    "dest_code": "8812",
    "sequence_id": 1234567,
}
REPORT = {
    "phone_number": "13800000000",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "biz_id": "9001^0",
    "out_id": "sms_aliyun.f00",
}
TENCENT_UP = {
    "extend": "08",
    "mobile": "13800000000",
    "nationcode": "86",
    "sign": "某某",
    "text": "满意",
    "time": 1700000000,
}
TENCENT_REPORT = {
    "user_receive_time": "2026-01-02 10:00:00",
    "nationcode": "86",
    "mobile": "13800000000",
    "report_status": "FAIL",
    "errmsg": "MK:0001",
    "description": "用户关机",
    "sid": "2640:77",
}
SMS = {
    "MessageSid": "SM1",
    "SmsSid": "SM1",
    "From": "+15005550110",
    "To": "+15005550006",
    "Body": "Where is my lamp?",
    "NumMedia": "0",
}
STATUS = {"MessageSid": "SM9", "MessageStatus": "delivered", "To": "+15005550110"}


def with_secrets(channel: Channel, secrets: dict[str, str]) -> None:
    channel.secrets = secrets
    channel.save(update_fields=["secrets"])


def only() -> InboundEvent:
    [event] = stored()
    return event


def only_parsed(kind: type[Any]) -> Any:
    found = parsed(only())
    assert isinstance(found, kind)
    return found


# --- Proof --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHINESE)
@pytest.mark.parametrize("secret", ["", "wrong", "秘密", "demo-aliyun-callback "])
def test_without_the_secret_of_the_address_nothing_is_kept(kind: str, secret: str, push: Push) -> None:
    channel = make_channel(kind)

    assert push(channel, [UP], secret=secret).status_code == 403
    assert stored() == []


@pytest.mark.parametrize("kind", CHINESE)
def test_while_no_secret_is_configured_every_call_is_refused(kind: str, push: Push) -> None:
    channel = make_channel(kind)
    with_secrets(channel, {})

    assert push(channel, [UP], secret="").status_code == 403
    assert Client().post(f"/hooks/{channel.key}/?secret=", data="[]", content_type="text/plain").status_code == 403
    assert stored() == []


def test_the_log_says_why_a_call_was_refused(aliyun: Channel, twilio: Channel, push: Push, call: Push) -> None:
    with structlog.testing.capture_logs() as logs:
        push(aliyun, [UP], secret="")
        push(aliyun, [UP], secret="wrong")
        call(twilio, SMS, given="")
        call(twilio, SMS, given="wrong")
        with_secrets(aliyun, {})
        push(aliyun, [UP], secret="guess")
    reasons = [entry["reason"] for entry in logs if entry["event"] == "hook.refused"]

    assert reasons == [
        "secret_missing",
        "secret_wrong",
        "signature_missing",
        "signature_wrong",
        "no_secret_configured",
    ]


def test_the_secret_reaches_no_log(aliyun: Channel, push: Push, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    push(aliyun, [UP])
    push(aliyun, [UP], secret="demo-aliyun-callback-but-wrong")

    assert "demo-aliyun-callback" not in caplog.text


@pytest.mark.parametrize("given", ["", "nonsense", "秘密"])
def test_twilios_calls_need_their_signature(twilio: Channel, call: Push, given: str) -> None:
    assert call(twilio, SMS, given=given.encode().decode("latin-1")).status_code == 403
    assert call(twilio, SMS, token="another token").status_code == 403
    assert stored() == []


def test_twilios_signature_covers_fields_and_address(twilio: Channel, call: Push) -> None:
    with_secrets(twilio, {**twilio.secrets, "other_auth_token": "promoted"})

    assert call(twilio, SMS, token="promoted").status_code == 200
    assert call(twilio, {**SMS, "MessageSid": "SM2"}, query="?delivery=x").status_code == 200
    forged = Client().post(
        f"/hooks/{twilio.key}/?delivery=y",
        data="MessageSid=SM3&Body=hi",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    )
    assert forged.status_code == 403
    assert len(stored()) == 2


def test_without_a_token_twilio_is_refused(twilio: Channel, call: Push) -> None:
    twilio_secret = twilio.secrets["auth_token"]
    with_secrets(twilio, {})

    assert call(twilio, SMS, token=twilio_secret).status_code == 403
    assert stored() == []


def test_twilios_json_is_proved_by_its_hash(twilio: Channel) -> None:
    from apps.channels.connectors.sms_twilio.signing import signature

    body = json.dumps(SMS)
    path = f"/hooks/{twilio.key}/?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    headers = {"X-Twilio-Signature": signature(twilio.secrets["auth_token"], SITE + path, {})}

    changed = Client().post(path, data=body + " ", content_type="application/json", headers=headers)
    assert (changed.status_code, stored()) == (403, [])
    assert Client().post(path, data=body, content_type="application/json", headers=headers).status_code == 200
    assert only_parsed(Inbound).text == "Where is my lamp?"


def test_twilio_may_call_with_everything_in_the_address(twilio: Channel) -> None:
    from apps.channels.connectors.sms_twilio.signing import signature

    path = f"/hooks/{twilio.key}/?MessageSid=SM5&From=%2B15005550110&Body=hello"
    headers = {"X-Twilio-Signature": signature(twilio.secrets["auth_token"], SITE + path, {})}

    assert Client().get(path, headers=headers).status_code == 200
    assert only_parsed(Inbound).text == "hello"


# --- Answers ------------------------------------------------------------------------------------------------------


def test_each_platform_hears_what_it_wants(
    aliyun: Channel, tencent: Channel, twilio: Channel, push: Push, call: Push
) -> None:
    assert push(aliyun, [UP]).json() == {"code": 0, "msg": "接收成功"}
    assert push(tencent, TENCENT_UP).json() == {"result": 0, "errmsg": "OK"}
    answer = call(twilio, SMS)
    assert (answer.content, answer["Content-Type"]) == (b"<Response/>", "text/xml")


def test_what_comes_again_is_acknowledged_and_kept_once(
    aliyun: Channel, tencent: Channel, twilio: Channel, push: Push, call: Push
) -> None:
    for _ in range(3):
        assert push(aliyun, [UP, REPORT]).status_code == 200
        assert push(tencent, TENCENT_UP).status_code == 200
        assert push(tencent, [TENCENT_REPORT]).status_code == 200
        assert call(twilio, SMS).status_code == 200
        assert call(twilio, STATUS).status_code == 200

    assert len(stored()) == 6


def test_a_call_of_more_items_than_any_platform_sends_is_refused_whole(aliyun: Channel, push: Push) -> None:
    assert push(aliyun, [{**UP, "sequence_id": number} for number in range(501)]).status_code == 413
    assert not InboundEvent.objects.exists()


def test_all_items_of_a_call_are_kept(aliyun: Channel, tencent: Channel, push: Push) -> None:
    push(aliyun, [{**UP, "sequence_id": number} for number in range(40)])
    push(tencent, [{**TENCENT_REPORT, "sid": f"2640:{number}"} for number in range(40)])

    assert len(stored()) == 80


def test_one_phone_keeps_its_order_and_reports_hold_up_nobody(aliyun: Channel, tencent: Channel, push: Push) -> None:
    push(aliyun, [UP, {**UP, "sequence_id": 2, "phone_number": "+86 138 0000 0000"}, REPORT])
    push(tencent, TENCENT_UP)
    push(tencent, {**TENCENT_UP, "time": "1700000001", "mobile": 13800000000})
    first, second, report, third, fourth = stored()

    assert bytes(first.order_key) == bytes(second.order_key)
    assert bytes(report.order_key) != bytes(first.order_key)
    assert bytes(third.order_key) == bytes(fourth.order_key)


# --- Messages -----------------------------------------------------------------------------------------------------


def test_a_message_from_aliyun(aliyun: Channel, push: Push) -> None:
    push(aliyun, [{**UP, "unheard_of": {"deep": [1]}}])
    message = only_parsed(Inbound)

    assert (message.sender_kind, message.sender_value, message.sender_verified) == ("phone", "+8613800000000", True)
    assert message.text == "什么时候发货？"
    assert message.sent_at == datetime(2026, 1, 2, 2, tzinfo=UTC)
    assert message.envelope == {"external_id": "up:1234567"}


def test_a_message_from_tencent(tencent: Channel, push: Push) -> None:
    push(tencent, TENCENT_UP)
    message = only_parsed(Inbound)

    assert (message.sender_value, message.text) == ("+8613800000000", "满意")
    assert message.sent_at == datetime.fromtimestamp(1700000000, UTC)


def test_a_message_from_twilio(twilio: Channel, call: Push) -> None:
    call(twilio, {**SMS, "FromCountry": "US", "SomethingNew": "x"})
    message = only_parsed(Inbound)

    assert (message.sender_value, message.text, message.notice) == ("+15005550110", "Where is my lamp?", "")
    assert message.envelope == {"external_id": "SM1"}


def test_one_phone_is_one_conversation_over_all_its_messages(
    aliyun: Channel, tencent: Channel, twilio: Channel, push: Push, call: Push
) -> None:
    push(aliyun, [UP, {**UP, "sequence_id": "9", "phone_number": 8613800000000, "content": "还在吗"}])
    push(tencent, TENCENT_UP)
    call(twilio, SMS)
    keys = [message.thread_key for event in stored() if isinstance(message := parsed(event), Inbound)]

    assert keys[0] == keys[1] == keys[2] != keys[3]


@pytest.mark.parametrize("word", ["TD", " td。", "T", "退订", "ＴＤ", "STOP", "Unsubscribe"])
def test_wanting_no_more_is_a_message_with_a_notice(aliyun: Channel, push: Push, word: str) -> None:
    push(aliyun, [{**UP, "content": word}])
    message = only_parsed(Inbound)

    assert message.notice == UNSUBSCRIBED
    assert message.text.strip()


def test_stop_counts_as_a_word_by_itself_only(twilio: Channel, call: Push) -> None:
    assert not is_stop("Please stop calling me")
    assert not is_stop("")
    call(twilio, {**SMS, "Body": "Arrêt", "OptOutType": "STOP"})
    assert only_parsed(Inbound).notice == UNSUBSCRIBED


def test_odd_characters_do_no_harm(aliyun: Channel, push: Push) -> None:
    push(aliyun, json.dumps([{**UP, "content": "a\x00b\ud800c\r\nd😀"}]))

    assert only_parsed(Inbound).text == "abc\nd😀"


# --- Reports ------------------------------------------------------------------------------------------------------


def test_reports_say_what_became_of_a_message(
    aliyun: Channel, tencent: Channel, twilio: Channel, push: Push, call: Push
) -> None:
    push(aliyun, [REPORT, {**REPORT, "biz_id": "9002^0", "out_id": "", "success": "false", "err_code": "MK:1"}])
    push(tencent, [TENCENT_REPORT])
    call(twilio, STATUS, query="?delivery=sms_twilio.f00")
    call(twilio, {**STATUS, "MessageSid": "SM8", "MessageStatus": "undelivered", "ErrorCode": "30007"})
    arrived, failed, off, delivered, filtered = (parsed(event) for event in stored())

    assert arrived == Receipt(DeliveryState.DELIVERED, client_key="sms_aliyun.f00", provider_id="9001^0")
    assert isinstance(failed, Receipt)
    assert (failed.state, failed.client_key, failed.provider_id) == (DeliveryState.FAILED, "", "9002^0")
    assert failed.detail == "MK:1: 用户接收成功"
    assert off == Receipt(
        DeliveryState.FAILED,
        provider_id="2640:77",
        failure=FailureKind.RECIPIENT_GONE,
        detail="MK:0001: 用户关机",
    )
    assert delivered == Receipt(DeliveryState.DELIVERED, client_key="sms_twilio.f00", provider_id="SM9")
    assert isinstance(filtered, Receipt)
    assert (filtered.state, filtered.failure) == (DeliveryState.FAILED, FailureKind.REJECTED)


def test_being_on_its_way_means_nothing_yet(twilio: Channel, call: Push) -> None:
    for status in ("queued", "sending", "accepted", "teleported"):
        call(twilio, {**STATUS, "MessageStatus": status})

    assert [parsed(event) for event in stored()] == [Ignored("sms.on_its_way")] * 4


def test_news_of_signatures_and_templates_is_kept(aliyun: Channel, tencent: Channel, push: Push) -> None:
    push(aliyun, [{"sign_name": "某某", "sign_status": "approved"}])
    push(tencent, [{"template_id": 7, "reply": "ok"}])

    assert [parsed(event) for event in stored()] == [Ignored("sms.other_report")] * 2


def test_a_report_before_its_message_waits_and_one_of_nobody_is_let_go(aliyun: Channel, push: Push) -> None:
    push(aliyun, [REPORT])
    inbox.process_due()
    event = only()

    assert (event.state, event.error_code, event.attempts) == (InboundState.RECEIVED, "channels.not_yet", 1)
    InboundEvent.objects.update(due_at="2020-01-01T00:00:00Z", attempts=11)
    inbox.process_due()
    assert only().state == InboundState.IGNORED


# --- Bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHINESE)
@pytest.mark.parametrize(
    "body",
    [
        b'[{"phone_number": "138',
        b"<html>",
        b"phone_number=138&content=hi",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'["text", 3]',
        b'[{"sequence_id": ' + b"9" * 5000 + b"}]",
    ],
    ids=["truncated", "html", "form", "binary", "deep", "no objects", "long number"],
)
def test_what_cannot_be_read_is_kept_for_repair(kind: str, body: bytes, push: Push) -> None:
    channel = make_channel(kind)

    assert push(channel, body, content_type="text/plain").status_code == 200
    assert push(channel, body, content_type="text/plain").status_code == 200  # again, and still kept once
    events = stored()
    assert events
    inbox.process_due()
    for event in stored():
        assert (event.state, event.error_code) == (InboundState.PARKED, "channels.unreadable")
    if len(events) == 1:
        assert bytes(events[0].payload) == body


def test_a_truncated_item_is_repaired_in_its_array(aliyun: Channel, push: Push) -> None:
    push(aliyun, b'[{"phone_number": "13800000000", "content": "half a messa')
    inbox.process_due()
    event = only()
    mended = json.dumps([UP])

    assert event.state == InboundState.PARKED
    repair.repair(event=event, text=mended, by=SYSTEM)
    assert only_parsed(Inbound).text == UP["content"]


@pytest.mark.parametrize("kind", CHINESE)
@pytest.mark.parametrize("body", [b"", b"[]", b"  "])
def test_nothing_is_genuine_too(kind: str, body: bytes, push: Push) -> None:
    assert push(make_channel(kind), body).status_code == 200
    assert stored() == []


@pytest.mark.parametrize("phone", ["", "Lindenhaus", "12", None, ["138"], True])
def test_a_sender_that_is_no_phone_is_kept_for_a_person(aliyun: Channel, push: Push, phone: Any) -> None:
    push(aliyun, [{**UP, "phone_number": phone}])

    with pytest.raises(Unreadable):
        parsed(only())


def test_a_huge_body_is_refused_before_it_is_read(aliyun: Channel, twilio: Channel, push: Push, call: Push) -> None:
    assert push(aliyun, b"x" * (1024 * 1024 + 1)).status_code == 413
    assert call(twilio, {**SMS, "Body": "x" * (1024 * 1024)}).status_code == 413
    assert stored() == []


def test_a_call_of_twilio_without_an_id_or_with_endless_fields_is_refused(twilio: Channel, call: Push) -> None:
    assert call(twilio, {"Body": "hi"}).status_code == 403
    assert call(twilio, {**SMS, **{f"field{number}": "x" for number in range(600)}}).status_code == 403
    assert stored() == []
