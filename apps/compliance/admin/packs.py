"""Asking for the pack for auditors."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget

from apps.accounts.admin_site import StaffSite
from apps.accounts.proof import proven_lately
from apps.compliance.admin.exports import asked_page, reader_of
from apps.compliance.services.exports import ask_export
from apps.compliance.services.packs import KIND
from apps.core import clock
from apps.core.evidence import all_sections


class PackForm(forms.Form):
    since = forms.DateField(label=_("First day"), widget=UnfoldAdminDateWidget)
    until = forms.DateField(label=_("Last day"), widget=UnfoldAdminDateWidget)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day lies before the first."))
        return values

    def question(self) -> dict[str, str]:
        """Whole days in UTC, as the trail keeps time."""
        first, last = self.cleaned_data["since"], self.cleaned_data["until"] + timedelta(days=1)
        return {
            name: datetime.combine(day, time.min, UTC).isoformat() for name, day in (("since", first), ("until", last))
        }


def pack_view(request: HttpRequest) -> HttpResponse:
    actor = reader_of(request)
    today = clock.now().date()
    initial = {"since": today - timedelta(days=30), "until": today}
    form = PackForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return asked_page(request, *ask_export(kind=KIND, question=form.question(), by=actor))
    context = {
        **admin.site.each_context(request),
        "title": _("Audit pack"),
        "form": form,
        "sections": all_sections().values(),
    }
    return TemplateResponse(request, "admin/compliance/pack.html", context)


def add_to(site: Any) -> None:
    if isinstance(site, StaffSite):
        site.add_page("audit-pack/", proven_lately(pack_view), name="audit-pack")
