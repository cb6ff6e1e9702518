"""From a call of WhatsApp's to a neutral message or a receipt.

People are known by the id that the company's portfolio has for them, or by their number where there is none: the number may be
missing. Source: developers.facebook.com, business-messaging/whatsapp.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.bots import contents, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.meta import push
from apps.channels.connectors.meta.graph import Graph, judge
from apps.channels.contract import IdentityClaim, Ignored, InboundFile, Parsed, Receipt, VerifiedInput
from apps.channels.enums import DeliveryState
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent

KIND: Final = "whatsapp"
USER: Final = "whatsapp_user"
PARENT: Final = "whatsapp_parent"

STATES: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "played": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
CHANGED: Final = frozenset({"user_changed_number", "user_changed_user_id"})

_PHONE: Final = re.compile(r"[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Item:
    value: Document
    message: Document
    event: InboundEvent
    graph: Graph

    @property
    def kind(self) -> str:
        return text_of(self.message, "type")

    @property
    def content(self) -> Document:
        """What stands under the name of the kind."""
        return part_of(self.message, self.kind)

    def text(self, name: str) -> str:
        return text_of(self.content, name)


# --- Taking a call apart ------------------------------------------------------------------------------------------


def items(call: Document) -> Iterator[VerifiedInput]:
    for entry in rows_of(call, "entry"):
        for field, value in push.changes(entry):
            yield from _items_of(call, entry, field, value)


def _items_of(call: Document, entry: Document, field: str, value: Document) -> Iterator[VerifiedInput]:
    messages, statuses = rows_of(value, "messages"), rows_of(value, "statuses")
    around = {name: what for name, what in value.items() if name not in ("messages", "statuses")}
    for message in messages:
        alone = _alone(call, entry, field, {**around, "messages": [message]})
        yield VerifiedInput(text_of(message, "id") or reading.id_of_bytes(alone), _user_of(message), alone)
    for status in statuses:
        alone = _alone(call, entry, field, {**around, "statuses": [status]})
        number = text_of(status, "id")
        known = f"{number}:{text_of(status, 'status')}" if number else reading.id_of_bytes(alone)
        yield VerifiedInput(known, f"report:{number}", alone)
    if not messages and not statuses:
        alone = _alone(call, entry, field, value)
        yield VerifiedInput(reading.id_of_bytes(alone), f"field:{field}", alone)


def _alone(call: Document, entry: Document, field: str, value: Document) -> bytes:
    return reading.packed(push.alone(call, entry, changes=[{"field": field, "value": value}]))


def _user_of(message: Document) -> str:
    return text_of(message, "from_user_id") or text_of(message, "from")


# --- Reading an item ----------------------------------------------------------------------------------------------


def parse(event: InboundEvent, graph: Graph, phone_number_id: str) -> Parsed:
    entry = push.first(rows_of(reading.opened(event), "entry"))
    field, value = next(push.changes(entry), ("", {}))
    number = text_of(part_of(value, "metadata"), "phone_number_id")
    if number and number != phone_number_id:
        return Ignored("whatsapp.other_number")
    if rows_of(value, "statuses"):
        return _receipt(push.first(rows_of(value, "statuses")))
    message = push.first(rows_of(value, "messages"))
    if not message:
        return Ignored(f"whatsapp.event_{reading.word(field)}")
    return _message(Item(value, message, event, graph))


def _receipt(status: Document) -> Parsed:
    name = text_of(status, "status")
    state = STATES.get(name)
    if state is None:
        return Ignored(f"whatsapp.status_{reading.word(name)}")
    why = judge(push.first(rows_of(status, "errors"))) if state is DeliveryState.FAILED else None
    ours = text_of(status, "biz_opaque_callback_data")
    return Receipt(
        state,
        client_key=ours if ours.startswith(f"{KIND}.") else "",
        provider_id=text_of(status, "id"),
        failure=why.failure if why else None,
        detail=why.detail if why else "",
    )


def _message(item: Item) -> Parsed:
    user = _user_of(item.message)
    if not user or not item.kind:
        raise Unreadable(reason=_("it names no sender or no type"))
    said = _READERS.get(item.kind, _unknown)(item)
    about = {name: part_of(item.message, name) for name in ("referral",) if part_of(item.message, name)}
    referred = text_of(part_of(item.message, "context"), "id") or text_of(
        part_of(item.message, "reaction"), "message_id"
    )
    place = Place(
        item.event,
        message_id=text_of(item.message, "id"),
        refers_to=(referred,) if referred else (),
        sent_at=reading.moment(number_of(item.message, "timestamp")),
        type=item.kind,
    )
    said = replace(said, about={**about, **said.about}, identities=(*said.identities, *_claims(item)))
    return contents.inbound(said, _author(item, user), place)


def _author(item: Item, user: str) -> Author:
    """After a change of number the person goes on under the new id."""
    system = part_of(item.message, "system")
    if text_of(system, "type") in CHANGED:
        user = text_of(system, "user_id") or text_of(system, "wa_id") or user
    profile = part_of(_contact(item), "profile")
    return Author(
        USER,
        user,
        text_of(part_of(item.value, "metadata"), "phone_number_id"),
        name=text_of(profile, "name") or text_of(profile, "username"),
    )


def _contact(item: Item) -> Document:
    """The sender's, of those that came with the call."""
    known = {text_of(item.message, "from"), text_of(item.message, "from_user_id")} - {""}
    found = rows_of(item.value, "contacts")
    return next((one for one in found if {text_of(one, "wa_id"), text_of(one, "user_id")} & known), {})


def _claims(item: Item) -> tuple[IdentityClaim, ...]:
    """Whatever else the platform knows the sender by, or knew before a change."""
    system, contact = part_of(item.message, "system"), _contact(item)
    number = text_of(system, "wa_id") or text_of(item.message, "from") or text_of(contact, "wa_id")
    before = text_of(item.message, "from") if text_of(system, "type") in CHANGED else ""
    handles = [
        (PARENT, text_of(item.message, "from_parent_user_id") or text_of(contact, "parent_user_id")),
        (PARENT, text_of(system, "previous_parent_user_id")),
        (USER, text_of(system, "previous_user_id") or before),
        (USER, text_of(item.message, "from") if text_of(item.message, "from_user_id") else ""),
        ("phone", f"+{number}" if _PHONE.fullmatch(number) else ""),
    ]
    return tuple(IdentityClaim(kind, value, verified=True) for kind, value in handles if value)


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(item: Item) -> Said:
    return Said(str(item.content.get("body") or ""))


def _file(item: Item) -> Said:
    file_id, caption = item.text("id"), str(item.content.get("caption") or "")
    if not file_id:
        return Said(caption or f"[{item.kind}]", notice="media_missing")

    def fetch() -> InboundFile:
        return item.graph.download(file_id, stem=f"{item.kind}-{reading.word(file_id)}", name=item.text("filename"))

    return contents.with_file(item.event, fetch, caption)


def _location(item: Item) -> Said:
    label = "\n".join(filter(None, (item.text("name"), item.text("address"))))
    return contents.place_on_earth(number_of(item.content, "latitude"), number_of(item.content, "longitude"), label)


def _contacts(item: Item) -> Said:
    cards = [_card(card) for card in rows_of(item.message, "contacts")]
    return Said("\n\n".join(card.text for card in cards) or "[contacts]", about={"contacts": [c.about for c in cards]})


def _card(card: Document) -> Said:
    handles = [text_of(phone, "phone") for phone in rows_of(card, "phones")]
    handles += [text_of(email, "email") for email in rows_of(card, "emails")]
    return contents.contact_card(text_of(part_of(card, "name"), "formatted_name"), *handles)


def _interactive(item: Item) -> Said:
    """A choice that we offered, or a form that was filled in."""
    reply = part_of(item.content, item.text("type"))
    if item.text("type") == "nfm_reply":
        return contents.button(text_of(reply, "body"), text_of(reply, "response_json")[:4000])
    return contents.button(text_of(reply, "title"), text_of(reply, "id"))


def _button(item: Item) -> Said:
    return contents.button(item.text("text"), item.text("payload"))


def _reaction(item: Item) -> Said:
    return contents.reaction(item.text("emoji"))


def _order(item: Item) -> Said:
    lines = [_ordered(row) for row in rows_of(item.content, "product_items")]
    return Said("\n".join(filter(None, (item.text("text"), *lines))) or "[order]", about={"order": item.content})


def _ordered(row: Document) -> str:
    product, quantity = text_of(row, "product_retailer_id"), text_of(row, "quantity")
    return f"{product} × {quantity} {text_of(row, 'item_price')} {text_of(row, 'currency')}".strip()


def _system(item: Item) -> Said:
    return Said(item.text("body") or "[system]", is_silent=True)


def _unknown(item: Item) -> Said:
    """Also what the platform itself cannot show to a business, with its reason."""
    reason = text_of(push.first(rows_of(item.message, "errors")), "title")
    return contents.unknown(item.kind, f"[{item.kind[:60]}] {reason[:200]}" if reason else "")


_READERS: Final[dict[str, Callable[[Item], Said]]] = {
    "text": _text,
    "image": _file,
    "audio": _file,
    "video": _file,
    "document": _file,
    "sticker": _file,
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
}
