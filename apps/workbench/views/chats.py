"""A chat beside its lines: whether the visitor types, and its end."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.livechat.services.sessions import end_by_agent
from apps.livechat.services.typing import is_visitor_typing
from apps.tickets.selectors.detail import ticket_for
from apps.workbench.answers import changed
from apps.workbench.desk import staff_only


@require_safe
@staff_only
def chat_foot(request: HttpRequest, number: int) -> HttpResponse:
    ticket = ticket_for(actor_of(request), number)
    return render(request, "workbench/chat_foot.html", {"is_typing": is_visitor_typing(ticket.pk)})


@require_POST
@staff_only
def chat_end(request: HttpRequest, number: int) -> HttpResponse:
    actor = actor_of(request)
    ticket = ticket_for(actor, number)
    end_by_agent(ticket=ticket, by=actor)
    return changed(request, ticket, _("Chat ended"))
