"""Checking a name and a password, slowly enough for who guesses."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.rules import comes_from_allowed_place
from apps.accounts.services.single_sign_on import may_use_password
from apps.core import audit, throttle
from apps.core.actor import Actor, person

# Attempts from one address (a whole office may stand behind it); failures at one account from one address, and from
# anywhere.
BY_ADDRESS = (300, timedelta(minutes=10))
BY_ACCOUNT_AND_ADDRESS = (8, timedelta(minutes=5))
BY_ACCOUNT = (100, timedelta(hours=1))


def check_credentials(request: HttpRequest, *, username: str, password: str, by: Actor) -> User | None:
    """The account, or None. Raises TooMany before looking at the password, alike for names that exist and that do not.

    A success takes back its account's count, so that only failures add up there; the address's count stays.
    """
    account = User.normalize_username(username).casefold()
    marks = {
        f"sign-in:account:{account}:{by.ip}": BY_ACCOUNT_AND_ADDRESS,
        f"sign-in:account:{account}": BY_ACCOUNT,
    }
    for key, (limit, per) in {f"sign-in:address:{by.ip}": BY_ADDRESS, **marks}.items():
        throttle.hit(key, limit=limit, per=per)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User) or not comes_from_allowed_place(user, by.ip) or not may_use_password(user):
        audit.record("sign_in.failed", by=by, result="refused")
        return None
    for key in marks:
        throttle.forget(key)
    return user


def record_sign_in(*, user: User, method: str, by: Actor) -> None:
    """Somebody is in. `method` is what proved them: a password alone, or what came after it."""
    audit.record("sign_in", by=person(user, by.face, by.ip), subject=user, details={"method": method})
