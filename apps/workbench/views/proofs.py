"""Asking the customer to prove that another phone number or address is theirs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import AppError, InvalidInput, NotVisible
from apps.core.ids import read_public_id
from apps.core.permissions import require
from apps.customers.enums import ProofMethod
from apps.customers.models import Identity
from apps.tickets.selectors.detail import ticket_for
from apps.tickets.selectors.proving import proof_choices
from apps.tickets.services.proving import request_proof
from apps.workbench.answers import changed, dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import ProofForm, show_errors


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def proofs(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.reply", ticket)
    offered = proof_choices(ticket, actor)
    form = ProofForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            request_proof(ticket=ticket, by=actor, **_asked(actor, form.cleaned_data))
        except InvalidInput as error:
            show_errors(form, error)
        except AppError as error:
            form.add_error(None, error.detail())
        else:
            return changed(request, ticket, _("Sent"), closes_dialog=True)
    context = {"form": form, "offered": offered, "action": request.path}
    return dialog(request, "workbench/dialogs/proof.html", context, status=422 if request.method == "POST" else 200)


def _asked(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    method = ProofMethod(data["method"])
    if not data.get("known"):
        return {"method": method, "kind": data["kind"], "value": data["value"]}
    pk = read_public_id(Identity, data["known"])
    identity = Identity.objects.visible_to(actor).filter(pk=pk or 0).first()
    if identity is None:
        raise NotVisible
    return {"method": method, "identity": identity}
