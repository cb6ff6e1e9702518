"""How the desk answers an action: a toast, and the word that the ticket changed; the page then asks for what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import reswap, retarget, trigger_client_event

from apps.core.errors import StaleVersion
from apps.core.htmx import is_htmx, toast
from apps.tickets.models import Ticket

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CHANGED = "desk:changed"


def changed(
    request: HttpRequest, ticket: Ticket, message: StrOrPromise = "", *, undo_url: str = "", closes_dialog: bool = False
) -> HttpResponse:
    """Without htmx the ticket's page says it all."""
    if not is_htmx(request):
        return HttpResponseRedirect(reverse("workbench:ticket", args=[ticket.number]))
    response = reswap(HttpResponse(status=200), "none")
    trigger_client_event(response, CHANGED, {"ticket": ticket.pk})
    if closes_dialog:
        trigger_client_event(response, "dialog:close", {})
    if message:
        toast(response, "success", message, undo_url)
    return response


def dialog(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A dialog's content for the desk, or the same as a page of its own for whoever comes by its address."""
    if is_htmx(request):
        return retarget(reswap(render(request, template, context, status=status), "innerHTML"), "#dialog")
    return render(request, "workbench/dialog_page.html", {**context, "template": template}, status=status)


def stale(
    request: HttpRequest,
    error: StaleVersion,
    *,
    template: str = "workbench/dialogs/stale.html",
    version: int | None = None,
) -> HttpResponse:
    """The second of two editors is told what the first did, and may still make the change.

    It is then made whatever the version is, or with `version` only as long as nobody edits a third time.
    """
    skipped = {"csrfmiddlewaretoken", "version"}
    values = [(name, value) for name in request.POST if name not in skipped for value in request.POST.getlist(name)]
    if version is not None:
        values.append(("version", str(version)))
    return dialog(request, template, {"changes": error.changes, "action": request.path, "values": values})
