"""Text messages by Aliyun: pushed arrays in, approved templates out."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

from apps.channels import registry
from apps.channels.connectors.sms import callbacks, messages, sending
from apps.channels.connectors.sms.callbacks import Item, flag_of, text_of
from apps.channels.connectors.sms_aliyun.client import Client
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
from apps.core.clock import now

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

    from apps.channels.contract import VerifiedInput
    from apps.channels.models import Channel, Delivery, InboundEvent

MAX_TEXT: Final = 500
CHINA: Final = ZoneInfo("Asia/Shanghai")
CHECKS_BEFORE_RESEND: Final = 3
"""By then more than two minutes have passed since the message was handed over."""

# Codes of help.aliyun.com, "API error codes"; those after the blank line are from memory.
ERRORS: Final[dict[str, sending.Verdict]] = {
    "isv.BUSINESS_LIMIT_CONTROL": sending.SOON,
    "isv.DAY_LIMIT_CONTROL": sending.NEXT_DAY,
    "isv.MONTH_LIMIT_CONTROL": FailureKind.MISCONFIGURED,
    "isv.OUT_OF_SERVICE": FailureKind.MISCONFIGURED,
    "isv.SMS_SIGN_ILLEGAL": FailureKind.MISCONFIGURED,
    "isv.SIGN_STATE_ILLEGAL": FailureKind.MISCONFIGURED,
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": FailureKind.MISCONFIGURED,
    "isv.EXTEND_CODE_ERROR": FailureKind.MISCONFIGURED,
    "isv.DENY_IP_RANGE": FailureKind.MISCONFIGURED,
    "isp.RAM_PERMISSION_DENY": FailureKind.MISCONFIGURED,
    "isv.SMS_CONTENT_ILLEGAL": FailureKind.REJECTED,
    #
    "isv.SMS_TEMPLATE_ILLEGAL": FailureKind.MISCONFIGURED,
    "isv.TEMPLATE_MISSING_PARAMETERS": FailureKind.MISCONFIGURED,
    "isv.AMOUNT_NOT_ENOUGH": FailureKind.MISCONFIGURED,
    "isv.ACCOUNT_": FailureKind.MISCONFIGURED,
    "isv.MOBILE_NUMBER_ILLEGAL": FailureKind.RECIPIENT_GONE,
    "isv.BLACK_KEY_CONTROL_LIMIT": FailureKind.REJECTED,
    "isp.SYSTEM_ERROR": FailureKind.UNKNOWN_OUTCOME,
    "Throttling": sending.SOON,
    "ServiceUnavailable": sending.SOON,
    "InvalidAccessKeyId": FailureKind.MISCONFIGURED,
    "SignatureDoesNotMatch": FailureKind.MISCONFIGURED,
    "IncompleteSignature": FailureKind.MISCONFIGURED,
    "InvalidTimeStamp": FailureKind.MISCONFIGURED,
    "Forbidden": FailureKind.MISCONFIGURED,
}


@registry.register
class AliyunSmsConnector(Connector):
    kind = "sms_aliyun"
    region = Region.MAINLAND
    label = _("Text messages (Aliyun)")
    icon = "message-square-text"
    arrival = Arrival.PUSH
    identity_kind = "phone"
    capabilities = Capabilities(
        can_start=True,
        counts_segments=True,
        reconciles=True,
        has_receipts=True,
        attachments=False,
        max_length=MAX_TEXT,
        receives=frozenset({Content.TEXT}),
        sends=frozenset({Content.TEMPLATE}),
    )
    settings = (
        Setting("access_key_id", _("AccessKey ID"), required=True),
        Setting("access_key_secret", _("AccessKey secret"), secret=True, required=True),
        Setting("sign_name", _("Signature"), required=True, help=_("The approved name that stands before each text.")),
        Setting(
            "template_code",
            _("Template"),
            required=True,
            help=_("The code of an approved template with one variable: only templates may be sent."),
        ),
        Setting("template_variable", _("Variable of the template that takes the answer"), default="content"),
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
        Setting("api_base", _("Address of the interface"), SettingType.URL, default="https://dysmsapi.aliyuncs.com"),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        callbacks.prove(request, str(self.setting(channel, "callback_secret") or ""))
        return callbacks.split(callbacks.body_of(request), _identify)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return JsonResponse({"code": 0, "msg": "接收成功"})

    def parse(self, event: InboundEvent) -> Parsed:
        item = callbacks.load(bytes(event.payload))
        if _is_report(item):
            return _receipt(item)
        if "content" not in item:
            return Ignored("sms.other_report")  # news of signatures and templates, say
        external_id, _order = _identify(item)
        return messages.inbound(
            phone=messages.phone_of(text_of(item, "phone_number")),
            text=text_of(item, "content"),
            external_id=external_id,
            sent_at=_moment(text_of(item, "send_time")),
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
            answer = self._client(channel).call("SendSms", self._parameters(outbound, channel))
        except PlatformTrouble as trouble:
            return trouble.result
        code = text_of(answer, "Code")
        if code != "OK":
            return sending.judge(code, text_of(answer, "Message"), ERRORS)
        return SendResult.sent(text_of(answer, "BizId"), sending.sent_detail(outbound.text))

    def _parameters(self, outbound: Outbound, channel: Channel) -> dict[str, str]:
        """`OutId` comes back with the report, so that a report proves a sending whose answer was lost."""
        variable = str(self.setting(channel, "template_variable"))
        parameters = {
            "PhoneNumbers": _as_dialled(sending.recipient(outbound)),
            "SignName": str(self.setting(channel, "sign_name")),
            "TemplateCode": str(self.setting(channel, "template_code")),
            "TemplateParam": json.dumps({variable: outbound.text}, ensure_ascii=False),
            "OutId": outbound.client_key,
        }
        extend_code = str(self.setting(channel, "extend_code") or "")
        return {**parameters, "SmsUpExtendCode": extend_code} if extend_code else parameters

    def reconcile(self, delivery: Delivery, channel: Channel) -> SendResult | None:
        """Looks for our OutId among what was sent to this phone on that day (QuerySendDetails, from memory)."""
        outbound = Outbound.from_payload(delivery.payload)
        parameters = {
            "PhoneNumber": _as_dialled(sending.recipient(outbound)),
            "SendDate": delivery.created.astimezone(CHINA).strftime("%Y%m%d"),
            "PageSize": "50",
            "CurrentPage": "1",
        }
        try:
            answer = self._client(channel).call("QuerySendDetails", parameters, repeatable=True)
        except PlatformTrouble:
            return None
        if text_of(answer, "Code") != "OK":
            return None
        if any(text_of(item, "OutId") == delivery.client_key for item in _details(answer)):
            return SendResult.sent(detail="Found among what was sent.")
        is_same_day = now().astimezone(CHINA).date() == delivery.created.astimezone(CHINA).date()
        if delivery.checks >= CHECKS_BEFORE_RESEND and is_same_day:
            return SendResult.retry_later("Not among what was sent.")
        return None

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        """Asks for the template: that proves key and template, and sends nothing (QuerySmsTemplate, from memory)."""
        template = {"TemplateCode": str(self.setting(channel, "template_code") or "")}
        try:
            answer = self._client(channel).call("QuerySmsTemplate", template, repeatable=True)
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_("The platform did not answer."), details=(trouble.result.detail,))
        code = text_of(answer, "Code")
        if code != "OK":
            return CheckResult(is_ok=False, message=_("The platform refused: %(code)s") % {"code": code})
        if text_of(answer, "TemplateStatus") not in {"1", ""}:
            return CheckResult(is_ok=False, message=_("The template is not approved."))
        return CheckResult(is_ok=True, message=_("The platform knows the key and the template."))

    def _client(self, channel: Channel) -> Client:
        return Client(
            api_base=str(self.setting(channel, "api_base")),
            key_id=str(self.setting(channel, "access_key_id") or ""),
            key_secret=str(self.setting(channel, "access_key_secret") or ""),
        )


# --- Items --------------------------------------------------------------------------------------------------------


def _identify(item: Item) -> tuple[str, str]:
    """Its id, and what holds it in order. Reports stand apart from messages, so that one that waits for its message
    holds up nobody.
    """
    phone = messages.order_of(text_of(item, "phone_number"))
    if _is_report(item):
        external_id = f"report:{text_of(item, 'biz_id') or text_of(item, 'out_id')}:{phone}"
        return external_id, external_id
    sequence = text_of(item, "sequence_id")
    if "content" in item and sequence:
        return f"up:{sequence}", f"from:{phone}"
    digest = callbacks.fingerprint(json.dumps(item, sort_keys=True).encode())
    return f"other:{digest}", f"from:{phone}" if "content" in item else f"other:{digest}"


def _is_report(item: Item) -> bool:
    return "success" in item and bool(text_of(item, "biz_id") or text_of(item, "out_id"))


def _receipt(item: Item) -> Receipt:
    out_id = text_of(item, "out_id")
    is_ours = out_id.startswith(f"{AliyunSmsConnector.kind}.")
    did_arrive = flag_of(item, "success")
    return Receipt(
        DeliveryState.DELIVERED if did_arrive else DeliveryState.FAILED,
        client_key=out_id if is_ours else "",
        provider_id=text_of(item, "biz_id"),
        failure=None if did_arrive else FailureKind.RECIPIENT_GONE,
        detail="" if did_arrive else f"{text_of(item, 'err_code')}: {text_of(item, 'err_msg')}",
    )


def _details(answer: Item) -> list[dict[str, Any]]:
    found = answer.get("SmsSendDetailDTOs")
    rows = found.get("SmsSendDetailDTO") if isinstance(found, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _as_dialled(phone: str) -> str:
    """As Aliyun wants it: eleven digits inside the mainland, country code and number elsewhere."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")
