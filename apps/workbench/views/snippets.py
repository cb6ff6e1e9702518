"""Snippets: one's own, the team's and everybody's, on one page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.middleware import actor_of
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible
from apps.core.htmx import redirect
from apps.core.permissions import require
from apps.core.richtext import html_to_text
from apps.knowledge.models import Snippet
from apps.knowledge.selectors import all_snippets
from apps.knowledge.services.snippets import create_snippet, delete_snippet, update_snippet
from apps.knowledge.variables import all_variables
from apps.workbench.answers import dialog
from apps.workbench.desk import staff_only
from apps.workbench.forms import SnippetForm, show_errors

FIELD_OF = {"title": "title_zh", "body": "body_zh"}


@require_safe
@staff_only
def snippets(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "tickets.reply")
    return render(request, "workbench/snippets.html", {"section": "snippets", "rows": all_snippets(actor)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def snippet_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    require(actor, "tickets.reply")
    return _edit(request, actor, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def snippet(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    return _edit(request, actor, _snippet(actor, pk))


@require_POST
@staff_only
def snippet_removal(request: HttpRequest, pk: int) -> HttpResponse:
    actor = actor_of(request)
    delete_snippet(snippet=_snippet(actor, pk), by=actor)
    return redirect(request, reverse("workbench:snippets"))


def _snippet(actor: Actor, pk: int) -> Snippet:
    found = Snippet.objects.visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


def _edit(request: HttpRequest, actor: Actor, row: Snippet | None) -> HttpResponse:
    form = SnippetForm(request.POST or None, actor=actor, initial=_initial(row))
    context = {
        "form": form,
        "action": request.path,
        "title": _("Change snippet") if row else _("New snippet"),
        "variables": all_variables().items(),
        "row": row,
    }
    if request.method == "POST" and form.is_valid():
        try:
            if row is None:
                create_snippet(by=actor, **form.as_values())
            else:
                update_snippet(snippet=row, by=actor, **form.as_values())
        except InvalidInput as error:
            show_errors(form, error, FIELD_OF)
        else:
            return redirect(request, reverse("workbench:snippets"))
    status = 422 if request.method == "POST" else 200
    return dialog(request, "workbench/dialogs/snippet.html", context, status=status)


def _initial(row: Snippet | None) -> dict[str, object]:
    if row is None:
        return {}
    return {
        "shortcut": row.shortcut,
        "scope": row.scope,
        "team": row.team_id or "",
        "title_zh": row.title.get("zh-hans", ""),
        "title_en": row.title.get("en", ""),
        "body_zh": html_to_text(row.body.get("zh-hans", "")),
        "body_en": html_to_text(row.body.get("en", "")),
    }
