"""The platform's server API. An answer belongs to a message of the customer and has a number by which a repetition is known.

Addresses and most codes: tencent-connect/bot-docs. Sending a file as its bytes and the code of a repetition are from memory of
third-party code, see `docs/admin/channels/qq.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from apps.channels.connectors.documents import text_of
from apps.channels.connectors.workplace.reading import code_of, to_json
from apps.channels.contract import Content, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://api.sgroup.qq.com"
TOKEN_BASE: Final = "https://bots.qq.com"  # noqa: S105 (an address)
TOKEN_SECONDS: Final = 7200
TOKEN_REFUSED: Final = frozenset({11244})

ACCEPTED: Final = frozenset({304023, 304024})
"""The platform looks at it before it brings it."""

REPEATED: Final = 40054005
"""It has this answer already; from memory."""

SLOW_DOWN: Final = {
    22009: timedelta(minutes=1),
    100001: timedelta(minutes=1),
    304082: timedelta(minutes=1),  # the platform could not take the file over
    304083: timedelta(minutes=1),
}
MEANINGS: Final[Mapping[int, FailureKind]] = {
    304026: FailureKind.OUTSIDE_WINDOW,  # the message that is answered
    304027: FailureKind.OUTSIDE_WINDOW,
    40034024: FailureKind.OUTSIDE_WINDOW,
}
"""Everything else is a message that the platform does not take."""

FILE_TYPES: Final = {Content.IMAGE: 1, Content.VIDEO: 2}
TEXT_TYPE: Final = 0
MEDIA_TYPE: Final = 7
MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where an answer goes: `place` is the beginning of its address."""

    place: str
    message_id: str
    takes_files: bool


def private(openid: str, message_id: str) -> Target:
    return Target(f"/v2/users/{_quoted(openid)}", message_id, takes_files=True)


def group(group_openid: str, message_id: str) -> Target:
    return Target(f"/v2/groups/{_quoted(group_openid)}", message_id, takes_files=True)


def guild_channel(channel_id: str, message_id: str) -> Target:
    return Target(f"/channels/{_quoted(channel_id)}", message_id, takes_files=False)


def private_in_guild(guild_id: str, message_id: str) -> Target:
    return Target(f"/dms/{_quoted(guild_id)}", message_id, takes_files=False)


@dataclass(frozen=True, slots=True)
class QqApi:
    app_id: str
    app_secret: str
    base: str
    token_base: str

    def send_text(self, target: Target, text: str, key: str) -> SendResult:
        return self._send(target, {"msg_type": TEXT_TYPE, "content": text}, key)

    def send_media(self, target: Target, file_info: str, key: str) -> SendResult:
        return self._send(target, {"msg_type": MEDIA_TYPE, "content": " ", "media": {"file_info": file_info}}, key)

    def upload(self, target: Target, file: OutgoingMedia, sort: Content) -> str:
        """The platform's word for the file, good at this place only. Nothing reaches anybody by it."""
        data = base64.b64encode(file.content).decode()
        body = {"file_type": FILE_TYPES[sort], "file_data": data, "srv_send_msg": False}
        answer = self._post(f"{target.place}/files", body, repeatable=True)
        info = text_of(answer.json(), "file_info")
        if not info:
            result = result_of(answer)
            raise PlatformTrouble(result if result.failure else SendResult.retry_later("an upload without a name"))
        return info

    def issue_token(self, refused: bool = False) -> Issued:
        """The platform hands out the same one until its last minute."""
        body = {"appId": self.app_id, "clientSecret": self.app_secret}
        url = f"{self.token_base}/app/getAppAccessToken"
        answer = call("POST", url, content=to_json(body), headers=_JSON, repeatable=True)
        document = answer.json()
        token = text_of(document, "access_token")
        if token:
            return Issued(token, lasting(code_of(document, "expires_in") or TOKEN_SECONDS))
        raise PlatformTrouble(_sign_in_refusal(answer))

    def _send(self, target: Target, content: Mapping[str, Any], key: str) -> SendResult:
        body = {**content, "msg_id": target.message_id, "msg_seq": number_of_answer(key)}
        return result_of(self._post(f"{target.place}/messages", body))

    def _post(self, path: str, body: Mapping[str, Any], *, repeatable: bool = False) -> Answer:
        def use(token: str) -> Answer:
            headers = {**_JSON, "Authorization": f"QQBot {token}"}
            return call("POST", f"{self.base}{path}", content=to_json(body), headers=headers, repeatable=repeatable)

        return with_token(
            credentials=("qq", self.token_base, self.app_id, self.app_secret),
            issue=self.issue_token,
            use=use,
            is_refused=lambda answer: answer.is_json and code_of(answer.json()) in TOKEN_REFUSED,
        )


def number_of_answer(key: str) -> int:
    """The platform takes each number once a message. It is fixed with our own key, so that a repetition has the same."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % MOST + 1


def result_of(answer: Answer) -> SendResult:
    """What the platform said about a message."""
    document = answer.json()
    code = code_of(document) or (answer.status if answer.status >= 400 else 0)
    if code in (0, REPEATED) or code in ACCEPTED:
        return SendResult.sent(text_of(document, "id"))
    detail = f"{code}: {text_of(document, 'message')[:200]}"
    if code in TOKEN_REFUSED:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN[code])
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _sign_in_refusal(answer: Answer) -> SendResult:
    """Whatever the platform has against the app's words, a person has to look, unless it is only busy."""
    result = result_of(answer)
    if result.failure is None:
        return SendResult.retry_later("an answer without a token")
    is_busy = result.failure == FailureKind.RETRY_LATER
    return result if is_busy else SendResult.failed(FailureKind.REAUTHENTICATE, result.detail)


def _quoted(part: str) -> str:
    return quote(part, safe="")


_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
