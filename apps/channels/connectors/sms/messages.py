"""A text message of a customer, whichever platform brought it, and how its sender is told from others."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from apps.channels.contract import Inbound, InboundFile
from apps.channels.errors import Unreadable
from apps.channels.keys import key_of, message_key
from apps.core.errors import InvalidInput
from apps.customers.enums import IdentityKind
from apps.customers.identities import normalize

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UNSUBSCRIBED: Final = "sms_unsubscribed"
NOTICES: Final[dict[str, StrOrPromise]] = {
    UNSUBSCRIBED: _("The customer wants no more text messages; the platform may refuse further ones to this number.")
}

# TD, T and 退订 are the words of Chinese carriers; the English ones those of Twilio's default opt-out.
STOP_WORDS: Final = frozenset(
    {"td", "t", "tdd", "退订", "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)


def phone_of(value: str, region: str = "CN") -> str:
    """E.164. A sender that is no phone, such as a name, cannot be answered: the item is kept for a person to look at."""
    try:
        return normalize(IdentityKind.PHONE, value, region)
    except InvalidInput as error:
        raise Unreadable(reason=_("the sender is not a phone number")) from error


def order_of(value: str, region: str = "CN") -> str:
    """As `phone_of`, for telling senders apart before anything is read."""
    try:
        return phone_of(value, region)
    except Unreadable:
        return value


def thread_key(phone: str) -> bytes:
    """What is said with one phone is one conversation."""
    return key_of("sms", "sender", phone)


def inbound(
    *,
    phone: str,
    text: str,
    external_id: str,
    sent_at: datetime | None = None,
    attachments: Sequence[InboundFile] = (),
    notice: str = "",
    wants_no_more: bool = False,
) -> Inbound:
    clean = _printable(text)
    if wants_no_more or is_stop(clean):
        notice = UNSUBSCRIBED
    return Inbound(
        sender_kind=IdentityKind.PHONE,
        sender_value=phone,
        sender_verified=True,  # the carrier names the sender
        thread_key=thread_key(phone),
        text=clean,
        attachments=tuple(attachments),
        sent_at=sent_at,
        envelope={"external_id": external_id},
        message_keys=(message_key(external_id),),
        notice=notice,
    )


def is_stop(text: str) -> bool:
    return unicodedata.normalize("NFKC", text).strip(" .。!！\n").casefold() in STOP_WORDS


def _printable(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"})
