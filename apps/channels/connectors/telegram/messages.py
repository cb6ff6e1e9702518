"""From an update to a neutral message. What has no words of a customer is kept in the inbox and opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.bots import contents, reading
from apps.channels.connectors.bots.contents import Author, Place, Said
from apps.channels.connectors.documents import Document, number_of, part_of, rows_of, text_of
from apps.channels.connectors.telegram.api import TelegramApi, message_id
from apps.channels.connectors.telegram.push import name_of
from apps.channels.contract import IdentityClaim, Ignored, InboundFile, Outbound, Parsed
from apps.channels.errors import Unreadable
from apps.channels.models import InboundEvent
from apps.channels.services.inbox import external_key

KIND: Final = "telegram"
USER: Final = "telegram_user"
START: Final = "/start"

NEW, EDITED = ("message", "business_message"), ("edited_message", "edited_business_message")
CHATS_OF_MANY: Final = ("channel_post", "edited_channel_post")

SURROUNDINGS: Final = frozenset(
    {
        "message_id",
        "message_thread_id",
        "from",
        "chat",
        "date",
        "edit_date",
        "text",
        "caption",
        "entities",
        "caption_entities",
        "reply_to_message",
        "quote",
        "via_bot",
        "media_group_id",
        "business_connection_id",
        "sender_business_bot",
        "has_protected_content",
    }
)
"""What stands around the content of a message: the first field beside these names a kind that we do not know."""


@dataclass(frozen=True, slots=True)
class Update:
    document: Document
    event: InboundEvent
    api: TelegramApi

    @property
    def name(self) -> str:
        return name_of(self.document)

    @property
    def what(self) -> Document:
        return part_of(self.document, self.name)


def parse(event: InboundEvent, api: TelegramApi) -> Parsed:
    update = Update(reading.opened(event), event, api)
    if not update.name:
        raise Unreadable(reason=_("it says nothing that happened"))
    if update.name in NEW or update.name in EDITED:
        return _written(update)
    reader = _HAPPENED.get(update.name)
    return reader(update) if reader else Ignored(f"telegram.event_{reading.word(update.name)}")


def business_connection(outbound: Outbound, channel_id: int, bot: str) -> str:
    """Through which private account of the company the customer wrote, if through one: it stands in the inbox."""
    prefix = f"{bot}:"
    for known in (outbound.in_reply_to, *reversed(outbound.references)):
        if known.startswith(prefix):
            event = InboundEvent.objects.filter(channel_id=channel_id, external_key=external_key(known)).first()
            return _connection_of(event) if event else ""
    return ""


def _connection_of(event: InboundEvent) -> str:
    update = reading.readable(bytes(event.payload)) or {}
    return text_of(part_of(update, name_of(update)), "business_connection_id")


# --- Messages -----------------------------------------------------------------------------------------------------


def _written(update: Update) -> Parsed:
    message = update.what
    sender, chat = text_of(part_of(message, "from"), "id"), part_of(message, "chat")
    if not sender or not text_of(chat, "id") or not text_of(message, "message_id"):
        raise Unreadable(reason=_("it names no sender, no chat or no message"))
    if text_of(chat, "type") != "private":
        return Ignored("telegram.group_message")
    if sender != text_of(chat, "id"):
        return Ignored("telegram.written_in_app")
    if part_of(message, "from").get("is_bot") is True:
        return Ignored("telegram.written_by_a_bot")
    if text_of(message, "text") == START:
        return Ignored("telegram.started")
    kind, said = _said(update, message)
    is_edit = update.name in EDITED
    return contents.inbound(
        contents.edited(said) if is_edit else said,
        _author(update, part_of(message, "from")),
        _place(update, message, kind, is_edit=is_edit),
    )


def _author(update: Update, person: Document) -> Author:
    names = (text_of(person, "first_name"), text_of(person, "last_name"))
    return Author(
        kind=USER,
        value=text_of(person, "id"),
        account=update.api.bot_id,
        name=" ".join(filter(None, names)) or text_of(person, "username"),
        language=_language(text_of(person, "language_code")),
    )


def _language(code: str) -> str:
    """Of the customer's app; others than ours say nothing about what they understand best."""
    return {"zh": "zh-hans", "en": "en"}.get(code.partition("-")[0].lower(), "")


def _place(update: Update, message: Document, kind: str, *, is_edit: bool = False) -> Place:
    own = _id(update, message, text_of(message, "message_id"))
    answered = text_of(part_of(message, "reply_to_message"), "message_id")
    referred = [own] if is_edit else []
    return Place(
        update.event,
        message_id="" if is_edit else own,
        refers_to=(*referred, *([_id(update, message, answered)] if answered else [])),
        sent_at=reading.moment(number_of(message, "edit_date") or number_of(message, "date")),
        type=kind,
    )


def _id(update: Update, message: Document, number: str) -> str:
    return message_id(update.api.bot_id, text_of(part_of(message, "chat"), "id"), number)


def _said(update: Update, message: Document) -> tuple[str, Said]:
    kind = next((name for name in _READERS if name in message), "")
    said = _READERS[kind](update, message) if kind else _unknown(message)
    group = text_of(message, "media_group_id")
    about = {**said.about, "media_group": group} if group else said.about
    return kind or "other", Said(said.text, said.files, said.notice, about, said.is_silent, said.identities)


# --- Kinds of messages --------------------------------------------------------------------------------------------


def _text(update: Update, message: Document) -> Said:
    """A link to the bot may carry a word of ours, which the app sends as the first message."""
    text = str(message.get("text") or "")
    word = text.removeprefix(f"{START} ").strip() if text.startswith(f"{START} ") else ""
    return Said(text, about={"start": word} if word else {})


def _photo(update: Update, message: Document) -> Said:
    """In several sizes, the largest last."""
    return _file(update, message, "photo", (rows_of(message, "photo") or [{}])[-1])


def _media(kind: str) -> Callable[[Update, Document], Said]:
    return lambda update, message: _file(update, message, kind, part_of(message, kind))


def _sticker(update: Update, message: Document) -> Said:
    sticker = part_of(message, "sticker")
    return _file(update, message, "sticker", sticker, text=text_of(sticker, "emoji"))


def _file(update: Update, message: Document, kind: str, file: Document, *, text: str = "") -> Said:
    said = text or str(message.get("caption") or "")
    file_id = text_of(file, "file_id")
    if not file_id:
        return Said(said or f"[{kind}]", notice="media_missing")
    stem = f"{kind}-{reading.word(text_of(file, 'file_unique_id'))}"

    def fetch() -> InboundFile:
        return update.api.download(file_id, stem=stem, name=text_of(file, "file_name"))

    return contents.with_file(update.event, fetch, said)


def _location(update: Update, message: Document) -> Said:
    spot = part_of(message, "location")
    return contents.place_on_earth(number_of(spot, "latitude"), number_of(spot, "longitude"))


def _venue(update: Update, message: Document) -> Said:
    venue = part_of(message, "venue")
    label = "\n".join(filter(None, (text_of(venue, "title"), text_of(venue, "address"))))
    spot = part_of(venue, "location")
    return contents.place_on_earth(number_of(spot, "latitude"), number_of(spot, "longitude"), label)


def _contact(update: Update, message: Document) -> Said:
    """One's own card is proof of one's number; anybody else's is words."""
    contact = part_of(message, "contact")
    phone = text_of(contact, "phone_number")
    name = " ".join(filter(None, (text_of(contact, "first_name"), text_of(contact, "last_name"))))
    said = contents.contact_card(name, phone)
    is_own = bool(phone) and text_of(contact, "user_id") == text_of(part_of(message, "from"), "id")
    claim = IdentityClaim("phone", f"+{phone.lstrip('+')}", verified=True)
    return Said(said.text, about=said.about, identities=(claim,) if is_own else ())


def _dice(update: Update, message: Document) -> Said:
    dice = part_of(message, "dice")
    return Said(f"{text_of(dice, 'emoji')} {text_of(dice, 'value')}".strip())


def _poll(update: Update, message: Document) -> Said:
    poll = part_of(message, "poll")
    options = [f"- {text_of(option, 'text')}" for option in rows_of(poll, "options")]
    return Said("\n".join([text_of(poll, "question"), *options]).strip() or "[poll]")


def _unknown(message: Document) -> Said:
    name = next((name for name in message if name not in SURROUNDINGS), "other")
    return contents.unknown(name, str(message.get("caption") or ""))


_READERS: Final[dict[str, Callable[[Update, Document], Said]]] = {
    # What comes under two names stands first under the one that says more.
    "text": _text,
    "photo": _photo,
    "voice": _media("voice"),
    "audio": _media("audio"),
    "video": _media("video"),
    "video_note": _media("video_note"),
    "animation": _media("animation"),
    "document": _media("document"),
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "dice": _dice,
    "poll": _poll,
}


# --- What happens beside messages -------------------------------------------------------------------------------


def _pressed(update: Update) -> Parsed:
    """A button under one of our messages. What stood on it is read from there."""
    pressed = update.what
    message, payload = part_of(pressed, "message"), text_of(pressed, "data")
    sender = text_of(part_of(pressed, "from"), "id")
    if not sender:
        raise Unreadable(reason=_("it names no sender"))
    if text_of(part_of(message, "chat"), "type") not in ("private", ""):
        return Ignored("telegram.group_message")
    place = Place(
        update.event,
        refers_to=(_id(update, message, text_of(message, "message_id")),) if message else (),
        type="callback_query",
    )
    said = contents.button(_label(message, payload), payload)
    return contents.inbound(said, _author(update, part_of(pressed, "from")), place)


def _label(message: Document, payload: str) -> str:
    keyboard: Any = part_of(message, "reply_markup").get("inline_keyboard")
    lines = [line for line in keyboard if isinstance(line, list)] if isinstance(keyboard, list) else []
    keys = [key for line in lines for key in line if isinstance(key, dict)]
    return next((text_of(key, "text") for key in keys if text_of(key, "callback_data") == payload), "")


def _reacted(update: Update) -> Parsed:
    """Bots hear of reactions only where they asked for it."""
    what = update.what
    if not text_of(part_of(what, "user"), "id") or text_of(part_of(what, "chat"), "type") != "private":
        return Ignored("telegram.group_reaction")
    emoji = "".join(text_of(one, "emoji") for one in rows_of(what, "new_reaction"))
    if not rows_of(what, "new_reaction"):
        return Ignored("telegram.reaction_withdrawn")
    place = Place(
        update.event,
        refers_to=(_id(update, what, text_of(what, "message_id")),),
        sent_at=reading.moment(number_of(what, "date")),
        type="reaction",
    )
    return contents.inbound(contents.reaction(emoji), _author(update, part_of(what, "user")), place)


def _deleted(update: Update) -> Parsed:
    """Only private accounts of a company that use the bot are told of it."""
    what = update.what
    chat = part_of(what, "chat")
    if not text_of(chat, "id"):
        raise Unreadable(reason=_("it names no chat"))
    numbers = what.get("message_ids")
    ids = [_id(update, what, str(number)) for number in numbers] if isinstance(numbers, list) else []
    place = Place(update.event, refers_to=tuple(ids[:10]), type="deleted")
    return contents.inbound(contents.taken_back(), _author(update, chat), place)


def _membership(update: Update) -> Parsed:
    status = text_of(part_of(update.what, "new_chat_member"), "status")
    return Ignored({"kicked": "telegram.blocked", "member": "telegram.unblocked"}.get(status, "telegram.event_member"))


_HAPPENED: Final[dict[str, Callable[[Update], Parsed]]] = {
    "callback_query": _pressed,
    "message_reaction": _reacted,
    "deleted_business_messages": _deleted,
    "my_chat_member": _membership,
    **dict.fromkeys(CHATS_OF_MANY, lambda update: Ignored("telegram.channel_post")),
}
