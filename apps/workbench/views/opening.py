"""Tickets that staff open: a call or visit written down, internal work. For writing first see `conversations`."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.middleware import actor_of
from apps.channels.models import Channel
from apps.core.actor import Actor
from apps.core.errors import AppError, InvalidInput
from apps.core.htmx import redirect
from apps.core.permissions import require
from apps.core.richtext import text_to_html
from apps.customers.enums import IdentityKind
from apps.customers.models import Customer
from apps.customers.selectors import customer_panel
from apps.tickets.models import Queue, Ticket
from apps.tickets.selectors import choices
from apps.tickets.services import messages
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import NewTicketForm, show_errors
from apps.workbench.views.conversations import conversation_new
from apps.workbench.views.customers import visible_customer


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def ticket_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "tickets.create")
    if request.method != "POST" and "kind" not in request.GET and _writes_first(actor):
        return conversation_new(request)
    asked = request.POST.get("customer") or request.GET.get("customer", "")
    customer = visible_customer(actor, asked) if asked else None
    kind = "contact" if request.GET.get("kind") == "contact" else "internal"
    initial = {"client_id": uuid.uuid4().hex, "customer": asked, "kind": kind}
    form = NewTicketForm(request.POST or None, actor=actor, initial=initial)
    context: dict[str, Any] = {"form": form, "action": reverse("workbench:ticket-new"), "title": _("New ticket")}
    context["kind"] = request.POST.get("kind") or kind
    context["writes_first"] = _writes_first(actor)
    context["customer_name"] = customer_panel(customer, actor).name if customer is not None else ""
    if request.method != "POST":
        return dialog(request, "workbench/dialogs/ticket_new.html", context)
    if form.is_valid():
        try:
            ticket = _open(actor, form, customer)
        except InvalidInput as error:
            show_errors(form, error, FIELD_OF)
        except AppError as error:
            form.add_error(None, error.detail())
        else:
            return redirect(request, reverse("workbench:ticket", args=[ticket.number]))
    return dialog(request, "workbench/dialogs/ticket_new.html", context, status=422)


# What services call things, and where the form asks for them.
FIELD_OF = {"address": "contact", "value": "contact", "to": "contact", "html": "text"}


def _writes_first(actor: Actor) -> bool:
    return "tickets.reply" in actor.permissions and bool(choices.channels_to_start(actor))


def _open(actor: Actor, form: NewTicketForm, customer: Customer | None) -> Ticket:
    data = form.cleaned_data
    html, client_id = text_to_html(data["text"]), data["client_id"]
    fields = {"priority": data["priority"]} if data["priority"] else {}
    if data["queue"]:
        fields["queue"] = Queue.objects.visible_to(actor).get(pk=int(data["queue"]))
    if data["kind"] == "internal":
        return messages.open_internal(
            by=actor, subject=data["subject"], html=html, customer=customer, client_id=client_id, **fields
        )
    channel = Channel.objects.visible_to(actor).get(pk=int(data["channel"]))
    contact = data["contact"]
    return messages.record_contact(
        by=actor, channel=channel, html=html, subject=data["subject"], customer=customer,
        sender_kind=_kind_of(contact) if contact and not customer else "", sender_value="" if customer else contact,
        sender_name=data["name"], client_id=client_id, **fields,
    )  # fmt: skip


def _kind_of(contact: str) -> str:
    return IdentityKind.EMAIL.value if "@" in contact else IdentityKind.PHONE.value
