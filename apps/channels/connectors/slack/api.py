"""The platform's Web API, with the token of the app's bot.

Methods, limits and error words: docs.slack.dev (Web API), where not marked *from memory*; see `docs/admin/channels/slack.md`.
Nothing was checked on the console.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from apps.channels import media
from apps.channels.connectors.documents import Document, part_of, text_of
from apps.channels.connectors.slack.markup import markup_of
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import PlatformTrouble, call

API_BASE: Final = "https://slack.com/api"
FILE_HOSTS: Final = ".slack.com"

SLOW_DOWN: Final = frozenset({"ratelimited", "rate_limited", "service_unavailable"})
UNCERTAIN: Final = frozenset({"internal_error", "fatal_error", "request_timeout"})
"""Some aspect of the operation may have succeeded before the error."""

MEANINGS: Final[Mapping[str, FailureKind]] = {
    "token_revoked": FailureKind.REAUTHENTICATE,
    "token_expired": FailureKind.REAUTHENTICATE,
    "invalid_auth": FailureKind.REAUTHENTICATE,
    "not_authed": FailureKind.REAUTHENTICATE,
    "account_inactive": FailureKind.REAUTHENTICATE,
    "missing_scope": FailureKind.MISCONFIGURED,
    "no_permission": FailureKind.MISCONFIGURED,
    "not_in_channel": FailureKind.RECIPIENT_GONE,
    "channel_not_found": FailureKind.RECIPIENT_GONE,
    "is_archived": FailureKind.RECIPIENT_GONE,
    "user_not_found": FailureKind.RECIPIENT_GONE,
    "cannot_dm_bot": FailureKind.RECIPIENT_GONE,
}
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes: a channel, and the thread in it if there is one."""

    channel: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class SlackApi:
    token: str
    base: str

    # Messages

    def send_text(self, place: Place, text: str) -> SendResult:
        body = {"channel": place.channel, "text": markup_of(text), **_thread(place)}
        document = self._post("chat.postMessage", body)
        result = result_of(document)
        if result.failure is not None:
            return result
        return SendResult.sent(f"{text_of(document, 'channel')}:{text_of(document, 'ts')}")

    def send_file(self, place: Place, file: OutgoingMedia) -> SendResult:
        """Three steps, of which only the last reaches anybody."""
        asked = self._read(
            "files.getUploadURLExternal", {"filename": file.name or "file", "length": str(len(file.content))}
        )
        upload_url, file_id = text_of(asked, "upload_url"), text_of(asked, "file_id")
        if result_of(asked).failure is not None or not (upload_url and file_id):
            return _refusal(asked)
        uploaded = call("POST", upload_url, content=file.content, repeatable=True)
        if uploaded.status >= 400:
            return SendResult.retry_later(f"upload: status {uploaded.status}")
        shared = {"files": [{"id": file_id, "title": file.name}], "channel_id": place.channel, **_thread(place)}
        result = result_of(self._post("files.completeUploadExternal", shared))
        return result if result.failure is not None else SendResult.sent(file_id)

    def direct_with(self, user: str) -> str:
        """The channel in which the app talks with one person. Opening it again gives the same one."""
        document = self._read("conversations.open", {"users": user})
        channel = text_of(part_of(document, "channel"), "id")
        if not channel:
            raise PlatformTrouble(_refusal(document))
        return channel

    # People and files

    def person(self, user: str) -> Document:
        document = self._read("users.info", {"user": user})
        found = part_of(document, "user")
        if not found and result_of(document).failure == FailureKind.RETRY_LATER:
            raise PlatformTrouble(result_of(document))
        return found

    def download(self, file: Document, *, stem: str) -> InboundFile:
        file = file if text_of(file, "url_private_download") else self._file(text_of(file, "id"))
        url = text_of(file, "url_private_download")
        if not self._is_ours(url):
            raise MediaGone
        answer = media.download(url, headers=self._headers)
        if answer.status >= 400 or not answer.content:
            raise MediaGone
        if answer.content_type.startswith("text/html") and not text_of(file, "mimetype").startswith("text/html"):
            # Where the scope files:read is missing the platform shows a page to sign in.
            raise MediaGone("media_missing")
        return media.as_file(answer, stem=stem, name=text_of(file, "name")[:200])

    def _file(self, file_id: str) -> Document:
        """Of files from another workspace only the id comes along."""
        return part_of(self._read("files.info", {"file": file_id}), "file") if file_id else {}

    def _is_ours(self, url: str) -> bool:
        """The token goes nowhere else, whatever stands in an event."""
        host, own = _host_of(url), _host_of(self.base)
        return bool(host) and (host == own or (own.endswith("slack.com") and host.endswith(FILE_HOSTS)))

    # How

    def who_am_i(self) -> Document:
        return self._read("auth.test", {})

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _post(self, method: str, body: Mapping[str, Any]) -> Document:
        # JSON has to name its charset here, or the platform warns.
        headers = {**self._headers, "Content-Type": "application/json; charset=utf-8"}
        return call("POST", f"{self.base}/{method}", content=_json(body), headers=headers).json()

    def _read(self, method: str, form: Mapping[str, str]) -> Document:
        """Methods that change nothing a customer sees; not all of them take JSON."""
        return call("POST", f"{self.base}/{method}", data=dict(form), headers=self._headers, repeatable=True).json()


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def result_of(document: Document) -> SendResult:
    """Errors come with the status 200 as well."""
    if document.get("ok") is True:
        return SendResult.sent()
    word = text_of(document, "error")[:80]
    needed = text_of(document, "needed")[:80]
    detail = f"{word or 'no error named'}{f' (needed: {needed})' if needed else ''}"
    if word in SLOW_DOWN:
        return SendResult.retry_later(detail)
    if word in UNCERTAIN:
        return SendResult.unknown(detail)
    return SendResult.failed(MEANINGS.get(word, FailureKind.REJECTED), detail)


def _refusal(document: Document) -> SendResult:
    """Of a step before anything reached anybody."""
    result = result_of(document)
    is_plain = result.failure in (None, FailureKind.UNKNOWN_OUTCOME)
    return SendResult.retry_later("an answer without what was asked for") if is_plain else result


def _thread(place: Place) -> dict[str, str]:
    return {"thread_ts": place.thread} if place.thread else {}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
