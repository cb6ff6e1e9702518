"""What a platform tells of somebody who never wrote before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from apps.channels.models import InboundEvent
from apps.channels.platform_http import PlatformTrouble
from apps.customers.models import Identity

PATIENT_ATTEMPTS: Final = 2
"""So often a message waits for the name of its sender; after that the message matters more."""


def name_of_new(event: InboundEvent, *, kind: str, value: str, scope: str, ask: Callable[[], str]) -> str:
    """Of those we know the name was asked when they were new."""
    if Identity.objects.handle(kind=kind, value=value, scope=scope).exists():
        return ""
    try:
        return ask()
    except PlatformTrouble:
        if event.attempts < PATIENT_ATTEMPTS:
            raise
        return ""
