"""A rotation from its new key to the end of the old ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from apps.core import audit, clock, crypto
from apps.core.actor import SYSTEM
from apps.core.models import DataKey, KeyRotation, RotatedTable
from apps.core.rotation.keys import count_values
from apps.core.rotation.tables import (
    Batch,
    may_be_rewrapped,
    models_with_encryption,
    older_values,
    rewrap_batch,
)

MARGIN_SECONDS: Final = 2.0
"""Beside the time that a process goes on with the key it knows: between sealing a value and sending it off."""
PATIENCE_SECONDS: Final = 300.0
"""How long rows are tried again that somebody holds on to."""
PAUSE_SECONDS: Final = 0.2

_STILL_OPEN: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND age(backend_xid) > age(%s::text::xid))"
)

Say = Callable[[str], object]


class Unfinished(Exception):
    """Values are left that this run could not bring over; running it again goes on."""


def open_rotation() -> KeyRotation | None:
    return KeyRotation.objects.filter(finished=None).order_by("-pk").first()


def start_rotation() -> KeyRotation:
    """Make a new key, which all processes follow within `DATA_KEY_SECONDS`; or the rotation that is under way."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('core.rotation'))")
        rotation = open_rotation()
        if rotation is None:
            key_id = _left_behind() or crypto.create_data_key(only_if_none=False)
            rotation = KeyRotation.objects.create(key_id=key_id)
            audit.record("core.key.rotation_started", by=SYSTEM, subject=rotation.key)
    crypto.forget_keys()
    rotation.refresh_from_db()
    return rotation


def _left_behind() -> int | None:
    """A new key is committed before its rotation; whoever was killed in between left one that nobody follows up."""
    keys = DataKey.objects.filter(retired=None).order_by("-pk").values_list("pk", flat=True)[:2]
    if len(keys) < 2 or KeyRotation.objects.filter(key=keys[0]).exists():
        return None
    return keys[0]


def go_on(rotation: KeyRotation, *, size: int, say: Say) -> None:
    """Work until nothing is left under an older key. Raises Unfinished, with what is left and why."""
    with _errors_kept(rotation):
        _prepare_tables(rotation)
        for table in rotation.tables.filter(passes=0):
            _pass_over(rotation, table, size, say)
        _wait_until_followed(rotation, say)
        _finish_tables(rotation, size, say)
        _retire_older(rotation)


@contextmanager
def _errors_kept(rotation: KeyRotation) -> Iterator[None]:
    """The page of keys tells why the last run ended."""
    try:
        yield
    except Exception as error:
        words = f"{type(error).__name__}: {error}" if not isinstance(error, Unfinished) else str(error)
        KeyRotation.objects.filter(pk=rotation.pk).update(last_error=words[:300], last_error_at=clock.now())
        raise


def _prepare_tables(rotation: KeyRotation) -> None:
    """What is to be done in each table, counted once."""
    known = set(rotation.tables.values_list("label", flat=True))
    for model in models_with_encryption():
        if model._meta.label not in known:
            left = older_values(model, key_id=rotation.key_id)
            RotatedTable.objects.get_or_create(
                rotation=rotation, label=model._meta.label, defaults={"total": left, "left": left}
            )


def _pass_over(rotation: KeyRotation, table: RotatedTable, size: int, say: Say) -> None:
    """Once through a table, from where the last run stopped."""
    model = apps.get_model(table.label)
    if not may_be_rewrapped(model):
        return
    while _batch(rotation, table, model, size):
        say(f"{table.label}: {table.done} of {table.total}, {table.per_second:.0f}/s")
    table.after = 0
    table.passes += 1
    table.save(update_fields=["after", "passes", "updated"])


def _batch(rotation: KeyRotation, table: RotatedTable, model: type[models.Model], size: int) -> Batch | None:
    """Values and the note of how far we are, in one transaction."""
    began = time.monotonic()
    with transaction.atomic():
        batch = rewrap_batch(model, key_id=rotation.key_id, after=table.after, size=size)
        if batch is None:
            return None
        RotatedTable.objects.filter(pk=table.pk).update(
            after=batch.last,
            done=F("done") + batch.done,
            left=Greatest(F("left") - batch.done, Value(0)),
            seconds=F("seconds") + (time.monotonic() - began),
            updated=clock.now(),
        )
    table.refresh_from_db()
    return batch


def _wait_until_followed(rotation: KeyRotation, say: Say) -> None:
    """Until every process has looked the key up anew, and what they wrote before is committed or gone."""
    rotation.refresh_from_db()
    if rotation.followed_at is not None:
        return
    while waits := _row("SELECT %s - extract(epoch FROM clock_timestamp() - %s)", [_seconds(), rotation.started])[0]:
        if waits <= 0:
            break
        say(f"All processes follow within {waits:.0f} s.")
        time.sleep(min(float(waits), 5.0))
    horizon = _row("SELECT pg_current_xact_id()::xid::text")[0]
    while _row(_STILL_OPEN, [horizon])[0]:
        say("Waiting for transactions that began before.")
        time.sleep(PAUSE_SECONDS)
    KeyRotation.objects.filter(pk=rotation.pk).update(followed_at=clock.now())


def _seconds() -> float:
    return crypto.ACTIVE_KEY_SECONDS + MARGIN_SECONDS


def _row(query: str, params: list[Any] | None = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, params or [])
        return cursor.fetchone()


def _finish_tables(rotation: KeyRotation, size: int, say: Say) -> None:
    """What was written under an older key meanwhile, and rows that somebody held. From now on it only becomes less."""
    until = time.monotonic() + PATIENCE_SECONDS
    while stuck := [table for table in rotation.tables.all() if not _is_done(rotation, table, size, say)]:
        told = ", ".join(f"{table.label}: {table.left}" for table in stuck)
        if all(_is_hopeless(table) for table in stuck):
            raise Unfinished(f"Left under older keys: {told}. {_why(stuck)}")
        if time.monotonic() > until:
            raise Unfinished(f"Somebody holds rows of {told}. Run it again.")
        time.sleep(PAUSE_SECONDS)


def _is_done(rotation: KeyRotation, table: RotatedTable, size: int, say: Say) -> bool:
    model = apps.get_model(table.label)
    table.left, unreadable = older_values(model, key_id=rotation.key_id), 0
    if table.left and may_be_rewrapped(model):
        while batch := _batch(rotation, table, model, size):
            unreadable += batch.unreadable
            say(f"{table.label}: {table.left} left")
        table.left = older_values(model, key_id=rotation.key_id)
    table.after, table.unreadable = 0, unreadable
    table.save(update_fields=["left", "unreadable", "after", "updated"])
    return not table.left


def _is_hopeless(table: RotatedTable) -> bool:
    return table.left == table.unreadable or not may_be_rewrapped(apps.get_model(table.label))


def _why(stuck: list[RotatedTable]) -> str:
    if any(table.unreadable for table in stuck):
        return "These values do not open: damaged, or their key is gone."
    return "Only the owner of the database may change them: set DATABASE_OWNER_URL."


def _retire_older(rotation: KeyRotation) -> None:
    """Only what nothing at all is left under. Retired keys seal nothing, and open what a backup may bring back."""
    left = count_values()
    older = DataKey.objects.filter(pk__lt=rotation.key_id, retired=None)
    empty = [key.pk for key in older if not left[key.pk]]
    with transaction.atomic():
        older.filter(pk__in=empty).update(retired=clock.now())
        KeyRotation.objects.filter(pk=rotation.pk).update(finished=clock.now(), last_error="", last_error_at=None)
        audit.record("core.key.rotated", by=SYSTEM, subject=rotation.key, details={"retired": empty})
