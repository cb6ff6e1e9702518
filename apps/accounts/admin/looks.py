"""Seeing the desk as somebody else does: where it begins, and who did."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.accounts.looking import ACT_AS, may_look_as
from apps.accounts.models import Look, User
from apps.accounts.proof import proven_lately
from apps.accounts.services.looking import LONGEST_REASON, begin_look
from apps.core.admin.base import ReadOnlyAdmin, actor_of
from apps.core.permissions import may


class LookForm(forms.Form):
    reason = forms.CharField(
        label=capfirst(gettext_lazy("reason")),
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("The person reads it, and it stands in the audit trail."),
    )


@admin.register(Look)
class LookAdmin(ReadOnlyAdmin[Look]):
    view_code = "audit.view"
    fields = list_display = ("user", "seen_as", "reason", "began", "ends_at", "ended_at")
    list_select_related = ("user", "seen_as")
    list_filter = ("user", "seen_as")
    ordering = ("-began",)


@proven_lately
def begin_view(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    if not may(actor, ACT_AS):
        raise PermissionDenied
    user = User.objects.visible_to(actor).select_related("role", "vendor").filter(pk=pk).first()
    if user is None:
        raise Http404
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        begin_look(user=user, reason=form.cleaned_data["reason"], store=request.session, by=actor)
        return redirect("/desk/")
    context = {
        "title": _("See the desk as %(name)s does") % {"name": user},
        "form": form,
        "person": user,
        "minutes": settings.LOOK_MINUTES,
        "is_possible": may_look_as(actor, user),
    }
    return TemplateResponse(request, "admin/accounts/look.html", {**admin.site.each_context(request), **context})


def add_to(site: Any) -> None:
    """`site` is our own `StaffSite`, which stands above this module."""
    site.add_page("accounts/user/<int:pk>/look/", begin_view, name="look")
