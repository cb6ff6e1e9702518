"""As whom an endpoint may act."""

from __future__ import annotations

from typing import Final

from apps.accounts.models import User
from apps.core.actor import Actor, Face, person
from apps.core.permissions import codes_of

READING: Final = frozenset({"tickets.view", "tickets.view_all", "customers.view"})


def may_lend(by: Actor, user: User) -> bool:
    """With no more than one holds at this moment (a token may hold less); others than oneself for who manages accounts."""
    is_in_reach = user.pk == by.user_id or "accounts.manage" in by.permissions
    return is_in_reach and READING & codes_of(user) <= by.permissions


def reader_of(user: User) -> Actor | None:
    """The eyes through which an endpoint sees, new for each look; None for somebody who may not sign in any more."""
    return person(user, Face.API) if user.may_sign_in else None
