"""The ticket of admission that stands hidden in each form.

It tells when the form was opened and gives the submission its identity: pressing the button twice sends the same
thing twice, which the inbox stores once. It needs no cookie, so it also works inside another site.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.core import signing

from apps.core import clock

SALT: Final = "channels.form"
LIFETIME_SECONDS: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class FormToken:
    nonce: str
    opened: int

    @property
    def age(self) -> float:
        return clock.now().timestamp() - self.opened

    @property
    def is_expired(self) -> bool:
        return not -60 <= self.age <= LIFETIME_SECONDS


def issue(channel_key: str) -> str:
    return signing.dumps([channel_key, secrets.token_urlsafe(16), int(clock.now().timestamp())], salt=SALT)


def read(channel_key: str, text: str) -> FormToken | None:
    """None for what we did not issue for this form."""
    try:
        key, nonce, opened = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return FormToken(nonce, opened) if key == channel_key else None


def submission_id(token: FormToken, parts: Iterable[bytes]) -> str:
    """The same form sent twice is one submission; sent again with other words, after going back, it is another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"{token.nonce}:{digest.hexdigest()}"
