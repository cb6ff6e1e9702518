"""From the body of a call to the fields of a message, by the expressions that a manager chose.

The page that shows a sample and the worker that takes calls in run this same code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from apps.channels.connectors.webhook.expressions import Budget, search
from apps.channels.errors import ChannelError
from apps.core.storable import storable

FIELDS: Final = (
    "message_id",
    "sender_id",
    "sender_name",
    "phone",
    "email",
    "text",
    "attachments",
    "time",
    "conversation",
    "language",
    "is_public",
    "post",
)
UNTRUE: Final = frozenset({"", "0", "false", "no", "none", "null", "private"})
"""How systems say in a text that something is not so."""

MAX_DEPTH: Final = 40
MAX_ITEMS: Final = 500
MAX_FORM_FIELDS: Final = 1000
MAX_SHORT: Final = 500
MAX_TEXT: Final = 100_000
MAX_ATTACHMENTS: Final = 10
MILLISECONDS_FROM: Final = 10**11
"""No message was sent in the year 5138: a number as large as this counts milliseconds."""


class BodyUnreadable(ChannelError):
    code = "channels.body_unreadable"
    status = 422
    message = _("The body is neither JSON nor a form: %(reason)s")


class FieldUnreadable(ChannelError):
    code = "channels.field_unreadable"
    status = 422
    message = _("“%(field)s” finds something that cannot be used there: %(found)s")


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the expressions found in one item of a call."""

    message_id: str = ""
    sender_id: str = ""
    sender_name: str = ""
    phone: str = ""
    email: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()
    time: datetime | None = None
    conversation: str = ""
    language: str = ""
    is_public: bool = False
    """A comment that everybody can read."""
    post: str = ""
    """What it stands under: an id or an address."""

    @property
    def sender(self) -> str:
        return self.sender_id or self.phone or self.email

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.attachments)


# --- The body -----------------------------------------------------------------------------------------------------


def read_body(body: bytes, content_type: str = "") -> Any:
    """JSON whatever it calls itself, or a form that says that it is one. Raises BodyUnreadable."""
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        return _read_form(body)
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except RecursionError as error:
        raise BodyUnreadable(reason=_("it is nested too deeply")) from error
    except ValueError as error:
        raise BodyUnreadable(reason=str(error)[:200]) from error
    if _is_deeper(document, MAX_DEPTH):
        raise BodyUnreadable(reason=_("it is nested too deeply"))
    return storable(document)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError as error:
        raise BodyUnreadable(reason=str(error)[:200]) from error
    fields: dict[str, Any] = {name: values[0] if len(values) == 1 else values for name, values in pairs.items()}
    if isinstance(packed := fields.get("payload"), str) and packed[:1] in {"{", "["}:
        # Several systems put their JSON into one field of a form.
        fields["payload"] = read_body(packed.encode())
    return fields


def _is_deeper(document: object, limit: int) -> bool:
    level = [document]
    for _depth in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True


def split(document: object, settings: Mapping[str, Any], budget: Budget) -> list[Any]:
    """The items of a call: what `items` finds, or the whole call."""
    expression = str(settings.get("items") or "")
    if not expression:
        return [document]
    found = search(expression, document, budget)
    items = found if isinstance(found, list) else [] if found is None else [found]
    if len(items) > MAX_ITEMS:
        raise FieldUnreadable(field="items", found=_("too many items"))
    return items


def is_wanted(document: object, settings: Mapping[str, Any], budget: Budget) -> bool:
    """Whether an item is a message at all, where the manager said how to tell."""
    expression = str(settings.get("only") or "")
    return not expression or bool(search(expression, document, budget))


# --- The fields ---------------------------------------------------------------------------------------------------


def map_item(document: object, settings: Mapping[str, Any], budget: Budget) -> Mapped:
    found = {name: find(name, document, settings, budget) for name in FIELDS}
    return Mapped(**found)


def find(name: str, document: object, settings: Mapping[str, Any], budget: Budget) -> Any:
    """One field in its one form. Raises ExpressionRefused, ExpressionTooCostly or FieldUnreadable."""
    value = search(str(settings.get(f"map_{name}") or ""), document, budget)
    match name:
        case "attachments":
            return as_links(value)
        case "time":
            return as_time(value)
        case "text":
            return as_text(name, value, MAX_TEXT)
        case "is_public":
            return as_text(name, value, MAX_SHORT).strip().lower() not in UNTRUE
        case "language":
            return as_language(as_text(name, value, MAX_SHORT))
        case _:
            return " ".join(as_text(name, value, MAX_SHORT).split())


def as_text(name: str, value: object, limit: int) -> str:
    """Texts and numbers as they read; of several texts, one a line."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("\x00", "")[:limit]
        case bool():
            return str(value).lower()
        case int() | float():
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        case list() if all(isinstance(part, str | int | float) for part in value):
            return "\n".join(as_text(name, part, limit) for part in value)[:limit]
        case _:
            raise FieldUnreadable(field=name, found=json.dumps(value, ensure_ascii=False, default=str)[:100])


def as_links(value: object) -> tuple[str, ...]:
    """Addresses, given as one, as several, or inside of objects."""
    items = value if isinstance(value, list) else [value]
    links = []
    for item in items:
        link = (
            next((item[key] for key in ("url", "link", "href", "src") if item.get(key)), "")
            if isinstance(item, dict)
            else item
        )
        if isinstance(link, str) and urlsplit_or_none(link):
            links.append(link.strip()[:2000])
    return tuple(dict.fromkeys(links))[:MAX_ATTACHMENTS]


def urlsplit_or_none(link: str) -> bool:
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def as_time(value: object) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601; without an offset in our own zone. A time that makes no sense is no
    reason to hold a message back."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:20])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    if not isinstance(value, str):
        return None
    try:
        moment = parse_datetime(value.strip())
    except ValueError:
        return None
    if moment is None or moment.tzinfo is not None:
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


def _from_number(value: float) -> datetime | None:
    try:
        seconds = value / 1000 if abs(value) >= MILLISECONDS_FROM else value
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def as_language(text: str) -> str:
    tag = text.strip().lower().replace("_", "-")
    return "zh-hans" if tag.startswith("zh") or tag in {"cn", "中文"} else tag[:10]
