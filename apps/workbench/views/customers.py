"""Customers: finding one, and one timeline over all their channels."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.audit import record_view
from apps.core.errors import NotVisible
from apps.core.htmx import is_htmx
from apps.core.ids import read_public_id
from apps.core.paging import paginate
from apps.core.permissions import require
from apps.customers.models import Customer
from apps.customers.selectors import customer_panel, customer_rows, search_customers, with_rows
from apps.customers.services.customers import add_note
from apps.privacy.lens import lens_for
from apps.tickets.selectors.customers import customer_tickets, customer_timeline
from apps.workbench.answers import CHANGED
from apps.workbench.desk import staff_only
from apps.workbench.templatetags.desk import timeline_blocks


def _customer(actor: Actor, public_id: str) -> Customer:
    pk = read_public_id(Customer, public_id)
    found = Customer.objects.visible_to(actor).filter(pk=pk or 0).first()
    if found is None:
        raise NotVisible
    return found


@require_safe
@staff_only
def customers(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "customers.view")
    query = request.GET.get("q", "").strip()[:200]
    context = {"section": "customers", "query": query}
    if query:
        return render(request, "workbench/customers.html", {**context, "rows": search_customers(query, actor, 50)})
    living = with_rows(Customer.objects.visible_to(actor).filter(merged_into__isnull=True))
    page = paginate(living, order=("-id",), cursor=request.GET.get("cursor") or None, size=50)
    rows = customer_rows(page.rows, lens_for(actor))
    return render(request, "workbench/customers.html", {**context, "rows": rows, "page": page})


@require_safe
@staff_only
def customer(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    found = _customer(actor, public_id)
    record_view("customer.view", by=actor, subject=found)
    timeline = customer_timeline(actor, found, before=request.GET.get("before") or None)
    context = {
        "section": "customers",
        "customer": customer_panel(found, actor),
        "tickets": customer_tickets(actor, found),
        "blocks": timeline_blocks(timeline.entries),
        "earlier": timeline.earlier,
        "can_create": "tickets.create" in actor.permissions,
        "view_key": "all",
    }
    return render(request, "workbench/customer.html", context)


@require_POST
@staff_only
def customer_notes(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    add_note(customer=_customer(actor, public_id), body=request.POST.get("body", ""), by=actor)
    if is_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Trigger"] = CHANGED
        return response
    return redirect("workbench:customer", public_id)
