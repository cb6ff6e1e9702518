"""What was counted: who succeeds with which category, and what vendors tried in vain. Nobody writes it by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.core.admin.base import ReadOnlyAdmin, column
from apps.routing.models import LearnedRecord, VendorAttempt
from apps.routing.selectors.learned import read_experience


@admin.register(LearnedRecord)
class LearnedRecordAdmin(ReadOnlyAdmin[LearnedRecord]):
    """Counts of ended work by person and category. The smoothed share is what the queues that ask for it compare."""

    view_code = "routing.supervise"
    list_display = ("user", "category", "trials", "successes", "since", "until")
    list_filter = ("category", "user")
    list_select_related = ("user", "category")
    ordering = ("category", "-trials")

    def get_list_display(self, request: HttpRequest) -> Any:
        learned = read_experience()
        share = column(
            "smoothed", _("smoothed"), lambda row: f"{round(100 * learned.success(row.user_id, row.category_id))} %"
        )
        user, category, trials, successes, *window = super().get_list_display(request)
        return [user, category, trials, successes, share, *window]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "title": _("Learned successes")})


@admin.register(VendorAttempt)
class VendorAttemptAdmin(ReadOnlyAdmin[VendorAttempt]):
    """Each attempt of a vendor that did not solve a ticket, and what told so."""

    view_code = "routing.supervise"
    list_display = ("created", "ticket", "vendor", "user", "failure")
    list_filter = ("failure", "vendor")
    list_select_related = ("ticket", "vendor", "user")
    date_hierarchy = "created"
    ordering = ("-created", "-pk")
