"""The bots' API. It answers 200 whatever happened; what happened stands in `status`.

Addresses and codes: Viber/viber-bot-python. Nothing was checked on the console.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.channels.connectors.documents import Document, number_of, text_of
from apps.channels.contract import SendResult
from apps.channels.enums import FailureKind
from apps.channels.platform_http import call

API_BASE: Final = "https://chatapi.viber.com"
TOO_MANY: Final = 12

MEANINGS: Final[Mapping[int, FailureKind]] = {
    1: FailureKind.MISCONFIGURED,  # the webhook's address
    2: FailureKind.REAUTHENTICATE,
    5: FailureKind.RECIPIENT_GONE,  # not registered
    6: FailureKind.RECIPIENT_GONE,  # not subscribed
    7: FailureKind.MISCONFIGURED,  # the account is blocked
    8: FailureKind.MISCONFIGURED,  # the account does not exist
    9: FailureKind.MISCONFIGURED,  # the account is suspended
    10: FailureKind.MISCONFIGURED,  # no webhook was set
    11: FailureKind.RECIPIENT_GONE,  # no device that could show it
}
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class ViberApi:
    auth_token: str
    base: str

    def send(self, to: str, sender: str, message: Mapping[str, Any]) -> SendResult:
        document = self._call("send_message", {"receiver": to, "sender": {"name": sender}, **message})
        result = result_of(document)
        return SendResult.sent(text_of(document, "message_token")) if result.failure is None else result

    def account(self) -> SendResult:
        document = self._call("get_account_info", {}, repeatable=True)
        result = result_of(document)
        return result if result.failure else SendResult.sent(detail=text_of(document, "name"))

    def _call(self, method: str, body: Mapping[str, Any], *, repeatable: bool = False) -> Document:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", "X-Viber-Auth-Token": self.auth_token}
        return call("POST", f"{self.base}/pa/{method}", content=content, headers=headers, repeatable=repeatable).json()


def result_of(document: Document) -> SendResult:
    number = number_of(document, "status")
    code = int(number) if number is not None and abs(number) < 1e6 else -1
    if code == 0:
        return SendResult.sent()
    detail = f"{code}: {text_of(document, 'status_message')[:200]}"
    if code == TOO_MANY:
        return SendResult.retry_later(detail)
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)
