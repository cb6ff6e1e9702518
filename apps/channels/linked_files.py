"""Files that a platform fetches from us, because it takes them by address only.

The address is signed and runs out. It is made when a message is handed over, so nothing can be reached that was not sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from apps.core.errors import NotVisible
from apps.core.models import StoredFile

SALT: Final = "channels.linked-file"
LIVES: Final = timedelta(days=7)
"""Platforms fetch at once, or when the customer first looks."""


def address_of(stored_id: int) -> str:
    return f"{settings.SITE_URL}{reverse('channels:linked-file', args=[signing.dumps(stored_id, salt=SALT)])}"


def file_behind(token: str) -> StoredFile:
    try:
        stored_id = signing.loads(token, salt=SALT, max_age=LIVES)
    except signing.BadSignature as error:
        raise NotVisible from error
    found = StoredFile.objects.filter(pk=stored_id).first()
    if found is None:
        raise NotVisible
    return found
