"""The Bot API. The token stands in every address, so none of them may be shown or logged.

Methods, limits and refusals: core.telegram.org/bots/api; the texts of refusals as python-telegram-bot knows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels import media
from apps.channels.connectors.documents import Document, number_of, part_of, text_of
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import LONGEST_WAIT, Answer, PlatformTrouble, call

API_BASE: Final = "https://api.telegram.org"

MEANINGS: Final[Mapping[int, FailureKind]] = {
    401: FailureKind.REAUTHENTICATE,  # the token was revoked
    403: FailureKind.RECIPIENT_GONE,  # blocked the bot, deactivated, never started it
    404: FailureKind.MISCONFIGURED,  # what looks like no token at all
    409: FailureKind.MISCONFIGURED,  # somebody else asks for the updates
}
"""Everything else is a message that the platform does not take."""

GONE: Final = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
"""A 400 that says so is about the customer, not about the message."""

TOO_LARGE: Final = "file is too big"


@dataclass(frozen=True, slots=True)
class TelegramApi:
    token: str
    base: str

    @property
    def bot_id(self) -> str:
        """Stays the same when the token is made anew."""
        return self.token.partition(":")[0]

    def send(self, method: str, fields: Mapping[str, str], **request: Any) -> SendResult:
        answer = self._call(method, data={name: value for name, value in fields.items() if value}, **request)
        document = answer.json()
        result = result_of(document)
        sent = part_of(document, "result")
        chat, number = text_of(part_of(sent, "chat"), "id") or fields["chat_id"], text_of(sent, "message_id")
        return SendResult.sent(message_id(self.bot_id, chat, number)) if result.failure is None else result

    def send_file(self, method: str, field: str, file: OutgoingMedia, fields: Mapping[str, str]) -> SendResult:
        return self.send(method, fields, files={field: (file.name, file.content, file.content_type)})

    def download(self, file_id: str, *, stem: str, name: str = "") -> InboundFile:
        """MediaGone when the platform does not have it, or it is larger than a bot may fetch (20 MB)."""
        document = self._call("getFile", repeatable=True, data={"file_id": file_id}).json()
        path = text_of(part_of(document, "result"), "file_path")
        if path:
            answer = media.download(f"{self.base}/file/bot{self.token}/{path.lstrip('/')}")
            if answer.status >= 400 or not answer.content:
                raise MediaGone
            return media.as_file(answer, stem=stem, name=name)
        result = result_of(document)
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone("media_too_large" if TOO_LARGE in result.detail else "media_gone")

    def me(self) -> SendResult:
        document = self._call("getMe", repeatable=True).json()
        result = result_of(document)
        return result if result.failure else SendResult.sent(detail=text_of(part_of(document, "result"), "username"))

    def _call(self, method: str, **request: Any) -> Answer:
        return call("POST", f"{self.base}/bot{self.token}/{method}", reads_429=True, **request)


def message_id(bot: str, chat: str, number: str) -> str:
    """Messages are counted within a chat with one bot."""
    return f"{bot}:{chat}:{number}"


def result_of(document: Document) -> SendResult:
    if document.get("ok") is True:
        return SendResult.sent()
    code = int(number_of(document, "error_code") or 0)
    description = text_of(document, "description")
    detail = f"{code}: {description[:200]}"
    if code == 429:
        return SendResult.retry_later(detail, _wait(document))
    if code == 400 and any(word in description.lower() for word in GONE):
        return SendResult.failed(FailureKind.RECIPIENT_GONE, detail)
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _wait(document: Document) -> timedelta | None:
    seconds = number_of(part_of(document, "parameters"), "retry_after")
    return min(timedelta(seconds=seconds), LONGEST_WAIT) if seconds and 0 < seconds < 1e6 else None
