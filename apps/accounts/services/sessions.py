"""How long somebody stays signed in, and ending it from elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from apps.accounts.models import StaffSession, User
from apps.accounts.sessions import row_of
from apps.core import audit, clock
from apps.core.actor import Actor
from apps.core.errors import NotVisible

PURGE_BATCH = 5000


def idle_time_of(user: User) -> timedelta:
    minutes = user.role.idle_minutes if user.role else None
    return timedelta(minutes=minutes or settings.SESSION_IDLE_MINUTES)


def whole_time_of(user: User) -> timedelta:
    hours = user.role.session_hours if user.role else None
    return timedelta(hours=hours or settings.SESSION_HOURS)


def begin_session(*, store: SessionBase, user: User, ip: str, device: str) -> None:
    """Somebody signed in with it just now. Written with the session itself, at the end of the request."""
    if store.session_key is None:  # somebody else's session was thrown away for this one
        store.create()
    row = row_of(store)
    if row is not None:
        row.user, row.ip, row.device = user, ip or None, device[:300]
        row.began = row.last_active = clock.now()
        row.expire_date = _end_of(row, user)


def tie_session(*, store: SessionBase, identity_id: int, provider_session: str) -> None:
    """A provider vouched for whom it belongs to, and may end it. Written with the session itself."""
    row = row_of(store)
    if row is not None:
        row.identity_id, row.provider_session = identity_id, provider_session


def keep_session(*, store: SessionBase, user: User, ip: str, device: str) -> None:
    """Somebody did something: the time-out begins anew, but never past the end of the whole time."""
    row, now = row_of(store), clock.now()
    if row is None or now - row.last_active < timedelta(seconds=settings.SESSION_SEEN_SECONDS):
        return
    row.last_active, row.ip, row.device = now, ip or None, device[:300]
    row.expire_date = _end_of(row, user)
    StaffSession.objects.filter(pk=row.pk).update(
        last_active=now, ip=row.ip, device=row.device, expire_date=row.expire_date
    )


def _end_of(row: StaffSession, user: User) -> datetime:
    return min(row.began + whole_time_of(user), row.last_active + idle_time_of(user))


@transaction.atomic
def end_session(*, session_id: str, by: Actor) -> None:
    """One's own, or anybody's for who manages accounts. Its next request, and its sockets, are strangers'."""
    row = StaffSession.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=session_id).first()
    if row is None:
        raise NotVisible
    audit.record("session.ended", by=by, subject=row.user)
    row.delete()


@transaction.atomic
def end_other_sessions(*, but: str, by: Actor) -> None:
    """One's own, all but the one that asks for it."""
    StaffSession.objects.filter(user=by.user, user__isnull=False).exclude(pk=but).delete()
    audit.record("session.others_ended", by=by, subject=by.user)


def purge_sessions() -> int:
    due = StaffSession.objects.filter(expire_date__lt=clock.now()).order_by().values("pk")[:PURGE_BATCH]
    deleted, _by_model = StaffSession.objects.filter(pk__in=due).delete()
    return deleted
