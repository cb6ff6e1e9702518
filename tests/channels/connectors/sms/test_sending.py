"""What goes out, and what each answer of a platform means to the message."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from django.utils import timezone

from apps.channels import platform_http, registry
from apps.channels.connectors.sms.sending import segments
from apps.channels.contract import Outbound, Recipients, SendResult
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.models import Channel
from tests.channels.connectors.sms.conftest import KINDS, SITE, make_channel
from tests.factories.channels import DeliveryFactory
from tests.support.platform_server import HANG_UP, PlatformServer, Scripted, answer, platform_server

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

SID = "AC00000000000000000000000000000001"
PATHS = {"sms_aliyun": "/", "sms_tencent": "/", "sms_twilio": f"/2010-04-01/Accounts/{SID}/Messages.json"}
SENT = {
    "sms_aliyun": answer({"Code": "OK", "BizId": "9001^0", "RequestId": "r"}),
    "sms_tencent": answer({"Response": {"SendStatusSet": [{"SerialNo": "2640:7", "Code": "Ok"}]}}),
    "sms_twilio": answer({"sid": "SM7", "status": "queued"}, 201),
}
GONE = FailureKind.RECIPIENT_GONE
WRONG = FailureKind.MISCONFIGURED


@pytest.fixture(scope="module")
def one_server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


@pytest.fixture
def server(one_server: PlatformServer) -> PlatformServer:
    """As new: connections may stay open from test to test, what failed before is forgotten."""
    one_server.asked.clear()
    one_server.replies.clear()
    platform_http._breaker.cache_clear()
    return one_server


def outbound(text: str = "已为您改期。", to: str = "+8613800000000") -> Outbound:
    return Outbound(client_key="sms.f00", recipients=Recipients(to=(to,)), text=text)


def channel_at(server: PlatformServer, kind: str, reply: Any = None, **changes: Any) -> Channel:
    server.on(PATHS[kind], reply or SENT[kind])
    return make_channel(kind, server.url, **changes)


def send(channel: Channel, message: Outbound | None = None) -> SendResult:
    return registry.get(channel.kind).send(message or outbound(), channel)


# --- What is sent -------------------------------------------------------------------------------------------------


def test_aliyun_gets_a_template_with_the_text_as_its_variable(server: PlatformServer) -> None:
    channel = channel_at(server, "sms_aliyun", template_variable="reply", extend_code="07")

    assert send(channel) == SendResult.sent("9001^0", "1 segment")
    [asked] = server.asked
    assert asked.query == {
        "PhoneNumbers": "13800000000",
        "SignName": "林登家居",
        "TemplateCode": "SMS_000000001",
        "TemplateParam": '{"reply": "已为您改期。"}',
        "OutId": "sms.f00",
        "SmsUpExtendCode": "07",
    }
    assert asked.headers["x-acs-action"] == "SendSms"
    assert "demo-aliyun-key-secret" not in json.dumps(asked.headers) + asked.path


def test_aliyun_dials_other_countries_without_a_plus(server: PlatformServer) -> None:
    send(channel_at(server, "sms_aliyun"), outbound(to="+85260000000"))

    assert server.asked[0].query["PhoneNumbers"] == "85260000000"
    assert "SmsUpExtendCode" not in server.asked[0].query


def test_tencent_gets_a_template_with_the_text_as_its_variable(server: PlatformServer) -> None:
    assert send(channel_at(server, "sms_tencent")) == SendResult.sent("2640:7", "1 segment")
    [asked] = server.asked
    assert asked.json() == {
        "PhoneNumberSet": ["+8613800000000"],
        "SmsSdkAppId": "1400000001",
        "SignName": "林登家居",
        "TemplateId": "100001",
        "TemplateParamSet": ["已为您改期。"],
        "SessionContext": "sms.f00",
    }
    assert (asked.headers["x-tc-version"], asked.headers["x-tc-region"]) == ("2021-01-11", "ap-guangzhou")


@pytest.mark.parametrize(("sender", "field"), [("+15005550006", "From"), ("MG77", "MessagingServiceSid")])
def test_twilio_gets_free_text_and_where_to_report(server: PlatformServer, sender: str, field: str) -> None:
    channel = channel_at(server, "sms_twilio", sender=sender)

    assert send(channel, outbound("It is on its way 🚚", "+15005550110")) == SendResult.sent("SM7", "1 segment")
    form = {name: values[0] for name, values in parse_qs(server.asked[0].body.decode()).items()}
    assert form == {
        "To": "+15005550110",
        field: sender,
        "Body": "It is on its way 🚚",
        "StatusCallback": f"{SITE}/hooks/sms-twilio/?delivery=sms.f00",
    }
    assert server.asked[0].headers["authorization"].startswith("Basic ")


# --- What is not sent ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"recipients": Recipients()}, GONE),
        ({"recipients": Recipients(to=("+8613800000000", "+8613800000001"))}, GONE),
        ({"recipients": Recipients(to=("95588",))}, GONE),
        ({"attachments": (7,)}, FailureKind.REJECTED),
        ({"text": "  \n"}, FailureKind.REJECTED),
        ({"text": "长" * 1601}, FailureKind.REJECTED),
    ],
    ids=["nobody", "several", "a service number", "a file", "empty", "too long"],
)
def test_what_would_be_refused_is_not_asked_for(
    kind: str, changes: dict[str, Any], failure: FailureKind, server: PlatformServer
) -> None:
    result = send(channel_at(server, kind), dataclasses.replace(outbound(), **changes))

    assert (result.state, result.failure) == (DeliveryState.FAILED, failure)
    assert server.asked == []


def test_a_long_text_goes_by_twilio_in_several_messages(server: PlatformServer) -> None:
    channel = channel_at(server, "sms_twilio")
    long = "One sentence. " * 200
    parts = registry.get(channel.kind).parts(outbound(long), channel)

    assert len(parts) == 2
    assert all(send(channel, part).state == DeliveryState.SENT for part in parts)
    assert len({part.client_key for part in parts}) == 2
    assert registry.get(channel.kind).parts(outbound("长" * 1600), channel) == (outbound("长" * 1600),)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("长" * 70, 1),
        ("长" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("长" * 135, 3),
    ],
)
def test_segments_of_the_phone_network(text: str, count: int) -> None:
    assert segments(text) == count


# --- What the answers mean ----------------------------------------------------------------------------------------


def aliyun_error(code: str, status: int = 200) -> Scripted:
    return answer({"Code": code, "Message": "不行", "RequestId": "r"}, status)


def tencent_error(code: str) -> Scripted:
    return answer({"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "r"}})


def tencent_row(code: str) -> Scripted:
    return answer({"Response": {"SendStatusSet": [{"SerialNo": "", "Code": code, "Message": "no"}]}})


def twilio_error(code: int, status: int = 400) -> Scripted:
    return answer({"code": code, "message": "no", "status": status}, status)


@pytest.mark.parametrize(
    ("kind", "reply", "failure", "after"),
    [
        ("sms_aliyun", aliyun_error("isv.BUSINESS_LIMIT_CONTROL"), FailureKind.RETRY_LATER, timedelta(minutes=1)),
        ("sms_aliyun", aliyun_error("isv.DAY_LIMIT_CONTROL"), FailureKind.RETRY_LATER, timedelta(hours=12)),
        ("sms_aliyun", aliyun_error("Throttling.User", 400), FailureKind.RETRY_LATER, timedelta(minutes=1)),
        ("sms_aliyun", aliyun_error("isv.OUT_OF_SERVICE"), WRONG, None),
        ("sms_aliyun", aliyun_error("isv.SMS_SIGN_ILLEGAL"), WRONG, None),
        ("sms_aliyun", aliyun_error("SignatureDoesNotMatch", 400), WRONG, None),
        ("sms_aliyun", aliyun_error("InvalidTimeStamp.Expired", 400), WRONG, None),
        ("sms_aliyun", aliyun_error("isv.MOBILE_NUMBER_ILLEGAL"), GONE, None),
        ("sms_aliyun", aliyun_error("isv.SMS_CONTENT_ILLEGAL"), FailureKind.REJECTED, None),
        ("sms_aliyun", aliyun_error("isv.NEVER_HEARD_OF"), FailureKind.REJECTED, None),
        ("sms_aliyun", aliyun_error("isp.SYSTEM_ERROR"), FailureKind.UNKNOWN_OUTCOME, None),
        ("sms_tencent", tencent_error("RequestLimitExceeded"), FailureKind.RETRY_LATER, timedelta(minutes=1)),
        ("sms_tencent", tencent_error("AuthFailure.SignatureFailure"), WRONG, None),
        ("sms_tencent", tencent_error("AuthFailure.SignatureExpire"), WRONG, None),
        ("sms_tencent", tencent_error("InternalError.Timeout"), FailureKind.UNKNOWN_OUTCOME, None),
        (
            "sms_tencent",
            tencent_row("LimitExceeded.DeliveryFrequencyLimit"),
            FailureKind.RETRY_LATER,
            timedelta(hours=1),
        ),
        (
            "sms_tencent",
            tencent_row("LimitExceeded.PhoneNumberThirtySecondLimit"),
            FailureKind.RETRY_LATER,
            timedelta(minutes=1),
        ),
        ("sms_tencent", tencent_row("FailedOperation.PhoneNumberInBlacklist"), GONE, None),
        ("sms_tencent", tencent_row("FailedOperation.ContainSensitiveWord"), FailureKind.REJECTED, None),
        ("sms_tencent", tencent_row("FailedOperation.TemplateIncorrectOrUnapproved"), WRONG, None),
        ("sms_tencent", answer({"Response": {"SendStatusSet": []}}), FailureKind.UNKNOWN_OUTCOME, None),
        ("sms_tencent", answer({"Response": "odd"}), FailureKind.UNKNOWN_OUTCOME, None),
        ("sms_twilio", twilio_error(20003, 401), WRONG, None),
        ("sms_twilio", twilio_error(21610), GONE, None),
        ("sms_twilio", twilio_error(21211), GONE, None),
        ("sms_twilio", twilio_error(21408), WRONG, None),
        ("sms_twilio", twilio_error(30034), WRONG, None),
        ("sms_twilio", twilio_error(29999), FailureKind.REJECTED, None),
        ("sms_twilio", answer({}, 429, Retry_After="7"), FailureKind.RETRY_LATER, timedelta(seconds=7)),
        *((kind, answer({}, 503), FailureKind.RETRY_LATER, None) for kind in KINDS),
        *((kind, answer({}, 500), FailureKind.UNKNOWN_OUTCOME, None) for kind in KINDS),
        *((kind, HANG_UP, FailureKind.UNKNOWN_OUTCOME, None) for kind in KINDS),
        *((kind, Scripted(200, b"<html>ok"), FailureKind.UNKNOWN_OUTCOME, None) for kind in KINDS),
        *((kind, Scripted(404, b"<html>no"), WRONG, None) for kind in KINDS),
    ],
)
def test_each_answer_has_its_kind(
    kind: str, reply: Any, failure: FailureKind, after: timedelta | None, server: PlatformServer
) -> None:
    channel = channel_at(server, kind, reply)
    result = send(channel)

    assert (result.failure, result.retry_after) == (failure, after)
    assert not any(secret in result.detail for secret in channel.secrets.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_platform_that_is_not_there_is_tried_again(kind: str) -> None:
    assert send(make_channel(kind, "http://127.0.0.1:9")).failure == FailureKind.RETRY_LATER


@pytest.mark.parametrize("kind", KINDS)
def test_in_production_an_address_of_the_inside_is_not_called(kind: str, server: PlatformServer, settings: Any) -> None:
    settings.HTTP_ALLOW_PRIVATE = []
    platform_http.forget()  # an open connection was checked when it was opened

    assert send(channel_at(server, kind)).failure == FailureKind.MISCONFIGURED
    assert server.asked == []


# --- What became of it --------------------------------------------------------------------------------------------


def details(*out_ids: str) -> Scripted:
    rows = [{"OutId": out_id, "SendStatus": 3} for out_id in out_ids]
    return answer({"Code": "OK", "TotalCount": len(rows), "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}})


@pytest.mark.parametrize(
    ("reply", "checks", "state"),
    [
        (details("other", "sms.f00"), 1, DeliveryState.SENT),
        (details("other"), 1, None),
        (details(), 3, DeliveryState.QUEUED),
        (answer({"Code": "OK", "SmsSendDetailDTOs": None}), 3, DeliveryState.QUEUED),
        (aliyun_error("isv.RAM"), 3, None),
        (answer({}, 500), 3, None),
    ],
)
def test_aliyun_is_asked_what_became_of_a_message(
    reply: Scripted, checks: int, state: DeliveryState | None, server: PlatformServer
) -> None:
    channel = channel_at(server, "sms_aliyun", reply)
    delivery = DeliveryFactory(channel=channel, client_key="sms.f00", payload=outbound().to_payload(), checks=checks)
    found = registry.get(channel.kind).reconcile(delivery, channel)

    assert (found.state if found else None) == state
    assert server.asked[0].query["PhoneNumber"] == "13800000000"


def test_of_yesterday_nothing_is_sent_again(server: PlatformServer) -> None:
    channel = channel_at(server, "sms_aliyun", details())
    delivery = DeliveryFactory(channel=channel, payload=outbound().to_payload(), checks=5)
    delivery.created = timezone.now() - timedelta(days=2)

    assert registry.get(channel.kind).reconcile(delivery, channel) is None


# --- Trying the configuration -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path", "reply", "is_ok"),
    [
        ("sms_aliyun", "/", answer({"Code": "OK", "TemplateStatus": 1}), True),
        ("sms_aliyun", "/", answer({"Code": "OK", "TemplateStatus": 2}), False),
        ("sms_aliyun", "/", aliyun_error("SignatureDoesNotMatch", 400), False),
        ("sms_tencent", "/", answer({"Response": {"DescribeTemplateStatusSet": [{"StatusCode": 0}]}}), True),
        ("sms_tencent", "/", answer({"Response": {"DescribeTemplateStatusSet": [{"StatusCode": 1}]}}), False),
        ("sms_tencent", "/", answer({"Response": {"DescribeTemplateStatusSet": []}}), False),
        ("sms_tencent", "/", tencent_error("AuthFailure.SignatureFailure"), False),
        ("sms_twilio", f"/2010-04-01/Accounts/{SID}.json", answer({"status": "active"}), True),
        ("sms_twilio", f"/2010-04-01/Accounts/{SID}.json", answer({"status": "suspended"}), False),
        ("sms_twilio", f"/2010-04-01/Accounts/{SID}.json", twilio_error(20003, 401), False),
        *((kind, "/nowhere", answer({}), False) for kind in KINDS),
    ],
)
def test_the_check_tells_what_is_wrong_and_names_no_secret(
    kind: str, path: str, reply: Scripted, is_ok: bool, server: PlatformServer
) -> None:
    server.on(path, reply)
    channel = make_channel(kind, server.url)
    result = registry.get(kind).check(channel)

    assert result.is_ok is is_ok
    assert not any(secret in unquote(f"{result.message} {result.details}") for secret in channel.secrets.values())
