"""From what the gateway or a call brings to a neutral message. Snowflakes are text: they are too large for some readers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from apps.channels import echoes, media
from apps.channels.connectors import documents
from apps.channels.connectors.bots.reading import word
from apps.channels.connectors.discord import push
from apps.channels.connectors.discord.api import Place, nonce_of
from apps.channels.connectors.documents import Document, NotADocument, part_of, rows_of, text_of
from apps.channels.contract import Ignored, Inbound, InboundFile, Outbound, Parsed, Receipt, VerifiedInput
from apps.channels.enums import DeliveryState, InboundState
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.channels.models import Channel, InboundEvent
from apps.channels.services import inbox

KIND: Final = "discord"
USER: Final = "discord_user"

CREATED, CHANGED, DELETED, DELETED_MANY = "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"
SAID: Final = frozenset({"0", "19"})
"""Types of messages that are somebody's words: a message, and an answer to one. Others tell of joining, pins and such."""

_TOKEN: Final = re.compile(r"<(@!?|@&|#)(\d{1,20})>|<a?(:\w{1,40}:)\d{1,20}>")


@dataclass(frozen=True, slots=True)
class Event:
    document: Document
    row: InboundEvent

    @property
    def data(self) -> Document:
        return part_of(self.document, "d")

    @property
    def bot(self) -> str:
        return str(self.row.envelope.get("bot") or "")

    def text(self, name: str) -> str:
        return text_of(self.data, name)


# --- What of the gateway is stored --------------------------------------------------------------------------------


def item(
    channel: Channel, document: Document, frame: bytes, bot: str, *, hears_everything: bool
) -> VerifiedInput | None:
    """Messages to the bot and what becomes of them. None for the rest, which nobody wrote to us."""
    name, data = text_of(document, "t"), part_of(document, "d")
    message = text_of(data, "id")
    if name == CREATED and _is_for_us(data, bot, hears_everything):
        external_id = known_as(message)
    elif name == CHANGED and _is_stored(channel, message):
        external_id = f"changed:{message}:{text_of(data, 'edited_timestamp')}"
    elif name == DELETED and _is_stored(channel, message):
        external_id = f"deleted:{message}"
    else:
        return None
    order_by = text_of(data, "channel_id")
    return VerifiedInput(external_id=external_id, order_by=order_by, payload=frame, envelope={"bot": bot})


def known_as(message: str) -> str:
    return f"message:{message}"


def _is_for_us(data: Document, bot: str, hears_everything: bool) -> bool:
    author = part_of(data, "author")
    if text_of(author, "id") == bot:
        return True  # an echo, which may prove what nobody is sure of
    if author.get("bot") is True or text_of(data, "webhook_id"):
        return False
    is_direct = not text_of(data, "guild_id")
    return is_direct or hears_everything or any(text_of(row, "id") == bot for row in rows_of(data, "mentions"))


def _is_stored(channel: Channel, message: str) -> bool:
    return inbox.accepted_before(channel=channel, external_id=known_as(message)) is not None


# --- Reading ------------------------------------------------------------------------------------------------------


def opened(row: InboundEvent) -> Document:
    try:
        return documents.read(bytes(row.payload))
    except NotADocument as error:
        raise Unreadable(reason=str(error)) from error


def parse(event: Event) -> Parsed:
    if "op" not in event.document:
        return _interaction(event.document)
    match text_of(event.document, "t"):
        case "MESSAGE_CREATE":
            return _created(event)
        case "MESSAGE_UPDATE":
            return _changed(event)
        case "MESSAGE_DELETE":
            return _deleted(event)
    return Ignored(f"discord.event_{word(text_of(event.document, 't'))}")


def place_of(outbound: Outbound) -> Place | None:
    """The newest message of the customer that this answer follows. In a server the answer names it."""
    for known in (outbound.in_reply_to, *reversed(outbound.references)):
        kind, _sep, rest = known.partition(":")
        channel, _sep, message = rest.partition(":")
        if kind == KIND and channel.isdigit():
            return Place(channel, message)
    return None


def _created(event: Event) -> Parsed:
    if text_of(part_of(event.data, "author"), "id") == event.bot:
        return _echo(event)
    kind = event.text("type") or "0"
    files, notice = _files(event)
    text = words_of(event.data, event.bot)
    if kind not in SAID and not text and not files:
        return Ignored(f"discord.system_{word(kind)}")
    quoted = words_of(part_of(event.data, "referenced_message"), "")
    if kind not in SAID:
        notice = "unknown_type"
    if not text and not files and not notice:
        text, notice = "[message]", "unknown_type"
    keys = (message_key(f"{KIND}:{event.text('id')}"),)
    return _inbound(event, event.data, text=text, quoted=quoted, files=files, notice=notice, keys=keys)


def _inbound(
    event: Event,
    message: Document,
    *,
    text: str = "",
    quoted: str = "",
    files: tuple[InboundFile, ...] = (),
    notice: str = "",
    keys: tuple[bytes, ...] = (),
    opens_nothing: bool = False,
) -> Inbound:
    author, channel, message_id = part_of(message, "author"), text_of(message, "channel_id"), text_of(message, "id")
    if not text_of(author, "id") or not channel or not message_id:
        raise Unreadable(reason=_("it names no sender, no channel or no id"))
    answered = message_id if text_of(message, "guild_id") else ""
    return Inbound(
        sender_kind=USER,
        sender_value=text_of(author, "id"),
        sender_name=text_of(author, "global_name") or text_of(author, "username"),
        sender_verified=True,
        thread_key=key_of(KIND, "channel", channel, text_of(author, "id")),
        text=text,
        quoted=quoted,
        attachments=files,
        notice=notice,
        sent_at=_moment(text_of(message, "timestamp")),
        message_keys=keys,
        is_automatic=opens_nothing,
        opens_nothing=opens_nothing,
        envelope={"message_id": f"{KIND}:{channel}:{answered}", "external_id": message_id, "type": "message"},
    )


def words_of(message: Document, bot: str) -> str:
    """With names for numbers, and without the name of the bot at the begin, which is how it is called."""
    names = {
        text_of(row, "id"): text_of(row, "global_name") or text_of(row, "username")
        for row in rows_of(message, "mentions")
    }
    text = (
        re.sub(rf"^\s*<@!?{bot}>[\s:,，：]*", "", text_of(message, "content")) if bot else text_of(message, "content")
    )

    def spelled(found: re.Match[str]) -> str:
        sign, number, emoji = found.groups()
        return str(emoji) if emoji else f"{sign[0]}{names.get(number) or number}"

    stickers = [f"[{text_of(row, 'name')}]" for row in rows_of(message, "sticker_items") if text_of(row, "name")]
    return "\n".join(filter(None, (_TOKEN.sub(spelled, text).strip(), *stickers)))


def _files(event: Event) -> tuple[tuple[InboundFile, ...], str]:
    """Links that the platform signs for a day; they want no token."""
    return media.all_received(event.row, [partial(_file, row) for row in rows_of(event.data, "attachments")])


def _file(row: Document) -> InboundFile:
    return media.download_link(text_of(row, "url"), stem="file", name=text_of(row, "filename")[:200])


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


# --- What becomes of it later -------------------------------------------------------------------------------------


def _changed(event: Event) -> Parsed:
    """The platform also changes a message when it shows what is behind a link; then nobody edited it."""
    before = _taken_in(event)
    if before is None or not event.text("edited_timestamp") or "content" not in event.data:
        return Ignored("discord.shown_otherwise")
    was, now = words_of(before, event.bot), words_of({**before, **event.data}, event.bot)
    if was == now:
        return Ignored("discord.shown_otherwise")
    return _inbound(event, {**before, **event.data}, text=now, quoted=was, notice="edited")


def _deleted(event: Event) -> Parsed:
    before = _taken_in(event)
    if before is None:
        return Ignored("discord.not_for_us")
    return _inbound(event, before, quoted=words_of(before, event.bot), notice="unsent", opens_nothing=True)


def _taken_in(event: Event) -> Document | None:
    """The message as it came first, where it is one of a customer."""
    row = inbox.accepted_before(channel=event.row.channel, external_id=known_as(event.text("id")))
    if row is None or row.state != InboundState.DONE:
        return None
    before = part_of(documents.read(bytes(row.payload)), "d")
    return None if text_of(part_of(before, "author"), "id") == event.bot else before


# --- What we sent ourselves, and interactions ---------------------------------------------------------------------


def _echo(event: Event) -> Receipt | Ignored:
    nonce = event.text("nonce")
    sent = echoes.undecided(event.row.channel_id, lambda outbound: nonce_of(outbound.client_key) == nonce)
    if sent is None:
        return Ignored("discord.echo")
    return Receipt(DeliveryState.SENT, client_key=sent.client_key, provider_id=event.text("id"))


def _interaction(document: Document) -> Parsed:
    if document.get("type") not in (push.COMMAND, push.MODAL):
        return Ignored(f"discord.interaction_{word(text_of(document, 'type'))}")
    author, data = push.author_of(document), part_of(document, "data")
    if not text_of(author, "id"):
        raise Unreadable(reason=_("it names no sender"))
    return Inbound(
        sender_kind=USER,
        sender_value=text_of(author, "id"),
        sender_name=text_of(author, "global_name") or text_of(author, "username"),
        sender_verified=True,
        thread_key=key_of(KIND, "interaction", text_of(author, "id")),
        text=_typed(document, data),
        language="zh-hans" if text_of(document, "locale").startswith("zh") else "",
        envelope={"external_id": text_of(document, "id"), "type": "interaction"},
    )


def _typed(document: Document, data: Document) -> str:
    if document.get("type") == push.COMMAND:
        values = [text_of(row, "value") for row in rows_of(data, "options")]
        return " ".join(filter(None, (f"/{text_of(data, 'name')}", *values)))
    fields = [field for row in rows_of(data, "components") for field in rows_of(row, "components")]
    return "\n".join(filter(None, (text_of(field, "value") for field in fields)))
