"""Attempts at a second factor: counted for the account, wherever somebody tries from, and one at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from apps.accounts.models import User
from apps.core import throttle

WRONG_CODES: Final = (8, timedelta(minutes=10))
"""Of a million codes three are right at a time: at this pace a guess takes years, and its owner waits minutes."""


def lock_person(user: User) -> None:
    """So that two requests cannot both take the same code, or count the same signature."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def count_attempt(user: User) -> None:
    """Raises TooMany. Outside of the transaction that may fail, or the count is rolled back with it."""
    limit, per = WRONG_CODES
    throttle.hit(_mark(user), limit=limit, per=per)


def forget_attempts(user: User) -> None:
    throttle.forget(_mark(user))


def _mark(user: User) -> str:
    return f"second-factor:{user.pk}"
