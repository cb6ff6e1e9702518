"""Filters of lists: only what is declared, each given once; anything else is an error."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model, QuerySet
from django_filters import rest_framework as django_filters
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.core.api.errors import InvalidParameter, RepeatedParameter, UnknownParameter
from apps.core.ids import read_public_id

if TYPE_CHECKING:
    from rest_framework.filters import BaseFilterBackend as _Backend

    class _FilterSet:
        base_filters: dict[str, Any]
        request: Request

    class _Filter:
        extra: dict[str, Any]
        field_name: str

        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]: ...

    class _FlagFilter(_Filter): ...

else:
    _Backend = django_filters.DjangoFilterBackend
    _FilterSet = django_filters.FilterSet
    _Filter = django_filters.CharFilter
    _FlagFilter = django_filters.BooleanFilter


def check_parameters(request: Request, known: Iterable[str]) -> None:
    """Refuses what is unknown, repeated, or cannot be text in the database."""
    names = set(known)
    for name, values in request.query_params.lists():
        if name not in names:
            raise UnknownParameter(name=name[:80])
        if len(values) > 1:
            raise RepeatedParameter(name=name)
        if "\x00" in values[0] or not _is_text(values[0]):
            raise InvalidParameter(name=name)


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class ApiFilterSet(_FilterSet):
    """Declares filters one by one; `Meta.fields` stays unused, so that no column becomes a filter by accident."""

    @classmethod
    def names(cls) -> list[str]:
        return list(cls.base_filters)


class FilterBackend(_Backend):
    """django-filter's backend; a value that does not fit is a 400 that names the parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)  # type: ignore[attr-defined]
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            raise ValidationError({name: filterset.errors[name] for name in filterset.errors})
        return filterset.qs  # type: ignore[no-any-return]


class WordsFilter(_Filter):
    """One or more of a column's values, separated by commas: `status=new,open`. With `choices`, only those."""

    def __init__(self, *args: Any, choices: Iterable[tuple[Any, Any]] = (), **kwargs: Any) -> None:
        self.allowed = {str(value): value for value, _label in choices}
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        words = [word for word in (value or "").split(",") if word]
        if not words:
            return qs
        if len(words) > 50:
            raise InvalidParameter(name=self.field_name)
        if self.allowed and not set(words) <= set(self.allowed):
            raise ValidationError({self.field_name: [f"Choose from: {', '.join(self.allowed)}."]})
        return qs.filter(**{f"{self.field_name}__in": [self.allowed.get(word, word) for word in words]})


class FlagField(forms.Field):
    """`true` or `false`; the library's own takes anything else for "not asked"."""

    words = {"true": True, "1": True, "false": False, "0": False}

    def to_python(self, value: Any) -> bool | None:
        if value is None:
            return None
        if value.lower() not in self.words:
            raise forms.ValidationError("Choose from: true, false.")
        return self.words[value.lower()]


class FlagFilter(_FlagFilter):
    field_class = FlagField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=forms.TextInput, **kwargs)


class PublicIdFilter(_Filter):
    """The record that a public id names; an id of nothing finds nothing."""

    def __init__(self, *args: Any, model: type[Model], **kwargs: Any) -> None:
        self.named = model  # `model` itself is the list's, set by django-filter
        super().__init__(*args, **kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        pk = read_public_id(self.named, value)
        return qs.none() if pk is None else qs.filter(**{f"{self.field_name}_id": pk})
