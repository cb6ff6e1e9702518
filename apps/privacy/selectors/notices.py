"""What people are told about their data."""

from __future__ import annotations

from apps.privacy.models import PrivacyNotice


def notice_in_force(brand_id: int) -> PrivacyNotice | None:
    """What everybody who comes to that brand is told."""
    return PrivacyNotice.objects.in_force(brand_id)


def notice_shown(brand_id: int, told: str) -> PrivacyNotice | None:
    """The version that stood on somebody's page; where the page says none, or makes one up, the one in force."""
    current = notice_in_force(brand_id)
    if current is None:
        return None
    version = int(told) if told.isdecimal() and len(told) < 10 else 0
    shown = PrivacyNotice.objects.filter(brand=brand_id, version=version).first()
    return shown if shown is not None and shown.valid_from <= current.valid_from else current
