"""The platform's connector service, with a token of the app.

Addresses, token and limits: learn.microsoft.com and microsoft/botbuilder-python; what is marked *from memory* has no other
source, see `docs/admin/channels/teams.md`. Nothing was checked on the console.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

from apps.channels import media
from apps.channels.connectors.documents import Document, part_of, text_of
from apps.channels.contract import InboundFile, SendResult
from apps.channels.enums import FailureKind
from apps.channels.media import MediaGone, OutgoingMedia
from apps.channels.platform_http import Answer, PlatformTrouble, call
from apps.channels.services.tokens import Issued, lasting, with_token

API_BASE: Final = "https://smba.trafficmanager.net"
LOGIN_BASE: Final = "https://login.microsoftonline.com"
OPENID_BASE: Final = "https://login.botframework.com"
SCOPE: Final = "https://api.botframework.com/.default"

TOKEN_SECONDS: Final = 3600
PRECONDITION: Final = 412
"""The platform asks to be left alone for a moment, as with 429."""

PAUSE: Final = timedelta(seconds=5)

MEANINGS: Final[Mapping[int, FailureKind]] = {
    401: FailureKind.REAUTHENTICATE,
    403: FailureKind.RECIPIENT_GONE,  # blocked or removed, with and without a code that says so
    404: FailureKind.RECIPIENT_GONE,  # the conversation is gone
}
"""Everything else is a message that the platform does not take, such as 413 above 100 KB."""

CODES: Final[Mapping[str, FailureKind]] = {
    "BotDisabledByAdmin": FailureKind.MISCONFIGURED,
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A message of a conversation, and where its answers are taken."""

    service_url: str
    conversation: str
    activity: str


@dataclass(frozen=True, slots=True)
class TeamsApi:
    app_id: str
    app_secret: str
    tenant: str
    base: str
    login_base: str

    # Messages

    def send(self, about: Reference, content: Mapping[str, Any]) -> SendResult:
        if not self.may_call(about.service_url):
            return SendResult.failed(FailureKind.MISCONFIGURED, "another service address than the channel may call")
        body = {
            "type": "message",
            "from": {"id": f"28:{self.app_id}"},
            "conversation": {"id": about.conversation},
            "replyToId": about.activity,
            **content,
        }
        path = f"v3/conversations/{_quoted(about.conversation)}/activities/{_quoted(about.activity)}"
        answer = self._call("POST", f"{_folder(about.service_url)}{path}", content=_json(body), headers=_JSON)
        return _sent(answer, about.conversation)

    def may_call(self, url: str) -> bool:
        """Whoever names the address of an answer must not get our token by it."""
        try:
            given, own = urlsplit(url), urlsplit(self.base)
        except ValueError:
            return False
        is_same_host = (given.scheme, given.netloc) == (own.scheme, own.netloc)
        return is_same_host and f"{given.path}/".startswith(f"{own.path}/") and ".." not in given.path

    # People and files

    def member(self, about: Reference, user: str) -> Document:
        """Empty for somebody whom the platform does not tell about."""
        if not self.may_call(about.service_url):
            return {}
        path = f"v3/conversations/{_quoted(about.conversation)}/members/{_quoted(user)}"
        answer = self._call("GET", f"{_folder(about.service_url)}{path}", repeatable=True)
        return answer.json() if answer.status == 200 else {}

    def picture(self, url: str, *, stem: str) -> InboundFile:
        """One that was put into the text lies at the platform and wants our token; nobody else gets it."""
        if not self.may_call(url):
            return media.download_link(url, stem=stem)
        answer = self._call("GET", url, repeatable=True, max_bytes=media.MAX_BYTES)
        if answer.status >= 400 or not answer.content:
            raise MediaGone
        return media.as_file(answer, stem=stem)

    # Tokens

    def issue_token(self, refused: bool = False) -> Issued:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.app_secret,
            "scope": SCOPE,
        }
        url = f"{self.login_base}/{_quoted(self.tenant)}/oauth2/v2.0/token"
        document = call("POST", url, data=form, repeatable=True).json()
        token = text_of(document, "access_token")
        if token:
            return Issued(token, lasting(_seconds(document)))
        raise PlatformTrouble(_sign_in_refusal(document))

    def _call(self, method: str, url: str, **request: Any) -> Answer:
        headers = request.pop("headers", {})

        def use(token: str) -> Answer:
            return call(method, url, headers={**headers, "Authorization": f"Bearer {token}"}, **request)

        return with_token(
            credentials=("teams", self.login_base, self.tenant, self.app_id, self.app_secret),
            issue=self.issue_token,
            use=use,
            is_refused=lambda answer: answer.status == 401,
        )


def text_content(text: str) -> dict[str, Any]:
    """Plain, so that no star of an agent makes words bold."""
    return {"text": text, "textFormat": "plain"}


def picture_content(file: OutgoingMedia) -> dict[str, Any]:
    """Put into the message itself: a file of any other kind would have to be taken by its receiver first."""
    data = base64.b64encode(file.content).decode()
    return {
        "attachments": [
            {
                "contentType": file.content_type,
                "contentUrl": f"data:{file.content_type};base64,{data}",
                "name": file.name,
            }
        ]
    }


def _sent(answer: Answer, conversation: str) -> SendResult:
    if answer.status < 300:
        known_by = text_of(answer.json(), "id")
        return SendResult.sent(f"{conversation}:{known_by}" if known_by else "")
    if answer.status == PRECONDITION:
        return SendResult.retry_later("status 412", PAUSE)
    complaint = part_of(answer.json() if answer.is_json else {}, "error")
    code = text_of(complaint, "code")[:80]
    kind = CODES.get(code) or MEANINGS.get(answer.status, FailureKind.REJECTED)
    return SendResult.failed(kind, f"{answer.status} {code}: {text_of(complaint, 'message')[:200]}")


def _sign_in_refusal(document: Document) -> SendResult:
    error = text_of(document, "error")[:80]
    if error == "temporarily_unavailable":
        return SendResult.retry_later(error)
    return SendResult.failed(FailureKind.MISCONFIGURED, f"{error or 'no token'}: the app is not let in")


def _seconds(document: Document) -> int:
    try:
        return int(text_of(document, "expires_in") or TOKEN_SECONDS)
    except ValueError:
        return TOKEN_SECONDS


def _folder(service_url: str) -> str:
    return f"{service_url.rstrip('/')}/"


def _quoted(part: str) -> str:
    return quote(part, safe="")


_JSON: Final = {"Content-Type": "application/json"}


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
