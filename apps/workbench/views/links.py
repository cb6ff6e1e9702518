"""How a ticket stands to others: linking with a look at what one links to, and taking it back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.permissions import require
from apps.tickets.enums import Relation
from apps.tickets.models import Ticket
from apps.tickets.selectors.detail import page_of, ticket_for
from apps.tickets.selectors.lists import TicketRow
from apps.tickets.selectors.search import search
from apps.tickets.services import linking
from apps.workbench.answers import changed, dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import LinkForm, show_errors

OFFERED = 8


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_links(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.merge", ticket)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (other := _chosen(actor, form)) is not None:
        try:
            linking.link_tickets(ticket=ticket, other=other, by=actor, kind=form.cleaned_data["relation"])
        except InvalidInput as error:
            show_errors(form, error, {"other": "q"})
        else:
            return _linked(request, ticket, other, form.cleaned_data["relation"])
    context = {"form": form, "number": number, "action": request.path, "rows": _offered(actor, ticket, form)}
    return dialog(request, "workbench/dialogs/link.html", context, status=422 if request.method == "POST" else 200)


def _chosen(actor: Actor, form: LinkForm) -> Ticket | None:
    try:
        return ticket_for(actor, form.cleaned_data["number"])
    except NotVisible:
        form.add_error("q", _("There is no such ticket."))
        return None


def _offered(actor: Actor, ticket: Ticket, form: LinkForm) -> list[TicketRow]:
    """What was searched for; before anything was, the customer's other tickets."""
    text = str(form["q"].value() or "")
    return _found(actor, ticket, text) if text else list(page_of(actor, ticket).other_tickets)


def _found(actor: Actor, ticket: Ticket, text: str) -> list[TicketRow]:
    found = search(actor, text)
    rows = [*([found.exact] if found.exact else []), *(hit.ticket for hit in found.hits)]
    unique = {row.id: row for row in rows if row.id != ticket.pk}
    return list(unique.values())[:OFFERED]


@require_safe
@staff_only
def ticket_link_choices(request: HttpRequest, number: int) -> HttpResponse:
    """What the dialog's search finds, as one types."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    rows = _offered(actor, ticket, LinkForm({"q": request.GET.get("q", "")}))
    return render(request, "workbench/link_choices.html", {"rows": rows, "query": request.GET.get("q", "")})


@require_POST
@staff_only
def ticket_link(request: HttpRequest, number: int, kind: str, other: int) -> HttpResponse:
    """One link, by its own address: made, or with `undo` taken back."""
    actor = actor_of(request)
    ticket, end = ticket_for(actor, number), ticket_for(actor, other)
    if "undo" not in request.GET:
        linking.link_tickets(ticket=ticket, other=end, by=actor, kind=kind)
        return _linked(request, ticket, end, kind)
    linking.unlink_tickets(ticket=ticket, other=end, by=actor, kind=kind)
    message = _("No longer linked to #%(number)s") % {"number": other}
    return changed(request, ticket, message, undo_url=_address(ticket, end, kind))


def _linked(request: HttpRequest, ticket: Ticket, other: Ticket, relation: str) -> HttpResponse:
    message = _("%(relation)s #%(number)s") % {"relation": Relation(relation).label, "number": other.number}
    undo = f"{_address(ticket, other, relation)}?undo=1"
    return changed(request, ticket, message, undo_url=undo, closes_dialog=True)


def _address(ticket: Ticket, other: Ticket, relation: str) -> str:
    return reverse("workbench:ticket-link", args=[ticket.number, relation, other.number])
