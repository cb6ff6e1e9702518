"""Which keys there are, what is left under each, and how far the last rotation came. Rotating is a command."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.admin.base import ReadOnlyAdmin, column
from apps.core.models import DataKey, KeyRotation
from apps.core.rotation import state_of


class _Active:
    """The active key's number, asked once for a page."""

    @cached_property
    def number(self) -> int | None:
        return DataKey.objects.filter(retired=None).order_by("-pk").values_list("pk", flat=True).first()


def _rotation(key: DataKey) -> KeyRotation | None:
    return getattr(key, "rotation", None)


def _left(key: DataKey) -> str:
    return gettext("not counted yet") if key.values_left is None else f"{key.values_left:,}"


def _tables(key: DataKey) -> str:
    rotation = _rotation(key)
    tables = rotation.tables.all() if rotation else ()
    return render_to_string("admin/core/_rotation.html", {"tables": [row for row in tables if row.total or row.left]})


NUMBER = column("number", _("number"), lambda key: key.pk, order="pk")
LEFT = column("under_it", _("values under it"), _left)
COUNTED = column("when_counted", _("counted"), lambda key: key.counted_at or "—")
BEGUN = column("rotation_begun", _("rotation began"), lambda key: getattr(_rotation(key), "started", None) or "—")
FOLLOWED = column(
    "followed", _("followed by all processes"), lambda key: getattr(_rotation(key), "followed_at", None) or "—"
)
ENDED = column("rotation_ended", _("rotation ended"), lambda key: getattr(_rotation(key), "finished", None) or "—")
ERROR = column("last_error", _("last error"), lambda key: getattr(_rotation(key), "last_error", "") or "—")
TABLES = column("tables", _("progress"), _tables)


@admin.register(DataKey)
class DataKeyAdmin(ReadOnlyAdmin[DataKey]):
    """Data keys, without the keys."""

    view_code = "audit.view"
    list_select_related = ("rotation",)
    ordering = ("-pk",)
    readonly_fields: ClassVar[Any] = ()

    def get_list_display(self, request: HttpRequest) -> Any:
        return (NUMBER, self._state(), "created", LEFT, COUNTED, BEGUN, ENDED, ERROR)

    def get_fields(self, request: HttpRequest, obj: DataKey | None = None) -> Any:
        return (
            NUMBER, self._state(), "created", "master_key", "retired", "destroyed",
            LEFT, COUNTED, BEGUN, FOLLOWED, ENDED, ERROR, TABLES,
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: DataKey | None = None) -> Any:
        return self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[DataKey]:
        return super().get_queryset(request).defer("wrapped")

    def _state(self) -> Any:
        active = _Active()
        return column("state", _("state"), lambda key: state_of(key, active=active.number))
