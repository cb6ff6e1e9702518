"""Text messages by Twilio: signed forms in, free text out."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.channels import media, registry
from apps.channels.connectors.sms import callbacks, messages, sending
from apps.channels.connectors.sms.callbacks import Item, text_of
from apps.channels.connectors.sms_twilio import calls
from apps.channels.contract import (
    Arrival,
    Capabilities,
    CheckResult,
    Connector,
    Content,
    Ignored,
    InboundFile,
    Outbound,
    Parsed,
    Receipt,
    SendResult,
    Setting,
    SettingType,
    VerifiedInput,
)
from apps.channels.enums import DeliveryState, FailureKind, Region
from apps.channels.errors import InputRefused
from apps.channels.parts import one_by_one
from apps.channels.platform_http import Answer, PlatformTrouble, call

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from apps.channels.models import Channel, InboundEvent

API: Final = "/2010-04-01/Accounts"
MAX_BODY: Final = 1600
MAX_TEXT: Final = 4 * MAX_BODY
"""Goes out in several messages."""

MAX_FILES: Final = 10
OWN_PARAMETER: Final = "delivery"
"""In the address for reports: names our delivery, so that a report is understood before the answer to the sending."""

# Codes of twilio.com/docs/api/errors: 21610 and the 2160x from there, the rest from memory.
ERRORS: Final[dict[str, sending.Verdict]] = {
    "20003": FailureKind.MISCONFIGURED,
    "20404": FailureKind.MISCONFIGURED,
    "20429": sending.SOON,
    "21211": FailureKind.RECIPIENT_GONE,
    "21212": FailureKind.MISCONFIGURED,
    "21408": FailureKind.MISCONFIGURED,
    "21602": FailureKind.REJECTED,
    "21606": FailureKind.MISCONFIGURED,
    "21610": FailureKind.RECIPIENT_GONE,
    "21611": sending.SOON,
    "21614": FailureKind.RECIPIENT_GONE,
    "21619": FailureKind.REJECTED,
    "30003": FailureKind.RECIPIENT_GONE,
    "30004": FailureKind.RECIPIENT_GONE,
    "30005": FailureKind.RECIPIENT_GONE,
    "30006": FailureKind.RECIPIENT_GONE,
    "30007": FailureKind.REJECTED,
    "30008": FailureKind.RECIPIENT_GONE,
    "30034": FailureKind.MISCONFIGURED,
}
STATES: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
}


@registry.register
class TwilioSmsConnector(Connector):
    kind = "sms_twilio"
    region = Region.US
    label = _("Text messages (Twilio)")
    icon = "message-square-text"
    arrival = Arrival.PUSH
    identity_kind = "phone"
    capabilities = Capabilities(
        can_start=True,
        counts_segments=True,
        has_receipts=True,
        attachments=False,
        max_length=MAX_TEXT,
        receives=frozenset({Content.TEXT, Content.IMAGE, Content.VIDEO, Content.VOICE, Content.FILE}),
        sends=frozenset({Content.TEXT}),
    )
    settings = (
        Setting("account_sid", _("Account SID"), required=True),
        Setting("auth_token", _("Auth token"), secret=True, required=True),
        Setting(
            "other_auth_token",
            _("Second auth token"),
            secret=True,
            help=_("Calls signed with it are accepted too: for the minutes around a change of the token."),
        ),
        Setting(
            "sender",
            _("Sender"),
            required=True,
            help=_("A number of yours, as +15005550006, or the SID of a messaging service."),
        ),
        Setting("api_base", _("Address of the interface"), SettingType.URL, default="https://api.twilio.com"),
    )

    # In

    def verify(self, request: HttpRequest, channel: Channel) -> tuple[VerifiedInput, ...]:
        tokens = [str(self.setting(channel, key) or "") for key in ("auth_token", "other_auth_token")]
        fields = calls.read(request, tokens)
        sid = text_of(fields, "MessageSid") or text_of(fields, "SmsSid")
        if not sid:
            raise InputRefused(reason="no_message_id")
        if own := str(request.GET.get(OWN_PARAMETER, "")):
            fields[OWN_PARAMETER] = own
        payload = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if status := _status(fields):
            return (VerifiedInput(f"{sid}:{status}", f"report:{sid}", payload),)
        return (VerifiedInput(sid, f"from:{messages.order_of(text_of(fields, 'From'), 'US')}", payload),)

    def answer(self, request: HttpRequest, channel: Channel) -> HttpResponse:
        return HttpResponse("<Response/>", content_type="text/xml")

    def parse(self, event: InboundEvent) -> Parsed:
        fields = callbacks.load(bytes(event.payload))
        if status := _status(fields):
            return _receipt(fields, status)
        sid = text_of(fields, "MessageSid") or text_of(fields, "SmsSid")
        files, notice = self._files(event, fields)
        return messages.inbound(
            phone=messages.phone_of(text_of(fields, "From"), "US"),
            text=text_of(fields, "Body"),
            external_id=sid,
            attachments=files,
            notice=notice,
            wants_no_more=text_of(fields, "OptOutType").upper() == "STOP",
        )

    def _files(self, event: InboundEvent, fields: Item) -> tuple[list[InboundFile], str]:
        """What came with the message, and the notice about what did not."""
        count = text_of(fields, "NumMedia")
        found: list[InboundFile] = []
        missing = ""
        for number in range(min(int(count), MAX_FILES) if count.isascii() and count.isdigit() else 0):
            url = text_of(fields, f"MediaUrl{number}")
            files, notice = media.received(event, partial(self._file, event.channel, url))
            found += files
            missing = notice or missing
        return found, missing

    def _file(self, channel: Channel, url: str) -> InboundFile:
        """Credentials go to the interface we were told of, and to no other host that a message names."""
        is_home = urlsplit(url).netloc == urlsplit(str(self.setting(channel, "api_base"))).netloc
        answer = media.download(url, auth=self._auth(channel)) if is_home else media.download(url)
        if answer.status >= 400 or not answer.content:
            raise media.MediaGone
        return media.as_file(answer, stem="media")

    def thread_key_for(self, value: str) -> bytes:
        return messages.thread_key(value)

    def notice_label(self, code: str) -> StrOrPromise:
        return messages.NOTICES.get(code) or super().notice_label(code)

    # Out

    def parts(self, outbound: Outbound, channel: Channel) -> tuple[Outbound, ...]:
        return one_by_one(outbound, max_bytes=MAX_BODY) if len(outbound.text) > MAX_BODY else (outbound,)

    def send(self, outbound: Outbound, channel: Channel) -> SendResult:
        refusal = sending.local_refusal(outbound, MAX_BODY)
        if refusal is not None:
            return refusal
        sender = str(self.setting(channel, "sender") or "")
        form = {
            "To": sending.recipient(outbound),
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": outbound.text,
            "StatusCallback": _report_address(channel, outbound.client_key),
        }
        try:
            answer = self._call(channel, "POST", "/Messages.json", data=form)
            document = answer.json()
        except PlatformTrouble as trouble:
            return trouble.result
        if answer.status >= 400:
            return sending.judge(text_of(document, "code"), text_of(document, "message"), ERRORS)
        return SendResult.sent(text_of(document, "sid"), sending.sent_detail(outbound.text))

    def _call(self, channel: Channel, method: str, path: str, *, repeatable: bool = False, **request: Any) -> Answer:
        account = str(self.setting(channel, "account_sid") or "")
        base = str(self.setting(channel, "api_base")).rstrip("/")
        return call(method, f"{base}{API}/{account}{path}", repeatable=repeatable, auth=self._auth(channel), **request)

    def _auth(self, channel: Channel) -> httpx.BasicAuth:
        return httpx.BasicAuth(
            str(self.setting(channel, "account_sid") or ""), str(self.setting(channel, "auth_token") or "")
        )

    # Configuration

    def check(self, channel: Channel) -> CheckResult:
        try:
            answer = self._call(channel, "GET", ".json", repeatable=True)
            state = text_of(answer.json(), "status")
        except PlatformTrouble as trouble:
            return CheckResult(is_ok=False, message=_("The platform did not answer."), details=(trouble.result.detail,))
        if answer.status >= 400:
            return CheckResult(is_ok=False, message=_("The platform refused: %(code)s") % {"code": answer.status})
        if state != "active":
            return CheckResult(is_ok=False, message=_("The account is not active."))
        return CheckResult(is_ok=True, message=_("The platform knows the account."))


# --- Reports ------------------------------------------------------------------------------------------------------


def _status(fields: Item) -> str:
    """Of a report; a customer's message has words, or at least a field for them."""
    return text_of(fields, "MessageStatus").casefold() if "Body" not in fields else ""


def _receipt(fields: Item, status: str) -> Receipt | Ignored:
    state = STATES.get(status)
    if state is None:
        return Ignored("sms.on_its_way")
    error = text_of(fields, "ErrorCode")
    failed = state is DeliveryState.FAILED
    return Receipt(
        state,
        client_key=text_of(fields, OWN_PARAMETER),
        provider_id=text_of(fields, "MessageSid") or text_of(fields, "SmsSid"),
        failure=sending.judge(error, "", ERRORS).failure if failed and error in ERRORS else None,
        detail=f"{error}: {status}" if failed else "",
    )


def _report_address(channel: Channel, client_key: str) -> str:
    hook = reverse("channels:hook", args=[channel.key])
    return f"{django_settings.SITE_URL}{hook}?{urlencode({OWN_PARAMETER: client_key})}"
