"""The platform's server API, with a token of the tenant.

Addresses: open.feishu.cn, the same at open.larksuite.com. Codes from 230001 on and the sizes of files are from memory, see
`docs/admin/channels/feishu.md`; nothing was checked on the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels import media
from apps.channels.connectors.documents import part_of, text_of
from apps.channels.connectors.workplace.reading import code_of, to_json
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://open.feishu.cn"
TOKEN_SECONDS: Final = 7200
TOKEN_REFUSED: Final = frozenset({99991661, 99991663, 99991664, 99991668})
SLOW_DOWN: Final = frozenset({99991400, 230020})
RESET_HEADER: Final = "x-ogw-ratelimit-reset"
"""Seconds to wait, beside 99991400."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    99991672: FailureKind.MISCONFIGURED,  # the app lacks a right
    230002: FailureKind.RECIPIENT_GONE,  # the robot is no longer in the chat
    230006: FailureKind.MISCONFIGURED,  # the app has no robot
    230013: FailureKind.RECIPIENT_GONE,  # the person may not use the app
}
"""Everything else is a message that the platform does not take."""

FILE_TYPES: Final = {
    "audio/opus": "opus",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "ppt",
}
MAX_KEY: Final = 50
"""Of the word by which the platform knows a repetition."""


@dataclass(frozen=True, slots=True)
class FeishuApi:
    app_id: str
    app_secret: str
    base: str

    # Calls

    def send(self, to: str, kind: str, content: Mapping[str, Any], key: str) -> SendResult:
        """`key` is ours: a repetition within an hour is the same message."""
        body = {"receive_id": to, **_message(kind, content, key)}
        answer = self._post("/im/v1/messages", body, params={"receive_id_type": "open_id"})
        return result_of(answer)

    def reply(self, message_id: str, kind: str, content: Mapping[str, Any], key: str) -> SendResult:
        return result_of(self._post(f"/im/v1/messages/{message_id}/reply", _message(kind, content, key)))

    def upload_image(self, file: OutgoingMedia) -> str:
        files = {"image": (_plain_name(file), file.content, file.content_type)}
        return self._uploaded("/im/v1/images", "image_key", data={"image_type": "message"}, files=files)

    def upload_file(self, file: OutgoingMedia) -> str:
        form = {"file_type": FILE_TYPES.get(file.content_type, "stream"), "file_name": file.name}
        files = {"file": (_plain_name(file), file.content, file.content_type)}
        return self._uploaded("/im/v1/files", "file_key", data=form, files=files)

    def download(self, message_id: str, key: str, *, sort: str, stem: str, name: str = "") -> InboundFile:
        """A file of a customer's message, which only this address gives; `sort` is image or file."""
        answer = self._call(
            "GET",
            f"/im/v1/messages/{message_id}/resources/{key}",
            params={"type": sort},
            repeatable=True,
            max_bytes=media.MAX_BYTES,
        )
        if not _is_word(answer):
            if answer.status >= 400 or not answer.content:
                raise MediaGone
            return media.as_file(answer, stem=stem, name=name)
        result = result_of(answer)
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone

    def issue_token(self, refused: bool = False) -> Issued:
        """The platform hands out the same one while it is good for half an hour more."""
        body = {"app_id": self.app_id, "app_secret": self.app_secret}
        url = f"{self.base}/open-apis/auth/v3/tenant_access_token/internal"
        answer = call("POST", url, content=to_json(body), headers=_JSON, repeatable=True)
        document = answer.json()
        token = text_of(document, "tenant_access_token")
        if token:
            return Issued(token, lasting(code_of(document, "expire") or TOKEN_SECONDS))
        raise PlatformTrouble(_sign_in_refusal(answer))

    # How

    def _post(self, path: str, body: Mapping[str, Any], *, params: Mapping[str, str] | None = None) -> Answer:
        return self._call("POST", path, params=params, content=to_json(body), headers=_JSON)

    def _uploaded(self, path: str, name: str, **request: Any) -> str:
        """The platform's name of a file. Nothing reaches anybody by it, so it may be done again."""
        answer = self._call("POST", path, repeatable=True, **request)
        key = text_of(part_of(answer.json(), "data"), name)
        if not key:
            result = result_of(answer)
            raise PlatformTrouble(SendResult.retry_later("an upload without a name") if not result.failure else result)
        return key

    def _call(self, method: str, path: str, **request: Any) -> Answer:
        headers = request.pop("headers", {})

        def use(token: str) -> Answer:
            signed = {**headers, "Authorization": f"Bearer {token}"}
            return call(method, f"{self.base}/open-apis{path}", headers=signed, **request)

        return with_token(
            credentials=("feishu", self.base, self.app_id, self.app_secret),
            issue=self.issue_token,
            use=use,
            is_refused=lambda answer: _is_word(answer) and code_of(answer.json()) in TOKEN_REFUSED,
        )


def result_of(answer: Answer) -> SendResult:
    """What the platform said about a message."""
    document = answer.json()
    code = code_of(document)
    if code == 0:
        return SendResult.sent(text_of(part_of(document, "data"), "message_id"))
    detail = f"{code}: {text_of(document, 'msg')[:200]}"
    if code in TOKEN_REFUSED:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, _wait(answer))
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _sign_in_refusal(answer: Answer) -> SendResult:
    """Whatever the platform has against the app's words, a person has to look, unless it is only busy."""
    result = result_of(answer)
    if result.failure is None:
        return SendResult.retry_later("an answer without a token")
    is_busy = result.failure == FailureKind.RETRY_LATER
    return result if is_busy else SendResult.failed(FailureKind.REAUTHENTICATE, result.detail)


def _wait(answer: Answer) -> timedelta | None:
    seconds = answer.headers.get(RESET_HEADER, "")
    return timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else None


def _is_word(answer: Answer) -> bool:
    """Whether the platform says something, rather than hands out a file, which may be JSON as well."""
    return answer.is_json and "content-disposition" not in answer.headers


def _message(kind: str, content: Mapping[str, Any], key: str) -> dict[str, str]:
    return {"msg_type": kind, "content": to_json(content).decode(), "uuid": key[-MAX_KEY:]}


def _plain_name(file: OutgoingMedia) -> str:
    """In the head of a form part; what the recipient sees is said beside it."""
    ending = file.name.rpartition(".")[2].lower()
    return f"file.{ending}" if ending.isascii() and ending.isalnum() else "file"


_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
