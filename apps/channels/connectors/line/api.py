"""The Messaging API, with tokens that live a quarter of an hour and need nobody to renew them.

Addresses and fields: developers.line.biz and line/line-openapi; which message means what is partly from memory, see
`docs/admin/channels/line.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.channels import media
from apps.channels.connectors.documents import Document, number_of, rows_of, text_of
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://api.line.me"
DATA_BASE: Final = "https://api-data.line.me"
TOKEN_SECONDS: Final = 15 * 60

STALE_TOKEN: Final = "invalid reply token"  # noqa: S105 (what the platform says of one)
GONE: Final = ("failed to send messages", "'to' in the request body is invalid")
"""A 400 that says so is about the customer: not a friend, or none of this provider's."""

USED_UP: Final = "monthly limit"

MEANINGS: Final[Mapping[int, FailureKind]] = {
    401: FailureKind.REAUTHENTICATE,
    403: FailureKind.MISCONFIGURED,  # the plan or the channel does not allow it
}
"""Everything else is a message that the platform does not take."""

_RETRY_KEYS: Final = uuid.UUID("5b1f4c1e-5f0e-4d2c-9a5e-0c1d6a7e11ce")


@dataclass(frozen=True, slots=True)
class LineApi:
    channel_id: str
    channel_secret: str
    base: str
    data_base: str

    # Calls

    def reply(self, token: str, message: Mapping[str, str]) -> SendResult:
        """Costs nothing of the plan, and can be done once. Nobody can say afterwards whether it was done."""
        return result_of(self._post("/v2/bot/message/reply", {"replyToken": token, "messages": [message]}))

    def push(self, to: str, message: Mapping[str, str], client_key: str) -> SendResult:
        """Known by its key for a day, so that it can be said again."""
        headers = {"X-Line-Retry-Key": str(uuid.uuid5(_RETRY_KEYS, client_key))}
        body = {"to": to, "messages": [message]}
        return result_of(self._post("/v2/bot/message/push", body, headers=headers, repeatable=True))

    def name(self, user_id: str) -> str:
        """Nothing for somebody who did not add the account as a friend."""
        answer = self._call("GET", f"{self.base}/v2/bot/profile/{user_id}", repeatable=True)
        return text_of(answer.json(), "displayName") if answer.status == 200 else ""

    def account(self) -> SendResult:
        answer = self._call("GET", f"{self.base}/v2/bot/info", repeatable=True)
        result = result_of(answer)
        return result if result.failure else SendResult.sent(detail=text_of(answer.json(), "displayName"))

    def download(self, message_id: str, *, stem: str, name: str = "") -> InboundFile:
        """MediaGone after a while, or once the customer took it back. While it is made ready, the item waits."""
        url = f"{self.data_base}/v2/bot/message/{message_id}/content"
        answer = self._call("GET", url, repeatable=True, max_bytes=media.MAX_BYTES)
        if answer.status == 202:
            raise PlatformTrouble(SendResult.retry_later("The file is not ready yet."))
        if answer.status == 401:
            raise PlatformTrouble(result_of(answer))
        if answer.status >= 400 or not answer.content:
            raise MediaGone
        return media.as_file(answer, stem=stem, name=name)

    # How

    def issue_token(self, refused: bool = False) -> Issued:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.channel_id,
            "client_secret": self.channel_secret,
        }
        document = call("POST", f"{self.base}/oauth2/v3/token", repeatable=True, data=form).json()
        token = text_of(document, "access_token")
        if not token:
            detail = f"no token: {text_of(document, 'error')[:80]} {text_of(document, 'error_description')[:120]}"
            raise PlatformTrouble(SendResult.failed(FailureKind.REAUTHENTICATE, detail.strip()))
        return Issued(token, lasting(int(number_of(document, "expires_in") or TOKEN_SECONDS)))

    def _post(self, path: str, body: Mapping[str, Any], **request: Any) -> Answer:
        headers = {"Content-Type": "application/json", **request.pop("headers", {})}
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return self._call("POST", f"{self.base}{path}", headers=headers, content=content, **request)

    def _call(self, method: str, url: str, **request: Any) -> Answer:
        headers = request.pop("headers", {})

        def use(token: str) -> Answer:
            return call(method, url, headers={**headers, "Authorization": f"Bearer {token}"}, reads_429=True, **request)

        return with_token(
            credentials=("line", self.base, self.channel_id, self.channel_secret),
            issue=self.issue_token,
            use=use,
            is_refused=lambda answer: answer.status == 401,
        )


def result_of(answer: Answer) -> SendResult:
    document = answer.json()
    if answer.status < 300 or _was_accepted(answer):
        sent = rows_of(document, "sentMessages")
        return SendResult.sent(text_of(sent[0], "id") if sent else answer.headers.get("x-line-request-id", ""))
    said = _said(document)
    detail = f"{answer.status}: {said[:200]}"
    if answer.status == 429 and USED_UP not in said.lower():
        return SendResult.retry_later(detail)
    if answer.status == 429:
        return SendResult.failed(FailureKind.MISCONFIGURED, detail)
    if answer.status == 400 and any(word in said.lower() for word in GONE):
        return SendResult.failed(FailureKind.RECIPIENT_GONE, detail)
    return SendResult.failed(MEANINGS.get(answer.status, FailureKind.REJECTED), detail)


def _was_accepted(answer: Answer) -> bool:
    """The message came before, under the same key."""
    return answer.status == 409 and bool(answer.headers.get("x-line-accepted-request-id"))


def _said(document: Document) -> str:
    details = [text_of(row, "message") for row in rows_of(document, "details")]
    return " ".join(filter(None, (text_of(document, "message"), *details)))
