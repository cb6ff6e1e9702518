"""The platform's server API: one token for all calls, every error code with its meaning.

Codes from the platform's list as kept by Wechat-Group/WxJava (WxMpErrorMsgEnum); 40164, 48006 and the addresses of
`stable_token` and `media` from memory, see `docs/admin/channels/wechat.md`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final

from apps.channels import media
from apps.channels.contract import Content, InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://api.weixin.qq.com"
TOKEN_LIFETIME: Final = 7200
TOKEN_REFUSED: Final = frozenset({40001, 40014, 41001, 42001})

BUSY: Final = -1
SLOW_DOWN: Final = {BUSY: None, 45009: timedelta(hours=1), 45011: timedelta(minutes=1), 48006: timedelta(hours=1)}
"""Tried again, after so long: the day's calls are used up, too many in a short time."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    40003: FailureKind.RECIPIENT_GONE,  # no such openid under this account
    40007: FailureKind.REJECTED,  # the media id is not valid
    40013: FailureKind.MISCONFIGURED,  # app id
    40125: FailureKind.MISCONFIGURED,  # app secret
    40164: FailureKind.MISCONFIGURED,  # this server's address is not on the allow-list
    41002: FailureKind.MISCONFIGURED,
    41004: FailureKind.MISCONFIGURED,
    43004: FailureKind.RECIPIENT_GONE,  # does not follow the account
    43019: FailureKind.RECIPIENT_GONE,  # is on the account's blacklist
    45015: FailureKind.OUTSIDE_WINDOW,  # out of the time to answer, or gone
    45047: FailureKind.OUTSIDE_WINDOW,  # too many answers to one message
    48001: FailureKind.MISCONFIGURED,  # the account may not use this
    48002: FailureKind.RECIPIENT_GONE,  # wants no messages
    48004: FailureKind.MISCONFIGURED,  # the platform took the right away
    50002: FailureKind.MISCONFIGURED,  # the account is restricted
}
"""Everything else is a message that the platform does not take."""

MEDIA_WORDS: Final = {
    Content.IMAGE: "image",
    Content.VOICE: "voice",
    Content.VIDEO: "video",
    Content.FILE: "file",
}


@dataclass(frozen=True, slots=True)
class Codes:
    """What the numbers mean that a platform of the family answers with."""

    token_refused: frozenset[int]
    slow_down: Mapping[int, timedelta | None]
    meanings: Mapping[int, FailureKind]


CODES: Final = Codes(TOKEN_REFUSED, SLOW_DOWN, MEANINGS)


@dataclass(frozen=True, slots=True)
class WechatApi:
    app_id: str
    app_secret: str
    base: str

    family: ClassVar[str] = "wechat"
    codes: ClassVar[Codes] = CODES

    # Calls

    def send(self, to: str, kind: str, content: Mapping[str, Any]) -> SendResult:
        answer = self.post("/cgi-bin/message/custom/send", {"touser": to, "msgtype": kind, kind: dict(content)})
        return self.result_of(answer.json())

    def result_of(self, document: Mapping[str, Any]) -> SendResult:
        return result_of(document, self.codes)

    def upload(self, file: OutgoingMedia, content: Content) -> str:
        """The platform's id of the file. Nothing reaches the customer by it, so it may be done again."""
        name = file.name if content == Content.FILE else f"{MEDIA_WORDS[content]}{_ending(file)}"
        # The recipient sees the name of a file only; of the others the platform trips over names that are not ASCII.
        answer = self._call(
            "POST",
            "/cgi-bin/media/upload",
            params={"type": MEDIA_WORDS[content]},
            files={"media": (name, file.content, file.content_type)},
            repeatable=True,
        )
        document = answer.json()
        media_id = str(document.get("media_id") or "")
        if not media_id:
            raise PlatformTrouble(self.refusal_of(document))
        return media_id

    def download(self, media_id: str, *, stem: str, name: str = "") -> InboundFile:
        """MediaGone when the platform does not have it, or does not hand it to this account."""
        if not self.app_secret:
            raise MediaGone
        answer = self._call(
            "GET",
            "/cgi-bin/media/get",
            params={"media_id": media_id},
            repeatable=True,
            max_bytes=media.MAX_BYTES,
        )
        if not answer.is_json:
            if answer.status >= 400 or not answer.content:
                raise MediaGone
            return media.as_file(answer, stem=stem, name=name)
        document = answer.json()
        if link := document.get("video_url"):
            return media.download_link(str(link), stem=stem, name=name)
        result = self.result_of(document)
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone

    def union_id(self, openid: str) -> str:
        """ "" when the platform does not tell: no Open Platform account, no right to ask."""
        query = {"openid": openid, "lang": "zh_CN"}
        document = self._call("GET", "/cgi-bin/user/info", params=query, repeatable=True).json()
        return str(document.get("unionid") or "")

    def issue_token(self, refused: bool = False) -> Issued:
        """A stable token: asking again gives the same one, and another system of the company keeps its own."""
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.app_secret}
        answer = call(
            "POST",
            f"{self.base}/cgi-bin/stable_token",
            content=_json({**body, "force_refresh": refused}),
            headers=_JSON,
            repeatable=True,
        )
        document = answer.json()
        return self.issued(document)

    # How

    def issued(self, document: Mapping[str, Any]) -> Issued:
        token = str(document.get("access_token") or "")
        if not token:
            raise PlatformTrouble(self.refusal_of(document))
        return Issued(token, lasting(_number(document.get("expires_in")) or TOKEN_LIFETIME))

    def refusal_of(self, document: Mapping[str, Any]) -> SendResult:
        """Of an answer that should have held something and does not, whatever its code says."""
        result = self.result_of(document)
        return SendResult.retry_later("an answer without what was asked for") if result.failure is None else result

    def post(self, path: str, document: Mapping[str, Any], *, repeatable: bool = False) -> Answer:
        return self._call("POST", path, content=_json(document), headers=_JSON, repeatable=repeatable)

    def _call(self, method: str, path: str, *, params: Mapping[str, str] | None = None, **request: Any) -> Answer:
        def use(token: str) -> Answer:
            return call(method, f"{self.base}{path}", params={"access_token": token, **(params or {})}, **request)

        return with_token(
            credentials=(self.family, self.base, self.app_id, self.app_secret),
            issue=self.issue_token,
            use=use,
            is_refused=self._refuses_token,
        )

    def _refuses_token(self, answer: Answer) -> bool:
        return answer.is_json and code_of(answer.json()) in self.codes.token_refused


def result_of(document: Mapping[str, Any], codes: Codes = CODES) -> SendResult:
    """What the platform said about a message."""
    code = code_of(document)
    if code == 0:
        return SendResult.sent(str(document.get("msgid") or ""))
    detail = f"{code}: {str(document.get('errmsg', ''))[:200]}"
    if code in codes.token_refused:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    if code in codes.slow_down:
        return SendResult.retry_later(detail, codes.slow_down[code])
    return SendResult.failed(codes.meanings.get(code, FailureKind.REJECTED), detail)


def code_of(document: Mapping[str, Any]) -> int:
    """0 when the platform is content."""
    return _number(document.get("errcode", 0))


def _number(value: object) -> int:
    """Numbers come as text at times; what is no number is no code of theirs."""
    try:
        return int(str(value))
    except ValueError:
        return 0 if value in ("", None) else 1


_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


def _json(document: Mapping[str, Any]) -> bytes:
    """Characters as they are: the platform refuses them escaped (40033)."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _ending(file: OutgoingMedia) -> str:
    stem, dot, ending = file.name.rpartition(".")
    return f".{ending.lower()}" if dot and stem and ending.isascii() and ending.isalnum() else ""
