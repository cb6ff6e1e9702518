from django.contrib import admin

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import StaffAdmin
from apps.privacy.models import LensPolicy


@admin.register(LensPolicy)
class LensPolicyAdmin(ProvenAdmin, StaffAdmin[LensPolicy]):
    """How a role sees each class of personal data. Without a row the safe default of the role holds."""

    view_code = change_code = "accounts.manage"
    may_delete = True
    list_display = ("role", "field_class", "mode")
    list_filter = ("role", "field_class", "mode")
    list_select_related = ("role",)
    autocomplete_fields = ("role",)
    ordering = ("role", "field_class")
