"""The Graph API, which WhatsApp, Messenger and Instagram share, and what its refusals mean.

Codes: developers.facebook.com and third parties; which are from memory is told in `docs/admin/channels/meta.md`. Nothing was
checked on the console.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from apps.channels import media
from apps.channels.connectors.bots.proof import hex_signature
from apps.channels.connectors.documents import Document, number_of, part_of, text_of
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone
from apps.channels.platform_http import Answer, PlatformTrouble, call

GRAPH_BASE: Final = "https://graph.facebook.com"
VERSION: Final = "v25.0"

SLOW_DOWN: Final[Mapping[int, timedelta]] = {
    1: timedelta(seconds=30),  # unknown, for a moment
    2: timedelta(seconds=30),  # for a moment
    4: timedelta(minutes=10),  # calls of the app
    32: timedelta(minutes=10),  # calls of the page
    613: timedelta(minutes=10),
    80007: timedelta(minutes=10),
    130429: timedelta(seconds=30),  # messages a second
    131000: timedelta(seconds=30),  # unknown
    131016: timedelta(minutes=1),  # overloaded
    131048: timedelta(hours=1),  # too many were called spam
    131056: timedelta(seconds=10),  # too many to one person
}
"""Tried again, after so long."""

MEANINGS: Final[Mapping[int, FailureKind]] = {
    0: FailureKind.REAUTHENTICATE,
    3: FailureKind.MISCONFIGURED,
    10: FailureKind.MISCONFIGURED,
    190: FailureKind.REAUTHENTICATE,  # the token has run out or was withdrawn
    **dict.fromkeys(range(200, 300), FailureKind.MISCONFIGURED),  # a permission is missing
    368: FailureKind.MISCONFIGURED,  # the account was blocked for what it did
    551: FailureKind.RECIPIENT_GONE,
    131026: FailureKind.RECIPIENT_GONE,
    131030: FailureKind.MISCONFIGURED,  # a test number writes to people on its list only
    131031: FailureKind.MISCONFIGURED,  # the account is locked
    131042: FailureKind.MISCONFIGURED,  # the account does not pay
    131047: FailureKind.OUTSIDE_WINDOW,
    131050: FailureKind.RECIPIENT_GONE,
    133010: FailureKind.MISCONFIGURED,  # the number is not registered
    1545041: FailureKind.RECIPIENT_GONE,
}
SUBCODES: Final[Mapping[int, FailureKind]] = {
    2018001: FailureKind.RECIPIENT_GONE,
    2018108: FailureKind.RECIPIENT_GONE,
    2018278: FailureKind.OUTSIDE_WINDOW,
    2018344: FailureKind.MISCONFIGURED,  # terms are to be accepted
    2534014: FailureKind.RECIPIENT_GONE,
    2534022: FailureKind.OUTSIDE_WINDOW,
    2534037: FailureKind.MISCONFIGURED,
    2534048: FailureKind.MISCONFIGURED,
    1893063: FailureKind.MISCONFIGURED,  # the page is restricted for a while
}
"""Say more than the code they come with. Everything else is a message that the platform does not take."""


@dataclass(frozen=True, slots=True)
class Graph:
    access_token: str
    base: str
    version: str
    app_secret: str = ""
    """Only where our calls are to be proved."""

    def post(self, path: str, document: Mapping[str, Any], **request: Any) -> Answer:
        content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        return self.call("POST", path, content=content, headers={"Content-Type": "application/json"}, **request)

    def get(self, path: str, **params: str) -> Answer:
        return self.call("GET", path, params=params, repeatable=True)

    def call(self, method: str, path: str, **request: Any) -> Answer:
        headers = {**request.pop("headers", {}), "Authorization": f"Bearer {self.access_token}"}
        params = {**request.pop("params", {})}
        if self.app_secret:
            params["appsecret_proof"] = hex_signature(self.app_secret, self.access_token.encode())
        return call(
            method,
            f"{self.base}/{self.version}/{path}",
            headers=headers,
            params=params,
            reads_429=True,
            **request,
        )

    def named(self, path: str, fields: str) -> SendResult:
        """What an account is called, as proof that the token reaches it."""
        document = self.get(path, fields=fields).json()
        result = result_of(document)
        found = [text_of(document, name) for name in fields.split(",") if name != "id"]
        return result if result.failure else SendResult.sent(detail=", ".join(filter(None, found)))

    def uploaded(self, path: str, key: str, **request: Any) -> str:
        """The platform's id of a file. Nothing reaches the customer by it, so it may be done again."""
        document = self.call("POST", path, repeatable=True, **request).json()
        file_id = text_of(document, key)
        if not file_id:
            raise PlatformTrouble(_without_what_was_asked(result_of(document)))
        return file_id

    def download(self, file_id: str, *, stem: str, name: str = "") -> InboundFile:
        """The platform gives an address for five minutes, which wants the token as well."""
        document = self.get(file_id).json()
        link = text_of(document, "url")
        if not link:
            result = result_of(document)
            if result.failure in {FailureKind.RETRY_LATER, FailureKind.REAUTHENTICATE}:
                raise PlatformTrouble(result)
            raise MediaGone
        answer = media.download(link, headers={"Authorization": f"Bearer {self.access_token}"})
        if answer.status >= 400 or not answer.content:
            raise MediaGone
        return media.as_file(answer, stem=stem, name=name)


def result_of(document: Document) -> SendResult:
    error = document.get("error")
    return judge(error) if isinstance(error, dict) else SendResult.sent()


def judge(error: Document) -> SendResult:
    """Of an answer to a call, or of a report about a message."""
    code, subcode = _code(error, "code"), _code(error, "error_subcode")
    said = text_of(part_of(error, "error_data"), "details") or text_of(error, "message") or text_of(error, "title")
    detail = f"{code}: {said[:200]}" + (f" ({subcode})" if subcode else "")
    if subcode in SUBCODES:
        return SendResult.failed(SUBCODES[subcode], detail)
    if code in SLOW_DOWN:
        return SendResult.retry_later(detail, SLOW_DOWN[code])
    return SendResult.failed(MEANINGS.get(code, FailureKind.REJECTED), detail)


def _code(error: Document, name: str) -> int:
    """Numbers come as text at times; what is no number is no code of theirs."""
    number = number_of(error, name)
    return int(number) if number is not None and abs(number) < 1e9 else -1 if error.get(name) else 0


def _without_what_was_asked(result: SendResult) -> SendResult:
    return SendResult.retry_later("an answer without what was asked for") if result.failure is None else result
