"""A stable name for a value that is not shown: the same value has the same one, for the people of one company.

Six characters of 32 are 2^30 names: of a person who meets 100,000 customers, one in ten thousand shares a name with any
other of them. They are read out on the telephone, so no letter is taken for a digit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import phonenumbers
from django.utils.translation import gettext_lazy as _

from apps.core.crypto import keyed_hash
from apps.privacy.detection import fold
from apps.privacy.enums import FieldClass

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LENGTH: Final = 6
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
HOME_REGION: Final = "CN"

_WORDS: Mapping[FieldClass, StrOrPromise] = MappingProxyType(
    {
        FieldClass.NAME: _("Customer %(token)s"),
        FieldClass.PHONE: _("Phone %(token)s"),
        FieldClass.EMAIL: _("Mail %(token)s"),
        FieldClass.HANDLE: _("Account %(token)s"),
        FieldClass.ID_NUMBER: _("Document %(token)s"),
        FieldClass.BANK_CARD: _("Card %(token)s"),
        FieldClass.ADDRESS: _("Address %(token)s"),
    }
)


def pseudonym(field_class: FieldClass, value: str, *, company: str) -> str:
    """“Phone K2M9RT”, in the active language. `company` keeps the lists of two vendors from being joined."""
    same = _SAME.get(field_class, fold)(value)
    digest = keyed_hash(f"pseudonym:{company}", f"{field_class.value}:{same}".encode())
    number = int.from_bytes(digest[:8], "big")
    token = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH))
    return str(_WORDS[field_class]) % {"token": token}


# However it is written, it is the same value


def _phone(value: str) -> str:
    text = re.sub(r"[^\d+]", "", unicodedata.normalize("NFKC", value))
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", value)).casefold()


def _digits(value: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", value)).upper()


_SAME: Mapping[FieldClass, Callable[[str], str]] = MappingProxyType(
    {
        FieldClass.PHONE: _phone,
        FieldClass.EMAIL: _email,
        FieldClass.ID_NUMBER: _digits,
        FieldClass.BANK_CARD: _digits,
    }
)
