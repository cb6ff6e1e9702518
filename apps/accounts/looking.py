"""Whose eyes a session has: its person's own, or for a while somebody else's.

Pages, the API and sockets all get their actor of a session from `session_actor`, so that none of them sees more.
"""

from __future__ import annotations

from typing import Final

from django.contrib.sessions.backends.base import SessionBase

from apps.accounts.models import Look, User
from apps.accounts.rules import VENDOR_ONLY, reads_only
from apps.accounts.sessions import row_of
from apps.core import clock
from apps.core.actor import Actor, Face, as_seen_by, person
from apps.core.permissions import codes_of, may

ACT_AS: Final = "accounts.act_as"
_REVEAL: Final = "privacy.reveal"
_MEMO: Final = "accounts.look"


def session_actor(*, session: SessionBase | None, user: User, face: Face, ip: str = "") -> Actor:
    look = _live_look(session, user)
    if look is None:
        return person(user, face, ip, reads_only=reads_only(user))
    actor = as_seen_by(look.seen_as, behind=user, face=face, ip=ip)
    actor.memo[_MEMO] = look
    return actor


def look_of(actor: Actor) -> Look | None:
    """By which somebody sees the desk as somebody else, if they do."""
    return actor.memo.get(_MEMO)


def may_look_as(actor: Actor, user: User) -> bool:
    """Never as oneself, nor as somebody who may more. What only vendors' people can hold shows nothing
    of the house's, and whoever only looks is shown no value one by one.
    """
    if not may(actor, ACT_AS) or actor.reads_only or actor.user_id == user.pk or not user.may_sign_in:
        return False
    return codes_of(user) - VENDOR_ONLY - {_REVEAL} <= actor.permissions


def _live_look(session: SessionBase | None, user: User) -> Look | None:
    """Asks the database only where the session points to a look. Every part of the rule is asked each time anew."""
    row = row_of(session) if session is not None else None
    if row is None or row.look_id is None:
        return None
    if row.user_id != user.pk:
        return None
    looks = Look.objects.select_related("seen_as__role", "seen_as__vendor").filter(user=user, ended_at=None)
    look = looks.filter(pk=row.look_id, ends_at__gt=clock.now()).first()
    return look if look is not None and may_look_as(person(user), look.seen_as) else None
