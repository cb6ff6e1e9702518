"""Who looks at a ticket and who is typing, for seconds. Kept in the cache: losing it loses nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.core.cache import cache

from apps.accounts.models import User
from apps.core.words import initials

STAYS = 45.0
TYPES = 8.0


@dataclass(frozen=True, slots=True)
class Present:
    id: int
    name: str
    initials: str
    is_typing: bool


def _key(ticket_id: int) -> str:
    return f"presence:{ticket_id}"


def _read(ticket_id: int) -> dict[int, tuple[float, float]]:
    moment = time.time()
    kept = cache.get(_key(ticket_id)) or {}
    return {int(user_id): (stays, types) for user_id, (stays, types) in kept.items() if stays > moment}


def _write(ticket_id: int, people: dict[int, tuple[float, float]]) -> None:
    cache.set(_key(ticket_id), people, timeout=int(STAYS))


def enter(ticket_id: int, user_id: int, *, is_typing: bool = False) -> bool:
    """Says whether anything changed that others would see."""
    people, moment = _read(ticket_id), time.time()
    _stays, types_until = people.get(user_id, (0.0, 0.0))
    news = user_id not in people or (is_typing and types_until <= moment)
    people[user_id] = (moment + STAYS, moment + TYPES if is_typing else types_until)
    _write(ticket_id, people)
    return news


def leave(ticket_id: int, user_id: int) -> None:
    people = _read(ticket_id)
    if people.pop(user_id, None) is not None:
        _write(ticket_id, people)


def others(ticket_id: int, user_id: int | None) -> list[Present]:
    """Everybody but the one who asks. The caller has checked that they may see the ticket."""
    people = {pk: times for pk, times in _read(ticket_id).items() if pk != user_id}
    if not people:
        return []
    moment = time.time()
    return [
        Present(user.pk, str(user), initials(str(user)), people[user.pk][1] > moment)
        for user in User.objects.filter(pk__in=people, is_active=True).order_by("display_name")
    ]
