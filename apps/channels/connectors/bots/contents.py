"""What a message says, whatever messenger it came by, and the neutral message it becomes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from apps.channels import media
from apps.channels.contract import IdentityClaim, Inbound, InboundFile, Post
from apps.channels.keys import key_of, message_key
from apps.channels.models import Delivery, InboundEvent


@dataclass(frozen=True, slots=True)
class Said:
    """What one kind of message says."""

    text: str = ""
    files: tuple[InboundFile, ...] = ()
    notice: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    """For machines: coordinates, the button that was pressed, the advertisement."""
    is_silent: bool = False
    """Whether it asks for nothing, so that it wakes nobody and opens nothing: a reaction, words taken back."""
    identities: tuple[IdentityClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, as the platform vouches for it. `account` is ours, at which they wrote."""

    kind: str
    value: str
    account: str
    scope: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: its own id and those of the messages it refers to."""

    event: InboundEvent
    message_id: str = ""
    refers_to: tuple[str, ...] = ()
    sent_at: datetime | None = None
    type: str = ""
    post: Post | None = None
    """Of a public comment."""
    takes_back: str = ""


def inbound(said: Said, author: Author, place: Place) -> Inbound:
    channel_kind = place.event.channel.kind
    return Inbound(
        sender_kind=author.kind,
        sender_value=author.value,
        sender_scope=author.scope,
        sender_name=author.name,
        sender_verified=True,
        language=author.language,
        thread_key=_thread_key(channel_kind, author, place),
        thread_hints=tuple(hint for known in place.refers_to for hint in _hints(place.event, author, known)),
        text=said.text,
        attachments=said.files,
        notice=said.notice,
        sent_at=place.sent_at,
        message_keys=(_key(author, place.message_id),) if place.message_id else (),
        is_automatic=said.is_silent,
        opens_nothing=said.is_silent,
        envelope={
            "message_id": place.message_id,
            "external_id": place.message_id,
            "type": place.type,
            **dict(said.about),
        },
        identities=said.identities,
        post=place.post,
        takes_back=place.takes_back,
    )


def _thread_key(channel_kind: str, author: Author, place: Place) -> bytes:
    """What somebody writes to us alone is one conversation; under each post they have one of their own. Who comments
    without being named is not mixed up with others like them.
    """
    if place.post is None:
        return key_of(channel_kind, "sender", author.account, author.value)
    commenter = author.value or ":".join(("comment", place.message_id, *place.refers_to))
    return key_of(channel_kind, "comment", author.account, place.post.id, commenter)


def _key(author: Author, message_id: str) -> bytes:
    return message_key(f"{author.kind}:{author.account}:{message_id}")


def _hints(event: InboundEvent, author: Author, message_id: str) -> list[bytes]:
    """The message may be the customer's or one of ours, whose pieces share the key of the whole."""
    found = Delivery.objects.filter(channel_id=event.channel_id, provider_key=key_of("provider", message_id)).first()
    ours = [message_key(".".join(found.client_key.split(".")[:2]))] if found else []
    return [_key(author, message_id), *ours]


# --- Kinds that several platforms have --------------------------------------------------------------------------


def place_on_earth(latitude: float | None, longitude: float | None, label: str = "") -> Said:
    if not _is_on_earth(latitude, 90) or not _is_on_earth(longitude, 180):
        return Said(label or "[location]")
    point = f"{latitude:.6f}, {longitude:.6f}"
    about = {"latitude": latitude, "longitude": longitude, "label": label}
    return Said(f"{label} ({point})" if label else point, about={"location": about})


def contact_card(name: str, *handles: str) -> Said:
    """Words of a customer: who stands on a card need not be who sent it."""
    lines = [line for line in (name, *handles) if line]
    return Said("\n".join(lines) or "[contact]", about={"contact": {"name": name, "handles": list(handles)}})


def button(label: str, payload: str) -> Said:
    """What stood on it is what the customer said; what it means to a machine stands beside it."""
    return Said(label or payload, about={"button": payload})


def reaction(emoji: str) -> Said:
    return Said(emoji or "[reaction]", notice="reaction", is_silent=True)


def edited(said: Said) -> Said:
    """The new words as a message of their own: what an agent may have answered already is not rewritten."""
    return replace(said, notice=said.notice or "edited")


def taken_back() -> Said:
    return Said("[…]", notice="unsent", is_silent=True)


def unknown(name: str, text: str = "") -> Said:
    """Kept with a word that something came; the original stays in the inbox."""
    return Said(text or f"[{name[:60] or 'other'}]", notice="unknown_type")


def with_file(event: InboundEvent, fetch: Callable[[], InboundFile], text: str = "", **about: Any) -> Said:
    files, notice = media.received(event, fetch)
    return Said(text, files, notice, about)


def _is_on_earth(degrees: float | None, limit: int) -> bool:
    return degrees is not None and math.isfinite(degrees) and abs(degrees) <= limit
