"""The list of channels to choose from, kept for a minute: everybody asks the same."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import get_language

from apps.accounts.middleware import client_ip
from apps.core import throttle
from apps.sla.selectors.contact_options import brand_of, contact_options

KEPT_SECONDS = 60
ASKED_A_MINUTE = 60
MOMENTS = ("opens_at", "answer_at")


def options_for(request: HttpRequest) -> list[dict[str, Any]]:
    """In the active language, of the brand whose address was asked. Raises TooMany for who asks too often."""
    throttle.hit(f"sla.contact_options:{client_ip(request)}", limit=ASKED_A_MINUTE, per=timedelta(minutes=1))
    brand = brand_of(request.get_host())
    key = f"sla.contact_options:{brand.pk if brand else 0}:{get_language()}"
    kept: list[dict[str, Any]] | None = cache.get(key)
    if kept is not None:
        return [_read(row) for row in kept]
    found = [asdict(option) for option in contact_options(brand)]
    cache.set(key, [_written(row) for row in found], KEPT_SECONDS)
    return found


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """The cache keeps plain values only."""
    return {**row, **{name: row[name].isoformat() for name in MOMENTS if row[name]}}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: datetime.fromisoformat(row[name]) for name in MOMENTS if row[name]}}
