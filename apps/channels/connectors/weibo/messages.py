"""From a push to a neutral message. Events have no words of the customer: they are kept in the inbox and open nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.wechat import wire
from apps.channels.connectors.wechat.wire import Document, NotADocument, number_of, text_of
from apps.channels.connectors.weibo.api import WeiboApi
from apps.channels.connectors.weibo.push import data_of
from apps.channels.contract import Ignored, Inbound, InboundFile, Parsed
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of
from apps.channels.media import MediaGone
from apps.channels.models import InboundEvent

KIND: Final = "weibo"
UID: Final = "weibo_uid"
_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Content:
    """What one kind of message says."""

    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""
    about: tuple[tuple[str, Any], ...] = ()
    """For machines: coordinates, the public post."""


@dataclass(frozen=True, slots=True)
class Push:
    document: Document
    data: dict[str, Any]
    event: InboundEvent
    api: WeiboApi

    def text(self, name: str) -> str:
        return text_of(self.document, name)


def parse(event: InboundEvent, api: WeiboApi) -> Parsed:
    push = _opened(event, api)
    sender, message_type = push.text("sender_id"), push.text("type").lower()
    if not sender or not message_type:
        raise Unreadable(reason=_("it names no sender or no type"))
    if message_type == "event":
        return Ignored(f"weibo.event_{_word(text_of(push.data, 'subtype')) or 'unnamed'}")
    content = _READERS.get(message_type, _unknown)(push)
    return Inbound(
        sender_kind=UID,
        sender_value=sender,
        sender_verified=True,
        thread_key=key_of(KIND, "sender", push.text("receiver_id"), sender),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=_moment(push.text("created_at")),
        envelope={"type": message_type, **dict(content.about)},
    )


def _opened(event: InboundEvent, api: WeiboApi) -> Push:
    try:
        document = wire.read(bytes(event.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error
    return Push(document, data_of(document), event, api)


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


def _moment(created: str) -> datetime | None:
    """Like "Mon Jul 16 18:09:20 +0800 2012"."""
    try:
        return datetime.strptime(created, "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return None


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(push: Push) -> Content:
    return Content(push.text("text"))


def _position(push: Push) -> Content:
    latitude, longitude = number_of(push.data, "latitude"), number_of(push.data, "longitude")
    if latitude is None or longitude is None:
        return _text(push)
    place = f"{latitude:.6f}, {longitude:.6f}"
    label = push.text("text")
    about = {"latitude": latitude, "longitude": longitude, "label": label}
    return Content(f"{label} ({place})" if label else place, about=(("location", about),))


def _file(push: Push) -> Content:
    """A picture or a voice under two ids, one for each side of the conversation: first the receiver's, which is ours."""
    stem = push.text("type").lower()

    def fetch() -> InboundFile:
        ids = [found for found in (text_of(push.data, name) for name in ("tovfid", "vfid")) if found]
        for file_id in ids:
            try:
                return push.api.download(file_id, stem=f"{stem}-{_word(file_id)}")
            except MediaGone:
                continue
        raise MediaGone

    files, notice = media.received(push.event, fetch)
    return Content(push.text("text"), files, notice)


def _mention(push: Push) -> Content:
    """The account was named in public; what is answered goes to the author in private."""
    about = {name: text_of(push.data, name) for name in ("subtype", "key")}
    return Content(push.text("text"), about=(("mention", about),))


def _unknown(push: Push) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(push.text("text") or f"[{push.text('type')[:60]}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Push], Content]]] = {
    "text": _text,
    "position": _position,
    "image": _file,
    "voice": _file,
    "mention": _mention,
}
