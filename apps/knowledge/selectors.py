"""Snippets as the composer and the settings page list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from apps.core.actor import Actor
from apps.core.fields import translated
from apps.knowledge.enums import SnippetScope
from apps.knowledge.models import Snippet
from apps.knowledge.rules import may_change
from apps.knowledge.variables import variables_in

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_ROWS = 200


@dataclass(frozen=True)
class SnippetRow:
    id: int
    shortcut: str
    title: str
    html: str
    variables: tuple[str, ...]
    scope: str
    scope_label: StrOrPromise
    team_name: str
    owner_name: str
    uses: int
    is_active: bool
    can_change: bool


def usable_snippets(actor: Actor, text: str = "", limit: int = 20) -> list[SnippetRow]:
    """For the composer: those whose shortcut begins with, or whose title contains, what was typed; most used first."""
    found = Snippet.objects.visible_to(actor).usable()
    text = text.replace("\0", "").strip()
    if text:
        found = found.annotate(shown_title=translated("title")).filter(
            Q(shortcut__istartswith=text) | Q(shown_title__icontains=text)
        )
    rank = Case(
        When(shortcut__iexact=text, then=Value(0)),
        When(shortcut__istartswith=text, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return _rows(found.order_by(rank, "-uses", "shortcut", "pk"), actor, limit)


def all_snippets(actor: Actor) -> list[SnippetRow]:
    """For the settings page: everything that one sees, also what is switched off."""
    return _rows(Snippet.objects.visible_to(actor).order_by("scope", "shortcut", "pk"), actor, MAX_ROWS)


def _rows(found: QuerySet[Snippet], actor: Actor, limit: int) -> list[SnippetRow]:
    return [
        SnippetRow(
            id=snippet.pk,
            shortcut=snippet.shortcut,
            title=str(snippet.title),
            html=str(snippet.body),
            variables=variables_in(str(snippet.body)),
            scope=snippet.scope,
            scope_label=SnippetScope(snippet.scope).label,
            team_name=str(snippet.team) if snippet.team else "",
            owner_name=str(snippet.owner),
            uses=snippet.uses,
            is_active=snippet.is_active,
            can_change=may_change(actor, snippet),
        )
        for snippet in found.select_related("team", "owner")[: min(limit, MAX_ROWS)]
    ]
