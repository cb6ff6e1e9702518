"""Bases that models of every app derive from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Self, TypeVar

from django.db import DatabaseError, models
from django.db.models.base import ModelBase
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext_lazy as _

from apps.core import ids
from apps.core.errors import StaleVersion
from apps.core.fields import BlindIndexField, SequencedAutoField, encrypted_fields
from apps.core.fields.encrypted import SEALED_FOR, SEALING
from apps.core.sequences import next_ids

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class SequencedQuerySet(models.QuerySet[M_co]):
    """Takes the ids of a whole ``bulk_create`` in one query, where another queryset takes them one by one."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[M_co]:
        encrypted = encrypted_fields(self.model).keys() & set(kwargs.get("update_fields") or ())
        if encrypted:
            # The row that is there keeps its id, while the value is sealed for the id of the row that is not written.
            raise TypeError(f"Encrypted fields cannot be updated on conflict: {', '.join(sorted(encrypted))}.")
        rows = list(objs)
        new = [row for row in rows if row.pk is None]
        for row, pk in zip(new, next_ids(self.model, len(new), using=self.db), strict=True):
            row.pk = pk
        return super().bulk_create(rows, *args, **kwargs)


class SequencedModel(models.Model):
    """Has its id before it is inserted, so that encrypted values can be bound to their row; and an opaque public id."""

    id = SequencedAutoField(primary_key=True)

    class Meta:
        abstract = True

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        pk: Any = self.pk
        if pk is None and not force_update and update_fields is None:
            self._open_all()
            self.pk = self._meta.pk.get_pk_value_on_save(self)
            force_insert = force_insert or True
        elif self.__dict__.get(SEALED_FOR) not in (None, pk):
            self._open_all()
        super().save(
            force_insert=force_insert,
            force_update=force_update,
            using=using,
            update_fields=None if update_fields is None else self._with_indexes(update_fields),
        )

    @property
    def public_id(self) -> str:
        return ids.public_id(self)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any) -> Self:
        instance = super().from_db(db, field_names, values, **kwargs)
        instance.__dict__[SEALED_FOR] = instance.pk
        return instance

    def _open_all(self) -> None:
        """Open every loaded value under the old id before the row gets another one (a copy)."""
        for field in encrypted_fields(type(self)).values():
            if field.attname in self.__dict__:
                getattr(self, field.attname)
        self.__dict__.pop(SEALED_FOR, None)

    def _with_indexes(self, update_fields: Iterable[str]) -> list[str]:
        """A blind index is always written together with the value that it is of."""
        names = list(update_fields)
        for field in self._meta.concrete_fields:
            if isinstance(field, BlindIndexField) and field.of in names and field.name not in names:
                names.append(field.name)
        return names


def _seal_for_fixture(sender: type[models.Model], instance: models.Model, raw: bool, **kwargs: Any) -> None:
    # Loading a fixture skips Field.pre_save, where values are otherwise encrypted.
    if raw and encrypted_fields(sender):
        instance.__dict__[SEALING] = True


def _unseal_after_fixture(sender: type[models.Model], instance: models.Model, raw: bool, **kwargs: Any) -> None:
    instance.__dict__.pop(SEALING, None)


pre_save.connect(_seal_for_fixture, dispatch_uid="core.seal_for_fixture")
post_save.connect(_unseal_after_fixture, dispatch_uid="core.unseal_after_fixture")


class TimestampedModel(models.Model):
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class VersionedModel(models.Model):
    """Optimistic locking: ``save_versioned`` refuses when the row is no longer at the version that was loaded."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True

    def require_version(self, expected: int | None, changes: Sequence[dict[str, Any]] = ()) -> None:
        if expected is not None and expected != self.version:
            raise StaleVersion(changes=changes)

    def save_versioned(self, *, update_fields: Iterable[str]) -> None:
        """Save the named fields and count the version up; StaleVersion when another save came first."""
        names = {*update_fields, "version"}
        if any(field.name == "updated" for field in self._meta.concrete_fields):
            names.add("updated")
        self.__dict__["_expected_version"] = self.version
        self.version += 1
        try:
            self.save(update_fields=names)
        except DatabaseError as error:
            self.version -= 1
            # Django's own complaint that no row matched is a bare DatabaseError; the driver's errors are subclasses.
            if type(error) is DatabaseError:
                raise StaleVersion from error
            raise
        finally:
            del self.__dict__["_expected_version"]

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> Any:
        expected = self.__dict__.get("_expected_version")
        if expected is not None:
            base_qs = base_qs.filter(version=expected)
        return super()._do_update(base_qs, *args, **kwargs)


class AppendOnlyModel(models.Model):
    """Rows that the application role may only insert and read; core's grants take update and delete away."""

    append_only: ClassVar[bool] = True

    class Meta:
        abstract = True
