"""A call of the platform: proved genuine by the token in its header, and one activity.

The token says who sends to whom and by which service address; it does not cover what is written. So the service address
is compared with the one in the body, because answers and our own token go there.
Source: microsoft/botbuilder-python, botframework-connector (channel validation, JWT token extractor).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import jwt
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.channels.connectors import documents
from apps.channels.connectors.documents import Document, NotADocument, part_of, text_of
from apps.channels.connectors.teams import signing_keys
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

ISSUER: Final = "https://api.botframework.com"
CHANNEL: Final = "msteams"
ALGORITHMS: Final = ("RS256", "RS384", "RS512")
SKEW_SECONDS: Final = 300
MAX_TOKEN: Final = 8192
ABOUT_A_MESSAGE: Final = frozenset({"messageUpdate", "messageDelete"})
"""Activities that bear the id of the message they are about."""


def verify(request: HttpRequest, *, app_id: str, openid_base: str) -> tuple[VerifiedInput, ...]:
    if not app_id:
        raise InputRefused(reason="no_app_configured")  # without an audience any bot's token would do
    body = body_of(request, documents.MAX_BYTES)
    claims = _claims(request.headers.get("Authorization", ""), app_id, openid_base)
    try:
        activity = documents.read(body)
    except NotADocument as error:
        raise InputRefused(reason="body_unreadable") from error
    if text_of(activity, "channelId") != CHANNEL:
        raise InputRefused(reason="another_channel")
    if not claims.get("serviceurl") or claims.get("serviceurl") != activity.get("serviceUrl"):
        raise InputRefused(reason="service_address_wrong")
    return (_item(activity, body),)


def answer(request: HttpRequest) -> HttpResponse:
    """A click or a search wants a body at once; nothing that we send asks for more than an empty one."""
    return JsonResponse({}) if text_of(documents.read(request.body), "type") == "invoke" else HttpResponse(status=200)


def activity_id(kind: str, conversation: str, activity: str, moment: str = "") -> str:
    return ":".join(filter(None, (kind, conversation, activity, moment)))


def conversation_of(activity: Document) -> str:
    return text_of(part_of(activity, "conversation"), "id")


def _claims(header: str, app_id: str, openid_base: str) -> dict[str, Any]:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
        raise InputRefused(reason="token_missing")
    try:
        key = signing_keys.key_of(openid_base, str(jwt.get_unverified_header(token).get("kid") or ""))
        if key is None:
            raise InputRefused(reason="key_unknown")
        if CHANNEL not in key.endorsements:
            raise InputRefused(reason="key_not_endorsed")
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key.key,
            algorithms=list(ALGORITHMS),
            audience=app_id,
            issuer=ISSUER,
            leeway=SKEW_SECONDS,
            options={"require": ["exp", "nbf", "iss", "aud"]},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise InputRefused(reason=f"token_refused: {type(error).__name__}") from error
    return claims


def _item(activity: Document, body: bytes) -> VerifiedInput:
    kind, conversation, known_by = text_of(activity, "type"), conversation_of(activity), text_of(activity, "id")
    moment = text_of(activity, "timestamp") if kind in ABOUT_A_MESSAGE else ""
    is_named = kind and conversation and known_by
    return VerifiedInput(
        external_id=activity_id(kind, conversation, known_by, moment)
        if is_named
        else f"bytes:{hashlib.sha256(body).hexdigest()}",
        order_by=conversation,
        payload=body,
    )
