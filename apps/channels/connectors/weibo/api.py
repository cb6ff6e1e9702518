"""The platform's server API, with the account's long-lived token.

Addresses from open.weibo.com/wiki (customer service messages, 2014); codes but 26403 from memory, see
`docs/admin/channels/weibo.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels import media
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone
from apps.channels.platform_http import PlatformTrouble, call

API_BASE: Final = "https://m.api.weibo.com"
UPLOAD_BASE: Final = "https://upload.api.weibo.com"

SLOW_DOWN: Final = {
    10009: timedelta(minutes=1),  # too many pending tasks
    10022: timedelta(hours=1),  # calls of this address
    10023: timedelta(hours=1),  # calls of this account
    10024: timedelta(hours=1),  # calls of this kind
}

MEANINGS: Final[Mapping[int, FailureKind]] = {
    10014: FailureKind.MISCONFIGURED,  # the app may not use this
    20003: FailureKind.RECIPIENT_GONE,  # no such user
    21314: FailureKind.REAUTHENTICATE,  # the token was used up
    21315: FailureKind.REAUTHENTICATE,
    21316: FailureKind.REAUTHENTICATE,  # the token was withdrawn
    21317: FailureKind.REAUTHENTICATE,
    21327: FailureKind.REAUTHENTICATE,  # the token has run out
    21332: FailureKind.REAUTHENTICATE,  # no such token
    26403: FailureKind.OUTSIDE_WINDOW,  # answered already, or too late
}
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class WeiboApi:
    access_token: str
    base: str
    upload_base: str

    def send_text(self, to: str, text: str) -> SendResult:
        """The platform wants the JSON URL-encoded inside a form, which the form does."""
        return self._reply({"type": "text", "data": _json({"text": text}), "receiver_id": to})

    def probe(self) -> SendResult:
        """A call that cannot reach anybody: what it is refused for tells whether the token is good."""
        return self._reply({"type": "text", "data": _json({"text": ""})})

    def download(self, file_id: str, *, stem: str) -> InboundFile:
        """MediaGone when the platform does not have it, or does not hand it to this account."""
        query = {"access_token": self.access_token, "fid": file_id}
        answer = media.download(f"{self.upload_base}/2/mss/msget", params=query)
        if not answer.is_json:
            if answer.status >= 400 or not answer.content:
                raise MediaGone
            return media.as_file(answer, stem=stem)
        result = result_of(answer.json())
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone

    def _reply(self, form: Mapping[str, str]) -> SendResult:
        try:
            answer = call(
                "POST", f"{self.base}/2/messages/reply.json", data={"access_token": self.access_token, **form}
            )
            return result_of(answer.json())
        except PlatformTrouble as trouble:
            return trouble.result


def result_of(document: Mapping[str, Any]) -> SendResult:
    """What the platform said about a message; it tells no id of it."""
    code = _number(document.get("error_code", 0))
    if code == 0:
        return SendResult.sent()
    detail = f"{code}: {str(document.get('error', ''))[:200]}"
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN[code])
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _number(value: object) -> int:
    """Numbers come as text at times; what is no number is no code of theirs."""
    try:
        return int(str(value))
    except ValueError:
        return 0 if value in ("", None) else 1


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace").decode()
