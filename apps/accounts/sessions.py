"""Sessions as rows that say whose they are, from where, and when they end.

When a session ends stands in its row alone, so that pages, the API and sockets agree without asking twice.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import BooleanField, ExpressionWrapper, Q

from apps.accounts.models import StaffSession
from apps.core import clock
from apps.core.crypto import keyed_hash

KEPT = ("began", "last_active", "ip", "device", "identity_id", "provider_session", "look_id")


def digest_of(session_key: str) -> str:
    return keyed_hash("session", session_key.encode()).hex()[:40]


def row_of(session: SessionBase) -> StaffSession | None:
    """The row that a session was read from; none before its first question, and none of sessions that are not ours."""
    return getattr(session, "row", None)


def marks_of(sessions: Iterable[str]) -> dict[str, Hashable]:
    """By the ids of those that have not ended: what else ends them when it changes (`User.get_session_auth_hash`), and
    whether they look at the desk as somebody else.
    """
    live = StaffSession.objects.filter(pk__in=list(sessions), expire_date__gt=clock.now(), user__isnull=False)
    bound = ("password", "role_id", "vendor_id", "session_epoch", "is_active", "vendor__is_active")
    names = [*(f"user__{name}" for name in bound), "look_id", "is_looking"]
    is_looking = Q(look__ended_at=None, look__ends_at__gt=clock.now())
    live = live.annotate(is_looking=ExpressionWrapper(is_looking, output_field=BooleanField()))
    return {row[0]: row[1:] for row in live.order_by().values_list("pk", *names)}


class SessionStore(DatabaseStore):
    row: StaffSession | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.row.expire_date - clock.now()).total_seconds())) if self.row else 0

    def _get_session_from_db(self) -> StaffSession | None:
        live = StaffSession.objects.filter(pk=digest_of(self.session_key or ""), expire_date__gt=clock.now())
        self.row = live.first()
        if self.row is None:
            self._session_key = None
        return self.row

    def exists(self, session_key: str) -> bool:
        return StaffSession.objects.filter(pk=digest_of(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            StaffSession.objects.filter(pk=digest_of(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        """What was written about the session stays with it; only signing in decides how long it lasts."""
        new: StaffSession = super().create_model_instance(data)  # type: ignore[assignment]  # the base knows its own model only
        new.pk = digest_of(new.session_key)
        new.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if self.row is not None and self.row.pk == new.pk:
            for name in KEPT:
                setattr(new, name, getattr(self.row, name))
            if new.user_id is not None and self.row.user_id == new.user_id:
                new.expire_date = self.row.expire_date
        self.row = new
        return new

    # Django's own would look for the key itself.

    async def _aget_session_from_db(self) -> StaffSession | None:
        return await sync_to_async(self._get_session_from_db)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> StaffSession:
        return await sync_to_async(self.create_model_instance)(data)
