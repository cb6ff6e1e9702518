from typing import Any, Final

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts.proof import ProvenAdmin
from apps.core.admin.base import StaffAdmin
from apps.privacy.enums import FieldClass, Mode
from apps.privacy.lens import Lens
from apps.privacy.models import LensPolicy

# Invented, and nobody's.
SAMPLES: Final[dict[str, str]] = {
    FieldClass.NAME: "王小明",
    FieldClass.PHONE: "+8613800138000",
    FieldClass.EMAIL: "xiaoming.wang@example.com",
    FieldClass.HANDLE: "wx_xiaoming88",
    FieldClass.ID_NUMBER: "11010519491231002X",
    FieldClass.BANK_CARD: "6222021234567894",
    FieldClass.ADDRESS: "浙江省杭州市西湖区文三路100号",
    FieldClass.FREE_TEXT: "请打 13800138000 或写信到 xiaoming.wang@example.com",
    FieldClass.FILE: "王小明-身份证.jpg",
}


@admin.register(LensPolicy)
class LensPolicyAdmin(ProvenAdmin, StaffAdmin[LensPolicy]):
    """How a role sees each class of personal data. Without a row the safe default of the role holds."""

    view_code = change_code = "accounts.manage"
    may_delete = True
    list_display = ("role", "field_class", "mode", "looks_like")
    list_filter = ("role", "field_class", "mode")
    list_select_related = ("role",)
    autocomplete_fields = ("role",)
    ordering = ("role", "field_class")
    fields = ("role", "field_class", "mode", "preview")
    readonly_fields = ("preview",)

    @admin.display(description=_("looks like"))
    def looks_like(self, policy: LensPolicy) -> str:
        return shown(policy.field_class, policy.mode)

    @admin.display(description=_("how each looks"))
    def preview(self, policy: Any) -> SafeString:
        """Of the chosen class, or, as long as none is chosen, of all."""
        classes = [policy.field_class] if policy is not None and policy.field_class else list(FieldClass)
        rows = [(FieldClass(each).label, Mode(mode).label, shown(each, mode)) for each in classes for mode in Mode]
        return format_html_join("", "<div>{} · {}: <strong>{}</strong></div>", rows)


def shown(field_class: str, mode: str) -> str:
    modes = dict.fromkeys(FieldClass, Mode(mode))
    if field_class == FieldClass.FREE_TEXT and mode != Mode.HIDDEN:
        modes[FieldClass.FREE_TEXT] = Mode.RAW if mode == Mode.RAW else Mode.MASKED
    return Lens(modes, company="preview").show(FieldClass(field_class), SAMPLES[FieldClass(field_class)])
