"""Seeing the desk as somebody else does: begun for a reason, over after a while, told to whom it was."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.errors import LookRefused
from apps.accounts.looking import ACT_AS, may_look_as
from apps.accounts.models import Look, StaffSession, User
from apps.accounts.sessions import row_of
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.live import cut_off
from apps.core.permissions import require

LONGEST_REASON = 500


def begin_look(*, user: User, reason: str, store: SessionBase, by: Actor) -> Look:
    """From the session's next request on. Its open pages are shut out, so that they come again with the other eyes."""
    require(by, ACT_AS)
    found = User.objects.visible_to(by).select_related("role", "vendor").filter(pk=user.pk).first()
    row = row_of(store)
    if found is None or by.user is None or row is None:
        raise NotVisible
    if not may_look_as(by, found):
        audit.record("look.refused", by=by, subject=found, result="refused")
        raise LookRefused
    reason = _checked(reason)
    with transaction.atomic():
        look = _new_look(found, reason, by.user)
        _point(row, look)
        User.objects.filter(pk=found.pk, looked_at_since=None).update(looked_at_since=look.began)
        audit.record("look.began", by=by, subject=found, reason=look.reason, details={"look": look.pk})
        cut_off([by.user.pk])
    return look


def _new_look(seen_as: User, reason: str, user: User) -> Look:
    began = clock.now()
    ends_at = began + timedelta(minutes=settings.LOOK_MINUTES)
    return Look.objects.create(user=user, seen_as=seen_as, reason=reason, began=began, ends_at=ends_at)


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidInput(fields={"reason": [_("Give the reason, in at most 500 characters.")]})
    return reason


@transaction.atomic
def end_look(*, store: SessionBase, by: Actor) -> None:
    """Ended by hand, by signing out, or noticed to be over. Once it is, nothing happens."""
    row = row_of(store)
    if row is None or row.look_id is None:
        return
    look = Look.objects.select_for_update(of=("self",), no_key=True).get(pk=row.look_id)
    _point(row, None)
    if look.ended_at is None:
        look.ended_at = min(clock.now(), look.ends_at)
        look.save(update_fields=["ended_at"])
        audit.record("look.ended", by=by, subject_type="accounts.user", subject_id=look.seen_as_id)
        cut_off([look.user_id])


def note_looks_read(*, by: Actor) -> None:
    """Whoever was looked at knows."""
    User.objects.filter(pk=by.own_id or 0).update(looked_at_since=None)


def _point(row: StaffSession, look: Look | None) -> None:
    row.look = look
    StaffSession.objects.filter(pk=row.pk).update(look=look)
