"""From an event to a neutral message. What has no words of a customer is kept in the inbox and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots import contents, profiles, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.line.api import LineApi
from apps.channels.contract import Ignored, InboundFile, Outbound, Parsed
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent
from apps.channels.services.inbox import external_key
from apps.core.clock import now

KIND: Final = "line"
USER: Final = "line_user"

REPLY_TOKEN_LIVES: Final = timedelta(seconds=50)
"""The platform says about a minute."""


@dataclass(frozen=True, slots=True)
class Item:
    document: Document
    account: str
    event: InboundEvent
    api: LineApi

    @property
    def message(self) -> Document:
        return part_of(self.document, "message")

    def text(self, name: str) -> str:
        return text_of(self.message, name)

    @property
    def sender(self) -> str:
        return text_of(part_of(self.document, "source"), "userId")


def parse(event: InboundEvent, api: LineApi) -> Parsed:
    call = reading.opened(event)
    item = Item((rows_of(call, "events") or [{}])[0], text_of(call, "destination"), event, api)
    name = text_of(item.document, "type")
    if not name:
        raise Unreadable(reason=_("it names no event"))
    if text_of(part_of(item.document, "source"), "type") in ("group", "room"):
        return Ignored("line.group")
    reader = _EVENTS.get(name)
    if reader is None:
        return Ignored(f"line.event_{reading.word(name)}")
    if not item.sender:
        raise Unreadable(reason=_("it names no sender"))
    return reader(item)


def reply_token(outbound: Outbound, channel_id: int) -> str:
    """Of the customer's message that an answer follows, while it can still be used; it stands in the inbox."""
    for known in (outbound.in_reply_to, *reversed(outbound.references)):
        key = external_key(f"message:{known}")
        event = InboundEvent.objects.filter(channel_id=channel_id, external_key=key).first() if known else None
        if event is not None:
            is_fresh = now() - event.received < REPLY_TOKEN_LIVES
            call = reading.readable(bytes(event.payload)) if is_fresh else None
            return text_of((rows_of(call or {}, "events") or [{}])[0], "replyToken")
    return ""


def _inbound(item: Item, said: Said, *, message_id: str = "", refers_to: str = "", kind: str) -> Parsed:
    name = profiles.name_of_new(
        item.event, kind=USER, value=item.sender, scope="", ask=lambda: item.api.name(item.sender)
    )
    about = {**said.about, "mode": "standby"} if text_of(item.document, "mode") == "standby" else said.about
    place = Place(
        item.event,
        message_id=message_id,
        refers_to=(refers_to,) if refers_to else (),
        sent_at=reading.moment((number_of(item.document, "timestamp") or 0) / 1000),
        type=kind,
    )
    return contents.inbound(replace(said, about=about), Author(USER, item.sender, item.account, name=name), place)


# --- Messages -----------------------------------------------------------------------------------------------------


def _message(item: Item) -> Parsed:
    kind = item.text("type")
    if not kind or not item.text("id"):
        raise Unreadable(reason=_("it names no message or no type"))
    said = _READERS.get(kind, _unknown)(item)
    group = text_of(part_of(item.message, "imageSet"), "id")
    if group:
        said = replace(said, about={**said.about, "media_group": group})
    return _inbound(item, said, message_id=item.text("id"), refers_to=item.text("quotedMessageId"), kind=kind)


def _text(item: Item) -> Said:
    return Said(str(item.message.get("text") or ""))


def _file(item: Item) -> Said:
    """At the platform, or where another program that writes for the customer keeps it."""
    stem = f"{item.text('type')}-{reading.word(item.text('id'))}"
    link = text_of(part_of(item.message, "contentProvider"), "originalContentUrl")

    def fetch() -> InboundFile:
        if link:
            return media.download_link(link, stem=stem)
        return item.api.download(item.text("id"), stem=stem, name=item.text("fileName"))

    return contents.with_file(item.event, fetch)


def _location(item: Item) -> Said:
    label = "\n".join(filter(None, (item.text("title"), item.text("address"))))
    return contents.place_on_earth(number_of(item.message, "latitude"), number_of(item.message, "longitude"), label)


def _sticker(item: Item) -> Said:
    """Told in its words: the picture belongs to the shop that sells it."""
    words = item.text("text") or ", ".join(reading.words(item.message, "keywords")[:3])
    about = {"package": item.text("packageId"), "sticker": item.text("stickerId")}
    return Said(f"[sticker] {words}".strip(), about={"sticker": about})


def _unknown(item: Item) -> Said:
    return contents.unknown(item.text("type"), item.text("text"))


_READERS: Final[dict[str, Callable[[Item], Said]]] = {
    "text": _text,
    "image": _file,
    "video": _file,
    "audio": _file,
    "file": _file,
    "location": _location,
    "sticker": _sticker,
}


# --- What happens beside messages -------------------------------------------------------------------------------


def _unsend(item: Item) -> Parsed:
    return _inbound(
        item, contents.taken_back(), refers_to=text_of(part_of(item.document, "unsend"), "messageId"), kind="unsend"
    )


def _postback(item: Item) -> Parsed:
    """A pressed button; of a date picker with what was picked. The platform does not tell what stood on it."""
    postback = part_of(item.document, "postback")
    picked = [str(value) for value in part_of(postback, "params").values() if isinstance(value, str)]
    return _inbound(item, contents.button(", ".join(picked), text_of(postback, "data")), kind="postback")


_EVENTS: Final[dict[str, Callable[[Item], Parsed]]] = {
    "message": _message,
    "unsend": _unsend,
    "postback": _postback,
}
