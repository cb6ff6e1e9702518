"""Whether a vendor may have one more account. Higher apps know what was agreed, and register here how to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.accounts.models import Vendor

Check = Callable[["Vendor"], None]

_checks: list[Check] = []


def register_room(check: Check) -> None:
    """`check` raises an AppError where there is no room; it locks the vendor, so that two who add at once are counted."""
    if check not in _checks:
        _checks.append(check)


def require_room(vendor: Vendor) -> None:
    for check in _checks:
        check(vendor)
