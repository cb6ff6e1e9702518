"""A chat beside its lines: whether the visitor types, its end, and what was said as a mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.middleware import actor_of
from apps.core.errors import AppError, InvalidInput
from apps.core.htmx import redirect
from apps.core.permissions import require
from apps.customers.errors import IdentityTaken
from apps.livechat.enums import Afterwards
from apps.livechat.services.ending import finish_chat
from apps.livechat.services.transcripts import send_by_agent
from apps.livechat.services.typing import is_visitor_typing
from apps.privacy.enums import FieldClass, Mode
from apps.tickets.enums import Status
from apps.tickets.models import Ticket
from apps.tickets.selectors.detail import page_of, ticket_for
from apps.tickets.selectors.minors import lens_over_ticket
from apps.workbench.answers import changed, dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import ChatEndForm, TranscriptForm, show_errors
from apps.workbench.views.changes import wrap_up_of


@require_safe
@staff_only
def chat_foot(request: HttpRequest, number: int) -> HttpResponse:
    ticket = ticket_for(actor_of(request), number)
    return render(request, "workbench/chat_foot.html", {"is_typing": is_visitor_typing(ticket.pk)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def chat_end(request: HttpRequest, number: int) -> HttpResponse:
    """The chat's end with its wrap-up. Sent empty, it ends the chat and leaves the ticket as it is."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.reply", ticket)
    page = page_of(actor, ticket)
    initial = {
        "then": Afterwards.RESOLVE if page.may.resolve else Afterwards.KEEP,
        "category": ticket.category_id or "",
        "tags": [tag.id for tag in page.ticket.tags],
    }
    form = ChatEndForm(request.POST if request.method == "POST" else None, actor=actor, page=page, initial=initial)
    if form.is_valid():
        try:
            return _finish(request, ticket, form)
        except InvalidInput as error:
            show_errors(form, error)
        except IdentityTaken as error:
            form.add_error("email", error.detail())
    context = {"form": form, "number": number, "action": request.path}
    return dialog(request, "workbench/dialogs/chat_end.html", context, status=422 if form.is_bound else 200)


def _finish(request: HttpRequest, ticket: Ticket, form: ChatEndForm) -> HttpResponse:
    actor, data = actor_of(request), form.cleaned_data
    wrap_up = wrap_up_of(actor, form)
    finish_chat(ticket=ticket, by=actor, then=data["then"], wrap_up=wrap_up, email=data.get("email", ""))
    if data["then"] is Afterwards.MAIL:
        # As a whole, because the composer that is there knows nothing of the mail.
        return redirect(request, reverse("workbench:ticket", args=[ticket.number]))
    if data["then"] is Afterwards.KEEP:
        return changed(request, ticket, _("Chat ended"), closes_dialog=True)
    undo = f"{reverse('workbench:ticket-status', args=[ticket.number])}?to={Status.OPEN.value}"
    message = _("Chat ended, #%(number)s resolved") % {"number": ticket.number}
    return changed(request, ticket, message, undo_url=undo, closes_dialog=True)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def chat_transcript(request: HttpRequest, number: int) -> HttpResponse:
    """What the visitor reads of the chat, as a mail."""
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    require(actor, "tickets.reply", ticket)
    may_type = lens_over_ticket(actor, ticket).mode(FieldClass.EMAIL) == Mode.RAW
    data = request.POST if request.method == "POST" else None
    form = TranscriptForm(data, page=page_of(actor, ticket), may_type=may_type)
    if form.is_valid():
        try:
            send_by_agent(ticket=ticket, to=form.cleaned_data["address"], by=actor)
        except AppError as error:
            form.add_error(None, error.told())
        else:
            return changed(request, ticket, _("The conversation is sent"), closes_dialog=True)
    context = {"form": form, "number": number, "action": request.path}
    return dialog(request, "workbench/dialogs/chat_transcript.html", context, status=422 if form.is_bound else 200)
