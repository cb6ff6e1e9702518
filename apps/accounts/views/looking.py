"""Ending a look as somebody else, and knowing of those at oneself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.middleware import actor_of
from apps.accounts.services.looking import end_look, note_looks_read
from apps.core.htmx import toast_there


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    end_look(store=request.session, by=actor_of(request))
    toast_there(request, _("You see the desk as yourself again."))
    return redirect("/desk/")


@require_POST
@login_required
def read(request: HttpRequest) -> HttpResponse:
    note_looks_read(by=actor_of(request))
    return redirect("accounts:security")
