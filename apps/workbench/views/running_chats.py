"""Chats that run: one's own side by side, and those of the floor for whoever supervises it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core.clock import now
from apps.core.errors import InvalidInput
from apps.core.htmx import is_htmx, redirect
from apps.core.permissions import require
from apps.livechat.selectors.running import floor_chats, own_chats
from apps.livechat.services import supervising
from apps.tickets.models import Ticket
from apps.tickets.selectors.detail import page_of, ticket_for
from apps.tickets.selectors.history import ticket_history
from apps.tickets.selectors.lists import DEFAULT_VIEW
from apps.workbench.answers import changed, dialog
from apps.workbench.chat_forms import TakeOverForm, WhisperForm
from apps.workbench.desk import SOCKET_PATH, filters_of, staff_only, ticket_context
from apps.workbench.forms import show_errors


@require_safe
@staff_only
def own(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "tickets.reply")
    return render(request, "workbench/_chat_tabs.html", {"chats": own_chats(actor), "moment": now()})


@require_safe
@staff_only
def floor(request: HttpRequest) -> HttpResponse:
    template = "workbench/chats.html#rows" if is_htmx(request) else "workbench/chats.html"
    context = {"chats": floor_chats(actor_of(request)), "moment": now()}
    return render(request, template, {**context, "section": "chats", "socket_path": f"/{SOCKET_PATH}"})


@require_safe
@staff_only
def watched(request: HttpRequest, number: int) -> HttpResponse:
    """The chat as it goes on. Looking at it marks nothing as read, and shows nobody that somebody looks."""
    actor = actor_of(request)
    require(actor, "routing.supervise")
    ticket = ticket_for(actor, number)
    supervising.watch_chat(ticket=ticket, by=actor)
    page, filters = page_of(actor, ticket), filters_of(request, DEFAULT_VIEW)
    context = {"history": ticket_history(actor, ticket), "view_key": filters.view, "is_watched": True}
    if is_htmx(request):
        return render(request, "workbench/_ticket.html", {**context, "page": page})
    return render(request, "workbench/desk.html", {**ticket_context(request, filters), **context, "page_ticket": page})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def whisper(request: HttpRequest, number: int) -> HttpResponse:
    ticket = _supervised(request, number)
    form = WhisperForm(request.POST or None)
    context = {"form": form, "number": number, "action": request.path}
    if request.method == "POST" and form.is_valid():
        try:
            supervising.whisper_to_agent(ticket=ticket, by=actor_of(request), text=form.cleaned_data["text"])
        except InvalidInput as error:
            show_errors(form, error)
        else:
            if is_htmx(request):
                return changed(request, ticket, _("Whispered"), closes_dialog=True)
            return redirect(request, _watching(ticket))
    return dialog(request, "workbench/dialogs/whisper.html", context, 422 if request.method == "POST" else 200)


@require_POST
@staff_only
def joining(request: HttpRequest, number: int) -> HttpResponse:
    ticket = supervising.join_chat(ticket=_supervised(request, number), by=actor_of(request))
    messages.success(request, _("You joined the chat"))
    return redirect(request, reverse("workbench:ticket", args=[ticket.number]))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def takeover(request: HttpRequest, number: int) -> HttpResponse:
    ticket = _supervised(request, number)
    form = TakeOverForm(request.POST or None)
    context = {"form": form, "number": number, "action": request.path, "holder": ticket.assignee}
    if request.method == "POST" and form.is_valid():
        try:
            supervising.take_over_chat(ticket=ticket, by=actor_of(request), why=form.cleaned_data["why"])
        except InvalidInput as error:
            form.add_error(None, error.detail())
        else:
            messages.success(request, _("Taken over: #%(number)s is yours") % {"number": number})
            return redirect(request, reverse("workbench:ticket", args=[number]))
    return dialog(request, "workbench/dialogs/takeover.html", context, 422 if request.method == "POST" else 200)


def _supervised(request: HttpRequest, number: int) -> Ticket:
    actor = actor_of(request)
    require(actor, "routing.supervise")
    return ticket_for(actor, number)


def _watching(ticket: Ticket) -> str:
    return reverse("workbench:chat-watch", args=[ticket.number])
