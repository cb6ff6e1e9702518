"""Changing keys: a new data key for what is written from now on, and old values brought over in batches.

May be stopped and started at any point: what is still under an older key is found by the key id that stands in each
value.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models, transaction

from apps.core import clock, crypto
from apps.core.fields import Sealed, encrypted_fields
from apps.core.models import DataKey

BATCH = 500


def start_new_key() -> int:
    """Make a new data key and retire the others: they open values but seal none. Other processes follow within a
    minute.
    """
    key_id = crypto.create_data_key(only_if_none=False)
    DataKey.objects.filter(retired=None).exclude(pk=key_id).update(retired=clock.now())
    crypto.forget_keys()
    return key_id


def rewrap_data_keys() -> int:
    """Bring all data keys under the active master key, so that an older master key can be taken out of the settings."""
    active = next(iter(crypto.master_keys()))
    count = 0
    for row in DataKey.objects.exclude(master_key=active):
        key = crypto.unwrap_key(bytes(row.wrapped), key_id=row.pk, master_key=row.master_key)
        row.master_key, row.wrapped = crypto.wrap_key(key, key_id=row.pk)
        row.save(update_fields=["master_key", "wrapped"])
        count += 1
    return count


def models_with_encryption(*, append_only: bool = False) -> list[type[models.Model]]:
    """Append-only tables are left out: the application may not change them, and retired keys go on opening them."""
    return [
        model
        for model in apps.get_models()
        if encrypted_fields(model)
        and model._meta.managed
        and not model._meta.proxy
        and (append_only or not getattr(model, "append_only", False))
    ]


def reencrypt(model: type[models.Model], *, key_id: int) -> Iterator[int]:
    """Bring a model's values under the given key, batch by batch; yields the size of each."""
    last = 0
    while ids := _behind(model, key_id=key_id, after=last):
        with transaction.atomic():
            rows = model._base_manager.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
            for row in rows:
                _reencrypt_row(row, key_id)
        last = ids[-1]
        yield len(ids)


def _behind(model: type[models.Model], *, key_id: int, after: int) -> list[int]:
    quote = connection.ops.quote_name
    older = " OR ".join(
        f"(length({quote(str(field.column))}) > 0 AND substring({quote(str(field.column))} FROM 2 FOR 4) <> %s)"
        for field in encrypted_fields(model).values()
    )
    key, table = quote(str(model._meta.pk.column)), quote(model._meta.db_table)
    marks = [key_id.to_bytes(4, "big")] * len(encrypted_fields(model))
    query = f"SELECT {key} FROM {table} WHERE {key} > %s AND ({older}) ORDER BY {key} LIMIT %s"  # noqa: S608 (own names)
    with connection.cursor() as cursor:
        cursor.execute(query, [after, *marks, BATCH])
        return [row[0] for row in cursor.fetchall()]


def _reencrypt_row(row: models.Model, key_id: int) -> None:
    changed = {}
    for field in encrypted_fields(type(row)).values():
        value = row.__dict__[field.attname]
        if isinstance(value, Sealed) and value.raw and crypto.key_id_of(value.raw) != key_id:
            aad = field.aad(row.pk)
            changed[field.attname] = Sealed(crypto.seal(crypto.unseal(value.raw, aad), aad))
    if changed:
        type(row)._base_manager.filter(pk=row.pk).update(**changed)
