"""The platform's interface, in the name of the account.

Addresses and limits: docs.x.com (X API v2, direct messages, rate limits); codes and what is marked *from memory* have no other
source, see `docs/admin/channels/x.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

from apps.channels import media
from apps.channels.connectors.documents import Document, part_of, rows_of, text_of
from apps.channels.connectors.x.oauth import Credentials
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import LONGEST_WAIT, Answer, PlatformTrouble, call

API_BASE: Final = "https://api.x.com"
FILE_HOSTS: Final = frozenset({"ton.twitter.com", "ton.x.com"})
"""Where pictures of private messages lie, which want to know who asks; from memory."""

CANNOT_REACH: Final = frozenset({"150", "349"})
"""Codes for somebody who takes no messages from the account."""

NOT_ALLOWED: Final = ("client-forbidden", "unsupported-authentication", "usage-capped")
"""Problems of the app, not of the receiver; from memory."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    401: FailureKind.REAUTHENTICATE,
    402: FailureKind.MISCONFIGURED,  # the credits are used up
    403: FailureKind.RECIPIENT_GONE,
    404: FailureKind.RECIPIENT_GONE,
}
"""Everything else is a message that the platform does not take."""

CATEGORIES: Final = {"image/gif": "dm_gif"}


@dataclass(frozen=True, slots=True)
class XApi:
    credentials: Credentials
    base: str

    def send(self, to: str, content: Mapping[str, Any]) -> SendResult:
        path = f"/2/dm_conversations/with/{quote(to, safe='')}/messages"
        answer = self._call("POST", path, content=_json(content), headers=_JSON)
        result = result_of(answer)
        if result.failure is not None:
            return result
        return SendResult.sent(text_of(part_of(answer.json(), "data"), "dm_event_id"))

    def upload(self, file: OutgoingMedia) -> str:
        """The platform's id of a picture. Nothing reaches the customer by it, so it may be done again."""
        form = {"media_category": CATEGORIES.get(file.content_type, "dm_image")}
        files = {"media": (file.name or "file", file.content, file.content_type)}
        answer = self._call("POST", "/2/media/upload", data=form, files=files, repeatable=True)
        media_id = text_of(part_of(answer.json(), "data"), "id")
        if not media_id:
            result = result_of(answer)
            trouble = result if result.failure else SendResult.retry_later("an upload without an id")
            raise PlatformTrouble(trouble)
        return media_id

    def download(self, url: str, *, stem: str) -> InboundFile:
        host = _host_of(url)
        if not host:
            raise MediaGone
        is_ours = host == _host_of(self.base) or (host in FILE_HOSTS and self.base == API_BASE)
        headers = {"Authorization": self.credentials.header("GET", url)} if is_ours else {}
        answer = media.download(url, headers=headers)
        if answer.status >= 400 or not answer.content:
            raise MediaGone
        return media.as_file(answer, stem=stem)

    def who_am_i(self) -> tuple[SendResult, Document]:
        answer = self._call("GET", "/2/users/me", repeatable=True)
        return result_of(answer), part_of(answer.json() if answer.is_json else {}, "data")

    def _call(self, method: str, path: str, **request: Any) -> Answer:
        url = f"{self.base}{path}"
        headers = {**request.pop("headers", {}), "Authorization": self.credentials.header(method, url)}
        return call(method, url, headers=headers, reads_429=True, **request)


def result_of(answer: Answer) -> SendResult:
    if answer.status == 429:
        return SendResult.retry_later("status 429", _until_reset(answer))
    if answer.status < 300:
        return SendResult.sent()
    problem = answer.json() if answer.is_json else {}
    codes = {text_of(row, "code") for row in rows_of(problem, "errors")} - {""}
    kind = text_of(problem, "type").rpartition("/")[2][:60]
    words = text_of(problem, "detail") or text_of(problem, "title")
    detail = f"{answer.status} {' '.join(sorted(codes)) or kind}: {words[:200]}"
    if codes & CANNOT_REACH:
        return SendResult.failed(FailureKind.RECIPIENT_GONE, detail)
    if kind in NOT_ALLOWED:
        return SendResult.failed(FailureKind.MISCONFIGURED, detail)
    return SendResult.failed(MEANINGS.get(answer.status, FailureKind.REJECTED), detail)


def _until_reset(answer: Answer) -> timedelta | None:
    """The platform says at what second it counts anew."""
    try:
        wait = int(answer.headers.get("x-rate-limit-reset", "")) - time.time()
    except ValueError:
        return None
    return min(timedelta(seconds=int(wait) + 1), LONGEST_WAIT) if 0 < wait < 10**9 else None


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


_JSON: Final = {"Content-Type": "application/json"}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
