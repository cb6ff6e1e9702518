"""Customers: finding one, and one timeline over all their channels."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.audit import record_view
from apps.core.errors import AppError, InvalidInput, NotVisible, StaleVersion
from apps.core.htmx import is_htmx, toast
from apps.core.htmx import redirect as to_page
from apps.core.ids import read_public_id
from apps.core.paging import paginate
from apps.core.permissions import require
from apps.customers.models import Customer, Identity
from apps.customers.selectors import (
    CustomerPanel,
    customer_panel,
    customer_rows,
    open_suggestions,
    search_customers,
    suggestion_rows,
    with_rows,
)
from apps.customers.services.allowing import set_allowed
from apps.customers.services.customers import add_identity, add_note, set_tags, update_customer
from apps.customers.services.wishes import set_opted_out
from apps.privacy.enums import Purpose
from apps.privacy.lens import lens_for
from apps.privacy.querysets import MANAGE_REQUESTS, holds_any
from apps.tickets.selectors.customers import customer_reach, customer_tickets, customer_timeline
from apps.workbench.answers import CHANGED, dialog, stale
from apps.workbench.desk import staff_only
from apps.workbench.forms import CustomerForm, IdentityForm, show_errors
from apps.workbench.templatetags.desk import timeline_blocks


def visible_customer(actor: Actor, public_id: str) -> Customer:
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
    context = {"section": "customers", "query": query, "suggested": open_suggestions(actor)[:100].count()}
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
    found = visible_customer(actor, public_id)
    record_view("customer.view", by=actor, subject=found)
    timeline = customer_timeline(actor, found, before=request.GET.get("before") or None)
    context = {
        "section": "customers",
        "customer": customer_panel(found, actor),
        "reach": customer_reach(actor, found),
        "suggestions": suggestion_rows(open_suggestions(actor, found)[:20], lens_for(actor)),
        "tickets": customer_tickets(actor, found),
        "blocks": timeline_blocks(timeline.entries),
        "earlier": timeline.earlier,
        "can_create": "tickets.create" in actor.permissions,
        "view_key": "all",
        "new_request": _new_request(actor, found),
    }
    return render(request, "workbench/customer.html", context)


def _new_request(actor: Actor, found: Customer) -> str:
    """Where a request about personal data is taken in, for those who take them in."""
    if not holds_any(actor, MANAGE_REQUESTS):
        return ""
    return f"{reverse('admin:privacy-request-new')}?customer={found.merged_into_id or found.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def customer_details(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name, level, language, tags. Who sees the name masked leaves it alone by leaving it empty."""
    actor = actor_of(request)
    found = visible_customer(actor, public_id)
    require(actor, "customers.edit", found)
    panel = customer_panel(found, actor)
    initial = {
        "name": panel.name if panel.is_named and not panel.is_masked else "",
        "level": panel.level,
        "language": panel.language,
        "time_zone": panel.time_zone,
        "prefers": panel.prefers,
        "tags": [tag.key for tag in panel.tags],
        "version": panel.version,
    }
    form = CustomerForm(request.POST or None, initial=initial)
    context = {"form": form, "action": request.path, "title": _("Change customer")}
    if request.method == "POST" and form.is_valid():
        try:
            _save(found, actor, form.cleaned_data, keeps_name=panel.is_masked)
        except StaleVersion as error:
            seen = _as_in_the_form(error, form, panel)
            return stale(request, seen, template="workbench/dialogs/stale_customer.html", version=panel.version)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            return saved(request, public_id, _("Saved"))
    return dialog(request, "workbench/dialogs/form.html", context, status=422 if request.method == "POST" else 200)


def _save(found: Customer, actor: Actor, data: dict[str, Any], *, keeps_name: bool) -> None:
    changes = {name: data[name] for name in ("name", "level", "language", "time_zone", "prefers")}
    if keeps_name and not changes["name"]:
        del changes["name"]
    saved = update_customer(customer=found, by=actor, version=data["version"], **changes)
    set_tags(customer=saved, keys=data["tags"], by=actor)


def _as_in_the_form(error: StaleVersion, form: CustomerForm, panel: CustomerPanel) -> StaleVersion:
    """What differs, in the words of the form, with the tags, which the form saves by themselves."""
    current, yours = {tag.key for tag in panel.tags}, set(form.cleaned_data["tags"])
    changes = [
        {
            "label": change["label"],
            "current": form.shown(change["field"], [change["current"]]),
            "yours": form.shown(change["field"], [change["yours"]]),
        }
        for change in error.changes
    ]
    if current != yours:
        tags = {"current": form.shown("tags", sorted(current)), "yours": form.shown("tags", sorted(yours))}
        changes.append({"label": str(form.fields["tags"].label), **tags})
    return StaleVersion(changes=changes)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def customer_identities(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    found = visible_customer(actor, public_id)
    require(actor, "customers.edit", found)
    form = IdentityForm(request.POST or None)
    context = {"form": form, "action": request.path, "title": _("Add a way to reach the customer")}
    if request.method == "POST" and form.is_valid():
        try:
            add_identity(customer=found, by=actor, **form.cleaned_data)
        except InvalidInput as error:
            show_errors(form, error)
        except AppError as error:
            form.add_error("value", error.detail())
        else:
            return saved(request, public_id, _("Added"))
    return dialog(request, "workbench/dialogs/form.html", context, status=422 if request.method == "POST" else 200)


def saved(request: HttpRequest, public_id: str, message: str) -> HttpResponse:
    """Beside a ticket the panel follows by itself; on the customer's own page the page is shown anew."""
    page = reverse("workbench:customer", args=[public_id])
    if not is_htmx(request) or page in request.headers.get("HX-Current-URL", ""):
        return to_page(request, page)
    response = HttpResponse(status=204)
    trigger_client_event(response, CHANGED, {})
    trigger_client_event(response, "dialog:close", {})
    return toast(response, "success", message)


@require_POST
@staff_only
def customer_wish(request: HttpRequest, public_id: str, identity_id: str) -> HttpResponse:
    """Whether the customer may be written to under one of their handles."""
    actor = actor_of(request)
    found = visible_customer(actor, public_id)
    pk = read_public_id(Identity, identity_id)
    family = Customer.objects.visible_to(actor).merged_with(found)
    identity = Identity.objects.visible_to(actor).filter(pk=pk or 0, customer__in=family).first()
    if identity is None:
        raise NotVisible
    is_opted_out = request.POST.get("is_opted_out") == "1"
    set_opted_out(identity=identity, is_opted_out=is_opted_out, by=actor)
    return saved(request, public_id, _("Not written to any more") if is_opted_out else _("May be written to again"))


@require_POST
@staff_only
def customer_consent(request: HttpRequest, public_id: str, purpose: str) -> HttpResponse:
    """What the customer says they allow, or take back."""
    actor = actor_of(request)
    found = visible_customer(actor, public_id)
    if purpose not in Purpose.values:
        raise NotVisible
    is_allowed = request.POST.get("is_allowed") == "1"
    set_allowed(customer=found, purpose=Purpose(purpose), is_allowed=is_allowed, by=actor)
    return saved(request, public_id, _("Allowed from now on") if is_allowed else _("Taken back, from now on"))


@require_POST
@staff_only
def customer_notes(request: HttpRequest, public_id: str) -> HttpResponse:
    actor = actor_of(request)
    add_note(customer=visible_customer(actor, public_id), body=request.POST.get("body", ""), by=actor)
    if is_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Trigger"] = CHANGED
        return response
    return redirect("workbench:customer", public_id)
