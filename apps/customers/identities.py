"""Kinds of identities: how each is brought to one form, what it looks like, and what finds it by its end.

The kinds of this app are phone, e-mail and customer number; a connector registers those of its platform.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import phonenumbers
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput
from apps.customers.enums import IdentityKind
from apps.privacy.enums import FieldClass
from apps.privacy.kinds import register_kind as register_with_lens

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Normalizer = Callable[[str, str], str]
Alias = Callable[[str], str]
MAX_LENGTH = 500
MAX_EMAIL_LENGTH = 254
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x180E,
        0x2060,
        0xFEFF,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)
_is_email = EmailValidator()


@dataclass(frozen=True)
class Kind:
    key: str
    label: StrOrPromise
    icon: str
    field_class: FieldClass
    normalizer: Normalizer | None = None
    alias: Alias | None = None


_kinds: dict[str, Kind] = {}


def register_kind(
    kind: str,
    label: StrOrPromise,
    icon: str,
    field_class: FieldClass = FieldClass.HANDLE,
    normalizer: Normalizer | None = None,
    alias: Alias | None = None,
) -> None:
    """Makes a kind known. `normalizer` takes (value, region) and raises ValueError for what cannot be of this kind.
    `alias` gives the word that people read in place of a value of our own making, "" for any other.
    """
    known = _kinds.get(kind)
    if known is not None and known.normalizer is not normalizer:
        raise ImproperlyConfigured(f"Two kinds of identities are named {kind!r}.")
    _kinds[kind] = Kind(kind, label, icon, field_class, normalizer, alias)
    register_with_lens(kind, field_class)


def all_kinds() -> Mapping[str, Kind]:
    return MappingProxyType(_kinds)


def kind_of(key: str) -> Kind:
    """What is known of a kind; rows of a connector that is no longer installed stay readable."""
    return _kinds.get(key) or Kind(key, key, "id-card", FieldClass.HANDLE)


def alias_of(value: str) -> str:
    """The word for a handle of our own making, of whatever kind; "" for one that means something elsewhere. It tells
    nothing of a person, so every viewer may read it.
    """
    aliases = (kind.alias(value) for kind in _kinds.values() if kind.alias is not None)
    return next(filter(None, aliases), "")


def normalize(kind: str, value: str, region: str = "CN") -> str:
    """The one form under which a handle is stored, compared and looked up. Raises InvalidInput."""
    if kind not in _kinds:
        raise InvalidInput(fields={"kind": [_("This kind of identity is not known.")]})
    cleaned = clean(value)
    if not cleaned or len(cleaned) > MAX_LENGTH or _UNPRINTABLE.search(cleaned):
        raise _invalid(kind)
    normalizer = _kinds[kind].normalizer
    try:
        return normalizer(cleaned, region) if normalizer else cleaned
    except ValueError as error:
        raise _invalid(kind) from error


def clean(value: str) -> str:
    """Without invisible characters and outer white space, which people copy along with a handle."""
    return value.translate(_INVISIBLE).strip()


def tail_of(kind: str, value: str) -> str:
    """What in-house people may search by: the last four digits of a phone, the domain of an address."""
    match kind_of(kind).field_class:
        case FieldClass.PHONE:
            digits = re.sub(r"\D", "", value)
            return digits[-4:] if len(digits) >= 8 else ""
        case FieldClass.EMAIL:
            return value.rpartition("@")[2]
        case _:
            return ""


def normalize_phone(value: str, region: str) -> str:
    """E.164. Short service numbers and what the numbering plan does not know are kept as bare digits."""
    text = unicodedata.normalize("NFKC", value)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if number.extension:
        number.extension = None
    if phonenumbers.is_possible_number(number):
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+") and 3 <= len(digits) <= 8:
        return digits
    raise ValueError("not a possible phone number")


def normalize_email(value: str, region: str = "") -> str:
    """Lower case, the domain in its ASCII form. One address only: no display name, no list, no comment."""
    text = unicodedata.normalize("NFKC", value).strip().removeprefix("mailto:").strip("<>").lower()
    local, at, domain = text.rpartition("@")
    if not at or not local or any(char in local for char in ' ,;<>()[]"@:\\'):
        raise ValueError("not one address")
    try:
        ascii_domain = domain.rstrip(".").encode("idna").decode("ascii")
        _is_email(f"{local if local.isascii() else 'x'}@{ascii_domain}")
    except (UnicodeError, ValidationError) as error:
        raise ValueError("not an address") from error
    address = f"{local}@{ascii_domain}"
    if len(address) > MAX_EMAIL_LENGTH:
        raise ValueError("too long")
    return address


def register_own_kinds() -> None:
    register_kind(IdentityKind.PHONE, IdentityKind.PHONE.label, "phone", FieldClass.PHONE, normalize_phone)
    register_kind(IdentityKind.EMAIL, IdentityKind.EMAIL.label, "mail", FieldClass.EMAIL, normalize_email)
    register_kind(IdentityKind.EXTERNAL_ID, IdentityKind.EXTERNAL_ID.label, "id-card", FieldClass.HANDLE)


def _invalid(kind: str) -> InvalidInput:
    match kind_of(kind).field_class:
        case FieldClass.PHONE:
            return InvalidInput(fields={"value": [_("Enter a valid phone number.")]})
        case FieldClass.EMAIL:
            return InvalidInput(fields={"value": [_("Enter a valid e-mail address.")]})
        case _:
            return InvalidInput(fields={"value": [_("Enter a valid value.")]})
