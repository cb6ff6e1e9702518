"""Branches where people wait and nobody sits at a window."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.channels.selectors.notices import Notice
from apps.core.actor import Actor
from apps.core.permissions import may
from apps.counter.models import Branch, Visit, Window


def notices(actor: Actor) -> list[Notice]:
    """For the page where people look whether everything runs."""
    if not may(actor, "counter.serve"):
        return []
    staffed = Window.objects.staffed().values("branch")
    left = Visit.objects.visible_to(actor).waiting().exclude(branch__in=staffed)
    waiting = dict(left.order_by().values_list("branch").annotate(Count("pk")))
    branches = Branch.objects.visible_to(actor).active().filter(pk__in=waiting).order_by("key") if waiting else ()
    return [_notice(branch, waiting[branch.pk]) for branch in branches]


def _notice(branch: Branch, count: int) -> Notice:
    text = ngettext(
        "%(branch)s: %(count)d person waits, and nobody is at a window.",
        "%(branch)s: %(count)d people wait, and nobody is at a window.",
        count,
    )
    return Notice(text % {"branch": branch.name, "count": count}, reverse("counter:window"), _("Counter"))
