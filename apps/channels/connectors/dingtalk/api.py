"""The platform's server API: an answer by the address that came with the message, or with a token of the app.

Addresses: open.dingtalk.com and the maker's SDKs; uploading, limits and codes beyond `staffId.notExisted` from memory, see
`docs/admin/channels/dingtalk.md`. Nothing was checked on the console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from apps.channels import media
from apps.channels.connectors.documents import Document, text_of
from apps.channels.connectors.workplace.reading import code_of, to_json
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token
from apps.channels.streams import StreamRefused

API_BASE: Final = "https://api.dingtalk.com"
OLD_API_BASE: Final = "https://oapi.dingtalk.com"
"""Of the files we send, and of the addresses that come with messages."""

TOKEN_HEADER: Final = "x-acs-dingtalk-access-token"  # noqa: S105 (a name)
TOKEN_SECONDS: Final = 7200
MESSAGES: Final = "/v1.0/im/bot/messages/get"
"""What the Stream mode calls the messages to a robot."""

TOKEN_REFUSED: Final = frozenset({"InvalidAuthentication", "40014", "42001"})
SLOW_DOWN: Final = {
    "88": timedelta(minutes=1),
    "90018": timedelta(minutes=1),
    "130101": timedelta(minutes=10),  # a robot of one group after 20 messages in a minute
    "Throttling": timedelta(minutes=1),
}
MEANINGS: Final[Mapping[str, FailureKind]] = {
    "staffId.notExisted": FailureKind.RECIPIENT_GONE,
    "310000": FailureKind.MISCONFIGURED,  # signature, keyword or address of a robot of one group
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": FailureKind.MISCONFIGURED,
}
"""Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class DingtalkApi:
    app_key: str
    app_secret: str
    robot_code: str
    base: str
    old_base: str

    # Calls

    def answer(self, session: str, text: str, mentioned: str) -> SendResult:
        """By the address that came with the message. It is called only where it is the platform's own, because the body
        that holds it is not signed.
        """
        body: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
        if mentioned:
            body["at"] = {"atUserIds": [mentioned], "isAtAll": False}
        return result_of(call("POST", session, content=to_json(body), headers=_JSON))

    def is_ours(self, session: str) -> bool:
        return session.startswith(f"{self.old_base}/")

    def write_to(self, staff_id: str, kind: str, content: Mapping[str, Any]) -> SendResult:
        body = {"robotCode": self.robot_code, "userIds": [staff_id], **_message(kind, content)}
        answer = self._post("/v1.0/robot/oToMessages/batchSend", body)
        result = result_of(answer)
        return _for_one(answer.json(), staff_id, result) if result.failure is None else result

    def write_in(self, conversation_id: str, kind: str, content: Mapping[str, Any]) -> SendResult:
        body = {"robotCode": self.robot_code, "openConversationId": conversation_id, **_message(kind, content)}
        return result_of(self._post("/v1.0/robot/groupMessages/send", body))

    def upload(self, file: OutgoingMedia, sort: str) -> str:
        """The platform's id of a file. Nothing reaches anybody by it, so it may be done again."""
        ending = file.name.rpartition(".")[2].lower()
        name = f"file.{ending}" if ending.isascii() and ending.isalnum() else "file"
        files = {"media": (name, file.content, file.content_type)}

        def use(token: str) -> Answer:
            query = {"access_token": token, "type": sort}
            return call("POST", f"{self.old_base}/media/upload", params=query, files=files, repeatable=True)

        answer = self._with_token(use)
        media_id = text_of(answer.json(), "media_id")
        if not media_id:
            result = result_of(answer)
            raise PlatformTrouble(result if result.failure else SendResult.retry_later("an upload without an id"))
        return media_id

    def download(self, code: str, *, stem: str, name: str = "") -> InboundFile:
        """MediaGone when the platform no longer has it."""
        answer = self._post(
            "/v1.0/robot/messageFiles/download", {"downloadCode": code, "robotCode": self.robot_code}, repeatable=True
        )
        link = text_of(answer.json(), "downloadUrl")
        if link:
            return media.download_link(link, stem=stem, name=name)
        result = result_of(answer)
        if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
            raise PlatformTrouble(result)
        raise MediaGone

    # Signing in

    def issue_token(self, refused: bool = False) -> Issued:
        body = {"appKey": self.app_key, "appSecret": self.app_secret}
        url = f"{self.base}/v1.0/oauth2/accessToken"
        answer = call("POST", url, content=to_json(body), headers=_JSON, repeatable=True)
        document = answer.json()
        token = text_of(document, "accessToken")
        if token:
            return Issued(token, lasting(code_of(document, "expireIn") or TOKEN_SECONDS))
        raise PlatformTrouble(_sign_in_refusal(answer))

    def stream_address(self) -> str:
        """Where to connect, with a ticket for one connection. Only messages to the robot are asked for: what else happens
        in the company is none of our business.
        """
        body = {
            "clientId": self.app_key,
            "clientSecret": self.app_secret,
            "subscriptions": [{"type": "CALLBACK", "topic": MESSAGES}],
            "ua": "contact-center",
        }
        url = f"{self.base}/v1.0/gateway/connections/open"
        answer = call("POST", url, content=to_json(body), headers=_JSON, repeatable=True)
        document = answer.json()
        endpoint, ticket = text_of(document, "endpoint"), text_of(document, "ticket")
        if endpoint and ticket:
            return f"{endpoint}?{urlencode({'ticket': ticket})}"
        result = _sign_in_refusal(answer)
        if result.failure == FailureKind.REAUTHENTICATE:
            raise StreamRefused(reason=result.detail)
        raise PlatformTrouble(result)

    # How

    def _post(self, path: str, body: Mapping[str, Any], *, repeatable: bool = False) -> Answer:
        def use(token: str) -> Answer:
            headers = {**_JSON, TOKEN_HEADER: token}
            return call("POST", f"{self.base}{path}", content=to_json(body), headers=headers, repeatable=repeatable)

        return self._with_token(use)

    def _with_token(self, use: Any) -> Answer:
        answer: Answer = with_token(
            credentials=("dingtalk", self.base, self.app_key, self.app_secret),
            issue=self.issue_token,
            use=use,
            is_refused=lambda answer: answer.is_json and _code(answer.json()) in TOKEN_REFUSED,
        )
        return answer


def result_of(answer: Answer) -> SendResult:
    """What the platform said about a message: a number of the older interface, a word of the newer one."""
    document = answer.json()
    code = _code(document) or (str(answer.status) if answer.status >= 400 else "")
    if not code:
        return SendResult.sent(text_of(document, "processQueryKey"))
    detail = f"{code}: {(text_of(document, 'errmsg') or text_of(document, 'message'))[:200]}"
    if code in TOKEN_REFUSED:
        return SendResult.failed(FailureKind.REAUTHENTICATE, detail)
    family = code.partition(".")[0]
    if code in SLOW_DOWN or family in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN.get(code) or SLOW_DOWN[family])
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _for_one(document: Document, staff_id: str, result: SendResult) -> SendResult:
    """An answer that is content may still name people whom the message does not reach."""
    if staff_id in _listed(document, "invalidStaffIdList"):
        return SendResult.failed(FailureKind.RECIPIENT_GONE, "the platform does not know this person")
    if staff_id in _listed(document, "flowControlledStaffIdList"):
        return SendResult.retry_later("too many messages to this person", timedelta(minutes=1))
    return result


def _listed(document: Document, name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _sign_in_refusal(answer: Answer) -> SendResult:
    """Whatever the platform has against the app's words, a person has to look, unless it is only busy."""
    result = result_of(answer)
    if result.failure is None:
        return SendResult.retry_later("an answer without what was asked for")
    is_busy = result.failure == FailureKind.RETRY_LATER
    return result if is_busy else SendResult.failed(FailureKind.REAUTHENTICATE, result.detail)


def _code(document: Document) -> str:
    code = text_of(document, "errcode") or text_of(document, "code")
    return "" if code == "0" else code


def _message(kind: str, content: Mapping[str, Any]) -> dict[str, str]:
    return {"msgKey": kind, "msgParam": to_json(content).decode()}


_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
