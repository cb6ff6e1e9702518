"""Text messages by Tencent Cloud: pushed messages and reports in, approved templates out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.sms import callbacks, messages, sending
from apps.channels.connectors.sms.callbacks import Item, text_of
from apps.channels.connectors.sms_tencent.client import Client
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    Ignored,
    Outbound,
    Parsed,
    Receipt,
    SendResult,
    Setting,
    SettingType,
)
from apps.channels.enums import DeliveryState, FailureKind, Region
from apps.channels.platform_http import PlatformTrouble

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.contract import VerifiedInput
    from apps.channels.models import Channel, InboundEvent

MAX_TEXT: Final = 500
# Codes of cloud.tencent.com, document 382/55981 and the page of common errors; several are from memory.
ERRORS: Final[dict[str, sending.Verdict]] = {
    "FailedOperation.ContainSensitiveWord": FailureKind.REJECTED,
    "FailedOperation.SignatureIncorrectOrUnapproved": FailureKind.MISCONFIGURED,
    "FailedOperation.TemplateIncorrectOrUnapproved": FailureKind.MISCONFIGURED,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": FailureKind.MISCONFIGURED,
    "FailedOperation.InsufficientBalanceInSmsPackage": FailureKind.MISCONFIGURED,
    "FailedOperation.PhoneNumberInBlacklist": FailureKind.RECIPIENT_GONE,
    "InvalidParameterValue.IncorrectPhoneNumber": FailureKind.RECIPIENT_GONE,
    "LimitExceeded": sending.LATER,
    "LimitExceeded.PhoneNumberThirtySecondLimit": sending.SOON,
    "LimitExceeded.PhoneNumberOneHourLimit": sending.LATER,
    "LimitExceeded.PhoneNumberDailyLimit": sending.NEXT_DAY,
    "RequestLimitExceeded": sending.SOON,
    "AuthFailure": FailureKind.MISCONFIGURED,
    "UnauthorizedOperation": FailureKind.MISCONFIGURED,
    "UnsupportedOperation": FailureKind.MISCONFIGURED,
    "MissingParameter": FailureKind.MISCONFIGURED,
    "InternalError": FailureKind.UNKNOWN_OUTCOME,
}


@registry.register
class TencentSmsConnector(Connector):
    kind = "sms_tencent"
    region = Region.MAINLAND
    label = _("Text messages (Tencent Cloud)")
    icon = "message-square-text"
    arrival = Arrival.PUSH
    identity_kind = "phone"
    capabilities = Capabilities(
        can_start=True,
        counts_segments=True,
        has_receipts=True,
        attachments=False,
        max_length=MAX_TEXT,
        receives=frozenset({Content.TEXT}),
        sends=frozenset({Content.TEMPLATE}),
    )
    settings = (
        Setting("secret_id", _("SecretId"), required=True),
        Setting("secret_key", _("SecretKey"), secret=True, required=True),
        Setting("sdk_app_id", _("SmsSdkAppId"), required=True),
        Setting("sign_name", _("Signature"), required=True, help=_("The approved name that stands before each text.")),
        Setting(
            "template_id",
            _("Template"),
            required=True,
            help=_("The number of an approved template with one variable: only templates may be sent."),
        ),
        Setting(
            "text_limit",
            _("Longest answer in characters"),
            SettingType.INTEGER,
            default=MAX_TEXT,
            minimum=1,
            maximum=MAX_TEXT,
        ),
        Setting("extend_code", _("Extension of the sender's number"), help=_("Digits; leave empty for none.")),
        callbacks.CALLBACK_SECRET,
        Setting("region", _("Region"), default="ap-guangzhou"),
        Setting("api_base", _("Address of the interface"), SettingType.URL, default="https://sms.tencentcloudapi.com"),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        callbacks.prove(request, str(self.setting(channel, "callback_secret") or ""))
        return callbacks.split(callbacks.body_of(request), _identify)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return JsonResponse({"result": 0, "errmsg": "OK"})

    def parse(self, event: InboundEvent) -> Parsed:
        item = callbacks.load(bytes(event.payload))
        if _is_report(item):
            return _receipt(item)
        if "text" not in item:
            return Ignored("sms.other_report")
        external_id, _order = _identify(item)
        return messages.inbound(
            phone=messages.phone_of(_phone(item)),
            text=text_of(item, "text"),
            external_id=external_id,
            sent_at=_moment(text_of(item, "time")),
        )

    def thread_key_for(self, value: str) -> bytes:
        return messages.thread_key(value)

    def notice_label(self, code: str) -> StrOrPromise:
        return messages.NOTICES.get(code) or super().notice_label(code)

    # Out

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        refusal = sending.local_refusal(outbound, int(self.setting(channel, "text_limit")))
        if refusal is not None:
            return refusal
        try:
            response = self._client(channel).call("SendSms", self._parameters(outbound, channel))
        except PlatformTrouble as trouble:
            return trouble.result
        return _result(response, outbound.text)

    def _parameters(self, outbound: Outbound, channel: Channel) -> dict[str, Any]:
        parameters = {
            "PhoneNumberSet": [sending.recipient(outbound)],
            "SmsSdkAppId": str(self.setting(channel, "sdk_app_id")),
            "SignName": str(self.setting(channel, "sign_name")),
            "TemplateId": str(self.setting(channel, "template_id")),
            "TemplateParamSet": [outbound.text],
            "SessionContext": outbound.client_key,
        }
        extend_code = str(self.setting(channel, "extend_code") or "")
        return {**parameters, "ExtendCode": extend_code} if extend_code else parameters

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        """Asks for the template: that proves key and template, and sends nothing (from memory)."""
        number = str(self.setting(channel, "template_id") or "")
        wanted = {"International": 0, "TemplateIdSet": [int(number)] if number.isascii() and number.isdigit() else []}
        try:
            response = self._client(channel).call("DescribeSmsTemplateList", wanted, repeatable=True)
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_("The platform did not answer."), details=(trouble.result.detail,))
        error = response.get("Error")
        if isinstance(error, dict):
            return CheckResult(
                is_ok=False, message=_("The platform refused: %(code)s") % {"code": text_of(error, "Code")}
            )
        found = response.get("DescribeTemplateStatusSet")
        states = [text_of(row, "StatusCode") for row in found if isinstance(row, dict)] if found else []
        if states != ["0"]:
            return CheckResult(is_ok=False, message=_("The template is not approved."))
        return CheckResult(is_ok=True, message=_("The platform knows the key and the template."))

    def _client(self, channel: Channel) -> Client:
        return Client(
            api_base=str(self.setting(channel, "api_base")),
            region=str(self.setting(channel, "region")),
            key_id=str(self.setting(channel, "secret_id") or ""),
            key_secret=str(self.setting(channel, "secret_key") or ""),
        )


# --- Items --------------------------------------------------------------------------------------------------------


def _identify(item: Item) -> tuple[str, str]:
    """Its id, and what holds it in order. Messages have no id of their own: two alike within a second are one."""
    if _is_report(item):
        external_id = f"report:{text_of(item, 'sid')}"
        return external_id, external_id
    phone = messages.order_of(_phone(item))
    if "text" in item:
        parts = [phone, *(text_of(item, key) for key in ("extend", "text", "time"))]
        return f"up:{callbacks.fingerprint(json.dumps(parts).encode())}", f"from:{phone}"
    digest = callbacks.fingerprint(json.dumps(item, sort_keys=True).encode())
    return f"other:{digest}", f"other:{digest}"


def _is_report(item: Item) -> bool:
    return "report_status" in item and bool(text_of(item, "sid"))


def _phone(item: Item) -> str:
    number, nation = text_of(item, "mobile"), text_of(item, "nationcode")
    return number if number.startswith("+") or not nation else f"+{nation}{number}"


def _receipt(item: Item) -> Receipt:
    did_arrive = text_of(item, "report_status").upper() == "SUCCESS"
    return Receipt(
        DeliveryState.DELIVERED if did_arrive else DeliveryState.FAILED,
        provider_id=text_of(item, "sid"),
        failure=None if did_arrive else FailureKind.RECIPIENT_GONE,
        detail="" if did_arrive else f"{text_of(item, 'errmsg')}: {text_of(item, 'description')}",
    )


def _result(response: Item, text: str) -> SendResult:
    """The request may be well and the one number in it refused."""
    error = response.get("Error")
    if isinstance(error, dict):
        return sending.judge(text_of(error, "Code"), text_of(error, "Message"), ERRORS)
    rows = response.get("SendStatusSet")
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else None
    if row is None:
        return SendResult.unknown("The platform did not say what became of the number.")
    code = text_of(row, "Code")
    if code != "Ok":
        return sending.judge(code, text_of(row, "Message"), ERRORS)
    return SendResult.sent(text_of(row, "SerialNo"), sending.sent_detail(text))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None
