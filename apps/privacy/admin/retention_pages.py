"""What the rules would do now and in the months to come, and whether anything is overdue. It changes nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.admin_site import StaffSite
from apps.core.admin.base import actor_of
from apps.core.permissions import may
from apps.privacy.admin.retention import MANAGE
from apps.privacy.models import RetentionRule
from apps.privacy.retention import all_classes
from apps.privacy.services.retention_report import outlook


@require_GET
def retention_view(request: HttpRequest) -> HttpResponse:
    if not may(actor_of(request), MANAGE):
        raise PermissionDenied
    rules = RetentionRule.objects.order_by("data_class", "id")
    found = [look for rule in rules if (look := outlook(rule)) is not None]
    ruled = {look.data_class.key for look in found if look.rule.is_active}
    context = {
        **admin.site.each_context(request),
        "title": _("Retention"),
        "outlooks": found,
        "overdue": sum(look.overdue for look in found),
        "unruled": [row for row in all_classes() if row.key not in ruled],
    }
    return TemplateResponse(request, "admin/privacy/retention.html", context)


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("retention/", retention_view, name="retention")
