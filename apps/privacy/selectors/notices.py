"""What people are told about their data."""

from __future__ import annotations

from apps.privacy.models import PrivacyNotice


def notice_in_force(brand_id: int) -> PrivacyNotice | None:
    """What everybody who comes to that brand is told."""
    return PrivacyNotice.objects.in_force(brand_id)
