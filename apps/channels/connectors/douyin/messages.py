"""From a push to a neutral message.

Events without words of the customer are kept in the inbox and open nothing. What the account itself sent comes back as
an echo: it proves a message whose outcome nobody knew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.douyin.api import Answered, DouyinApi
from apps.channels.connectors.douyin.push import RECEIVED, SENT, content_of, external_id
from apps.channels.connectors.wechat import wire
from apps.channels.connectors.wechat.wire import Document, NotADocument, number_of, text_of
from apps.channels.contract import Ignored, Inbound, InboundFile, Outbound, Parsed, Receipt
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import Delivery, InboundEvent
from apps.channels.services.inbox import external_key

KIND: Final = "douyin"
OPEN_ID: Final = "douyin_open_id"
IN_APP: Final = "douyin_in_app"
"""The notice of a message that only the platform's own app shows."""

GROUP: Final = "2"
ECHOES_LOOKED_AT: Final = 50
"""So many messages of unknown outcome are compared with an echo, newest first."""

_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Content:
    """What one kind of message says."""

    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    document: Document
    content: dict[str, Any]
    event: InboundEvent
    api: DouyinApi

    def text(self, name: str) -> str:
        return text_of(self.document, name)

    def said(self, name: str) -> str:
        return text_of(self.content, name)

    @property
    def message(self) -> Answered:
        return Answered(self.said("conversation_short_id"), self.said("server_message_id"))


def parse(event: InboundEvent, api: DouyinApi) -> Parsed:
    push = _opened(event, api)
    name = push.text("event")
    if not name:
        raise Unreadable(reason=_("it names no event"))
    if name == SENT:
        return _own(push)
    if name != RECEIVED:
        return Ignored(f"douyin.event_{_word(name) or 'unnamed'}")
    if push.said("conversation_type") == GROUP:
        return Ignored("douyin.group_message")
    return _received(push)


def answered(outbound: Outbound, channel_id: int) -> Answered | None:
    """The newest message of the customer that this answer follows, with its conversation; both stand in the inbox."""
    for message_id in (outbound.in_reply_to, *reversed(outbound.references)):
        key = external_key(external_id(RECEIVED, message_id))
        event = InboundEvent.objects.filter(channel_id=channel_id, external_key=key).first()
        if event is not None:
            return Answered(_conversation_of(event), message_id)
    return None


def _opened(event: InboundEvent, api: DouyinApi) -> Push:
    try:
        document = wire.read(bytes(event.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error
    return Push(document, content_of(document), event, api)


def _conversation_of(event: InboundEvent) -> str:
    return text_of(content_of(wire.read(bytes(event.payload))), "conversation_short_id")


def _received(push: Push) -> Inbound:
    sender, message_id = push.text("from_user_id"), push.said("server_message_id")
    if not sender or not message_id:
        raise Unreadable(reason=_("it names no sender or no message"))
    if push.api.open_id and push.text("to_user_id") not in ("", push.api.open_id):
        raise Unreadable(reason=_("it was meant for another account"))
    message_type = push.said("message_type").lower()
    content = _READERS.get(message_type, _unknown)(push)
    return Inbound(
        sender_kind=OPEN_ID,
        sender_value=sender,
        sender_scope=push.api.client_key,
        sender_name=_name_of(push, sender),
        sender_verified=True,
        thread_key=key_of(KIND, "sender", push.api.client_key, sender),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=_moment(push),
        message_keys=(message_key(f"{KIND}:{message_id}"),),
        envelope={"message_id": message_id, "external_id": message_id, "type": message_type},
    )


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


def _name_of(push: Push, open_id: str) -> str:
    people = push.content.get("user_infos")
    found = [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    return next((text_of(one, "nick_name") for one in found if text_of(one, "open_id") == open_id), "")


def _moment(push: Push) -> datetime | None:
    milliseconds = number_of(push.content, "create_time")
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    except (ValueError, OverflowError, OSError):
        return None


# --- What the account sent ----------------------------------------------------------------------------------------


def _own(push: Push) -> Receipt | Ignored:
    """Ours by the client key; without it somebody wrote in the app of the platform."""
    if push.said("source") != push.api.client_key:
        return Ignored("douyin.written_in_app")
    sent = next((row for row in _undecided(push) if _is_echo_of(push, Outbound.from_payload(row.payload))), None)
    if sent is None:
        return Ignored("douyin.echo")
    return Receipt(DeliveryState.SENT, client_key=sent.client_key, provider_id=push.said("server_message_id"))


def _undecided(push: Push) -> list[Delivery]:
    """Oldest first: of two equal messages the first echo belongs to the first."""
    states = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
    rows = Delivery.objects.filter(channel_id=push.event.channel_id, state__in=states)
    return list(rows.order_by("-pk")[:ECHOES_LOOKED_AT])[::-1]


def _is_echo_of(push: Push, outbound: Outbound) -> bool:
    if push.text("to_user_id") not in outbound.recipients.to:
        return False
    if push.said("message_type") == "text":
        return bool(outbound.text) and outbound.text.split() == push.said("text").split()
    return bool(outbound.attachments)


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(push: Push) -> Content:
    return Content(push.said("text"))


def _shown_in_app(push: Push) -> Content:
    """Pictures and videos that are shared come without an address."""
    return Content(f"[{push.said('message_type')}]", notice=IN_APP)


def _emoji(push: Push) -> Content:
    link = push.said("resource_url")
    if not link:
        return _shown_in_app(push)
    files, notice = media.received(push.event, lambda: media.download_link(link, stem=_stem(push, "emoji")))
    return Content(push.said("text"), files, notice)


def _taken(push: Push) -> Content:
    """A picture or video from the customer's own phone; not every app may fetch it."""
    stem = _stem(push, push.said("message_type").removeprefix("user_local_"))
    files, notice = media.received(push.event, lambda: push.api.download(push.message, stem=stem))
    return Content(push.said("text"), files, IN_APP if notice == "media_gone" else notice)


def _contact_card(push: Push) -> Content:
    """A form of the company that the customer filled in: a label and a value a line."""
    fields = push.content.get("card_data")
    if isinstance(fields, str):
        try:
            fields = json.loads(fields)
        except (ValueError, RecursionError):
            fields = None
    rows = [row for row in fields if isinstance(row, dict)] if isinstance(fields, list) else []
    lines = [f"{text_of(row, 'label')}: {text_of(row, 'value')}" for row in rows]
    return Content("\n".join(lines)) if lines else _shown_in_app(push)


def _unknown(push: Push) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(f"[{push.said('message_type')[:60] or 'other'}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Push], Content]]] = {
    "text": _text,
    "image": _shown_in_app,
    "video": _shown_in_app,
    "emoji": _emoji,
    "user_local_image": _taken,
    "user_local_video": _taken,
    "retain_consult_card": _contact_card,
}


def _stem(push: Push, sort: str) -> str:
    return f"{sort}-{_word(push.said('server_message_id'))[-20:] or 'file'}"
