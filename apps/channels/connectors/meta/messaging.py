"""From an item of Messenger or Instagram, which write alike, to a neutral message or a receipt.

Source: developers.facebook.com, messenger-platform webhooks reference and instagram-platform webhooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.bots import contents, profiles, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.meta import comments, push
from apps.channels.connectors.meta.graph import Graph, result_of
from apps.channels.contract import Ignored, InboundFile, Outbound, Parsed, Receipt, VerifiedInput
from apps.channels.enums import DeliveryState
from apps.channels.errors import NotYet, Unreadable
from apps.channels.models import Delivery, InboundEvent
from apps.channels.services.outbox import LOOKED_BACK

MESSAGING: Final = ("messaging", "standby")
"""What stands in the second is another app's to answer; the customer wrote all the same."""

LOOKED_AT: Final = 200
"""So many messages of ours are compared with who read up to a moment, newest first."""

READ_MAY_COME_FIRST: Final = 2
"""So often a receipt waits for the answer to the sending that it is about."""

SHARED: Final = frozenset({"fallback", "template", "product_template", "share", "story_mention", "ig_reel", "reel"})
"""Told by title and address, never fetched: a story must not be kept longer than it is shown (the platform's policy)."""


@dataclass(frozen=True, slots=True)
class Side:
    """On which platform, and for which of its accounts."""

    kind: str
    identity: str
    account: str
    name_fields: str


@dataclass(frozen=True, slots=True)
class Item:
    document: Document
    event: InboundEvent
    graph: Graph
    side: Side
    is_standby: bool = False

    @property
    def message(self) -> Document:
        return part_of(self.document, "message")

    @property
    def sender(self) -> str:
        return text_of(part_of(self.document, "sender"), "id")


# --- Taking a call apart ------------------------------------------------------------------------------------------


def items(call: Document) -> Iterator[VerifiedInput]:
    for entry in rows_of(call, "entry"):
        for name in MESSAGING:
            for document in rows_of(entry, name):
                yield from _items_of(document, partial(_alone, call, entry, name))
        for name, value in push.changes(entry):
            yield _change(call, entry, name, value)


def _items_of(document: Document, alone: Callable[[Document], bytes]) -> Iterator[VerifiedInput]:
    delivery = part_of(document, "delivery")
    mids = reading.words(delivery, "mids")
    if not mids:
        payload = alone(document)
        yield VerifiedInput(_known_by(document) or reading.id_of_bytes(payload), _order_of(document), payload)
    for mid in mids:
        yield VerifiedInput(
            f"delivered:{mid}", f"report:{mid}", alone({**document, "delivery": {**delivery, "mids": [mid]}})
        )


def _change(call: Document, entry: Document, name: str, value: Document) -> VerifiedInput:
    """Comments, and for some accounts messages as well."""
    payload = reading.packed(push.alone(call, entry, changes=[{"field": name, "value": value}]))
    if comment := comments.comment_in(name, value):
        return VerifiedInput(comment.external_id or reading.id_of_bytes(payload), comment.order_by, payload)
    return VerifiedInput(_known_by(value) or reading.id_of_bytes(payload), _order_of(value), payload)


def _alone(call: Document, entry: Document, name: str, document: Document) -> bytes:
    return reading.packed(push.alone(call, entry, **{name: [document]}))


def _known_by(document: Document) -> str:
    """A message by its id, which it keeps when it is edited or taken back; those are known by what they are besides."""
    message, edit = part_of(document, "message"), part_of(document, "message_edit")
    postback, person = part_of(document, "postback"), text_of(part_of(document, "sender"), "id")
    if mid := text_of(message, "mid"):
        return f"unsent:{mid}" if message.get("is_deleted") is True else mid
    if mid := text_of(edit, "mid"):
        return f"edited:{mid}:{text_of(edit, 'num_edit') or text_of(document, 'timestamp')}"
    if mid := text_of(postback, "mid"):
        return f"postback:{mid}"
    if watermark := text_of(part_of(document, "read"), "watermark"):
        return f"read:{person}:{watermark}"
    return ""


def _order_of(document: Document) -> str:
    if part_of(document, "delivery") or part_of(document, "read"):
        return f"report:{text_of(part_of(document, 'sender'), 'id')}"
    is_echo = part_of(document, "message").get("is_echo") is True
    return text_of(part_of(document, "recipient" if is_echo else "sender"), "id")


# --- Reading an item ----------------------------------------------------------------------------------------------


def parse(event: InboundEvent, graph: Graph, side: Side) -> Parsed:
    entry = push.first(rows_of(reading.opened(event), "entry"))
    change, value = next(push.changes(entry), ("", {}))
    comment = comments.comment_in(change, value)
    if change and comment is None and not part_of(value, "sender"):
        return Ignored(f"{side.kind}.change_{_name_of(change, value)}")
    if text_of(entry, "id") not in ("", side.account):
        return Ignored(f"{side.kind}.other_account")
    if comment is not None:
        return comments.read(event, comment, kind=side.kind, identity=side.identity, account=side.account)
    document = value or push.first([row for name in MESSAGING for row in rows_of(entry, name)])
    return _read(Item(document, event, graph, side, is_standby=bool(rows_of(entry, "standby"))))


def _name_of(change: str, value: Document) -> str:
    """What happened on a page tells of many things: a post, a reaction, that something was hidden."""
    return reading.word("_".join(filter(None, (change, text_of(value, "item"), text_of(value, "verb")))))


def _read(item: Item) -> Parsed:
    if not item.sender:
        raise Unreadable(reason=_("it names no sender"))
    name = next((name for name in _KINDS if isinstance(item.document.get(name), dict)), "")
    if not name:
        known = {"sender", "recipient", "timestamp"}
        other = next((name for name in item.document if name not in known), "unnamed")
        return Ignored(f"{item.side.kind}.event_{reading.word(other)}")
    return _KINDS[name](item)


def _inbound(item: Item, said: Said, *, message_id: str = "", refers_to: str = "", kind: str) -> Parsed:
    side = item.side
    name = profiles.name_of_new(
        item.event, kind=side.identity, value=item.sender, scope=side.account, ask=lambda: _name(item)
    )
    referral = part_of(item.message, "referral") or part_of(item.document, "postback", "referral")
    about: dict[str, Any] = {"referral": referral} if referral else {}
    about |= {"mode": "standby"} if item.is_standby else {}
    place = Place(
        item.event,
        message_id=message_id,
        refers_to=(refers_to,) if refers_to else (),
        sent_at=reading.moment((number_of(item.document, "timestamp") or 0) / 1000),
        type=kind,
    )
    author = Author(side.identity, item.sender, side.account, scope=side.account, name=name)
    return contents.inbound(replace(said, about={**about, **said.about}), author, place)


def _name(item: Item) -> str:
    """Of somebody who wrote; who does not want to be known, or not by us, stays without."""
    document = item.graph.get(item.sender, fields=item.side.name_fields).json()
    if result_of(document).failure is not None:
        return ""
    names = [text_of(document, name) for name in item.side.name_fields.split(",")]
    full = " ".join(filter(None, names)) if "first_name" in item.side.name_fields else ""
    return full or next(filter(None, names), "")


# --- Messages -----------------------------------------------------------------------------------------------------


def _message(item: Item) -> Parsed:
    message, mid = item.message, text_of(item.message, "mid")
    if message.get("is_echo") is True:
        return _echo(item)
    if not mid:
        raise Unreadable(reason=_("it names no message"))
    if message.get("is_deleted") is True:
        return _inbound(item, contents.taken_back(), refers_to=mid, kind="unsent")
    reply_to = part_of(message, "reply_to")
    return _inbound(item, _said(item), message_id=mid, refers_to=text_of(reply_to, "mid"), kind="message")


def _echo(item: Item) -> Parsed:
    """Ours by the key that we gave along; without it somebody wrote in the platform's own inbox."""
    ours = text_of(item.message, "metadata")
    if not ours.startswith(f"{item.side.kind}."):
        return Ignored(f"{item.side.kind}.written_in_app")
    return Receipt(DeliveryState.SENT, client_key=ours, provider_id=text_of(item.message, "mid"))


def _said(item: Item) -> Said:
    message = item.message
    attached = [_attachment(row) for row in rows_of(message, "attachments")]
    links = [one.link for one in attached if one.link]
    files, missing = media.all_received(
        item.event, [_fetching(item, number, link) for number, link in enumerate(links)]
    )
    texts = [str(message.get("text") or ""), *(one.text for one in attached), _story(message)]
    text = "\n".join(text for text in texts if text)
    about: dict[str, Any] = {}
    for one in attached:
        about.update(one.about)
    if payload := text_of(part_of(message, "quick_reply"), "payload"):
        about["button"] = payload
    notice = missing or next((one.notice for one in attached if one.notice), "")
    if message.get("is_unsupported") is True or not (text or files or notice):
        return replace(contents.unknown("unsupported", text), files=files)
    return Said(text, files, notice, about)


def _story(message: Document) -> str:
    """An answer to a story of the company's is told with its address, while that holds."""
    return text_of(part_of(message, "reply_to", "story"), "url")


def _fetching(item: Item, number: int, link: str) -> Callable[[], InboundFile]:
    stem = f"file-{reading.word(text_of(item.message, 'mid'))[-20:]}-{number + 1}"
    return lambda: media.download_link(link, stem=stem)


@dataclass(frozen=True, slots=True)
class Attached:
    text: str = ""
    link: str = ""
    """Where a file is to be fetched."""
    notice: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def _attachment(row: Document) -> Attached:
    kind, payload = text_of(row, "type"), part_of(row, "payload")
    link, title = text_of(payload, "url") or text_of(row, "url"), text_of(payload, "title") or text_of(row, "title")
    if kind in ("image", "audio", "video", "file"):
        return Attached(link=link, notice="" if link else "media_missing")
    if kind == "sticker":
        about = {"sticker": text_of(payload, "sticker_id")}
        return Attached("" if link else "[sticker]", link=link, about=about)
    if kind == "location":
        spot = part_of(payload, "coordinates")
        said = contents.place_on_earth(number_of(spot, "lat"), number_of(spot, "long"), title)
        return Attached(said.text, about=said.about)
    if kind in SHARED:
        return Attached("\n".join(filter(None, (title, link))) or f"[{kind}]", about={"shared": kind})
    return Attached(f"[{kind[:60] or 'other'}] {link}".strip(), notice="unknown_type")


def _postback(item: Item) -> Parsed:
    postback = part_of(item.document, "postback")
    said = contents.button(text_of(postback, "title"), text_of(postback, "payload"))
    return _inbound(item, said, message_id=text_of(postback, "mid"), kind="postback")


def _reaction(item: Item) -> Parsed:
    reaction = part_of(item.document, "reaction")
    if text_of(reaction, "action") == "unreact":
        return Ignored(f"{item.side.kind}.reaction_withdrawn")
    emoji = text_of(reaction, "emoji") or text_of(reaction, "reaction")
    return _inbound(item, contents.reaction(emoji), refers_to=text_of(reaction, "mid"), kind="reaction")


def _edit(item: Item) -> Parsed:
    edit = part_of(item.document, "message_edit")
    said = contents.edited(Said(str(edit.get("text") or "")))
    return _inbound(item, said, refers_to=text_of(edit, "mid"), kind="edit")


# --- Receipts -----------------------------------------------------------------------------------------------------


def _delivery(item: Item) -> Parsed:
    delivery = part_of(item.document, "delivery")
    mids = reading.words(delivery, "mids")
    if mids:
        return Receipt(DeliveryState.DELIVERED, provider_id=mids[0])
    return _up_to(item, DeliveryState.DELIVERED, delivery)


def _reading(item: Item) -> Parsed:
    read = part_of(item.document, "read")
    if mid := text_of(read, "mid"):
        return Receipt(DeliveryState.READ, provider_id=mid, with_earlier=True)
    return _up_to(item, DeliveryState.READ, read)


def _up_to(item: Item, state: DeliveryState, what: Document) -> Parsed:
    """All that this person was sent up to a moment: the newest of it, and what went before."""
    moment = reading.moment((number_of(what, "watermark") or 0) / 1000)
    if moment is None:
        raise Unreadable(reason=_("it names no moment"))
    newest = next((row for row in _begun_until(item, moment) if _is_to(row, item.sender)), None)
    if newest is not None:
        return Receipt(state, client_key=newest.client_key, with_earlier=True)
    if item.event.attempts < READ_MAY_COME_FIRST:
        raise NotYet
    return Ignored(f"{item.side.kind}.receipt_of_another")


def _begun_until(item: Item, moment: datetime) -> QuerySet[Delivery]:
    """By when we began to send: when it was sent is noted after the answer, and the customer may have read by then."""
    last = Delivery.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Delivery.objects.filter(pk__gt=last - LOOKED_BACK, channel_id=item.event.channel_id, sent_at__isnull=False)
    return rows.filter(log__started__lte=moment).order_by("-pk")[:LOOKED_AT]


def _is_to(row: Delivery, person: str) -> bool:
    return person in Outbound.from_payload(row.payload).recipients.to


_KINDS: Final[dict[str, Callable[[Item], Parsed]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    "delivery": _delivery,
    "read": _reading,
}
