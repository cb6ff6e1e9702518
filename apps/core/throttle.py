"""Rates kept in PostgreSQL, so that losing the cache lifts no limit. One row and one statement a key (GCRA)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from apps.core import clock
from apps.core.crypto import keyed_hash
from apps.core.errors import TooMany
from apps.core.models import ThrottleMark

PURGE_BATCH = 5000

_HIT = """
INSERT INTO core_throttlemark AS mark (key, in_step_at) VALUES (%(key)s, %(now)s + make_interval(secs => %(step)s))
ON CONFLICT (key) DO UPDATE SET in_step_at = GREATEST(mark.in_step_at, %(now)s) + make_interval(secs => %(step)s)
 WHERE GREATEST(mark.in_step_at, %(now)s) + make_interval(secs => %(step)s)
       <= %(now)s + make_interval(secs => %(per)s + %(slack)s)
RETURNING in_step_at
"""


def hit(key: str, *, limit: int, per: timedelta) -> None:
    """Count one attempt: ``limit`` at once, then one each ``per / limit``. Raises TooMany; a refused attempt is not
    counted.

    Call it outside of the transaction that may fail, or the count is rolled back with it.
    """
    mark, moment, step = _hash(key), clock.now(), per / limit
    # Of callers at the same moment, some read the clock a little earlier than the one whose row they then find.
    if _counted(mark, moment, step, per, slack=step / 2 if limit > 1 else timedelta()):
        return
    in_step_at = ThrottleMark.objects.filter(pk=mark).values_list("in_step_at", flat=True).first() or moment
    raise TooMany(retry_after=in_step_at + step - per - moment)


def is_first(key: str, *, per: timedelta) -> bool:
    """True once in ``per``. The usual answer, False, costs one read and takes no lock."""
    mark, moment = _hash(key), clock.now()
    if ThrottleMark.objects.filter(pk=mark, in_step_at__gt=moment).exists():
        return False
    return _counted(mark, moment, per, per, slack=timedelta())


def _counted(mark: bytes, moment: datetime, step: timedelta, per: timedelta, *, slack: timedelta) -> bool:
    spans = {"step": step, "per": per, "slack": slack}
    with connection.cursor() as cursor:
        cursor.execute(
            _HIT, {"key": mark, "now": moment, **{name: span.total_seconds() for name, span in spans.items()}}
        )
        return cursor.fetchone() is not None


def forget(key: str) -> None:
    """Forgive what was counted, after a success for instance."""
    ThrottleMark.objects.filter(pk=_hash(key)).delete()


def purge() -> int:
    due = ThrottleMark.objects.filter(in_step_at__lt=clock.now()).values("pk")[:PURGE_BATCH]
    deleted, _by_model = ThrottleMark.objects.filter(pk__in=due).delete()
    return deleted


def _hash(key: str) -> bytes:
    return keyed_hash("throttle", key.encode())[:16]
