"""What every page of the administration does the same way: scope, permissions by code, the audit trail, refusals."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from unfold import admin as unfold_admin
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import AppError
from apps.core.fields import TranslatedTextField, encrypted_fields
from apps.core.fields.translated import TranslatedTextWidget, translated
from apps.core.permissions import all_permissions, may

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models.expressions import BaseExpression
    from django.forms import ModelForm
    from django_stubs_ext import StrOrPromise
else:

    class _Generic:
        """Lets bases be named with the model they are of, as the type checker wants it."""

        def __class_getitem__(cls, item: object) -> type:
            return cls

    class ModelAdmin(_Generic, unfold_admin.ModelAdmin):
        pass

    class ModelForm(_Generic, forms.ModelForm):
        pass


M = TypeVar("M", bound=Model)
Column = Callable[[Any], Any]


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def column(
    name: str,
    label: "StrOrPromise",
    value: Column,
    *,
    order: "str | BaseExpression | None" = None,
    boolean: bool = False,
) -> Column:
    """A computed column or field of one request, which may therefore close over the viewer's lens."""

    def show(row: Any) -> Any:
        return value(row)

    show.__name__ = name
    show.short_description = label  # type: ignore[attr-defined]
    show.admin_order_field = order  # type: ignore[attr-defined]
    if boolean:
        show.boolean = True  # type: ignore[attr-defined]
    return show


class StaffAdmin(ModelAdmin[M]):
    """A page that may be seen with one permission and changed with another; what is not granted is not there."""

    view_code: ClassVar[str]
    change_code: ClassVar[str] = ""
    """Empty: read-only."""
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = False
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    """Form fields whose values stay out of the audit trail."""
    filtered_fields: ClassVar[frozenset[str]] = frozenset()
    """Columns that links of ours filter by, beside those of `list_filter`."""

    formfield_overrides = {TranslatedTextField: {"widget": TranslatedTextWidget(base=UnfoldAdminTextInputWidget)}}
    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows = super().get_queryset(request)
        scope = getattr(rows, "visible_to", None)
        visible: QuerySet[M] = rows if scope is None else scope(actor_of(request))
        return visible

    def get_list_display(self, request: HttpRequest) -> Any:
        """Translated texts in the reader's language; Django would show them as the JSON that they are kept as."""
        return [self._shown(name) if isinstance(name, str) else name for name in super().get_list_display(request)]

    def _shown(self, name: str) -> Any:
        field = next((field for field in self.opts.fields if field.name == name), None)
        if not isinstance(field, TranslatedTextField):
            return name
        return column(name, field.verbose_name, lambda row: str(getattr(row, name)) or "-", order=translated(name))

    # --- Permissions: by our codes alone ---------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(actor_of(request), self.view_code)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return may(actor_of(request), self.view_code)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return bool(self.change_code) and may(actor_of(request), self.change_code)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.may_delete and self.has_change_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what is offered as a filter, so that no address can ask for one column after another."""
        offered = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        names = {name for name in offered if isinstance(name, str)} | self.filtered_fields
        if self.date_hierarchy:
            names.add(self.date_hierarchy)
        root = lookup.partition("__")[0]
        return root in {name.partition("__")[0] for name in names} and super().lookup_allowed(lookup, value, request)

    # --- Audit trail instead of Django's own log -------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: M, form: "ModelForm[M]", change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or form.changed_data:
            self.record(request, obj, "changed" if change else "created", **self.describe(form))

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        self.record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        for row in queryset:
            self.record(request, row, "deleted")
        super().delete_queryset(request, queryset)

    def record(self, request: HttpRequest, obj: M, verb: str, **details: Any) -> None:
        audit.record(f"{self.opts.label_lower}.{verb}", by=actor_of(request), subject=obj, details=details)

    def describe(self, form: "ModelForm[M]") -> dict[str, Any]:
        """Old and new values by field; of secrets and encrypted fields only that they changed."""
        hidden = self.secret_fields | set(encrypted_fields(self.model))
        return {
            name: "***"
            if name in hidden
            else [_plain(form.get_initial_for_field(form.fields[name], name)), _plain(form.cleaned_data.get(name))]
            for name in form.changed_data
        }

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Changes are in the audit trail."""
        from django.shortcuts import redirect
        from django.urls import reverse

        subject = f"?subject_type={self.opts.label_lower}&subject_id={object_id}"
        return redirect(reverse("admin:core_auditentry_changelist") + subject)


class ReadOnlyAdmin(StaffAdmin[M]):
    """Shows rows; changes go through actions that call services, or through the desk."""

    may_add = False
    list_disable_select_all = True

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, (str, int, float, bool, dict)) or value is None:
        return value
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return str(value)


def for_each(
    label: "StrOrPromise", code: str
) -> Callable[[Callable[[Any, HttpRequest, Any], object]], Callable[[Any, HttpRequest, QuerySet[Any]], None]]:
    """An action on the chosen rows: one service call for each, refusals told by name, the others still done."""

    def decorate(
        act: Callable[[Any, HttpRequest, Any], object],
    ) -> Callable[[Any, HttpRequest, QuerySet[Any]], None]:
        @wraps(act)
        def run(self: StaffAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]) -> None:
            done = 0
            for row in queryset:
                try:
                    act(self, request, row)
                    done += 1
                except AppError as refusal:
                    where = f"{self.opts.label_lower}.{act.__name__}"
                    audit.record_refusal(refusal, by=actor_of(request), where=where)
                    self.message_user(request, f"{row}: {refusal.detail()}", messages.ERROR)
            if done:
                self.message_user(request, gettext("Done: %(count)d") % {"count": done}, messages.SUCCESS)

        run.short_description = label  # type: ignore[attr-defined]
        run.action_code = code  # type: ignore[attr-defined]
        return run

    return decorate


class ActionsAdmin(ReadOnlyAdmin[M]):
    """Read-only rows with actions; an action is offered only to those who hold its permission."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = super().get_actions(request)
        actor = actor_of(request)

        def is_open(act: object) -> bool:
            code = getattr(act, "action_code", "")
            return not code or may(actor, code)

        return {name: entry for name, entry in offered.items() if is_open(entry[0])}


def permission_choices() -> Sequence[tuple[str, str]]:
    return [(code, f"{label} ({code})") for code, label in sorted(all_permissions().items())]


__all__ = [
    "ActionsAdmin",
    "Column",
    "ModelForm",
    "ReadOnlyAdmin",
    "StaffAdmin",
    "actor_of",
    "column",
    "for_each",
    "permission_choices",
]
