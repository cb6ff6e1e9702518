"""From an event to a neutral message. Events without words of the customer are kept in the inbox and open nothing.

The content of a message is JSON inside of JSON. Kinds beyond text, post, picture, file and place are from memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots.reading import opened, word
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.feishu.api import FeishuApi
from apps.channels.connectors.feishu.push import (
    FIRST_EDITION,
    READ,
    RECALLED,
    RECEIVED,
    event_type,
    external_id,
    sender_of,
)
from apps.channels.connectors.workplace.base import IN_APP
from apps.channels.connectors.workplace.reading import document_in, moment_of, to_json
from apps.channels.contract import IdentityClaim, Ignored, Inbound, InboundFile, Parsed, Receipt
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.media import MediaGone
from apps.channels.models import InboundEvent
from apps.channels.services.inbox import external_key

KIND: Final = "feishu"
OPEN_ID: Final = "feishu_open_id"
UNION_ID: Final = "feishu_union_id"
PRIVATE: Final = "p2p"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""What may stand in an address of ours."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one kind of message says."""

    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""
    about: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    document: Document
    event: InboundEvent
    api: FeishuApi

    @property
    def news(self) -> Document:
        return part_of(self.document, "event")

    @property
    def message(self) -> Document:
        return part_of(self.news, "message")

    @property
    def content(self) -> Document:
        return document_in(text_of(self.message, "content"))

    @property
    def is_private(self) -> bool:
        return text_of(self.message, "chat_type") in (PRIVATE, "")


def parse(event: InboundEvent, api: FeishuApi) -> Parsed:
    push = Push(_in_second_edition(opened(event)), event, api)
    name = event_type(push.document)
    if not name:
        raise Unreadable(reason=_("it names no event"))
    if name == READ and event.envelope.get("read"):
        return Receipt(DeliveryState.READ, provider_id=str(event.envelope["read"]))
    if name == RECALLED:
        return _recalled(push)
    if name != RECEIVED:
        return Ignored(f"feishu.event_{word(name)}")
    return _received(push)


def chat_of(event: InboundEvent) -> tuple[str, bool]:
    """In which chat a stored message was written, and whether the robot was alone with its sender."""
    message = part_of(_in_second_edition(opened(event)), "event", "message")
    return text_of(message, "chat_id"), text_of(message, "chat_type") in (PRIVATE, "")


def _in_second_edition(document: Document) -> Document:
    """A message in the first edition of events, which older apps still get, as the second one has it. From memory."""
    event = part_of(document, "event")
    if event_type(document) != FIRST_EDITION:
        return document
    keys = {name: text_of(event, name) for name in ("image_key", "file_key", "title")}
    content = {"text": text_of(event, "text_without_at_bot") or text_of(event, "text"), **keys}
    message = {
        "message_id": text_of(event, "open_message_id"),
        "chat_id": text_of(event, "open_chat_id"),
        "chat_type": PRIVATE if text_of(event, "chat_type") == "private" else "group",
        "message_type": text_of(event, "msg_type"),
        "content": to_json(content).decode(),
    }
    ids = {"open_id": text_of(event, "open_id"), "union_id": text_of(event, "union_id")}
    header = {"event_type": RECEIVED, "app_id": text_of(event, "app_id")}
    return {"header": header, "event": {"sender": {"sender_id": ids}, "message": message}}


def _received(push: Push) -> Inbound | Ignored:
    sender, message_id = sender_of(push.news), text_of(push.message, "message_id")
    if text_of(part_of(push.news, "sender"), "sender_type") not in ("user", ""):
        return Ignored("feishu.from_robot")
    if not sender or not message_id:
        raise Unreadable(reason=_("it names no sender or no message"))
    app_id = text_of(part_of(push.document, "header"), "app_id")
    if push.api.app_id and app_id not in ("", push.api.app_id):
        raise Unreadable(reason=_("it was meant for another app"))
    kind = text_of(push.message, "message_type").lower()
    content = _READERS.get(kind, _unknown)(push)
    return Inbound(
        sender_kind=OPEN_ID,
        sender_value=sender,
        sender_scope=push.api.app_id,
        sender_verified=True,
        thread_key=key_of(KIND, *_thread(push, sender)),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=moment_of(push.message, "create_time"),
        message_keys=(message_key(f"{KIND}:{message_id}"),),
        envelope={"message_id": message_id, "external_id": message_id, "type": kind, **dict(content.about)},
        identities=_claims(push),
    )


def _recalled(push: Push) -> Inbound | Ignored:
    """The platform names the message only; who wrote it stands with the message. Its words stay in the ticket."""
    key = external_key(external_id(text_of(push.news, "message_id")))
    row = InboundEvent.objects.filter(channel_id=push.event.channel_id, external_key=key).first()
    if row is None:
        return Ignored("feishu.recalled_unknown")
    first = Push(_in_second_edition(opened(row)), row, push.api)
    sender = sender_of(first.news)
    return Inbound(
        sender_kind=OPEN_ID,
        sender_value=sender,
        sender_scope=push.api.app_id,
        sender_verified=True,
        thread_key=key_of(KIND, *_thread(first, sender)),
        notice="unsent",
        is_automatic=True,
        opens_nothing=True,
        envelope={"type": "recalled"},
    )


def _thread(push: Push, sender: str) -> tuple[str, ...]:
    """What somebody writes in a group is another conversation than what they write to the robot alone."""
    chat = () if push.is_private else (text_of(push.message, "chat_id"),)
    return ("sender", push.api.app_id, sender, *chat)


def _claims(push: Push) -> tuple[IdentityClaim, ...]:
    """One person over the apps of one developer."""
    union_id = text_of(part_of(push.news, "sender", "sender_id"), "union_id")
    return (IdentityClaim(UNION_ID, union_id, verified=True),) if union_id else ()


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(push: Push) -> Content:
    return Content(_named(push, text_of(push.content, "text")))


def _named(push: Push, text: str) -> str:
    """Who is mentioned stands as a placeholder in the text. The longer ones first: @_user_1 begins @_user_10."""
    people = {text_of(row, "key"): text_of(row, "name") for row in rows_of(push.message, "mentions")}
    for key in sorted(filter(None, people), key=len, reverse=True):
        text = text.replace(key, f"@{people[key]}")
    return text.strip()


def _picture(push: Push) -> Content:
    return _files(push, ((text_of(push.content, "image_key"), "image", ""),))


def _file(push: Push) -> Content:
    return _files(push, ((text_of(push.content, "file_key"), "file", text_of(push.content, "file_name")),))


def _post(push: Push) -> Content:
    """A text with form: paragraphs of words, links, names and pictures."""
    content = push.content
    if "content" not in content:  # once by language
        content = next((found for found in content.values() if isinstance(found, dict)), {})
    lines = [text_of(content, "title")]
    pictures: list[tuple[str, str, str]] = []
    for paragraph in _paragraphs(content.get("content")):
        lines.append("".join(_piece(push, piece) for piece in paragraph))
        pictures += _keys_in(paragraph)
    found = _files(push, tuple(pictures)) if pictures else Content()
    return Content("\n".join(line for line in lines if line).strip(), found.files, found.notice)


def _paragraphs(content: object) -> Iterator[list[Document]]:
    for paragraph in content if isinstance(content, list) else []:
        yield [piece for piece in paragraph if isinstance(piece, dict)] if isinstance(paragraph, list) else []


def _piece(push: Push, piece: Document) -> str:
    match text_of(piece, "tag"):
        case "a":
            link, words = text_of(piece, "href"), text_of(piece, "text")
            return f"{words} ({link})" if words and words != link else link
        case "at":
            name = text_of(piece, "user_name")
            return f"@{name}" if name else _named(push, text_of(piece, "user_id"))
        case "emotion":
            return f"[{text_of(piece, 'emoji_type')}]"
        case "hr":
            return "---"
    text = piece.get("text")
    return text if isinstance(text, str) else ""


def _keys_in(paragraph: list[Document]) -> list[tuple[str, str, str]]:
    found = [
        (text_of(piece, "image_key"), "image", "")
        if text_of(piece, "tag") == "img"
        else (text_of(piece, "file_key"), "file", "")
        for piece in paragraph
        if text_of(piece, "tag") in ("img", "media")
    ]
    return [row for row in found if row[0]]


def _files(push: Push, wanted: tuple[tuple[str, str, str], ...]) -> Content:
    files, notice = media.all_received(push.event, [partial(_fetched, push, *one) for one in wanted])
    return Content(files=files, notice=notice)


def _fetched(push: Push, key: str, sort: str, name: str) -> InboundFile:
    message_id = text_of(push.message, "message_id")
    if not _KEY.fullmatch(key) or not _KEY.fullmatch(message_id):
        raise MediaGone
    return push.api.download(message_id, key, sort=sort, stem=f"{sort}-{word(key)[-16:]}", name=name)


def _place(push: Push) -> Content:
    name = text_of(push.content, "name")
    latitude, longitude = number_of(push.content, "latitude"), number_of(push.content, "longitude")
    if latitude is None or longitude is None:
        return Content(name or "[location]")
    where = f"{latitude:.6f}, {longitude:.6f}"
    about = {"latitude": latitude, "longitude": longitude, "label": name}
    return Content(f"{name} ({where})" if name else where, about=(("location", about),))


def _card(push: Push) -> Content:
    """A card with its words, as far as they are handed out."""
    words = list(_words_in(push.content, 6))
    return Content("\n".join(words) or "[interactive]", notice="" if words else IN_APP)


def _words_in(value: object, depth: int) -> Iterator[str]:
    if depth and isinstance(value, Mapping):
        for name in ("title", "text", "content", "header", "elements"):
            yield from _words_in(value.get(name), depth - 1)
    elif depth and isinstance(value, list):
        for item in value[:50]:
            yield from _words_in(item, depth - 1)
    elif isinstance(value, str) and value.strip():
        yield value.strip()


def _shown_in_app(push: Push) -> Content:
    return Content(f"[{text_of(push.message, 'message_type')}]", notice=IN_APP)


def _unknown(push: Push) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(f"[{text_of(push.message, 'message_type')[:60] or 'other'}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Push], Content]]] = {
    "text": _text,
    "post": _post,
    "image": _picture,
    "file": _file,
    "audio": _file,
    "media": _file,
    "location": _place,
    "interactive": _card,
    "sticker": _shown_in_app,
    "share_chat": _shown_in_app,
    "share_user": _shown_in_app,
    "merge_forward": _shown_in_app,
}
