"""Encrypted model fields.

In the database they are bytes; on the instance the ciphertext is opened at first access and stays open. Everything
that would use
the ciphertext as if it were the value fails loudly: lookups, ordering, ``update()``, ``values()``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, In, IsNull
from django.db.models.query_utils import DeferredAttribute

from apps.core import crypto
from apps.core.normalize import normalizer

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.lookups import Lookup

    AnyField = models.Field

    class TextField:
        """Left out for the type checker: it would fix the types that ``null`` must be able to widen."""

    class BinaryField:
        """As above."""

    IndexField = models.BinaryField[bytes | None, bytes | None]
else:

    class AnyField(models.Field):
        """Field, with the type parameters that only the type checker knows."""

        def __class_getitem__(cls, item):
            return cls

    TextField = models.TextField
    BinaryField = models.BinaryField
    IndexField = models.BinaryField

ST = TypeVar("ST")
GT = TypeVar("GT")

SEALED_FOR = "_sealed_for"
SEALING = "_sealing"


class Sealed:
    """Ciphertext as read from the database. It says nothing about what it holds and refuses to be text."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __repr__(self) -> str:
        return "<sealed>"

    def __str__(self) -> str:
        raise TypeError("An encrypted value opens only as the attribute of its model instance.")

    def __format__(self, spec: str) -> str:
        return str(self)


class EncryptedAttribute(DeferredAttribute):
    """Opens the value when it is first read. A data descriptor, unlike its base, so that it also sees loaded values."""

    field: EncryptedField[Any, Any]

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        state = instance.__dict__
        name = self.field.attname
        if name not in state:
            super().__get__(instance, cls)
        value = state[name]
        if SEALING in state:
            return self.field.sealed_value(instance)
        if isinstance(value, Sealed):
            value = state[name] = self.field.open(value, instance)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedCol(Col):
    """A column of ciphertext. Selecting it is fine; Django resolves it as an expression only to order or compute by
    it.
    """

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        raise FieldError(f"{self.target} is encrypted: it cannot be ordered by, grouped by or computed with.")


def _plain_col(lhs: Any) -> Col:
    if not isinstance(lhs, Col):
        raise FieldError("Only an encrypted column itself can be looked up, not something computed from it.")
    return Col(lhs.alias, lhs.target, lhs.output_field)


class SealedIsNull(IsNull):
    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(_plain_col(lhs), rhs)


class NoneExact(Exact):
    """``value=None`` asks for null, which Django makes of it; anything else is refused."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            raise FieldError(f"{lhs.target} is encrypted and has no blind index: it cannot be looked up.")
        super().__init__(lhs, rhs)


def _index_col(lhs: Any) -> tuple[Col, BlindIndexField]:
    column = _plain_col(lhs)
    field = column.target
    if not isinstance(field, EncryptedField):
        raise FieldError(f"{field} has no blind index.")
    index = field.index_field
    return Col(column.alias, index), index


class BlindExact(Exact):
    """``value="x"`` becomes a comparison of the blind index."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is None:
            super().__init__(_plain_col(lhs), rhs)
            return
        if hasattr(rhs, "resolve_expression"):
            raise FieldError("An encrypted value is compared with a plain value only.")
        column, index = _index_col(lhs)
        super().__init__(column, index.digest(rhs))


class BlindIn(In):
    def __init__(self, lhs: Any, rhs: Any) -> None:
        column, index = _index_col(lhs)
        if hasattr(rhs, "resolve_expression") or isinstance(rhs, (str, bytes)):
            raise FieldError("Encrypted values are looked up by a list of plain values.")
        super().__init__(column, [index.digest(value) for value in rhs if value is not None])


class EncryptedField(AnyField[ST, GT]):
    """What the three encrypted fields share. ``context`` pins the table and column name of the first migration after
    a rename.
    """

    descriptor_class = EncryptedAttribute
    blind_index: str | None = None

    def __init__(self, *args: Any, context: str | None = None, **kwargs: Any) -> None:
        self.context = context
        if kwargs.get("unique") or kwargs.get("primary_key") or kwargs.get("db_index") or kwargs.get("choices"):
            raise FieldError(
                "An encrypted field cannot be unique, indexed or a choice; put a BlindIndexField beside it."
            )
        super().__init__(*args, **kwargs)

    # Python value <-> bytes

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def decode(self, value: bytes) -> Any:
        raise NotImplementedError

    def empty(self) -> Any:
        """What an empty value in the database stands for."""
        raise NotImplementedError

    def aad(self, pk: object) -> bytes:
        table, column = self._place
        return crypto.aad(table, pk, column)

    @cached_property
    def _place(self) -> tuple[str, str]:
        if self.context:
            table, _, column = self.context.partition(".")
            return table, column
        return self.model._meta.db_table, str(self.column)

    def open(self, value: Sealed, instance: models.Model) -> Any:
        return self.opened(value.raw, instance.__dict__.get(SEALED_FOR) or instance.pk)

    def opened(self, raw: bytes, pk: object) -> Any:
        """The value of a column that was read without its model, of the row with this id."""
        return self.decode(crypto.unseal(raw, self.aad(pk))) if raw else self.empty()

    def sealed_value(self, instance: models.Model) -> Any:
        """What is written for this instance. A value that was never opened is written back as it is, unless its key is
        behind: what was read before a rotation must not come back after it.
        """
        value = instance.__dict__.get(self.attname)
        if isinstance(value, Sealed):
            return self._under_active_key(value, instance)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if instance.pk is None:
            raise TypeError(f"{self} needs its row's id before it is encrypted: derive the model from SequencedModel.")
        return Sealed(crypto.seal(self.encode(value), self.aad(instance.pk)))

    def _under_active_key(self, value: Sealed, instance: models.Model) -> Sealed:
        if not crypto.is_behind(value.raw):
            return value
        aad = self.aad(instance.__dict__.get(SEALED_FOR) or instance.pk)
        try:
            return Sealed(crypto.seal(crypto.unseal(value.raw, aad), aad))
        except crypto.DecryptionError:
            # Damaged already: changing another column of the row must still be possible.
            return value

    # Django's side

    def get_internal_type(self) -> str:
        return "BinaryField"

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.context:
            kwargs["context"] = self.context
        return name, path, args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return self.sealed_value(model_instance)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        if isinstance(value, Sealed):
            return value.raw
        if value in ("", b"", {}, []):  # the default that AddField writes into existing rows
            return b""
        raise TypeError(
            f"{self} is encrypted per row: change it on an instance and save that, not by update() or bulk_update()."
        )

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if hasattr(value, "as_sql"):
            return value
        return self.get_db_prep_value(value, connection)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return sql, params

    def get_col(self, alias: str, output_field: models.Field[Any, Any] | None = None) -> Col:
        return SealedCol(alias, self, output_field or self)

    @cached_property
    def cached_col(self) -> Col:
        return SealedCol(self.model._meta.db_table, self)

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name == "isnull":
            return SealedIsNull
        if lookup_name == "exact":
            return BlindExact if self.blind_index else NoneExact
        return BlindIn if lookup_name == "in" and self.blind_index else None

    def get_transform(self, lookup_name: str) -> None:
        return None

    @cached_property
    def index_field(self) -> BlindIndexField:
        field = self.model._meta.get_field(self.blind_index or "")
        if not isinstance(field, BlindIndexField):
            raise FieldError(f"{self.model._meta.label}.{self.blind_index} is not a BlindIndexField.")
        return field

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_key(), *self._check_index()]

    def _check_key(self) -> Iterable[checks.CheckMessage]:
        from apps.core.fields.sequenced import SequencedAutoField

        key: object = self.model._meta.pk
        is_early = isinstance(key, SequencedAutoField)
        if isinstance(key, models.AutoField) and not is_early:
            yield checks.Error(
                "A model with encrypted fields must have its id before it is inserted.",
                hint="Derive it from apps.core.models.SequencedModel.",
                obj=self,
                id="core.E001",
            )

    def _check_index(self) -> Iterable[checks.CheckMessage]:
        if not self.blind_index:
            return
        try:
            index = self.index_field
        except (FieldDoesNotExist, FieldError):
            yield checks.Error(f"blind_index names no BlindIndexField: {self.blind_index!r}.", obj=self, id="core.E002")
            return
        if index.of != self.name:
            yield checks.Error(f"{index} is the index of {index.of!r}, not of {self.name!r}.", obj=self, id="core.E003")


class EncryptedTextField(EncryptedField[ST, GT], TextField):
    """Text. With ``blind_index`` (the name of a BlindIndexField beside it) it can be looked up by ``exact`` and
    ``in``.
    """

    if TYPE_CHECKING:
        _pyi_private_set_type: str
        _pyi_private_get_type: str
        _pyi_lookup_exact_type: str

    def __init__(self, *args: Any, blind_index: str | None = None, **kwargs: Any) -> None:
        self.blind_index = blind_index
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.blind_index:
            kwargs["blind_index"] = self.blind_index
        return name, path, args, kwargs

    def encode(self, value: Any) -> bytes:
        return str(value).encode("utf-8", "surrogatepass")

    def decode(self, value: bytes) -> str:
        return value.decode("utf-8", "surrogatepass")

    def empty(self) -> str:
        return ""

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, (str, Sealed)) else str(value)


class EncryptedJSONField(EncryptedField[Any, Any], models.JSONField):  # type: ignore[misc]
    """A JSON value. Default is an empty object."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("encoder", DjangoJSONEncoder)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("encoder") is DjangoJSONEncoder:
            del kwargs["encoder"]
        return name, path, args, kwargs

    def encode(self, value: Any) -> bytes:
        text = json.dumps(value, cls=self.encoder, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")

    def decode(self, value: bytes) -> Any:
        return json.loads(value.decode("utf-8", "surrogatepass"), cls=self.decoder)

    def empty(self) -> Any:
        return self.get_default() if self.has_default() else {}

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        # JSONField's own database checks are about jsonb columns, which this is not.
        return EncryptedField.check(self, **kwargs)


class EncryptedBinaryField(EncryptedField[ST, GT], BinaryField):
    if TYPE_CHECKING:
        _pyi_private_set_type: bytes
        _pyi_private_get_type: bytes

    def encode(self, value: Any) -> bytes:
        return bytes(value)

    def decode(self, value: bytes) -> bytes:
        return value

    def empty(self) -> bytes:
        return b""

    def get_default(self) -> Any:
        return copy.copy(super().get_default())


class BlindIndexField(IndexField):
    """A keyed hash of another field's normalized value: equality can be asked, the value cannot be read back.

    ``domain`` lets two tables share their hashes; by default equal values in different columns give different hashes.
    """

    def __init__(
        self, *args: Any, of: str = "", normalize: str = "casefold", domain: str | None = None, **kwargs: Any
    ) -> None:
        self.of, self.normalize, self.domain = of, normalize, domain
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        kwargs["max_length"] = 16
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        kwargs["of"] = self.of
        if self.normalize != "casefold":
            kwargs["normalize"] = self.normalize
        if self.domain:
            kwargs["domain"] = self.domain
        return name, path, args, kwargs

    @cached_property
    def _purpose(self) -> str:
        return f"blind-index:{self.domain or f'{self.model._meta.db_table}.{self.of}'}"

    def digest(self, value: object) -> bytes | None:
        """None for what normalizes to nothing, so that two unknown values are never equal."""
        normalized = normalizer(self.normalize)(str(value))
        if not normalized:
            return None
        return crypto.keyed_hash(self._purpose, normalized.encode("utf-8", "surrogatepass"))[:16]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        state = model_instance.__dict__
        if self.of in state and not isinstance(state[self.of], Sealed):
            value = state[self.of]
            setattr(model_instance, self.attname, None if value is None else self.digest(value))
        return getattr(model_instance, self.attname)


def blind_index(model: type[models.Model], name: str, value: str) -> bytes | None:
    """What stands in the blind index called `name` for rows of that value: for reads that name the index themselves."""
    field = model._meta.get_field(name)
    assert isinstance(field, BlindIndexField)  # noqa: S101 (a name in the code)
    return field.digest(value)


@cache
def encrypted_fields(model: type[models.Model]) -> Mapping[str, EncryptedField[Any, Any]]:
    """The encrypted fields of a model, by name."""
    return {field.name: field for field in model._meta.concrete_fields if isinstance(field, EncryptedField)}
