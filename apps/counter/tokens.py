"""The address on a slip: whoever holds it sees that number's place in the line, and may give the number back."""

from __future__ import annotations

from typing import Final

from django.core import signing

from apps.core.ids import read_public_id
from apps.counter.models import Visit

SALT: Final = "counter.visit"


def token_of(visit: Visit) -> str:
    return signing.Signer(salt=SALT, sep=".").sign(visit.public_id)


def read_token(text: str) -> int | None:
    """The visit's id; None for what we did not sign."""
    try:
        return read_public_id(Visit, signing.Signer(salt=SALT, sep=".").unsign(text))
    except signing.BadSignature:
        return None
