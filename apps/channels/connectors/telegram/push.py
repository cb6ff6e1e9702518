"""A call of the platform: one update, proved by a word that was agreed on; the body is not signed.

Source: core.telegram.org/bots/api, setWebhook and Update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import HttpResponse, JsonResponse

from apps.channels.connectors.bots import proof, reading
from apps.channels.connectors.documents import Document, part_of, text_of
from apps.channels.connectors.telegram.api import message_id
from apps.channels.contract import VerifiedInput

if TYPE_CHECKING:
    from django.http import HttpRequest

PROOF_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
WRITTEN: Final = ("message", "business_message")
"""Updates that are known by their message, so that an answer finds it again; all others by their number."""


def verify(request: HttpRequest, secret: str, bot: str) -> tuple[VerifiedInput, ...]:
    body = proof.pushed(request, secret)
    proof.require_equal(request.headers.get(PROOF_HEADER, ""), secret)
    update = reading.readable(body)
    if update is None or not text_of(update, "update_id"):
        return (reading.unread(body),)
    return (VerifiedInput(external_id(update, bot), _order_of(update), body),)


def answer(request: HttpRequest) -> HttpResponse:
    """A pressed button shows that it waits until it is answered. What becomes of this call, nobody needs to know."""
    pressed = text_of(part_of(reading.readable(request.body) or {}, "callback_query"), "id")
    if not pressed:
        return HttpResponse(status=200)
    return JsonResponse({"method": "answerCallbackQuery", "callback_query_id": pressed})


def name_of(update: Document) -> str:
    """What happened: the only field beside the number, which holds an object."""
    return next((name for name, value in update.items() if isinstance(value, dict)), "")


def external_id(update: Document, bot: str) -> str:
    name = name_of(update)
    message = part_of(update, name)
    chat, number = text_of(part_of(message, "chat"), "id"), text_of(message, "message_id")
    if name in WRITTEN and chat and number:
        return message_id(bot, chat, number)
    return f"{bot}:update:{text_of(update, 'update_id')}"


def _order_of(update: Document) -> str:
    happened = part_of(update, name_of(update))
    places = (
        part_of(happened, "chat"),
        part_of(happened, "message", "chat"),
        part_of(happened, "from"),
        part_of(happened, "user"),
    )
    return next((text_of(place, "id") for place in places if text_of(place, "id")), "")
