"""Aliyun: unsigned arrays to a secret address; templates by signed requests (ACS3)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from apps.simulator.mischief import Mischief
from apps.simulator.platforms.phones import PhonePlatform, Serial, chinese_people
from apps.simulator.shapes import Account, Answer, Call, Line, Push, Request

CHINA: Final = timedelta(hours=8)
CLOCK_SKEW: Final = timedelta(minutes=15)
PROOF: Final = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]*),SignedHeaders=([^,]*),Signature=([0-9a-f]{64})")
PER_DAY: Final = 50


class Aliyun(PhonePlatform):
    kind = "sms_aliyun"
    names = ("短信（阿里云）", "Text messages (Aliyun)")
    people = chinese_people(10)
    retries = (60.0, 300.0, 600.0)

    def __init__(self, account: Account, mischief: Mischief) -> None:
        super().__init__(account, mischief)
        self._sequence = Serial(int(datetime.now(UTC).timestamp() * 1000))
        self._nonces: set[str] = set()
        self._sent_today: dict[str, int] = {}
        self._sendings: list[dict[str, Any]] = []

    @classmethod
    def demo_settings(cls, api_base: str) -> dict[str, Any]:
        return {
            "api_base": api_base,
            "access_key_id": "demo-key-id",
            "sign_name": "林登家居",
            "template_code": "SMS_000000001",
            "template_variable": "content",
        }

    @classmethod
    def demo_secrets(cls) -> dict[str, Any]:
        return {"access_key_secret": "demo-aliyun-key-secret", "callback_secret": "demo-aliyun-callback"}

    # --- Customers write ---------------------------------------------------------------------------------------------

    def message(self, line: Line) -> Push:
        item = {
            "phone_number": line.person,
            "content": line.text,
            "send_time": _china(line.at),
            "dest_code": "8812",
            "sign_name": self.account.settings.get("sign_name", ""),
            "sequence_id": self._sequence.take(),
        }
        return self._push(item)

    def _push(self, *items: dict[str, Any]) -> Push:
        secret = quote(str(self.account.secrets.get("callback_secret", "")))
        url = f"{self.account.hook}?secret={secret}"
        body = json.dumps(items, ensure_ascii=False).encode()
        return Push(lambda: Request(url, body, {"Content-Type": "application/json; charset=utf-8"}))

    def is_taken(self, status: int, body: bytes) -> bool:
        """The code has to be a number."""
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        return status == 200 and isinstance(answer, dict) and answer.get("code") == 0

    # --- The company answers -----------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        refusal = self._proof_refusal(call)
        if refusal is not None:
            return refusal
        match call.headers.get("x-acs-action"):
            case "SendSms":
                return self._send(call.query)
            case "QuerySendDetails":
                return self._details(call.query)
            case "QuerySmsTemplate":
                return self._template(call.query)
        return _refusal(404, "InvalidAction.NotFound", "Specified api is not found.")

    def _proof_refusal(self, call: Call) -> Answer | None:
        found = PROOF.fullmatch(call.headers.get("authorization", ""))
        if found is None:
            return _refusal(400, "IncompleteSignature", "The request signature does not conform to standards.")
        key_id, names, given = found.groups()
        if key_id != self.account.settings.get("access_key_id"):
            return _refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        if not self._is_fresh(call.headers.get("x-acs-date", "")):
            return _refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        if not hmac.compare_digest(given, self._signature(call, names.split(";"))):
            return _refusal(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        nonce = call.headers.get("x-acs-signature-nonce", "")
        if not nonce or nonce in self._nonces:
            return _refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces.add(nonce)
        return None

    def _signature(self, call: Call, names: list[str]) -> str:
        query = "&".join(f"{quote(name, safe='~')}={quote(call.query[name], safe='~')}" for name in sorted(call.query))
        headers = "".join(f"{name}:{call.headers.get(name, '').strip()}\n" for name in names)
        body_hash = hashlib.sha256(call.body).hexdigest()
        canonical = "\n".join([call.method, call.path, query, headers, ";".join(names), body_hash])
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        secret = str(self.account.secrets.get("access_key_secret", ""))
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _is_fresh(text: str) -> bool:
        try:
            moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(datetime.now(UTC) - moment) < CLOCK_SKEW

    def _send(self, query: Any) -> Answer:
        phone = query.get("PhoneNumbers", "")
        refusal = self._send_refusal(query, phone)
        if refusal:
            return _refusal(200, *refusal)
        self._sent_today[phone] = self._sent_today.get(phone, 0) + 1
        line = self.deliver(phone, f"【{query['SignName']}】{''.join(json.loads(query['TemplateParam']).values())}")
        biz_id = f"{self._sequence.take()}^0"
        self._sendings.append({"OutId": query.get("OutId", ""), "PhoneNum": phone, "SendStatus": 3})
        self.report_soon(line, self._report(line, biz_id, query.get("OutId", "")))
        return Answer.of({"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": self.new_id()})

    def _send_refusal(self, query: Any, phone: str) -> tuple[str, str] | None:
        if self.has_bad_luck():
            return "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1"
        if not phone.isdigit() or not 8 <= len(phone) <= 15:
            return "isv.MOBILE_NUMBER_ILLEGAL", f"{phone}invalid mobile number"
        if query.get("SignName") != self.account.settings.get("sign_name"):
            return "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"
        if query.get("TemplateCode") != self.account.settings.get("template_code"):
            return "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"
        if self.account.settings.get("template_variable", "content") not in query.get("TemplateParam", ""):
            return "isv.TEMPLATE_MISSING_PARAMETERS", "模板缺少变量"
        if self._sent_today.get(phone, 0) >= PER_DAY:
            return "isv.DAY_LIMIT_CONTROL", "触发日发送限额"
        return None

    def _report(self, line: Line, biz_id: str, out_id: str) -> Push:
        code, words = self._fate(line.person)
        item = {
            "phone_number": line.person,
            "send_time": _china(line.at),
            "report_time": _china(line.at + timedelta(seconds=2)),
            "success": code == "DELIVERED",
            "err_code": code,
            "err_msg": words,
            "sms_size": "1",
            "biz_id": biz_id,
            "out_id": out_id,
        }
        return self._push(item)

    def _fate(self, phone: str) -> tuple[str, str]:
        """Whoever wants no more is found out by the carrier only."""
        if self.refusal_for(phone) == "blocked":
            return "BLACKLIST", "黑名单号码"
        return ("MK:0001", "关机") if self.is_unreachable(phone) else ("DELIVERED", "用户接收成功")

    def _details(self, query: Any) -> Answer:
        rows = [row for row in self._sendings if row["PhoneNum"] == query.get("PhoneNumber")]
        return Answer.of({"Code": "OK", "TotalCount": len(rows), "SmsSendDetailDTOs": {"SmsSendDetailDTO": rows[-50:]}})

    def _template(self, query: Any) -> Answer:
        if query.get("TemplateCode") != self.account.settings.get("template_code"):
            return _refusal(200, "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板")
        return Answer.of({"Code": "OK", "TemplateStatus": 1, "TemplateContent": "${content}"})


def _china(moment: datetime) -> str:
    return (moment + CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _refusal(status: int, code: str, message: str) -> Answer:
    return Answer.of({"Code": code, "Message": message, "RequestId": "simulated"}, status)
