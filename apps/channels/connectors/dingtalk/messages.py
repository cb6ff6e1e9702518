"""From a message to the robot to a neutral one. The forms of voice, video and file are from memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots.reading import opened, word
from apps.channels.connectors.dingtalk.api import DingtalkApi
from apps.channels.connectors.dingtalk.push import sender_of
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.workplace.reading import moment_of
from apps.channels.contract import Ignored, Inbound, InboundFile, Parsed
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.media import MediaGone
from apps.channels.models import InboundEvent
from apps.core.clock import now

KIND: Final = "dingtalk"
USER: Final = "dingtalk_user"
GROUP: Final = "2"
OUTSIDE: Final = "$:"
"""How the ids of people begin who do not belong to the company."""

SPARE_SECONDS: Final = 60
"""An address that is good for less than this may be gone when we call it."""


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    document: Document
    event: InboundEvent
    api: DingtalkApi

    @property
    def content(self) -> Document:
        return part_of(self.document, "content")


@dataclass(frozen=True, slots=True)
class Session:
    """What a message says about where its answer goes."""

    address: str
    is_open: bool
    conversation_id: str
    is_group: bool
    sender: str


def parse(event: InboundEvent, api: DingtalkApi) -> Parsed:
    push = Push(opened(event), event, api)
    if name := str(event.envelope.get("event", "")):
        return Ignored(f"dingtalk.event_{word(name)}")
    sender, message_id = sender_of(push.document), text_of(push.document, "msgId")
    if not sender or not message_id:
        raise Unreadable(reason=_("it names no sender or no message"))
    if text_of(push.document, "senderId") == text_of(push.document, "chatbotUserId"):
        return Ignored("dingtalk.echo")
    kind = text_of(push.document, "msgtype")
    content = _READERS.get(kind.lower(), _unknown)(push)
    return Inbound(
        sender_kind=USER,
        sender_value=sender,
        sender_scope=api.app_key,
        sender_name=text_of(push.document, "senderNick"),
        sender_verified=True,
        thread_key=key_of(KIND, *_thread(push.document, api.app_key, sender)),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=moment_of(push.document, "createAt"),
        message_keys=(message_key(f"{KIND}:{message_id}"),),
        envelope={"message_id": message_id, "external_id": message_id, "type": kind, **_group(push.document)},
    )


def session_of(event: InboundEvent) -> Session:
    document = opened(event)
    ends = (number_of(document, "sessionWebhookExpiredTime") or 0) / 1000
    return Session(
        address=text_of(document, "sessionWebhook"),
        is_open=ends - now().timestamp() > SPARE_SECONDS,
        conversation_id=text_of(document, "conversationId"),
        is_group=text_of(document, "conversationType") == GROUP,
        sender=sender_of(document),
    )


def _thread(document: Document, app_key: str, sender: str) -> tuple[str, ...]:
    """What somebody writes in a group is another conversation than what they write to the robot alone."""
    is_group = text_of(document, "conversationType") == GROUP
    return ("sender", app_key, sender, *((text_of(document, "conversationId"),) if is_group else ()))


def _group(document: Document) -> dict[str, str]:
    title = text_of(document, "conversationTitle")
    return {"group": title} if title and text_of(document, "conversationType") == GROUP else {}


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(push: Push) -> Content:
    """In a group the robot's own name is cut out and leaves a blank."""
    return Content(text_of(part_of(push.document, "text"), "content"))


def _rich(push: Push) -> Content:
    pieces = rows_of(push.content, "richText")
    text = "".join(str(piece["text"]) for piece in pieces if isinstance(piece.get("text"), str)).strip()
    codes = [text_of(piece, "downloadCode") for piece in pieces if text_of(piece, "type") == "picture"]
    files, notice = media.all_received(push.event, [partial(_fetched, push, code, "picture") for code in codes])
    return Content(text, files, notice)


def _file(push: Push) -> Content:
    """A voice comes with the words that the platform heard in it."""
    kind = word(text_of(push.document, "msgtype"))
    code, name = text_of(push.content, "downloadCode"), text_of(push.content, "fileName")
    files, notice = media.received(push.event, partial(_fetched, push, code, kind, name))
    return Content(text_of(push.content, "recognition"), files, notice)


def _fetched(push: Push, code: str, stem: str, name: str = "") -> InboundFile:
    if not code:
        raise MediaGone
    return push.api.download(code, stem=f"{stem}-{word(code)[-12:]}", name=name)


def _unknown(push: Push) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(f"[{text_of(push.document, 'msgtype')[:60] or 'other'}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Push], Content]]] = {
    "text": _text,
    "richtext": _rich,
    "picture": _file,
    "audio": _file,
    "video": _file,
    "file": _file,
}
