"""Ready texts (话术): private ones are everybody's own affair, shared ones need the right to share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Team
from apps.core import audit
from apps.core.actor import Actor
from apps.core.errors import InvalidInput, NotVisible, PermissionRefused
from apps.core.permissions import require
from apps.core.richtext import clean_html
from apps.knowledge.enums import SnippetScope
from apps.knowledge.models import Snippet
from apps.knowledge.rules import may_change
from apps.knowledge.variables import render_html

MAX_BODY = 50_000
MAX_TITLE = 200
_SHORTCUT = re.compile(r"[\w\-.]{1,40}")


@transaction.atomic
def create_snippet(
    *,
    by: Actor,
    shortcut: str,
    title: Mapping[str, str],
    body: Mapping[str, str],
    scope: str = SnippetScope.PRIVATE,
    team: Team | None = None,
) -> Snippet:
    if by.user is None:
        raise PermissionRefused
    snippet = Snippet(owner=by.user)
    _fill(snippet, {"shortcut": shortcut, "title": title, "body": body, "scope": scope, "team": team}, by)
    snippet.save()
    audit.record("snippet.created", by=by, subject=snippet, details={"scope": str(snippet.scope)})
    return snippet


@transaction.atomic
def update_snippet(*, snippet: Snippet, by: Actor, **changes: Any) -> Snippet:
    """Changes shortcut, title, body, scope, team or whether it is active."""
    unknown = set(changes) - {"shortcut", "title", "body", "scope", "team", "is_active"}
    if unknown:
        raise TypeError(f"update_snippet() does not set {sorted(unknown)}")
    row = _changeable(snippet, by)
    _fill(row, changes, by)
    row.save(update_fields=[*{**changes, "team": row.team}, "updated"])  # another scope may have taken the team away
    audit.record("snippet.changed", by=by, subject=row, details={"scope": str(row.scope), "fields": sorted(changes)})
    return row


@transaction.atomic
def delete_snippet(*, snippet: Snippet, by: Actor) -> None:
    row = _changeable(snippet, by)
    audit.record("snippet.deleted", by=by, subject=row, details={"scope": str(row.scope)})
    row.delete()


@transaction.atomic
def use_snippet(*, snippet: Snippet, by: Actor, values: Mapping[str, str], language: str = "") -> str:
    """The text in the wished language (else in one that there is), with the given values filled in; counts the use.

    Where the viewer must not see a value, leave it out of `values`: the variable then stays until the message is sent,
    and the sending service fills it with `variables.render_html`.
    """
    row = Snippet.objects.visible_to(by).usable().filter(pk=snippet.pk).first()
    if row is None:
        raise NotVisible
    Snippet.objects.filter(pk=row.pk).update(uses=F("uses") + 1)
    return render_html(row.body.get(language.lower()) or str(row.body), values)


def _changeable(snippet: Snippet, by: Actor) -> Snippet:
    rows = Snippet.objects.visible_to(by).select_related("team").select_for_update(of=("self",), no_key=True)
    row = rows.filter(pk=snippet.pk).first()
    if row is None:
        raise NotVisible
    if not may_change(by, row):
        raise PermissionRefused
    return row


def _fill(snippet: Snippet, values: Mapping[str, Any], by: Actor) -> None:
    for name, value in values.items():
        setattr(snippet, name, value)
    if snippet.scope != SnippetScope.TEAM:
        snippet.team = None
    if snippet.scope != SnippetScope.PRIVATE:
        require(by, "knowledge.share_snippets")
    if "body" in values:
        snippet.body = {language: clean_html(text) for language, text in snippet.body.items()}
    errors = _errors(snippet, by)
    if errors:
        raise InvalidInput(fields=errors)


def _errors(snippet: Snippet, by: Actor) -> dict[str, list[Any]]:
    errors: dict[str, list[Any]] = {}
    if snippet.scope not in SnippetScope.values:
        errors["scope"] = [_("Choose whom the snippet is for.")]
    if snippet.scope == SnippetScope.TEAM and not _is_own_team(snippet.team, by):
        errors["team"] = [_("Choose one of your teams.")]
    if not _SHORTCUT.fullmatch(snippet.shortcut):
        errors["shortcut"] = [_("A shortcut is one word of letters, digits, dots and hyphens.")]
    elif _is_taken(snippet):
        errors["shortcut"] = [_("This shortcut is already used.")]
    if not str(snippet.title) or any(len(text) > MAX_TITLE for text in snippet.title.values()):
        errors["title"] = [_("Write a title of at most %(most)s characters.") % {"most": MAX_TITLE}]
    if not str(snippet.body) or any(len(text) > MAX_BODY for text in snippet.body.values()):
        errors["body"] = [_("Write a text of at most %(most)s characters.") % {"most": MAX_BODY}]
    return errors


def _is_own_team(team: Team | None, by: Actor) -> bool:
    return team is not None and by.user is not None and by.user.groups.filter(pk=team.group_id).exists()


def _is_taken(snippet: Snippet) -> bool:
    """Among those that the same people see."""
    same = Snippet.objects.filter(scope=snippet.scope, shortcut__iexact=snippet.shortcut).exclude(pk=snippet.pk)
    match snippet.scope:
        case SnippetScope.PRIVATE:
            return same.filter(owner_id=snippet.owner_id).exists()
        case SnippetScope.TEAM:
            return same.filter(team=snippet.team).exists()
        case _:
            return same.exists()
