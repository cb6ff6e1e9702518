"""The platform's server API: a token of the account for messages, a token of the app for pictures.

Addresses and fields: developer.open-douyin.com (send-msg, image-upload, get-message-resources, oauth). The meanings of the
codes and the lifetimes come from third-party code, see `docs/admin/channels/douyin.md`; nothing was checked on the console.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels import media
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://open.douyin.com"
ANSWER_SCENE: Final = "im_reply_msg"

ACCOUNT_TOKEN_SECONDS: Final = 15 * 24 * 3600
APP_TOKEN_SECONDS: Final = 2 * 3600
TOKEN_REFUSED: Final = frozenset({2190002, 2190008})

SLOW_DOWN: Final = {2190001: timedelta(hours=1), 28003018: timedelta(minutes=1)}
"""Tried again, after so long: the app's calls are used up, too many in a short time."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    2190015: FailureKind.MISCONFIGURED,  # the token belongs to another account
    28003070: FailureKind.OUTSIDE_WINDOW,  # too many answers to one message
    28003080: FailureKind.OUTSIDE_WINDOW,
    28003081: FailureKind.OUTSIDE_WINDOW,
    28003095: FailureKind.MISCONFIGURED,  # the platform's own workbench answers for the account
    28003101: FailureKind.RECIPIENT_GONE,  # the customer is banned
    28029004: FailureKind.MISCONFIGURED,  # the account may not send
}
"""Everything else is a message that the platform does not take."""

SIGN_IN_MEANINGS: Final[Mapping[int, FailureKind]] = {
    10003: FailureKind.MISCONFIGURED,  # client key
    10013: FailureKind.MISCONFIGURED,  # client key or secret
}
"""Of the addresses that give tokens, from memory; everything else means that the owner has to authorise again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The customer's message that an answer belongs to."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class DouyinApi:
    client_key: str
    client_secret: str
    open_id: str
    refresh_token: str
    base: str

    # Calls

    def send(self, to: str, answered: Answered, content: Mapping[str, Any]) -> SendResult:
        body = {
            "scene": ANSWER_SCENE,
            "msg_id": answered.message_id,
            "conversation_id": answered.conversation_id,
            "to_user_id": to,
            "content": dict(content),
        }
        query = {"open_id": self.open_id}
        answer = self._as_account("POST", "/im/send/msg/", params=query, content=_json(body), headers=_JSON)
        return result_of(answer.json())

    def upload(self, file: OutgoingMedia) -> str:
        """The platform's id of a picture. Nothing reaches the customer by it, so it may be done again."""
        name = f"image.{file.content_type.partition('/')[2]}"
        files = {"image": (name, file.content, file.content_type)}
        document = self._as_app("POST", "/tool/imagex/client_upload/", files=files, repeatable=True).json()
        image_id = str(_part(document, "data").get("image_id") or document.get("image_id") or "")
        if not image_id:
            raise PlatformTrouble(_refusal_of(result_of(document)))
        return image_id

    def download(self, about: Answered, *, stem: str) -> InboundFile:
        """A picture or video that the customer took; MediaGone when the app may not fetch it, or it is half a year old."""
        query = {"open_id": self.open_id, "conversation_id": about.conversation_id, "message_id": about.message_id}
        answer = self._as_account("GET", "/api/im/message/resources/", params=query, headers=_JSON, repeatable=True)
        document = answer.json()
        link = str(_part(document, "data").get("url") or "")
        if link:
            return media.download_link(link, stem=stem)
        result = _refusal_of(result_of(document))
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone

    # Tokens

    def issue_account_token(self, refused: bool = False) -> Issued:
        form = {"client_key": self.client_key, "grant_type": "refresh_token", "refresh_token": self.refresh_token}
        return _issued(self._ask_token("/oauth/refresh_token/", data=form), ACCOUNT_TOKEN_SECONDS)

    def issue_app_token(self, refused: bool = False) -> Issued:
        """A new one; the one before stays good for some minutes, so that another process is not cut off."""
        body = {
            "client_key": self.client_key,
            "client_secret": self.client_secret,
            "grant_type": "client_credential",
        }
        return _issued(self._ask_token("/oauth/client_token/", content=_json(body), headers=_JSON), APP_TOKEN_SECONDS)

    def _ask_token(self, path: str, **request: Any) -> Mapping[str, Any]:
        return call("POST", f"{self.base}{path}", repeatable=True, **request).json()

    # How

    def _as_account(self, method: str, path: str, **request: Any) -> Answer:
        return self._call(
            method, path, ("account", self.open_id, self.refresh_token), self.issue_account_token, request
        )

    def _as_app(self, method: str, path: str, **request: Any) -> Answer:
        return self._call(method, path, ("app",), self.issue_app_token, request)

    def _call(
        self, method: str, path: str, whose: tuple[str, ...], issue: Callable[[bool], Issued], request: dict[str, Any]
    ) -> Answer:
        headers = request.pop("headers", {})

        def use(token: str) -> Answer:
            return call(method, f"{self.base}{path}", headers={**headers, "access-token": token}, **request)

        return with_token(
            credentials=("douyin", self.base, self.client_key, self.client_secret, *whose),
            issue=issue,
            use=use,
            is_refused=_refuses_token,
        )


def result_of(document: Mapping[str, Any]) -> SendResult:
    """What the platform said about a message."""
    code, description = _complaint(document)
    if code == 0:
        return SendResult.sent(str(document.get("msg_id") or _part(document, "data").get("msg_id") or ""))
    detail = f"{code}: {description}"
    if code in TOKEN_REFUSED:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN[code])
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _issued(document: Mapping[str, Any], usual_seconds: int) -> Issued:
    data = _part(document, "data")
    token = str(data.get("access_token") or "")
    if token:
        return Issued(token, lasting(_number(data.get("expires_in")) or usual_seconds))
    code, description = _complaint(document)
    if code == 0:
        raise PlatformTrouble(_refusal_of(SendResult.sent()))
    kind = SIGN_IN_MEANINGS.get(code, FailureKind.REAUTHENTICATE)
    raise PlatformTrouble(SendResult.failed(kind, f"{code}: {description}"))


def _refusal_of(result: SendResult) -> SendResult:
    """Of an answer that should have held something and does not, whatever its code says."""
    return SendResult.retry_later("an answer without what was asked for") if result.failure is None else result


def _complaint(document: Mapping[str, Any]) -> tuple[int, str]:
    """Code and description: in `extra` of newer addresses, in `data` of older ones; 0 is none."""
    for part in (_part(document, "extra"), _part(document, "data")):
        if code := _number(part.get("error_code", 0)):
            return code, str(part.get("description") or part.get("sub_description") or "")[:200]
    return 0, ""


def _refuses_token(answer: Answer) -> bool:
    return answer.is_json and _complaint(answer.json())[0] in TOKEN_REFUSED


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _number(value: object) -> int:
    """Numbers come as text at times; what is no number is no code of theirs."""
    try:
        return int(str(value))
    except ValueError:
        return 0 if value in ("", None) else 1


_JSON: Final = {"Content-Type": "application/json"}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
