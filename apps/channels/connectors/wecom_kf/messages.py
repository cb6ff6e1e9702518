"""From an entry of the platform's list to a neutral message. What is named *from memory* is in no source we read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels import media
from apps.channels.connectors.wechat.messages import Content
from apps.channels.connectors.wechat.wire import Document, number_of, text_of
from apps.channels.connectors.wecom.api import ServiceApi
from apps.channels.contract import IdentityClaim, Ignored, Inbound, Parsed, Receipt
from apps.channels.enums import DeliveryState, FailureKind
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import InboundEvent

EXTERNAL: Final = "wecom_external"
CUSTOMER, STAFF = 3, 5
_WORD = re.compile(r"[^a-z0-9]+")

WHY_NOT_SENT: Final = {
    0: FailureKind.REJECTED,
    1: FailureKind.MISCONFIGURED,  # the account was deleted
    2: FailureKind.MISCONFIGURED,  # the application was closed
    4: FailureKind.OUTSIDE_WINDOW,  # after 48 hours
    5: FailureKind.OUTSIDE_WINDOW,  # the conversation is over
    6: FailureKind.OUTSIDE_WINDOW,  # more than five
    7: FailureKind.MISCONFIGURED,  # the account is not verified
    8: FailureKind.MISCONFIGURED,
    9: FailureKind.MISCONFIGURED,
    10: FailureKind.RECIPIENT_GONE,  # the customer wants no more
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What the platform tells of a customer, where it was asked."""

    name: str = ""
    identities: tuple[IdentityClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    document: Document
    event: InboundEvent
    api: ServiceApi

    @property
    def kind(self) -> str:
        return text_of(self.document, "msgtype")

    @property
    def content(self) -> Document:
        """What stands under the name of the kind."""
        found = self.document.get(self.kind)
        return found if isinstance(found, dict) else {}

    def text(self, name: str) -> str:
        return text_of(self.content, name)


def parse(entry: Entry, *, kind: str, profile: Callable[[str], Profile]) -> Parsed:
    if entry.kind == "event":
        return _event(entry)
    origin = number_of(entry.document, "origin")
    if origin == STAFF:
        return Ignored("wecom.staff_message")
    if origin != CUSTOMER:
        return Ignored("wecom.not_from_the_customer")
    sender, message_id = (text_of(entry.document, name) for name in ("external_userid", "msgid"))
    if not sender or not entry.kind:
        raise Unreadable(reason=_("it names no sender or no type"))
    content = _READERS.get(entry.kind, _unknown)(entry)
    person = profile(sender)
    return Inbound(
        sender_kind=EXTERNAL,
        sender_value=sender,
        sender_scope=entry.api.app_id,
        sender_name=person.name,
        sender_verified=True,
        thread_key=key_of(kind, "sender", entry.api.open_kfid, sender),
        text=content.text,
        attachments=content.files,
        notice=content.notice,
        sent_at=_moment(entry),
        message_keys=(message_key(f"{kind}:{message_id}"),) if message_id else (),
        envelope={"external_id": message_id, "type": entry.kind, **dict(content.about)},
        identities=person.identities,
    )


def _event(entry: Entry) -> Parsed:
    """Words of nobody. Only the report that an answer did not arrive changes something."""
    name = _WORD.sub("_", entry.text("event_type").lower()).strip("_")[:50]
    message_id = entry.text("fail_msgid")
    if name != "msg_send_fail" or not message_id:
        return Ignored(f"wecom.event_{name or 'unnamed'}")
    reason = int(number_of(entry.content, "fail_type") or 0)
    return Receipt(
        DeliveryState.FAILED,
        provider_id=message_id,
        failure=WHY_NOT_SENT.get(reason, FailureKind.REJECTED),
        detail=f"msg_send_fail {reason}",
    )


def _moment(entry: Entry) -> datetime | None:
    seconds = number_of(entry.document, "send_time")
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(entry: Entry) -> Content:
    """A choice of a menu comes with what was chosen."""
    chosen = entry.text("menu_id")
    return Content(entry.text("content"), about=(("menu_id", chosen),) if chosen else ())


def _file(entry: Entry) -> Content:
    return _with_file(entry, "media_id", ending=".amr" if entry.kind == "voice" else "")


def _location(entry: Entry) -> Content:
    latitude, longitude = number_of(entry.content, "latitude"), number_of(entry.content, "longitude")
    label = "\n".join(filter(None, (entry.text("name"), entry.text("address"))))
    if latitude is None or longitude is None:
        return Content(label)
    place = f"{latitude:.6f}, {longitude:.6f}"
    about = {"latitude": latitude, "longitude": longitude, "label": label}
    return Content(f"{label} ({place})" if label else place, about=(("location", about),))


def _link(entry: Entry) -> Content:
    return Content(_lines(entry, "title", "desc", "url"), about=(("link", entry.text("url")),))


def _page(entry: Entry) -> Content:
    """A page of a mini program, with its picture."""
    about = {"app_id": entry.text("appid"), "path": entry.text("pagepath"), "title": entry.text("title")}
    return _with_file(entry, "thumb_media_id", text=_lines(entry, "title", "pagepath"), page=about)


def _business_card(entry: Entry) -> Content:
    return Content(f"[{entry.text('userid')}]", about=(("card", entry.text("userid")),))


def _video_channel(entry: Entry) -> Content:
    """From memory: something of a video channel."""
    return Content(_lines(entry, "title", "nickname"))


def _product(entry: Entry) -> Content:
    """From memory: a product of a shop."""
    return Content(
        _lines(entry, "title", "sales_price", "shop_nickname"), about=(("product", entry.text("product_id")),)
    )


def _order(entry: Entry) -> Content:
    """From memory: an order in a shop."""
    about = (("order", entry.text("order_id")),)
    return Content(_lines(entry, "order_id", "product_titles", "price_wording", "state", "shop_nickname"), about=about)


def _forwarded(entry: Entry) -> Content:
    """From memory: a bundle of other people's messages, of which the texts are shown."""
    items = entry.content.get("item")
    said = [_said(item) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return Content("\n".join(filter(None, (entry.text("title"), *said))))


def _said(item: Document) -> str:
    try:
        inner = json.loads(text_of(item, "msg_content") or "{}")
    except (ValueError, RecursionError):
        inner = {}
    words = inner.get("text") if isinstance(inner, dict) else None
    content = text_of(words, "content") if isinstance(words, dict) else ""
    return f"{text_of(item, 'sender_name')}: {content or '[' + text_of(item, 'msgtype') + ']'}"


def _unknown(entry: Entry) -> Content:
    """Kept with a word that something came; the original stays in the inbox."""
    return Content(f"[{entry.kind[:60]}]", notice="unknown_type")


_READERS: Final[dict[str, Callable[[Entry], Content]]] = {
    "text": _text,
    "image": _file,
    "voice": _file,
    "video": _file,
    "file": _file,
    "location": _location,
    "link": _link,
    "miniprogram": _page,
    "business_card": _business_card,
    "channels": _video_channel,
    "channels_shop_product": _product,
    "channels_shop_order": _order,
    "merged_msg": _forwarded,
}


def _lines(entry: Entry, *names: str) -> str:
    return "\n".join(filter(None, (entry.text(name) for name in names)))


def _with_file(entry: Entry, field: str, *, ending: str = "", text: str = "", **about: Any) -> Content:
    wanted = entry.text(field)
    if not wanted:
        return Content(text, notice="" if text else "media_missing", about=tuple(about.items()))
    number = _WORD.sub("", text_of(entry.document, "msgid").lower())[:40]
    stem = f"{entry.kind}-{number or 'file'}"
    files, notice = media.received(
        entry.event, lambda: entry.api.download(wanted, stem=stem, name=f"{stem}{ending}" if ending else "")
    )
    return Content(text, files, notice, tuple(about.items()))
