"""Serializer fields shared by all resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from apps.core.actor import Actor
from apps.core.fields import TranslatedText
from apps.core.ids import read_public_id

M = TypeVar("M", bound=Model)


def auth_of(request: Request) -> Actor:
    """Who asks: every credential of ours is told to the framework as an actor."""
    return cast("Actor", request.auth)


def actor_of(serializer: serializers.BaseSerializer[Any] | serializers.Field[Any, Any, Any, Any]) -> Actor:
    request: Request = serializer.context["request"]
    return auth_of(request)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "example": {"en": "Returns"}})
class TranslatedField(serializers.Field[TranslatedText, Any, dict[str, str], Any]):
    """A name in every language it was entered in, by language code."""

    default_error_messages = {"invalid": _('Give texts by language code, such as {"en": "Returns"}.')}

    def __init__(self, *, max_length: int = 500, **kwargs: Any) -> None:
        self.max_length = max_length
        super().__init__(**kwargs)

    def to_representation(self, value: TranslatedText) -> dict[str, str]:
        return dict(value)

    def to_internal_value(self, data: Any) -> TranslatedText:
        codes = {code.lower() for code, _label in settings.LANGUAGES}
        is_by_language = isinstance(data, Mapping) and bool(data) and set(data) <= codes
        if not is_by_language or not all(self._is_text(text) for text in data.values()):
            # Not by `fail`, which takes the braces of the example for places to fill.
            raise serializers.ValidationError(self.error_messages["invalid"], code="invalid")
        return TranslatedText(data)

    def _is_text(self, text: Any) -> bool:
        return isinstance(text, str) and len(text) <= self.max_length


@extend_schema_field(OpenApiTypes.STR)
class PublicIdField(serializers.Field[Any, Any, str, Any]):
    """The opaque id of the record itself."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"source": "*", "read_only": True, **kwargs})

    def to_representation(self, value: Any) -> str:
        return str(value.public_id)


class VisibleField(serializers.Field[Any, Any, Any, Any], Generic[M]):
    """A reference in a request. What does not exist, what is out of sight and what was never an id are refused alike."""

    default_error_messages = {"does_not_exist": _("There is no such record.")}

    def __init__(self, rows: Callable[[Actor], QuerySet[M]], **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**{"write_only": True, **kwargs})

    def to_internal_value(self, data: Any) -> M:
        row = self.find(self.rows(actor_of(self)), data) if isinstance(data, (str, int)) else None
        if row is None:
            self.fail("does_not_exist")
        return row

    def find(self, rows: QuerySet[M], data: str | int) -> M | None:
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        raise NotImplementedError("A reference is only read from requests.")


@extend_schema_field(OpenApiTypes.STR)
class VisibleKey(VisibleField[M]):
    """By a clear, unique column: the key of a queue, the user name of a colleague."""

    def __init__(self, rows: Callable[[Actor], QuerySet[M]], column: str = "key", **kwargs: Any) -> None:
        self.column = column
        super().__init__(rows, **kwargs)

    def find(self, rows: QuerySet[M], data: str | int) -> M | None:
        return rows.filter(**{self.column: data}).first() if isinstance(data, str) and len(data) <= 200 else None


@extend_schema_field(OpenApiTypes.INT)
class VisibleNumber(VisibleField[M]):
    def find(self, rows: QuerySet[M], data: str | int) -> M | None:
        if isinstance(data, bool) or not isinstance(data, int) or not 0 < data < 2**53:
            return None
        return rows.filter(number=data).first()


@extend_schema_field(OpenApiTypes.STR)
class VisibleId(VisibleField[M]):
    """By public id."""

    def find(self, rows: QuerySet[M], data: str | int) -> M | None:
        pk = read_public_id(rows.model, data) if isinstance(data, str) else None
        return None if pk is None else rows.filter(pk=pk).first()
