"""The platform's API, as the bot. Source: discord/discord-api-docs (v10); sizes and lifetimes from memory, see
`docs/admin/channels/discord.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels.connectors.documents import Document, number_of, part_of, text_of
from apps.channels.contract import SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import OutgoingMedia
from apps.channels.platform_http import LONGEST_WAIT, Answer, PlatformTrouble, call
from apps.channels.streams import StreamBroken

API_BASE: Final = "https://discord.com/api/v10"
USER_AGENT: Final = "DiscordBot (https://contact-center.invalid, 1.0)"
"""The platform wants this form, with an address and a version."""

NONCE_LENGTH: Final = 25

SLOW_DOWN: Final = {40003: timedelta(minutes=1), 20016: timedelta(minutes=1)}
"""Opening direct messages too fast; slow mode of a channel."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    10003: FailureKind.RECIPIENT_GONE,  # unknown channel
    10013: FailureKind.RECIPIENT_GONE,  # unknown user
    40001: FailureKind.REAUTHENTICATE,
    50001: FailureKind.MISCONFIGURED,  # the bot does not see the channel
    50007: FailureKind.RECIPIENT_GONE,  # direct messages closed, or blocked
    50013: FailureKind.MISCONFIGURED,  # the bot may not write there
    50278: FailureKind.RECIPIENT_GONE,  # no server in common any more
}
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class Place:
    channel: str
    message: str = ""
    """The message that is answered, in a server."""


@dataclass(frozen=True, slots=True)
class DiscordApi:
    token: str
    base: str

    def send(self, place: Place, client_key: str, text: str, file: OutgoingMedia | None) -> SendResult:
        """The platform takes a message of the same nonce once, for some minutes."""
        body: dict[str, Any] = {
            "content": text,
            "nonce": nonce_of(client_key),
            "enforce_nonce": True,
            "allowed_mentions": {"parse": []},
        }
        if place.message:
            body["message_reference"] = {"message_id": place.message, "fail_if_not_exists": False}
        path = f"/channels/{place.channel}/messages"
        answer = self._call("POST", path, **_shaped(body, file))
        result = result_of(answer)
        return result if result.failure is not None else SendResult.sent(text_of(answer.json(), "id"))

    def direct_with(self, user: str) -> str:
        """The channel between the bot and one person. Opening it again gives the same one."""
        answer = self._call("POST", "/users/@me/channels", content=_json({"recipient_id": user}), headers=_JSON)
        channel = text_of(answer.json(), "id") if answer.status < 300 else ""
        if not channel:
            refused = result_of(answer)
            raise PlatformTrouble(refused if refused.failure else SendResult.retry_later("no channel was opened"))
        return channel

    def gateway_address(self) -> str:
        """Raises StreamBroken while no further session may be begun today."""
        told = self._call("GET", "/gateway/bot").json()
        left = number_of(part_of(told, "session_start_limit"), "remaining")
        url = text_of(told, "url")
        if not url or left == 0:
            raise StreamBroken
        return url

    def who_am_i(self) -> tuple[SendResult, Document]:
        answer = self._call("GET", "/users/@me")
        return result_of(answer), answer.json() if answer.is_json else {}

    def _call(self, method: str, path: str, **request: Any) -> Answer:
        headers = {**request.pop("headers", {}), "Authorization": f"Bot {self.token}", "User-Agent": USER_AGENT}
        is_message = path.endswith("/messages")
        return call(method, f"{self.base}{path}", headers=headers, reads_429=True, repeatable=not is_message, **request)


def nonce_of(client_key: str) -> str:
    return hashlib.sha256(client_key.encode()).hexdigest()[:NONCE_LENGTH]


def result_of(answer: Answer) -> SendResult:
    if answer.status < 300:
        return SendResult.sent()
    document = answer.json() if answer.is_json else {}
    if answer.status == 429:
        return SendResult.retry_later("status 429", _wait(document))
    code = int(number_of(document, "code") or 0)
    detail = f"{code or f'status {answer.status}'}: {text_of(document, 'message')[:200]}"
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN[code])
    if answer.status == 401:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    if not document:
        return SendResult.failed(FailureKind.MISCONFIGURED, detail)
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _wait(document: Document) -> timedelta | None:
    seconds = number_of(document, "retry_after")
    return min(timedelta(seconds=seconds), LONGEST_WAIT) if seconds and 0 < seconds < 10**9 else None


def _shaped(body: Mapping[str, Any], file: OutgoingMedia | None) -> dict[str, Any]:
    if file is None:
        return {"content": _json(body), "headers": _JSON}
    return {
        "data": {"payload_json": _json(body).decode()},
        "files": {"files[0]": (file.name or "file", file.content, file.content_type)},
    }


_JSON: Final = {"Content-Type": "application/json"}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
