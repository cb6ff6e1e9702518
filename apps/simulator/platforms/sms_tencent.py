"""Tencent Cloud: an unsigned object a message, arrays of reports; templates by signed requests (TC3)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from apps.simulator.mischief import Mischief
from apps.simulator.platforms.phones import PhonePlatform, Serial, chinese_people
from apps.simulator.shapes import Account, Answer, Call, Line, Push, Request

CLOCK_SKEW: Final = 300
PROOF: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]*)/([^,]*), SignedHeaders=([^,]*), Signature=([0-9a-f]{64})"
)


class Tencent(PhonePlatform):
    kind = "sms_tencent"
    names = ("短信（腾讯云）", "Text messages (Tencent Cloud)")
    people = chinese_people(20)
    retries = (60.0, 300.0)

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self._serial = Serial(int(datetime.now(UTC).timestamp() * 1000))

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {
            "api_base": api_base,
            "secret_id": "demo-secret-id",
            "sdk_app_id": "1400000001",
            "sign_name": "林登家居",
            "template_id": "100001",
        }

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"secret_key": "demo-tencent-secret-key", "callback_secret": "demo-tencent-callback"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        nation, mobile = _parted(line.person)
        return self._push(
            {
                "extend": "08",
                "mobile": mobile,
                "nationcode": nation,
                "sign": self.account.settings.get("sign_name", ""),
                "text": line.text,
                "time": int(line.at.timestamp()),
            }
        )

    def _push(self, document: Any) -> Push:
        secret = quote(str(self.account.secrets.get("callback_secret", "")))
        url = f"{self.account.hook}?secret={secret}"
        body = json.dumps(document, ensure_ascii=False).encode()
        return Push(lambda: Request(url, body, {"Content-Type": "application/json"}))

    def is_taken(self, status: int, body: bytes) -> bool:
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(answer, dict) and answer.get("result") == 0

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        refusal = self._proof_refusal(call)
        if refusal:
            return _error(*refusal)
        document = call.json() or {}
        match call.headers.get("x-tc-action"):
            case "SendSms":
                return self._send(document)
            case "DescribeSmsTemplateList":
                known = int(str(self.account.settings.get("template_id", 0)))
                rows = [{"TemplateId": known, "StatusCode": 0}] if known in document.get("TemplateIdSet", []) else []
                return Answer.of({"Response": {"DescribeTemplateStatusSet": rows, "RequestId": self.new_id()}})
        return _error("InvalidAction", "The request action is invalid.")

    def _proof_refusal(self, call: Call) -> tuple[str, str] | None:
        found = PROOF.fullmatch(call.headers.get("authorization", ""))
        if found is None:
            return "AuthFailure.InvalidAuthorization", "The authorization header is invalid."
        key_id, scope, names, given = found.groups()
        if key_id != self.account.settings.get("secret_id"):
            return "AuthFailure.SecretIdNotFound", "The SecretId is not found."
        timestamp = call.headers.get("x-tc-timestamp", "")
        if not timestamp.isdigit() or abs(datetime.now(UTC).timestamp() - int(timestamp)) > CLOCK_SKEW:
            return "AuthFailure.SignatureExpire", "The signature is expired."
        if not hmac.compare_digest(given, self._signature(call, scope, names.split(";"), timestamp)):
            return "AuthFailure.SignatureFailure", "The provided credentials could not be validated."
        return None

    def _signature(self, call: Call, scope: str, names: list[str], timestamp: str) -> str:
        headers = "".join(f"{name}:{call.headers.get(name, '').strip().lower()}\n" for name in names)
        body_hash = hashlib.sha256(call.body).hexdigest()
        canonical = f"POST\n/\n\n{headers}\n{';'.join(names)}\n{body_hash}"
        text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("TC3" + str(self.account.secrets.get("secret_key", ""))).encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def _send(self, document: dict[str, Any]) -> Answer:
        refusal = self._template_refusal(document)
        if refusal:
            return _error(*refusal)
        rows = [self._send_one(phone, document) for phone in document.get("PhoneNumberSet", [])]
        return Answer.of({"Response": {"SendStatusSet": rows, "RequestId": self.new_id()}})

    def _template_refusal(self, document: dict[str, Any]) -> tuple[str, str] | None:
        agreed = self.account.settings
        if self.has_bad_luck():
            return "RequestLimitExceeded", "The frequency of requests exceeds the limit."
        if document.get("SmsSdkAppId") != agreed.get("sdk_app_id"):
            return "UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId verification failed."
        if document.get("SignName") != agreed.get("sign_name"):
            return "FailedOperation.SignatureIncorrectOrUnapproved", "The signature is not approved."
        if document.get("TemplateId") != agreed.get("template_id"):
            return "FailedOperation.TemplateIncorrectOrUnapproved", "The template is not approved."
        return None

    def _send_one(self, phone: str, document: dict[str, Any]) -> dict[str, Any]:
        """A number that is refused is refused in its row; the request itself is well."""
        if not (phone.startswith("+") and phone[1:].isdigit()):
            return _row(phone, "InvalidParameterValue.IncorrectPhoneNumber", "Incorrect phone number")
        person = _known_as(phone)
        if self.refusal_for(person) == "blocked":
            return _row(phone, "FailedOperation.PhoneNumberInBlacklist", "The phone number is in a blacklist")
        line = self.deliver(person, f"【{document['SignName']}】{''.join(document.get('TemplateParamSet', []))}")
        sid = f"2640:{self._serial.take()}"
        self.report_soon(line, self._report(line, sid))
        return _row(phone, "Ok", "send success", sid)

    def _report(self, line: Line, sid: str) -> Push:
        nation, mobile = _parted(line.person)
        is_off = self.is_unreachable(line.person)
        row = {
            "user_receive_time": line.at.strftime("%Y-%m-%d %H:%M:%S"),
            "nationcode": nation,
            "mobile": mobile,
            "report_status": "FAIL" if is_off else "SUCCESS",
            "errmsg": "MK:0001" if is_off else "DELIVRD",
            "description": "用户关机" if is_off else "用户短信送达成功",
            "sid": sid,
        }
        return self._push([row])


def _parted(person: str) -> tuple[str, str]:
    """Country code and number; people of the mainland are known by their number alone."""
    return ("86", person) if not person.startswith("+") else (person[1:-8], person[-8:])


def _known_as(phone: str) -> str:
    return phone.removeprefix("+86") if phone.startswith("+86") else phone


def _row(phone: str, code: str, message: str, sid: str = "") -> dict[str, Any]:
    return {"SerialNo": sid, "PhoneNumber": phone, "Fee": int(code == "Ok"), "Code": code, "Message": message}


def _error(code: str, message: str) -> Answer:
    return Answer.of({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "simulated"}})
