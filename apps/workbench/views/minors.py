"""Whether a customer is a minor, and who decides for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import InvalidInput
from apps.core.permissions import may, require
from apps.customers.selectors import CustomerPanel, customer_panel
from apps.customers.services.minors import GuardianInput, set_minor
from apps.privacy.permits import SEE_MINORS
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import MinorForm, show_errors
from apps.workbench.views.customers import saved, visible_customer


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def customer_minor(request: HttpRequest, public_id: str) -> HttpResponse:
    """Who sees the guardian masked leaves name and handle alone by leaving them empty, and changes neither without the
    right to see minors.
    """
    actor = actor_of(request)
    found = visible_customer(actor, public_id)
    require(actor, "customers.edit", found)
    panel = customer_panel(found, actor)
    form = MinorForm(
        request.POST or None, initial=_initial(panel), noted=_unchangeable(actor, panel), is_masked=_is_masked(panel)
    )
    context = {"form": form, "action": request.path, "title": _("Minor")}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            set_minor(customer=found, is_minor=data["is_minor"], guardian=_guardian(data, panel), by=actor)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return saved(request, public_id, _("Saved"))
    return dialog(request, "workbench/dialogs/form.html", context, status=422 if request.method == "POST" else 200)


def _unchangeable(actor: Actor, panel: CustomerPanel) -> list[str]:
    """What is noted of the guardian already, for who may not see minors."""
    guardian = panel.guardian
    if guardian is None or may(actor, SEE_MINORS):
        return []
    noted = {"name": guardian.name, "handle": guardian.handle, "consented_on": guardian.consented_on}
    return [f"guardian_{field}" for field, value in noted.items() if value]


def _is_masked(panel: CustomerPanel) -> bool:
    return panel.guardian is not None and panel.guardian.is_masked


def _initial(panel: CustomerPanel) -> dict[str, Any]:
    guardian = panel.guardian
    shown = guardian is not None and not guardian.is_masked
    return {
        "is_minor": panel.is_minor,
        "guardian_name": guardian.name if guardian and shown else "",
        "guardian_handle": guardian.handle if guardian and shown else "",
        "guardian_consented_on": guardian.consented_on if guardian else None,
    }


def _guardian(data: dict[str, Any], panel: CustomerPanel) -> GuardianInput | None:
    """None where nothing is said of one."""
    name, handle, day = (data[f"guardian_{field}"] for field in ("name", "handle", "consented_on"))
    if panel.guardian is None and not (name or handle or day):
        return None
    keeps = _is_masked(panel)
    return GuardianInput(
        name=None if keeps and not name else name, handle=None if keeps and not handle else handle, consented_on=day
    )
