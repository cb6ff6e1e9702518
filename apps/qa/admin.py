"""What customers are asked. Their answers stand on the tickets."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.core.admin.base import StaffAdmin, actor_of
from apps.core.fields import TranslatedTextField
from apps.core.fields.translated import TranslatedTextWidget
from apps.core.permissions import may
from apps.qa.models import Survey, SurveyReason


class ReasonInline(TabularInline):
    """None is deleted: answers name it. One that is not offered any more is switched off."""

    model = SurveyReason
    extra = 0
    tab = False
    fields = ("label", "shown_with", "position", "is_active")
    formfield_overrides = {TranslatedTextField: {"widget": TranslatedTextWidget(base=UnfoldAdminTextInputWidget)}}

    def _may(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(actor_of(request), "channels.configure")

    has_view_permission = has_add_permission = has_change_permission = _may

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Survey)
class SurveyAdmin(StaffAdmin[Survey]):
    view_code = change_code = "channels.configure"
    fields = (
        "key",
        "name",
        "question",
        "scale",
        "asks_comment",
        "offers_callback",
        "brand",
        "channels",
        "is_active",
    )
    list_display = ("name", "question", "scale", "brand", "is_active")
    list_filter = ("scale", "brand", "is_active")
    list_select_related = ("brand",)
    search_fields = ("key", "name__zh-hans", "name__en")
    filter_horizontal = ("channels",)
    inlines = (ReasonInline,)
    ordering = ("key",)
