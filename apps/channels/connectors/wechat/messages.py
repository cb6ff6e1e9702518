"""From a push to a neutral message. Events have no words of the customer: they are kept in the inbox and open nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.wechat.wire import Document, number_of, text_of
from apps.channels.contract import IdentityClaim, Ignored, Inbound, InboundFile, Parsed
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.media import MediaGone
from apps.channels.models import InboundEvent

OPENID: Final = "wechat_openid"
UNIONID: Final = "wechat_unionid"
_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Content:
    """What one kind of message says."""

    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""
    about: tuple[tuple[str, Any], ...] = ()
    """For machines: coordinates, addresses."""


class Store(Protocol):
    """Where files of messages lie at the platform."""

    @property
    def app_id(self) -> str:
        """Whose ids the senders bear."""

    def download(self, media_id: str, *, stem: str, name: str = "") -> InboundFile: ...


@dataclass(frozen=True, slots=True)
class Push:
    document: Document
    event: InboundEvent
    api: Store

    def text(self, name: str) -> str:
        return text_of(self.document, name)


def parse(
    push: Push, *, kind: str, claims: Callable[[str], tuple[IdentityClaim, ...]], sender_kind: str = OPENID
) -> Parsed:
    """`claims` tells the further handles of a sender."""
    message_type = push.text("MsgType").lower()
    if message_type == "event":
        return Ignored(f"{kind.partition('_')[0]}.event_{_word(push.text('Event')) or 'unnamed'}")
    sender = push.text("FromUserName")
    if not sender or not message_type:
        raise Unreadable(reason=_("it names no sender or no type"))
    content = _READERS.get(message_type, _unknown)(push)
    message_id = push.text("MsgId")
    return Inbound(
        sender_kind=sender_kind,
        sender_value=sender,
        sender_scope=push.api.app_id,
        sender_verified=True,
        thread_key=key_of(kind, "sender", push.api.app_id, sender),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=_moment(push),
        message_keys=(message_key(f"{kind}:{message_id}"),) if message_id else (),
        envelope={"external_id": message_id, "type": message_type, **dict(content.about)},
        identities=claims(sender),
    )


def _word(name: str) -> str:
    return _WORD.sub("_", name.lower()).strip("_")[:50]


def _moment(push: Push) -> datetime | None:
    seconds = number_of(push.document, "CreateTime")
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(push: Push) -> Content:
    return Content(push.text("Content"))


def _image(push: Push) -> Content:
    return _with_file(push, "image", link=push.text("PicUrl"))


def _voice(push: Push) -> Content:
    """The recording as it came, and what the platform understood of it, where it still tells."""
    return _with_file(push, "voice", ending=_word(push.text("Format")), text=push.text("Recognition"))


def _video(push: Push) -> Content:
    return _with_file(push, "video")


def _file(push: Push) -> Content:
    return _with_file(push, "file", text=push.text("Title"))


def _location(push: Push) -> Content:
    latitude, longitude = number_of(push.document, "Location_X"), number_of(push.document, "Location_Y")
    if latitude is None or longitude is None:
        return Content(push.text("Label"))
    place = f"{latitude:.6f}, {longitude:.6f}"
    label = push.text("Label")
    about = {"latitude": latitude, "longitude": longitude, "label": label}
    return Content(f"{label} ({place})" if label else place, about=(("location", about),))


def _link(push: Push) -> Content:
    title, description, url = (push.text(name) for name in ("Title", "Description", "Url"))
    return Content("\n".join(filter(None, (title, description, url))), about=(("link", url),))


def _page(push: Push) -> Content:
    """A page of a mini program, with its picture."""
    title, path = push.text("Title"), push.text("PagePath")
    about = {"app_id": push.text("AppId"), "path": path, "title": title}
    text = "\n".join(filter(None, (title, path)))
    return _with_file(push, "page", media_id="ThumbMediaId", link=push.text("ThumbUrl"), text=text, page=about)


def _unknown(push: Push) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(f"[{push.text('MsgType')[:60]}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Push], Content]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "file": _file,
    "location": _location,
    "link": _link,
    "miniprogrampage": _page,
}


# --- Files --------------------------------------------------------------------------------------------------------


def _with_file(
    push: Push, stem: str, *, media_id: str = "MediaId", link: str = "", ending: str = "", text: str = "", **about: Any
) -> Content:
    """`link` is where the file lies as well, for accounts that may not fetch it by its id."""
    wanted = push.text(media_id)
    name = f"{stem}-{_word(push.text('MsgId')) or 'file'}"

    def fetch() -> InboundFile:
        try:
            if not wanted:
                raise MediaGone
            return push.api.download(wanted, stem=name, name=f"{name}.{ending}" if ending else "")
        except MediaGone:
            if not link:
                raise
            return media.download_link(link, stem=name)

    if not (wanted or link):
        return Content(text, about=tuple(about.items()))
    files, notice = media.received(push.event, fetch)
    return Content(text, files, notice, tuple(about.items()))
