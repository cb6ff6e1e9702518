"""What a visitor filled in before the chat, and the page it began on. Read from the first line's `context`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.channels import intake, registry
from apps.channels.contract import IdentityClaim
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.storable import storable
from apps.customers import identities
from apps.customers.enums import IdentityKind
from apps.livechat.enums import Asked
from apps.livechat.errors import FormIncomplete
from apps.privacy.selectors.notices import notice_in_force, notice_shown

if TYPE_CHECKING:
    from apps.channels.models import Channel

FIELDS: Final = ("name", "email", "phone", "category")
HANDLES: Final = {"email": IdentityKind.EMAIL, "phone": IdentityKind.PHONE}
CAMPAIGN: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
MAX_NAME: Final = 100
CONTACT_NEEDED: Final = gettext_lazy("Leave an e-mail address or a phone number, so that we can answer.")


def read_answers(channel: Channel, context: Mapping[str, Any], *, is_known: bool, is_away: bool) -> dict[str, Any]:
    """Raises FormIncomplete. Who is known by a signed token need not say who they are; nobody may keep back consent."""
    asked = {name: asks(channel, name) for name in FIELDS}
    found = {name: _text(context.get(name)) for name in FIELDS if asked[name] != Asked.NO or is_away}
    errors = _check_handles(found)
    if not is_known:
        required = {name for name in FIELDS if asked[name] == Asked.REQUIRED}
        errors |= {name: [_("This field is required.")] for name in required if not found.get(name)}
        if is_away and not (found.get("email") or found.get("phone")):
            errors.setdefault("email", [CONTACT_NEEDED])
    if found.get("category") and found["category"] not in dict(categories(channel)):
        errors["category"] = [_("Please choose one of the list.")]
    if needs_consent(channel) and context.get("consent") is not True:
        errors["consent"] = [_("Please agree first.")]
    if errors:
        raise FormIncomplete(fields=errors)
    agreed = {"consent_at": now().isoformat()} if needs_consent(channel) else {}
    return {**{name: value for name, value in found.items() if value}, **agreed, **_notice_shown(channel, context)}


def _notice_shown(channel: Channel, context: Mapping[str, Any]) -> dict[str, int]:
    shown = notice_shown(channel.brand_id, _text(context.get("notice"), 9))
    return {} if shown is None else {"notice": shown.version}


def read_contact(context: Mapping[str, Any], *, is_known: bool) -> dict[str, str]:
    """How somebody who does not want to wait can be reached. Raises FormIncomplete."""
    found = {name: _text(context.get(name)) for name in HANDLES}
    errors = _check_handles(found)
    if not (is_known or any(found.values())):
        errors.setdefault("email", [CONTACT_NEEDED])
    if errors:
        raise FormIncomplete(fields=errors)
    return {name: value for name, value in found.items() if value}


def _check_handles(found: dict[str, str]) -> dict[str, Any]:
    """Brings handles into their one form; says which cannot be."""
    errors: dict[str, Any] = {}
    for name, kind in HANDLES.items():
        if not found.get(name):
            continue
        try:
            found[name] = identities.normalize(kind, found[name])
        except InvalidInput as error:
            errors[name] = [text for texts in error.fields.values() for text in texts]
    return errors


def claims_of(details: Mapping[str, Any]) -> tuple[IdentityClaim, ...]:
    """What anybody can write into a form proves nothing."""
    return tuple(IdentityClaim(str(kind), details[name]) for name, kind in HANDLES.items() if details.get(name))


def asks(channel: Channel, name: str) -> Asked:
    return Asked(registry.get(channel.kind).setting(channel, f"asks_{name}"))


def needs_consent(channel: Channel) -> bool:
    """The channel asks in words of its own, or the brand's notice is one that people agree to."""
    notice = notice_in_force(channel.brand_id)
    has_words = any((registry.get(channel.kind).setting(channel, "consent") or {}).values())
    return has_words or (notice is not None and notice.needs_consent)


def categories(channel: Channel) -> list[tuple[str, str]]:
    if asks(channel, "category") == Asked.NO:
        return []
    return [(key, str(label)) for key, label in intake.category_choices(channel)]


def read_page(context: Mapping[str, Any]) -> dict[str, str]:
    """Where the visitor was. Queries and fragments carry secrets (a way back into an account): none is kept."""
    told = {
        "address": _address(_text(context.get("url"), 500)),
        "title": _text(context.get("title"), 200),
        "referrer": _host(_text(context.get("referrer"), 500)),
        **{name: _text(context.get(name), 100) for name in CAMPAIGN},
    }
    return {name: value for name, value in told.items() if value}


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    place = f"[{host}]" if ":" in host else host  # of a numeric address urlsplit takes the brackets away
    return urlunsplit((parts.scheme, f"{place}:{port}" if port else place, parts.path, "", ""))


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""


def _text(value: Any, limit: int = MAX_NAME * 3) -> str:
    return " ".join(storable(value).split())[:limit] if isinstance(value, str) else ""
