"""The data keys themselves: in which state one is, what is left under it, and its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import audit, clock, crypto
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.models import DataKey
from apps.core.rotation.tables import models_with_encryption, values_by_key

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class KeyStillUsed(AppError):
    code = "core.key_still_used"
    status = 409
    message = _("%(values)s values are still under this key.")


class KeyIsActive(AppError):
    code = "core.key_is_active"
    status = 409
    message = _("This key is in use. Only a retired key can be destroyed.")


class AlreadyDestroyed(AppError):
    code = "core.key_destroyed"
    status = 409
    message = _("This key was destroyed already.")


def state_of(key: DataKey, *, active: int | None) -> StrOrPromise:
    if key.destroyed:
        return _("destroyed")
    if key.retired:
        return _("retired")
    return _("active") if key.pk == active else _("retiring")


def active_key() -> DataKey | None:
    return DataKey.objects.filter(retired=None).order_by("-pk").first()


def count_values() -> Counter[int]:
    """How many values each data key has sealed, in all tables. Reads every one of them, and keeps what it found."""
    found: Counter[int] = Counter()
    for model in models_with_encryption():
        found.update(values_by_key(model))
    for key in DataKey.objects.only("pk"):
        DataKey.objects.filter(pk=key.pk).update(values_left=found[key.pk], counted_at=clock.now())
    return found


def destroy_key(*, key_id: int, by: Actor) -> None:
    """Throw a retired key away for good. Counts everything once more, and refuses while a single value needs it.

    A backup brings its own wrapped keys along, so it stays readable for as long as its master key is kept.
    """
    key = DataKey.objects.get(pk=key_id)
    if key.destroyed:
        raise AlreadyDestroyed
    if not key.retired:
        raise KeyIsActive
    left = count_values()[key_id]
    if left:
        raise KeyStillUsed(values=left)
    with transaction.atomic():
        DataKey.objects.filter(pk=key_id).update(wrapped=b"", destroyed=clock.now())
        audit.record("core.key.destroyed", by=by, subject=key)
    crypto.forget_keys()


def rewrap_data_keys() -> int:
    """Bring all data keys under the active master key, so that an older master key can be taken out of the settings."""
    active = next(iter(crypto.master_keys()))
    count = 0
    for row in DataKey.objects.filter(destroyed=None).exclude(master_key=active):
        key = crypto.unwrap_key(bytes(row.wrapped), key_id=row.pk, master_key=row.master_key)
        row.master_key, row.wrapped = crypto.wrap_key(key, key_id=row.pk)
        row.save(update_fields=["master_key", "wrapped"])
        count += 1
    return count
