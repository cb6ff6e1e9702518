"""Queues, categories, saved views."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core.admin.base import ModelForm, StaffAdmin
from apps.tickets.enums import ViewScope
from apps.tickets.models import Category, HandOverReason, Queue, SavedView
from apps.tickets.services.vocabulary import save_category

REQUIRED_CHOICES = (
    ("category", _("Category")),
    ("tags", _("Tags")),
    ("summary", _("Summary")),
    ("outcome", _("Outcome: solved or not")),
)


class RequiredOnResolve(forms.MultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "label": capfirst(_("required on resolving")),
                "choices": REQUIRED_CHOICES,
                "required": False,
                "widget": UnfoldAdminCheckboxSelectMultipleWidget,
                **kwargs,
            }
        )


@admin.register(Queue)
class QueueAdmin(StaffAdmin[Queue]):
    """Where work waits. Who works a queue is set on the page “Who sees what”."""

    view_code = change_code = "channels.configure"
    list_display = ("key", "name", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_readonly_fields(self, request: HttpRequest, obj: Queue | None = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()


class CategoryForm(ModelForm[Category]):
    required_on_resolve = RequiredOnResolve()

    class Meta:
        model = Category
        fields = ("key", "name", "parent", "position", "is_active", "required_on_resolve")

    def clean_parent(self) -> Category | None:
        parent: Category | None = self.cleaned_data["parent"]
        if parent is not None and self.instance.pk in [*parent.path, parent.pk]:
            raise forms.ValidationError(_("A category cannot lie under itself."))
        return parent


@admin.register(Category)
class CategoryAdmin(StaffAdmin[Category]):
    view_code = change_code = "channels.configure"
    form = CategoryForm
    list_display = ("key", "name", "parent", "position", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_readonly_fields(self, request: HttpRequest, obj: Category | None = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Category, form: ModelForm[Category], change: bool) -> None:
        save_category(obj)
        if not change or form.changed_data:
            self.record(request, obj, "changed" if change else "created", **self.describe(form))


@admin.register(SavedView)
class SavedViewAdmin(StaffAdmin[SavedView]):
    """Named lists. They are made on the desk; here they are renamed, ordered, shared and removed."""

    view_code = change_code = "channels.configure"
    may_add = False
    may_delete = True
    list_display = ("name", "scope", "team", "owner", "position")
    list_filter = ("scope", "team")
    list_select_related = ("team", "owner")
    autocomplete_fields = ("team",)
    fields = ("name", "scope", "team", "position", "owner", "filters")
    readonly_fields = ("owner", "filters")
    search_fields = ("name__zh-hans", "name__en")

    def has_change_permission(self, request: HttpRequest, obj: SavedView | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.scope != ViewScope.PRIVATE or obj.owner_id == request.user.pk)


@admin.register(HandOverReason)
class HandOverReasonAdmin(StaffAdmin[HandOverReason]):
    """Why work goes to the house or back. One that is not used any more is switched off; histories keep its name."""

    view_code = change_code = "channels.configure"
    list_display = ("name", "key", "direction", "position", "is_active")
    list_filter = ("direction", "is_active")
    search_fields = ("key", "name__zh-hans", "name__en")

    def get_readonly_fields(self, request: HttpRequest, obj: HandOverReason | None = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()
