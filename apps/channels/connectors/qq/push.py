"""A call of the platform: proved by an Ed25519 signature over time and raw body, with a key made of the app's secret.

The question of the console comes unsigned and wants a signature by the very key that proves calls. So that nobody gets a call of
their making signed, only a time and a plain word are: what proves a call begins with a brace.
The signature's time is not limited: a call that is sent again is the same item by its id in the signed body.
Source: tencent-connect/bot-docs (sign.md, event-emit.md) and botgo; recomputed on their samples.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpResponse, JsonResponse

from apps.channels.connectors.bots.reading import id_of_bytes, readable
from apps.channels.connectors.documents import MAX_BYTES, Document, number_of, part_of, text_of
from apps.channels.contract import VerifiedInput
from apps.channels.errors import InputRefused
from apps.channels.hook_body import body_of

if TYPE_CHECKING:
    from django.http import HttpRequest

QUESTION: Final = 13
STORED: Final = {"op": 12, "d": 0}
SEED_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
_TIME: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)

PRIVATE: Final = "C2C_MESSAGE_CREATE"
IN_GROUP: Final = "GROUP_AT_MESSAGE_CREATE"
IN_GUILD: Final = "AT_MESSAGE_CREATE"
PRIVATE_IN_GUILD: Final = "DIRECT_MESSAGE_CREATE"
MESSAGES: Final = frozenset({PRIVATE, IN_GROUP, IN_GUILD, PRIVATE_IN_GUILD})


def verify(request: HttpRequest, app_secret: str) -> tuple[VerifiedInput, ...]:
    if not app_secret:
        raise InputRefused(reason="no_secret_configured")  # an empty secret proves nothing
    body = body_of(request, MAX_BYTES)
    document = readable(body)
    if _is_question(document):
        _words_of(document or {})
        return ()
    stamp, given = (request.headers.get(f"X-Signature-{name}", "") for name in ("Timestamp", "Ed25519"))
    # Time and body are signed as one: a time that is a number leaves one place only where an object may begin.
    if not _TIME.fullmatch(stamp) or not is_signed(given, app_secret, stamp, body):
        raise InputRefused(reason="signature_wrong" if given else "signature_missing")
    if document is None:
        raise InputRefused(reason="no_object")
    return (_item(document, body),)


def answer(request: HttpRequest, app_secret: str) -> HttpResponse:
    """A signed word for the console, and for an event that it arrived."""
    document = readable(request.body)
    if not _is_question(document):
        return JsonResponse(STORED)
    stamp, word = _words_of(document or {})
    return JsonResponse({"plain_token": word, "signature": sign(app_secret, f"{stamp}{word}".encode())})


def sign(app_secret: str, message: bytes) -> str:
    return _key(app_secret).sign(message).hex()


def is_signed(given: str, app_secret: str, timestamp: str, body: bytes) -> bool:
    try:
        signature = bytes.fromhex(given)
        if len(signature) != SIGNATURE_BYTES or signature[-1] & 0xE0:
            return False
        _key(app_secret).public_key().verify(signature, timestamp.encode("utf-8", "replace") + body)
    except (ValueError, InvalidSignature):
        return False
    return True


def external_id(message_id: str) -> str:
    return f"message:{message_id}"


def author_of(document: Document) -> str:
    """The id differs by where it was written: alone with the robot, in a group, in a guild."""
    author = part_of(document, "d", "author")
    ids = (text_of(author, name) for name in ("user_openid", "member_openid", "id"))
    return next((found for found in ids if found), "")


def _key(app_secret: str) -> Ed25519PrivateKey:
    """The secret, repeated until it is long enough."""
    seed = app_secret.encode()
    while len(seed) < SEED_BYTES:
        seed *= 2
    return Ed25519PrivateKey.from_private_bytes(seed[:SEED_BYTES])


def _is_question(document: Document | None) -> bool:
    return document is not None and number_of(document, "op") == QUESTION


def _words_of(document: Document) -> tuple[str, str]:
    stamp, word = (text_of(part_of(document, "d"), name) for name in ("event_ts", "plain_token"))
    if not _TIME.fullmatch(stamp) or not _PLAIN.fullmatch(word):
        raise InputRefused(reason="question_strange")
    return stamp, word


def _item(document: Document, body: bytes) -> VerifiedInput:
    name, message_id = text_of(document, "t"), text_of(part_of(document, "d"), "id")
    event_id = text_of(document, "id")
    known_by = f"event:{event_id}" if event_id else id_of_bytes(body)
    if name in MESSAGES and message_id:
        known_by = external_id(message_id)
    return VerifiedInput(external_id=known_by, order_by=author_of(document), payload=body)
