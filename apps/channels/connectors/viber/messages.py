"""From an event to a neutral message or a receipt. What has no words of a customer is kept in the inbox and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots import contents, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, text_of
from apps.channels.connectors.viber.push import MESSAGE, person_of
from apps.channels.contract import Ignored, InboundFile, Parsed, Receipt
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent

KIND: Final = "viber"
USER: Final = "viber_user"

STATES: Final = {
    "delivered": DeliveryState.DELIVERED,
    "seen": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Item:
    call: Document
    event: InboundEvent

    @property
    def message(self) -> Document:
        return part_of(self.call, "message")

    def text(self, name: str) -> str:
        return text_of(self.message, name)


def parse(event: InboundEvent, account: str) -> Parsed:
    item = Item(reading.opened(event), event)
    name = text_of(item.call, "event")
    if not name:
        raise Unreadable(reason=_("it names no event"))
    if name in STATES:
        return _receipt(item, STATES[name])
    return _message(item, account) if name == MESSAGE else Ignored(f"viber.event_{reading.word(name)}")


def _receipt(item: Item, state: DeliveryState) -> Receipt:
    detail = text_of(item.call, "desc")[:200] if state is DeliveryState.FAILED else ""
    return Receipt(state, provider_id=text_of(item.call, "message_token"), detail=detail)


def _message(item: Item, account: str) -> Parsed:
    kind, person = item.text("type"), person_of(item.call)
    if not person or not kind:
        raise Unreadable(reason=_("it names no sender or no type"))
    said = _READERS.get(kind, _unknown)(item)
    if tracked := item.text("tracking_data"):
        said = replace(said, about={**said.about, "tracking_data": tracked})
    sender = part_of(item.call, "sender")
    place = Place(
        item.event,
        message_id=text_of(item.call, "message_token"),
        sent_at=reading.moment((number_of(item.call, "timestamp") or 0) / 1000),
        type=kind,
    )
    language = LANGUAGES.get(text_of(sender, "language").partition("-")[0].lower(), "")
    author = Author(USER, person, account, scope=account, name=text_of(sender, "name"), language=language)
    return contents.inbound(said, author, place)


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(item: Item) -> Said:
    return Said(str(item.message.get("text") or ""))


def _file(item: Item) -> Said:
    caption, link = str(item.message.get("text") or ""), item.text("media")
    if not link:
        return Said(caption or f"[{item.text('type')}]", notice="media_missing")
    stem = f"{item.text('type')}-{reading.word(text_of(item.call, 'message_token'))}"

    def fetch() -> InboundFile:
        return media.download_link(link, stem=stem, name=item.text("file_name"))

    return contents.with_file(item.event, fetch, caption)


def _location(item: Item) -> Said:
    spot = part_of(item.message, "location")
    return contents.place_on_earth(number_of(spot, "lat"), number_of(spot, "lon"), item.text("text"))


def _contact(item: Item) -> Said:
    """Anybody's card may be sent, so it proves nothing."""
    contact = part_of(item.message, "contact")
    return contents.contact_card(text_of(contact, "name"), text_of(contact, "phone_number"))


def _sticker(item: Item) -> Said:
    return Said("[sticker]", about={"sticker": item.text("sticker_id")})


def _link(item: Item) -> Said:
    return Said("\n".join(filter(None, (item.text("text"), item.text("media")))) or "[url]")


def _unknown(item: Item) -> Said:
    return contents.unknown(item.text("type"), item.text("text"))


_READERS: Final[dict[str, Callable[[Item], Said]]] = {
    "text": _text,
    "picture": _file,
    "video": _file,
    "file": _file,
    "location": _location,
    "contact": _contact,
    "sticker": _sticker,
    "url": _link,
    "rich_media": _link,
}
