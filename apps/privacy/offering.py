"""Which purposes people are asked about on their own pages and in chats: those that make a difference to them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from apps.privacy.enums import Purpose
from apps.privacy.models import PrivacyNotice
from apps.privacy.services.consenting import ASKED, Choice, choices_of

# The purposes for which something that a higher app does waits for a consent of its own.
NeedSource = Callable[[], Collection[Purpose]]

_sources: list[NeedSource] = []


def register_needs(source: NeedSource) -> None:
    """Called from ``ready()`` of a higher app."""
    if source not in _sources:
        _sources.append(source)


def offered_choices(customer_ids: Collection[int], *, lacks_guardian: bool = False) -> list[Choice]:
    """Without those that need asking, were never asked about, and on which nothing hangs here: "not allowed" beside one
    would say that it does not happen, where nothing waits for an answer.
    """
    needed = _needed()
    rows = choices_of(customer_ids, lacks_guardian=lacks_guardian)
    return [row for row in rows if row.purpose not in ASKED or row.said is not None or row.purpose in needed]


def _needed() -> set[Purpose]:
    needed = {purpose for source in _sources for purpose in source()}
    if any(not notice.covers_vendors for notice in PrivacyNotice.objects.all_in_force()):
        needed.add(Purpose.THIRD_PARTY)
    return needed
