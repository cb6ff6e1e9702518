"""System checks: what would open the doors of a real installation is refused at start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security)
def check_exceptions(**kwargs: Any) -> list[checks.CheckMessage]:
    """Only the demo may let people in who need a second factor and have none: everybody knows their password anyway."""
    if not settings.SECOND_FACTOR_EXCEPTED or settings.DEMO:
        return []
    return [
        checks.Error(
            "SECOND_FACTOR_EXCEPTED names people outside of the demo.",
            hint="Leave it empty; whether a role needs a second factor is set in the administration.",
            id="accounts.E001",
        )
    ]
